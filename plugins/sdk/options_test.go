package sdk

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func decodeAll(config string, complete bool) (allOptions, []*pluginv1.Diagnostic) {
	spec := NewDestination(allDefaults(), func(allOptions) Destination { return nil }, Traits{})
	v, diagnostics := spec.options.decode([]byte(config), complete)
	return v.Elem().Interface().(allOptions), diagnostics
}

func TestDecodeFillsEveryType(t *testing.T) {
	got, diagnostics := decodeAll(`{
		"endpoint": "https://example.com/a", "token": "s3cret", "timeout": 2.5e9, "limit": 1024, "key": null,
		"level": "low", "port": 65535, "small": -5, "count": 7.0, "room": 18446744073709551615, "ratio": 2, "fast": true,
		"name": "abc", "hosts": ["a", "b"], "delays": [1, 2e3], "headers": {"X-A": "v"}, "labels": {},
		"extra": {"n": 1, "list": [true, null], "o": {"k": "v"}, "z": null},
		"tls": {"key_file": "/k"}, "body": null, "route": [{"size": 1}, {}], "subject": "all"
	}`, true)
	if len(diagnostics) > 0 {
		t.Fatalf("diagnostics: %v", diagnostics)
	}
	want := allOptions{
		Endpoint: "https://example.com/a", Token: "s3cret", Timeout: 2500 * time.Millisecond, Limit: 1024, Key: "/etc/a&b",
		Subject: "all", Level: "low", Port: 65535, Small: -5, Count: 7, Room: math.MaxUint64, Ratio: 2, Fast: true,
		Name: "abc", Hosts: []string{"a", "b"}, Delays: []time.Duration{1, 2000},
		Headers: map[string]Secret{"X-A": "v"}, Labels: map[string]string{},
		Extra: map[string]any{"n": 1.0, "list": []any{true, nil}, "o": map[string]any{"k": "v"}, "z": nil},
		TLS:   &tlsOptions{Cert: "/c", Key: "/k"}, Batch: plainOptions{Size: 5}, Routes: []plainOptions{{Size: 1}, {Size: 7}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
}

func TestDecodeKeepsDefaultsAndLeavesBlocksOut(t *testing.T) {
	got, diagnostics := decodeAll(`{}`, false)
	if len(diagnostics) > 0 {
		t.Fatalf("diagnostics: %v", diagnostics)
	}
	want := allDefaults()
	want.TLS, want.Routes = nil, []plainOptions{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
}

// TestDecodeReadsItsOwnDefaults gives the plugin the defaults that its schema announces, as a router does.
func TestDecodeReadsItsOwnDefaults(t *testing.T) {
	spec := NewDestination(allDefaults(), func(allOptions) Destination { return nil }, Traits{})
	config := map[string]json.RawMessage{}
	for _, a := range spec.options.body().schema("").GetAttributes() {
		if a.GetDefaultJson() != "" {
			config[a.GetName()] = json.RawMessage(a.GetDefaultJson())
		}
	}
	encoded, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	got, diagnostics := decodeAll(string(encoded), false)
	if len(diagnostics) > 0 {
		t.Fatalf("diagnostics: %v", diagnostics)
	}
	want := allDefaults()
	want.TLS, want.Routes = nil, []plainOptions{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
}

func TestDecodeDoesNotTouchTheDefaults(t *testing.T) {
	defaults := allDefaults()
	spec := NewDestination(defaults, func(allOptions) Destination { return nil }, Traits{})
	if _, diagnostics := spec.options.decode([]byte(`{"endpoint":"x:y","labels":{"c":"d"},"tls":{"cert_file":"/other"},
		"route":[{"size":9}],"delays":[5]}`), true); len(diagnostics) > 0 {
		t.Fatalf("diagnostics: %v", diagnostics)
	}
	if diff := cmp.Diff(allDefaults(), defaults); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func TestDecodeSaysWhatIsWrongAndWhere(t *testing.T) {
	for _, test := range []struct {
		name, config string
		complete     bool
		want         map[string]string // path → summary
	}{
		{"no object", `[]`, false, map[string]string{
			"": "The configuration is not a JSON object: json: cannot unmarshal array into Go value of type map[string]json.RawMessage.",
		}},
		{"nothing required when not complete", `{}`, false, map[string]string{}},
		{"missing", `{"endpoint": null}`, true, map[string]string{
			"endpoint": "The attribute is required.", "tls": "The block is required.",
		}},
		{"unknown", `{"colour": 1, "tls": {"x.y": 2}}`, false, map[string]string{
			"colour":     "The plugin has no attribute or block of this name.",
			`tls["x.y"]`: "The plugin has no attribute or block of this name.",
		}},
		{"wrong types", `{"endpoint": 1, "fast": "yes", "hosts": {}, "labels": [], "route": {}, "tls": [], "extra": 1}`, false, map[string]string{
			"endpoint": "The value is not a string.", "fast": "The value is neither true nor false.",
			"hosts": "The value is not a list.", "labels": "The value is not a map.",
			"route": "The blocks are not a JSON array: json: cannot unmarshal object into Go value of type []json.RawMessage.",
			"tls":   "The configuration is not a JSON object: json: cannot unmarshal array into Go value of type map[string]json.RawMessage.",
			"extra": "The value is not a map.",
		}},
		{"numbers that don't fit", `{"port": 65536, "small": 1.5, "count": 1e300, "room": -1, "ratio": "1", "timeout": 1e19}`, false, map[string]string{
			"port": "The value is not a whole number from 0 on that fits.", "small": "The value is not a whole number that fits.",
			"count": "The value is not a whole number that fits.", "room": "The value is not a whole number from 0 on that fits.",
			"ratio": "The value is not a number that fits.", "timeout": "The value is not a whole number that fits.",
		}},
		{"elements", `{"hosts": ["a", 2], "headers": {"A.B": true}, "route": [{}, {"size": "x"}], "labels": {"k": null}}`, false, map[string]string{
			"hosts[1]": "The value is not a string.", `headers["A.B"]`: "The value is not a string.",
			"route[1].size": "The value is not a whole number that fits.", "labels.k": "The value is not a string.",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, diagnostics := decodeAll(test.config, test.complete)
			got := map[string]string{}
			for _, d := range diagnostics {
				got[pathText(d.GetPath())] = d.GetSummary()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

type checkedOptions struct {
	Name string `sk:"name"`
}

func (o *checkedOptions) Validate() []Diagnostic {
	if o.Name == "" {
		return nil
	}
	return []Diagnostic{
		{Path: "name", Summary: "Not " + o.Name + ".", Detail: "Take another."},
		{Summary: "Beware.", Warning: true},
	}
}

func TestValidate(t *testing.T) {
	p := Plugin{Name: "checked", Version: "1.0.0", Destination: NewDestination(checkedOptions{}, func(checkedOptions) Destination {
		panic("a validation makes nothing")
	}, Traits{})}
	name := []*pluginv1.PathStep{{Step: &pluginv1.PathStep_Name{Name: "name"}}}
	for _, test := range []struct {
		name   string
		role   pluginv1.Role
		config string
		want   []*pluginv1.Diagnostic
	}{
		{"clean", pluginv1.Role_ROLE_DESTINATION, `{}`, nil},
		{"the author's findings", pluginv1.Role_ROLE_DESTINATION, `{"name": "bob"}`, []*pluginv1.Diagnostic{
			{Severity: pluginv1.Severity_SEVERITY_ERROR, Summary: "Not bob.", Detail: "Take another.", Path: name},
			{Severity: pluginv1.Severity_SEVERITY_WARNING, Summary: "Beware."},
		}},
		{"does not decode", pluginv1.Role_ROLE_DESTINATION, `{"name": 1}`, []*pluginv1.Diagnostic{
			{Severity: pluginv1.Severity_SEVERITY_ERROR, Summary: "The value is not a string.", Path: name},
		}},
		{"a role that is not provided", pluginv1.Role_ROLE_SOURCE, `{}`, []*pluginv1.Diagnostic{{
			Severity: pluginv1.Severity_SEVERITY_ERROR,
			Summary:  "The plugin checked does not provide what this block asks for.",
			Detail:   "A plugin provides a destination, a source, or both; its description says which.",
		}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer, err := pluginv1.NewPluginServiceClient(newRig(t, p).conn).Validate(testContext(t),
				&pluginv1.ValidateRequest{Role: test.role, ConfigJson: []byte(test.config)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, answer.GetDiagnostics(), protocmp.Transform()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPathsOfDiagnostics(t *testing.T) {
	for path, want := range map[string]string{
		"":                        "",
		"tls.cert_file":           "tls.cert_file",
		"headers.Authorization":   "headers.Authorization",
		"rotate[0].keep":          "rotate[0].keep",
		`headers["X.A"].b`:        `headers["X.A"].b`,
		`headers["a]b"]`:          `headers["a]b"]`,
		"a[1][2]":                 "a[1][2]",
		"a[-1].b":                 "a", // what can't be read is left out
		"a[99999999999999999999]": "a",
		"a[1":                     "a",
		`a["b`:                    "a",
		`a["b"`:                   "a",
		"a..b":                    "a",
		".a":                      "",
	} {
		if got := pathText(pathSteps(path)); got != want {
			t.Errorf("pathSteps(%q) reads as %q, want %q", path, got, want)
		}
	}
}

func TestValueTypesOfNamedTypes(t *testing.T) {
	type seconds time.Duration
	if got := scalarTypeOf(reflect.TypeFor[seconds]()).kind; got != pluginv1.Type_TYPE_NUMBER {
		t.Errorf("a type made from time.Duration is %v, want %v", got, pluginv1.Type_TYPE_NUMBER)
	}
}
