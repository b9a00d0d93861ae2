package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryConfigurationIsValidAndFormatted(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*/*.hcl")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d files (%v), want one for each example", len(files), err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			args := []string{"validate", "-c", path}
			if strings.HasSuffix(file, ".test.hcl") {
				args = []string{"test", "-c", filepath.Dir(path)}
			}
			if r := command(t, args...); r.Status != 0 {
				t.Errorf("%s: exit status %d\n%s%s", args[0], r.Status, r.Stdout, r.Stderr)
			}
			if r := command(t, "fmt", "--check", path); r.Status != 0 {
				t.Errorf("fmt --check: exit status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
			}
		})
	}
}

func TestEveryExampleIsExplainedAndListed(t *testing.T) {
	t.Parallel()
	index, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	folders, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if !folder.IsDir() || folder.Name() == "testdata" {
			continue
		}
		if _, err := os.Stat(filepath.Join(folder.Name(), "README.md")); err != nil {
			t.Error(err)
		}
		if link := "(" + folder.Name() + "/)"; !strings.Contains(string(index), link) {
			t.Errorf("README.md has no link %s", link)
		}
	}
}

// commandLine is a line of an indented block of a README that runs a router.
var commandLine = regexp.MustCompile(`(?m)^ {4}(?:[A-Z_]+=\S+ )*skidway run (.*)$`)

func TestEveryCommandOfAReadmeFitsItsConfiguration(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	readmes, err := filepath.Glob("*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, readme := range readmes {
		content, err := os.ReadFile(readme)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(content), "\\\n", "")
		found := commandLine.FindAllStringSubmatch(text, -1)
		if len(found) == 0 {
			t.Errorf("%s does not say how to run it", readme)
		}
		for _, f := range found {
			args := append([]string{"validate"}, strings.Fields(f[1])...)
			p := launch(t, options{Dir: root}, args...)
			if status := p.Wait(); status != 0 {
				t.Errorf("%s: skidway run %s: exit status %d\n%s%s", readme, f[1], status, p.Out, p.Err)
			}
		}
	}
}
