// Package core_test holds the import table of the whole module as a test.
package core_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/skidway/skidway/"

// mayImport says, for each package, which packages of this module it may import. A name stands for the package and
// everything below it; a package without a row of its own shares the row of the nearest parent that has one.
var mayImport = map[string][]string{
	"proto":                        {},
	"core/record":                  {},
	"core/metrics":                 {},
	"core/ingest":                  {"core/record", "core/metrics"},
	"core/spool":                   {"core/record", "core/metrics"},
	"core/expr":                    {"core/record"},
	"core/pipeline":                {"core/record", "core/metrics", "core/expr"},
	"core/delivery":                {"core/record", "core/metrics", "core/spool"},
	"core/pluginhost":              {"core/record", "core/metrics", "core/delivery", "core/spool", "proto"},
	"core/admin":                   {"core/metrics"},
	"core/config":                  {"core/record", "core/expr", "core/pipeline", "core/ingest", "core/spool", "core/delivery", "core/pluginhost", "proto"},
	"core/router":                  {"core", "proto"},
	"plugins/sdk":                  {"proto"},
	"plugins/internal":             {"plugins/sdk", "proto"},
	"plugins/stdout":               {"plugins/sdk", "plugins/internal"},
	"plugins/file":                 {"plugins/sdk", "plugins/internal"},
	"plugins/http":                 {"plugins/sdk", "plugins/internal"},
	"plugins/tcp":                  {"plugins/sdk", "plugins/internal"},
	"plugins/simulator":            {"plugins/sdk", "plugins/internal"},
	"cmd/skidway":                  {"core", "plugins", "proto"},
	"cmd/skidway-plugin-file":      {"plugins/file", "plugins/sdk"},
	"cmd/skidway-plugin-http":      {"plugins/http", "plugins/sdk"},
	"cmd/skidway-plugin-simulator": {"plugins/simulator", "plugins/sdk"},
	"cmd/skidway-plugin-stdout":    {"plugins/stdout", "plugins/sdk"},
	"cmd/skidway-plugin-tcp":       {"plugins/tcp", "plugins/sdk"},
	"examples":                     {"plugins/sdk"},
}

// alsoInTests says what a package's test files may import besides.
var alsoInTests = map[string][]string{
	"core/pluginhost": {"plugins/sdk"},
	"plugins":         {"proto"},
}

func TestLayering(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); file != root && (strings.HasPrefix(name, ".") || name == "testdata" || hasOwnModule(root, file)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		pkg := path.Dir(filepath.ToSlash(rel))
		if pkg == "core" {
			return nil // this file
		}
		row := nearest(pkg)
		if row == "" {
			t.Errorf("%s is not in the import table: decide what it may import", pkg)
			return nil
		}
		seen[row] = true
		allowed := mayImport[row]
		if strings.HasSuffix(file, "_test.go") {
			for parent, more := range alsoInTests {
				if within(pkg, parent) {
					allowed = append(slices.Clip(allowed), more...)
				}
			}
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imp := range f.Imports {
			p, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			ours, ok := strings.CutPrefix(p, module)
			if !ok || within(ours, row) {
				continue
			}
			if !slices.ContainsFunc(allowed, func(a string) bool { return within(ours, a) }) {
				t.Errorf("%s imports %s, which the import table does not allow", filepath.ToSlash(rel), ours)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for row := range mayImport {
		if !seen[row] {
			t.Errorf("the import table names %s, which does not exist", row)
		}
	}
}

// nearest returns the row that pkg obeys: its own or that of its nearest parent; "" when there is none.
func nearest(pkg string) string {
	for p := pkg; p != "."; p = path.Dir(p) {
		if _, ok := mayImport[p]; ok {
			return p
		}
	}
	return ""
}

// within reports whether pkg is parent or lies below it.
func within(pkg, parent string) bool { return pkg == parent || strings.HasPrefix(pkg, parent+"/") }

func hasOwnModule(root, dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil && dir != root
}
