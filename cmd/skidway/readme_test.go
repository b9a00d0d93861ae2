package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/router"
)

// TestTheReadmesPipelineDoesWhatItsTestSays: the pipeline and the test of the README, with the blocks that they name.
func TestTheReadmesPipelineDoesWhatItsTestSays(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir, written := t.TempDir(), map[string]bool{}
	for _, m := range regexp.MustCompile("(?s)```hcl\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		name, text := "", m[1]
		switch {
		case strings.HasPrefix(text, "test "):
			name = "main.test.hcl"
		case strings.Contains(text, "transform "):
			name = "main.hcl"
			text += `
source "tcp" "app" {}
destination "http" "collector" { endpoint = "http://127.0.0.1:9200/" }
destination "file" "archive" { path = "archive.log" }
`
		default:
			continue
		}
		written[name] = true
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(written) != 2 {
		t.Fatalf("the README has %v; want a pipeline with transforms and a test of it", written)
	}
	c, tests, _, diags := config.LoadTests(config.LoadOptions{Paths: []string{dir}, Plugins: knownPlugins()})
	if diags.HasErrors() || len(tests) == 0 {
		t.Fatalf("%d tests, %v", len(tests), diags)
	}
	for _, test := range tests {
		result, err := router.RunTest(c, test)
		if err != nil || len(result.Failures) > 0 {
			t.Errorf("%s: %v, %+v", test.Name, err, result.Failures)
		}
	}
}
