package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skidway/skidway/core/config"
)

func TestSmallestConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skidway.hcl")
	write(t, path, smallest)
	c, _, diags := config.Load(config.LoadOptions{Paths: []string{path}, Plugins: knownPlugins(), NeedSecrets: true})
	if len(diags) > 0 || len(c.Sources) != 1 || len(c.Destinations) != 1 || len(c.Pipelines) != 1 {
		t.Errorf("the smallest configuration is not valid: %v", diags)
	}
	if string(config.Format([]byte(smallest))) != smallest {
		t.Error("the smallest configuration is not in canonical format")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```hcl\n"+smallest+"```") {
		t.Error("README.md shows another one")
	}
}
