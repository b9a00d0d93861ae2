package config

import (
	"slices"
	"strings"
	"testing"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// reservedSchema reads a destination of the plugin with these attributes.
func reservedSchema(t *testing.T, plugin string, attributes ...*pluginv1.Attribute) (merged, own *Schema) {
	t.Helper()
	merged, own, err := destinationSchemaOf(&pluginv1.DescribeResponse{
		Name:        plugin,
		Destination: &pluginv1.DestinationDescription{Schema: &pluginv1.Body{Attributes: attributes}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return merged, own
}

func TestReservedWordsOfPlugins(t *testing.T) {
	for plugin, want := range map[string][]string{
		"file":   nil,
		"http":   {"labels", "line", "time"},
		"stdout": nil,
	} {
		merged, own := reservedSchema(t, plugin)
		if len(own.Attributes) > 0 {
			t.Errorf("%s: the plugin would be given reserved words", plugin)
		}
		for _, name := range want {
			a := merged.attribute(name)
			if a == nil || !strings.HasSuffix(a.Unsupported, ".") {
				t.Errorf("%s: %s is no reserved word that says what to do instead: %+v", plugin, name, a)
			}
		}
		accepted, _ := merged.names()
		if slices.ContainsFunc(accepted, func(name string) bool { return slices.Contains(want, name) }) {
			t.Errorf("%s: reserved words are suggested: %v", plugin, accepted)
		}
	}
}

func TestReservedWordsThatThePluginHas(t *testing.T) {
	merged, _ := reservedSchema(t, "http", attr("labels", tPath))
	if a := merged.attribute("labels"); a.Unsupported != "" || a.Type != TypePath {
		t.Errorf("labels of a plugin that has them: %+v", a)
	}
	merged, _ = reservedSchema(t, "http", attr("format", tString, oneOf("raw", "loki")))
	format := merged.attribute("format")
	for text, want := range map[string]bool{"loki": false, "raw": false, "lok": false, "elasticsearch": true, "otlp_json": true, "splunk_hec": true} {
		if got := format.later.holds(format, text); got != want {
			t.Errorf("%q is reserved: %v, want %v", text, got, want)
		}
	}
}
