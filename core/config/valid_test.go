package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden compares what was made with a file, or rewrites the file.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// printable is a Config for a golden file: without ranges and descriptions, the folder of the checkout cut out.
func printableConfig(t *testing.T, c *Config) []byte {
	t.Helper()
	type plugin struct {
		Address string
		Plugin  string
		Path    string   `json:",omitempty"`
		PassEnv []string `json:",omitempty"`
		JSON    json.RawMessage
		Options any `json:",omitempty"`
		Resolve any `json:",omitempty"`
	}
	out := struct {
		Router       Router
		Sources      []any
		Destinations []any
		Pipelines    []any
		Secrets      []string
		Graph        *Graph
	}{Router: c.Router, Secrets: c.Secrets, Graph: GraphOf(c)}
	for _, s := range c.Sources {
		if s.TCP != nil {
			out.Sources = append(out.Sources, s.TCP)
			continue
		}
		out.Sources = append(out.Sources, plugin{Address: s.Address, Plugin: s.Plugin.Name, JSON: s.ConfigJSON})
	}
	for _, d := range c.Destinations {
		p := plugin{Address: d.Address, Plugin: d.Plugin.Name, Path: d.Plugin.Path, PassEnv: d.Plugin.PassEnv, JSON: d.ConfigJSON}
		p.Resolve = printableResolve(d.Resolve)
		p.Options = []any{d.Delivery, d.Backlog, d.HangTimeout.String(), d.DeadLetterTo, d.DeadLetters}
		out.Destinations = append(out.Destinations, p)
	}
	for _, p := range c.Pipelines {
		shown := map[string]any{"Address": p.Address, "From": p.From, "To": p.To}
		if steps := printableSteps(p.Steps); steps != nil {
			shown["Steps"] = steps
		}
		out.Pipelines = append(out.Pipelines, shown)
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.ReplaceAll(b, []byte(dir), []byte("DIR")), '\n')
}

func TestValidConfigurations(t *testing.T) {
	entries, err := os.ReadDir("testdata/valid")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		t.Run(e.Name(), func(t *testing.T) {
			path := filepath.Join("testdata/valid", e.Name())
			o := testOptions(t, path)
			c, files, diags := Load(o)
			for _, d := range diags {
				if code := CodeOf(d); code != CodeSharedSource && code != CodeBacklogs && code != CodeNote {
					t.Errorf("%s", found(diags))
				}
			}
			if c == nil {
				t.Fatal("no configuration")
			}
			checkAssembles(t, c)
			golden(t, strings.TrimSuffix(path, ".hcl")+".json", printableConfig(t, c))
			for _, name := range files.Names() {
				src, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(src), string(Format(src))); diff != "" {
					t.Errorf("%s is not in canonical form (-is +want):\n%s", name, diff)
				}
			}
		})
	}
}
