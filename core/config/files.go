package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Where a configuration is looked for when no path is given.
const (
	defaultFile = "skidway.hcl"
	defaultDir  = "/etc/skidway"
)

// file is one parsed file.
type file struct {
	name string
	body *hclsyntax.Body
}

// findFiles returns the configuration files and the value files that go with them, each once.
func (l *loader) findFiles() (configs, values []string) {
	paths := l.opts.Paths
	if len(paths) == 0 {
		switch {
		case exists(defaultFile):
			paths = []string{defaultFile}
		case exists(defaultDir):
			paths = []string{defaultDir}
		default:
			d := placeless(fmt.Sprintf("There is no configuration: neither ./%s nor %s/ exists.", defaultFile, defaultDir),
				"Name a file or a folder with -c PATH.")
			d.Extra = CodeNoConfig
			l.diags = append(l.diags, d)
			return nil, nil
		}
	}
	folders := map[string]bool{}
	for _, p := range paths {
		p = filepath.Clean(p)
		info, err := os.Stat(p)
		switch {
		case err != nil:
			l.diags = append(l.diags, placeless(fmt.Sprintf("%s can't be read: %s.", quoteShort(p), reason(err)),
				"Name a file or a folder that exists."))
			continue
		case info.IsDir():
			found := l.listFolder(p)
			configs = append(configs, found...)
			folders[p] = true
		default:
			if !l.refuseName(p) {
				configs = append(configs, p)
				folders[filepath.Dir(p)] = true
			}
		}
	}
	for dir := range folders {
		found, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*.vars.hcl"))
		if err != nil {
			continue
		}
		values = append(values, slices.DeleteFunc(found, func(p string) bool {
			return strings.HasPrefix(filepath.Base(p), ".")
		})...)
	}
	slices.Sort(values)
	return once(configs), once(values)
}

// listFolder returns a folder's configuration files in sorted order.
func (l *loader) listFolder(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		l.diags = append(l.diags, placeless(fmt.Sprintf("The folder %s can't be read: %s.", quoteShort(dir), reason(err)),
			"Make it readable for the user that runs skidway."))
		return nil
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(dir, name)
		switch {
		case strings.HasPrefix(name, "."), e.IsDir():
		case strings.HasSuffix(name, ".hcl.json"):
			l.refuseName(path)
		case !strings.HasSuffix(name, ".hcl"), name == "skidway.lock.hcl",
			strings.HasSuffix(name, ".test.hcl"), strings.HasSuffix(name, ".vars.hcl"):
		default:
			out = append(out, path)
		}
	}
	if len(out) == 0 && !l.diags.HasErrors() {
		l.diags = append(l.diags, placeless(fmt.Sprintf("The folder %s has no configuration: no file *.hcl in it.", quoteShort(dir)),
			"Tests, value files and the lock file do not count."))
	}
	return out
}

// refuseName answers a file that was named and is no configuration.
func (l *loader) refuseName(path string) bool {
	name := filepath.Base(path)
	summary, detail := "", ""
	switch {
	case strings.HasSuffix(name, ".json"):
		summary, detail = "is in HCL's JSON form, which is not supported", "Write it in HCL's own form, *.hcl."
	case strings.HasSuffix(name, ".vars.hcl"):
		summary, detail = "holds values of variables, not a configuration", "Name it with --var-file."
	case strings.HasSuffix(name, ".test.hcl"):
		summary, detail = "holds tests, not a configuration", "Name the configuration that it tests: skidway test -c PATH."
	case name == "skidway.lock.hcl":
		summary, detail = "is the lock file of plugins, not a configuration", "Name the file beside it."
	default:
		return false
	}
	l.diags = append(l.diags, placeless(fmt.Sprintf("%s %s.", quoteShort(path), summary), detail))
	return true
}

// parse reads one file; nil: diagnostics say why there is nothing. A body with syntax errors is what could be read.
func (l *loader) parse(path string) *file {
	src, err := readBounded(path, maxFileBytes)
	if err != nil {
		detail := "A configuration is a readable file of HCL."
		if slices.Contains(l.opts.VarFiles, path) {
			detail = "Name a file with --var-file that exists and holds lines of name = value."
		}
		l.diags = append(l.diags, placeless(fmt.Sprintf("%s can't be read: %s.", quoteShort(path), reason(err)), detail))
		return nil
	}
	l.files.add(path, src)
	if d := checkLimits(src, path); d != nil {
		l.diags = append(l.diags, d)
		return nil
	}
	f, diags := hclsyntax.ParseConfig(src, path, hcl.InitialPos)
	if diags.HasErrors() {
		if d := foreign(path, src); d != nil {
			l.diags = append(l.diags, d)
			return nil
		}
	}
	l.diags = append(l.diags, diags...)
	if f == nil {
		return nil
	}
	body, ok := f.Body.(*hclsyntax.Body)
	if !ok {
		return nil
	}
	l.files.maskSecretLiterals(body)
	return &file{name: path, body: body}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// once leaves the first of each file, however it was named.
func once(paths []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(paths, func(p string) bool {
		key, err := filepath.Abs(p)
		if err != nil {
			key = p
		}
		if seen[key] {
			return true
		}
		seen[key] = true
		return false
	})
}

// escapeGlob makes a folder's name mean itself in a pattern.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}
