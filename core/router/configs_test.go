package router

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skidway/skidway/core/config"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// sinks are the plugins of these tests: sink takes records as they are, and path computes one for every record.
func sinks() config.Plugins {
	path := &pluginv1.Attribute{Name: "path", Type: pluginv1.Type_TYPE_PATH, Required: true, Phase: pluginv1.Phase_PHASE_RECORD}
	all := map[string]*pluginv1.DescribeResponse{
		"sink": {Name: "sink", Destination: &pluginv1.DestinationDescription{
			Schema: &pluginv1.Body{}, Capabilities: &pluginv1.Capabilities{Ordered: true},
		}},
		"path": {Name: "path", Destination: &pluginv1.DestinationDescription{
			Schema: &pluginv1.Body{Attributes: []*pluginv1.Attribute{path}}, Capabilities: &pluginv1.Capabilities{Ordered: true},
		}},
	}
	return config.Plugins{
		Bundled: func(name string) (*pluginv1.DescribeResponse, bool) {
			d, ok := all[name]
			return d, ok
		},
		BundledNames: func() []string { return []string{"path", "sink"} },
	}
}

// read reads a configuration and the tests of it. The source tcp.app and the destinations sink.a to sink.e are there
// unless main names a source itself.
func read(t testing.TB, main, tests string) (*config.Config, []config.Test) {
	t.Helper()
	if !strings.Contains(main, "source \"") {
		main += "\nsource \"tcp\" \"app\" {}\n"
	}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		if !strings.Contains(main, `"sink" "`+name+`"`) {
			main += "destination \"sink\" \"" + name + "\" {}\n"
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"skidway.hcl": main, "main.test.hcl": tests} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, all, files, diags := config.LoadTests(config.LoadOptions{
		Paths: []string{dir}, Plugins: sinks(), Env: func(string) (string, bool) { return "", false },
	})
	if c == nil {
		var b strings.Builder
		_ = config.WriteText(&b, diags, files, false)
		t.Fatal(b.String())
	}
	return c, all
}
