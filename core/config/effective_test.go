package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// TestEffectiveValues holds every value of every block of the valid configurations against a golden file, which shows
// where each comes from.
func TestEffectiveValues(t *testing.T) {
	for _, name := range []string{"valid/everything.hcl", "valid/smallest.hcl", "valid/variables", "valid/durable.hcl", "valid/durable-smallest.hcl", "valid/durable-spool-in-memory.hcl", "valid/pipelines.hcl", "effective/disabled.hcl"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name)
			o := testOptions(t, path)
			var out bytes.Buffer
			for _, address := range allAddresses(t, o) {
				e, _, diags := LoadEffective(o, address)
				if e == nil {
					t.Fatalf("LoadEffective(%s) = nil: %v", address, diags)
				}
				writeEffective(&out, e)
			}
			dir, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			shown := bytes.ReplaceAll(out.Bytes(), []byte(filepath.Dir(dir)), []byte("CORE"))
			golden(t, filepath.Join("testdata/effective", strings.TrimSuffix(filepath.Base(name), ".hcl")+".txt"), shown)
		})
	}
}

// allAddresses are those that an unknown address is answered with.
func allAddresses(t *testing.T, o LoadOptions) []string {
	t.Helper()
	e, _, diags := LoadEffective(o, "nowhere.at.all")
	i := slices.IndexFunc(diags, func(d *hcl.Diagnostic) bool { return CodeOf(d) == CodeNoAddress })
	if e != nil || i < 0 {
		t.Fatalf("LoadEffective of an unknown address = %v, %v", e, diags)
	}
	list, ok := strings.CutPrefix(diags[i].Detail, "Addresses: ")
	if !ok {
		t.Fatalf("detail = %q, want the addresses", diags[i].Detail)
	}
	return strings.Split(strings.TrimSuffix(list, "."), ", ")
}

func writeEffective(out *bytes.Buffer, e *Effective) {
	fmt.Fprintf(out, "%s %s:%d\n", e.Address, e.File, e.Line)
	for _, v := range e.Values {
		shown := v.Value
		if v.Sensitive {
			shown += "(sensitive)"
		}
		if v.Unknown {
			shown += "(unknown)"
		}
		fmt.Fprintf(out, "  %s %s = %s <- %s", v.Name, v.Type, shown, v.Origin)
		if v.File != "" {
			fmt.Fprintf(out, " %s:%d", v.File, v.Line)
		}
		if v.Note != "" {
			fmt.Fprintf(out, " (%s)", v.Note)
		}
		for _, u := range v.Uses {
			fmt.Fprintf(out, " <- %s %s %s:%d", u.Name, u.Origin, u.File, u.Line)
		}
		out.WriteByte('\n')
	}
}

// TestEffectiveValuesAreTheOnesInForce compares what is shown with the options that the parts of the router get.
func TestEffectiveValuesAreTheOnesInForce(t *testing.T) {
	o := testOptions(t, "testdata/valid/everything.hcl")
	c, _, _ := Load(o)
	for _, d := range c.Destinations {
		e, _, _ := LoadEffective(o, d.Address)
		whenFull := "block"
		if d.Backlog.WhenFull != 0 {
			whenFull = "drop_oldest"
		}
		for name, want := range map[string]any{
			"batch.max_records":   d.Delivery.MaxRecords,
			"batch.max_bytes":     formatBytes(int64(d.Delivery.MaxBytes)),
			"batch.max_age":       formatDuration(d.Delivery.MaxAge),
			"max_in_flight":       d.Delivery.MaxInFlight,
			"reject_limit":        d.Delivery.RejectLimit,
			"hang_timeout":        formatDuration(d.HangTimeout),
			"retry.initial_delay": formatDuration(d.Delivery.Retry.InitialDelay),
			"retry.max_delay":     formatDuration(d.Delivery.Retry.MaxDelay),
			"retry.max_elapsed":   formatDuration(d.Delivery.Retry.MaxElapsed),
			"retry.poison_after":  *d.Delivery.Retry.PoisonAfter,
			"backlog.max_bytes":   formatBytes(d.Backlog.MaxBytes),
			"backlog.max_age":     formatDuration(d.Backlog.MaxAge),
			"backlog.when_full":   whenFull,
		} {
			if got, want := e.value(t, name).Value, canonicalJSON(want); got != want {
				t.Errorf("%s of %s is shown as %s, the router gets %s", name, d.Address, got, want)
			}
		}
		want := d.DeadLetterTo
		if want == "" {
			want = "null"
		}
		if got := e.value(t, "dead_letter.to").Value; got != want {
			t.Errorf("dead_letter.to of %s is shown as %s, the router gets %s", d.Address, got, want)
		}
	}
}

func (e *Effective) value(t *testing.T, name string) EffectiveValue {
	t.Helper()
	i := slices.IndexFunc(e.Values, func(v EffectiveValue) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("%s has no value %s", e.Address, name)
	}
	return e.Values[i]
}

func TestEffectiveHidesWhatLooksLikeASecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "main.hcl")
	for value, hidden := range map[string]bool{
		`endpoint = "https://user:pass@a.example/"`:                                               true,
		`endpoint = "https://a.example/?page=2"`:                                                  false,
		"endpoint = \"https://a.example/\"\nheaders = { \"X-Api-Key\" = \"abcdef\" }":             true,
		"endpoint = \"https://a.example/\"\nheaders = { \"X-Plain\" = \"abcdef\" }":               false,
		"endpoint = \"https://a.example/\"\nheaders = { \"X-Plain\" = substr(env(\"S\"), 0, 4) }": true,
	} {
		write(t, path, "destination \"http\" \"c\" {\n"+value+"\n}\n")
		e, _, diags := LoadEffective(LoadOptions{
			Paths: []string{path}, Plugins: testPlugins(),
			Env: func(n string) (string, bool) { return "very-secret", n == "S" },
		}, "destination.http.c")
		if e == nil {
			t.Fatal(diags)
		}
		name := "endpoint"
		if strings.Contains(value, "headers") {
			name = "headers"
		}
		if v := e.value(t, name); v.Sensitive != hidden || (v.Value == "") != hidden {
			t.Errorf("%s is shown as %q (sensitive: %v), want hidden: %v", value, v.Value, v.Sensitive, hidden)
		}
	}
}

func TestEffectiveOfAMistake(t *testing.T) {
	o := testOptions(t, "testdata/valid/smallest.hcl")
	e, _, diags := LoadEffective(o, "destination.stdout.consol")
	if e != nil || !diags.HasErrors() || diags[len(diags)-1].Detail != `Did you mean "destination.stdout.console"?` {
		t.Errorf("LoadEffective of a misspelt address = %v, %v", e, diags)
	}
	if e, _, diags = LoadEffective(testOptions(t, "testdata/error/duration.hcl"), "router"); e != nil || !diags.HasErrors() {
		t.Errorf("LoadEffective of a broken configuration = %v, %v", e, diags)
	}
}

// TestEffectiveIsOneObject is what programs rely on: names of places beside the others, no nested object for them.
func TestEffectiveIsOneObject(t *testing.T) {
	e := Effective{
		Address: "router", Place: Place{File: "a.hcl", Line: 2},
		Values: []EffectiveValue{{Name: "drain_timeout", Type: TypeDuration, Value: `"1s"`, Origin: OriginAttribute, Place: Place{File: "a.hcl", Line: 3}}},
	}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"address":"router","file":"a.hcl","line":2,"values":[{"name":"drain_timeout","type":"duration","value":"\"1s\"","origin":"attribute","file":"a.hcl","line":3}]}`
	if string(b) != want {
		t.Errorf("JSON = %s\nwant   %s", b, want)
	}
}
