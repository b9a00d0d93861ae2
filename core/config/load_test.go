package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

// Configurations in testdata/error say on each line what is wrong with it:
//
//	listn = "x" # ERROR: There is no attribute "listn" in source "tcp".
//
// Several expectations may stand on a line, each after its own #. ERROR, WARN and NOTE are about the line itself;
// ERROR@+1 is about the next one, ERROR@- about no place. Comments with OPTION set LoadOptions: need_secrets,
// version=, var NAME=VALUE, env NAME=VALUE, var_file PATH.

var (
	markPattern   = regexp.MustCompile(`# (ERROR|WARN|NOTE)(@[-+]\d*)?: `)
	optionPattern = regexp.MustCompile(`(?m)^# OPTION: (.*)$`)
)

func testOptions(t *testing.T, paths ...string) LoadOptions {
	t.Helper()
	env := map[string]string{}
	o := LoadOptions{
		Paths:   paths,
		Version: "0.3.0",
		Vars:    map[string]string{},
		Plugins: testPlugins(),
		Env: func(name string) (string, bool) {
			v, ok := env[name]
			return v, ok
		},
	}
	for _, path := range filesUnder(t, paths) {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range optionPattern.FindAllStringSubmatch(string(src), -1) {
			word, rest, _ := strings.Cut(m[1], " ")
			name, value, _ := strings.Cut(rest, "=")
			switch {
			case word == "need_secrets":
				o.NeedSecrets = true
			case word == "var":
				o.Vars[name] = value
			case word == "env":
				env[name] = value
			case word == "var_file":
				o.VarFiles = append(o.VarFiles, filepath.Join(filepath.Dir(path), rest))
			case strings.HasPrefix(word, "version="):
				o.Version = strings.TrimPrefix(word, "version=")
			default:
				t.Fatalf("%s: unknown option %q", path, m[1])
			}
		}
	}
	return o
}

// filesUnder are all text files of cases, also those that a load does not read.
func filesUnder(t *testing.T, paths []string) []string {
	t.Helper()
	var out []string
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				out = append(out, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// expectations reads the marks of a file: "path:line: ERROR: summary".
func expectations(t *testing.T, path string) []string {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, line := range strings.Split(string(src), "\n") {
		marks := markPattern.FindAllStringSubmatchIndex(line, -1)
		for k, m := range marks {
			end := len(line)
			if k+1 < len(marks) {
				end = marks[k+1][0]
			}
			at := fmt.Sprintf("%s:%d", path, i+1)
			if m[4] >= 0 {
				offset := line[m[4]+1 : m[5]]
				at = "-"
				if offset != "-" {
					var n int
					if _, err := fmt.Sscanf(offset, "%d", &n); err != nil {
						t.Fatalf("%s: bad mark %q", at, line)
					}
					at = fmt.Sprintf("%s:%d", path, i+1+n)
				}
			}
			out = append(out, at+": "+line[m[2]:m[3]]+": "+strings.TrimSpace(line[m[1]:end]))
		}
	}
	return out
}

// found writes diagnostics as expectations are written.
func found(diags hcl.Diagnostics) []string {
	words := map[string]string{"error": "ERROR", "warning": "WARN", "note": "NOTE"}
	var out []string
	for _, d := range diags {
		at := "-"
		if d.Subject != nil {
			at = fmt.Sprintf("%s:%d", d.Subject.Filename, d.Subject.Start.Line)
		}
		out = append(out, at+": "+words[severityName(d)]+": "+d.Summary)
	}
	return out
}

func TestBrokenConfigurations(t *testing.T) {
	entries, err := os.ReadDir("testdata/error")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			path := filepath.Join("testdata/error", e.Name())
			c, files, diags := Load(testOptions(t, path))
			checkBroken(t, path, c, files, diags)
		})
	}
}

// checkBroken compares what was found in a case with the marks in its files.
func checkBroken(t *testing.T, path string, c *Config, files *Files, diags hcl.Diagnostics) {
	t.Helper()
	var want []string
	for _, p := range filesUnder(t, []string{path}) {
		want = append(want, expectations(t, p)...)
	}
	if len(want) == 0 {
		t.Error("the case expects nothing")
	}
	got := found(diags)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
	if c != nil {
		checkAssembles(t, c)
	}
	if diags.HasErrors() != (c == nil) {
		t.Errorf("config %v was returned with errors %v", c != nil, diags.HasErrors())
	}
	for _, d := range diags {
		if !strings.HasSuffix(strings.TrimSpace(d.Detail), ".") && !strings.HasSuffix(d.Detail, "?") {
			t.Errorf("detail of %q is no sentence: %q", d.Summary, d.Detail)
		}
	}
	var b strings.Builder
	if err := WriteText(&b, diags, files, false); err != nil {
		t.Errorf("WriteText: %v", err)
	}
	t.Log(b.String())
}
