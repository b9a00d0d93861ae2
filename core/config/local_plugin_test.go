package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestMissingPluginIsLookedForSomewhere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "main.hcl")
	write(t, path, "plugin \"mine\" {\n source = \"./nope\"\n}\n")
	o := LoadOptions{Paths: []string{path}, Plugins: testPlugins()}
	_, _, diags := Load(o)
	place := "It is looked for at " + filepath.Join(dir, "nope") + ": "
	i := slices.IndexFunc(diags, func(d *hcl.Diagnostic) bool { return CodeOf(d) == CodeUnchecked })
	if i < 0 || !strings.HasPrefix(diags[i].Detail, place) {
		t.Errorf("diagnostics of a check = %v, want a warning with %q", diags, place)
	}
	o.Plugins.Describe = func(path string) (*pluginv1.DescribeResponse, error) {
		_, err := os.Stat(path)
		return nil, fmt.Errorf("check plugin: %w", err)
	}
	_, _, diags = Load(o)
	if len(diags) == 0 || diags[0].Summary != `There is no plugin "./nope".` || !strings.HasPrefix(diags[0].Detail, place) {
		t.Errorf("diagnostics of a run = %v, want an error with %q", diags, place)
	}
}
