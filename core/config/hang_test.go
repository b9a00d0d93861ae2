package config

import (
	"path/filepath"
	"testing"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

const shortHang = `
source "tcp" "app" {}
destination "tcp" "next" {
  address      = "logs.example:6514"
  hang_timeout = "1s"
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.tcp.next]
}
`

// What the bundled plugin may take says nothing of one that replaces it.
func TestHangTimeoutOfAReplacingPlugin(t *testing.T) {
	for name, c := range map[string]struct {
		block string
		want  int
	}{
		"bundled":   {"", 1},
		"replacing": {"plugin \"tcp\" {\n  source = \"./tcp\"\n}\n", 0},
	} {
		path := filepath.Join(t.TempDir(), "a.hcl")
		write(t, path, c.block+shortHang)
		o := testOptions(t, path)
		o.Plugins.Describe = func(string) (*pluginv1.DescribeResponse, error) { return testDescriptions()["tcp"], nil }
		config, _, diags := Load(o)
		if config == nil {
			t.Fatalf("%s: %v", name, found(diags))
		}
		got := 0
		for _, d := range diags {
			if CodeOf(d) == CodeHangTimeout {
				got++
			}
		}
		if got != c.want || len(diags) != c.want {
			t.Errorf("%s: %v, want %d warnings of its hang_timeout", name, found(diags), c.want)
		}
	}
}
