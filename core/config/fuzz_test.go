package config

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hostile are files that would recurse or grow without end, n steps long.
func hostile(n int) map[string]string {
	return map[string]string{
		"parentheses": "locals {\n a = " + strings.Repeat("(", n) + "}",
		"brackets":    "locals {\n a = " + strings.Repeat("[", n) + strings.Repeat("]", n) + "\n}",
		"templates":   "locals {\n a = \"" + strings.Repeat("${\"", n) + "\"}",
		"not":         "locals {\n a = " + strings.Repeat("!", n) + "true\n}",
		"minus":       "locals {\n a = " + strings.Repeat("-", n) + "1\n}",
		"plus":        "locals {\n a = 1" + strings.Repeat("+1", n) + "\n}",
		"conditions":  "locals {\n a = true" + strings.Repeat(" ? 1 : true", n) + "\n}",
		"indexes":     "locals {\n a = b" + strings.Repeat("[0]", n) + "\n}",
		"attributes":  "locals {\n a = b" + strings.Repeat(".c", n) + "\n}",
		"splats":      "locals {\n a = b" + strings.Repeat("[*]", n) + "\n}",
		"calls":       "locals {\n a = " + strings.Repeat("lower(", n) + "\n}",
		"blocks":      strings.Repeat("a {\n", n),
		"directives":  "locals {\n a = <<E\n" + strings.Repeat("%{ if true }", n) + "\nE\n}",
		"lines":       "locals {\n a = (" + strings.Repeat("1 +\n", n) + "1)\n}",
		"objects":     "locals {\n a = " + strings.Repeat("{ a = ", n) + strings.Repeat("}", n) + "\n}",
		"widths":      "locals {\n a = format(\"%" + strings.Repeat("9", n) + "d\", 1)\n}",
		"exponents":   "locals {\n a = \"1e" + strings.Repeat("9", min(n, 9)) + "\" + 1\n}",
		"json":        "locals {\n a = jsondecode(\"" + strings.Repeat("[", n) + "\")\n}",
		"labels":      "source " + strings.Repeat("\"a\" ", n) + "{}",
		"name":        "source \"tcp\" \"a\" {\n " + strings.Repeat("listen", n) + " = 1\n}",
	}
}

// What recurses over a file is bounded before it starts: a stack overflow could not be caught.
func TestHostileFilesEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "main.hcl")
	for name, text := range hostile(30_000) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, files, diags := Load(LoadOptions{Paths: []string{path}, Plugins: testPlugins()})
		bounded := slices.ContainsFunc(found(diags), func(s string) bool {
			return strings.Contains(s, "nested more than") || strings.Contains(s, "operators") || strings.Contains(s, "too large")
		})
		if c != nil || !bounded && !slices.Contains([]string{"widths", "labels", "name", "json"}, name) {
			t.Errorf("%s: accepted %v, %v", name, c != nil, found(diags))
		}
		var b bytes.Buffer
		if err := WriteText(&b, diags, files, false); err != nil {
			t.Errorf("%s: WriteText: %v", name, err)
		}
		if b.Len() > 64<<10 {
			t.Errorf("%s: %d bytes of diagnostics", name, b.Len())
		}
	}
}

// FuzzLoad: whatever a file holds, a load ends, does not panic, and its diagnostics can be printed. What is accepted
// is accepted again after formatting, and its pipelines can be made.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/error/*.hcl", "testdata/valid/*.hcl", "testdata/error/*/*.hcl", "testdata/error-tests/*/*.hcl", "testdata/valid/*/*.hcl"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, p := range paths {
			src, err := os.ReadFile(p)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
	for _, text := range hostile(20) {
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, src []byte) {
		path := filepath.Join(dir, "main.hcl")
		if err := os.WriteFile(path, src, 0o600); err != nil {
			t.Fatal(err)
		}
		o := LoadOptions{
			Paths: []string{path}, Plugins: testPlugins(), Version: "0.3.0",
			Env: func(name string) (string, bool) { return "value of " + name, len(name)%2 == 0 },
		}
		c, files, diags := Load(o)
		if (c == nil) != diags.HasErrors() {
			t.Fatalf("config %v with diagnostics %v", c != nil, diags)
		}
		var b bytes.Buffer
		if err := WriteText(&b, diags, files, true); err != nil {
			t.Fatal(err)
		}
		if err := WriteJSON(&b, diags, files); err != nil {
			t.Fatal(err)
		}
		formatted := Format(src)
		if c == nil {
			return
		}
		GraphOf(c)
		checkAssembles(t, c)
		if err := os.WriteFile(path, formatted, 0o600); err != nil {
			t.Fatal(err)
		}
		if again, _, diags := Load(o); again == nil {
			t.Fatalf("formatted it is refused: %v\n%s", diags, formatted)
		}
	})
}
