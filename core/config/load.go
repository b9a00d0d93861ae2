package config

import (
	"cmp"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// LoadOptions say what to load.
type LoadOptions struct {
	// Paths are files and folders. None: ./skidway.hcl, else /etc/skidway/.
	Paths []string
	// Vars are values of variables from the command line, by name. They win over everything else.
	Vars map[string]string
	// VarFiles are files of values from the command line; a later one wins.
	VarFiles []string
	// Env looks up a variable of the environment; nil: the process's own.
	Env func(name string) (string, bool)
	// NeedSecrets demands every secret and every file that a run needs. Without it a secret that can't be read is an
	// unknown value and a note, and Config has placeholders in its place.
	NeedSecrets bool
	// Version of the router, for router.required_version; empty or no version: every one will do.
	Version string
	// Plugins is what is known of plugins.
	Plugins Plugins
}

// loader is one load.
type loader struct {
	opts  LoadOptions
	files *Files
	diags hcl.Diagnostics

	// secrets are the texts of sensitive values met so far.
	secrets map[string]struct{}
	// unread gathers what the functions of one evaluation could not read.
	unread []unreadError

	vars     map[string]*variable
	locals   map[string]*localValue
	scope    map[string]cty.Value
	contexts map[string]*hcl.EvalContext
	// functions are the names of all functions.
	functions []string

	plugins map[string]*Plugin
}

// Load reads a configuration. The Config is nil when the diagnostics have errors; Files is never nil.
func Load(o LoadOptions) (*Config, *Files, hcl.Diagnostics) {
	l := newLoader(o)
	b := l.load()
	l.finish()
	if l.diags.HasErrors() {
		return nil, l.files, l.diags
	}
	b.config.Secrets = l.sortedSecrets()
	return b.config, l.files, l.diags
}

func newLoader(o LoadOptions) *loader {
	return &loader{
		opts:     o,
		files:    newFiles(),
		secrets:  map[string]struct{}{},
		vars:     map[string]*variable{},
		locals:   map[string]*localValue{},
		scope:    map[string]cty.Value{},
		contexts: map[string]*hcl.EvalContext{},
		plugins:  map[string]*Plugin{},
	}
}

// load returns what was built; nil: diagnostics say why there is nothing.
func (l *loader) load() *builder {
	configs, values := l.findFiles()
	var parsed []*file
	for _, path := range configs {
		if f := l.parse(path); f != nil {
			parsed = append(parsed, f)
		}
	}
	if !l.checkVersion(parsed) || l.diags.HasErrors() {
		return nil
	}
	top := l.collect(parsed)
	l.loadVariables(top.variables, values)
	l.loadLocals(top.locals)
	l.loadPlugins(top.plugins)

	b := &builder{loader: l, config: &Config{at: places{backlogs: map[string]hcl.Range{}}}, declared: top.declared}
	b.router(top.router)
	b.sources(top.sources)
	b.destinations(top.destinations)
	b.pipelines(top.pipelines)
	b.link()
	b.check()
	return b
}

// fail adds an error.
func (l *loader) fail(at hcl.Range, summary, detail string) {
	l.diags = append(l.diags, problem(at, summary, detail))
}

func (l *loader) getenv(name string) (string, bool) {
	if l.opts.Env != nil {
		return l.opts.Env(name)
	}
	return os.LookupEnv(name)
}

// finish makes the diagnostics fit to be shown: in the order of the files, none twice, no secret in any, nothing in
// them that another printer could show values from.
func (l *loader) finish() {
	l.files.secrets = l.sortedSecrets()
	order := map[string]int{}
	for i, name := range l.files.names {
		order[name] = i + 1
	}
	for i, d := range l.diags {
		shown := &hcl.Diagnostic{
			Severity: d.Severity,
			Summary:  cutText(l.files.scrub(d.Summary)),
			Detail:   cutText(l.files.scrub(strings.TrimSpace(d.Detail))),
			Subject:  d.Subject,
		}
		if c := CodeOf(d); c != "" {
			shown.Extra = c
		}
		l.diags[i] = shown
	}
	slices.SortStableFunc(l.diags, func(a, b *hcl.Diagnostic) int {
		return cmp.Or(
			cmp.Compare(order[subject(a).Filename], order[subject(b).Filename]),
			cmp.Compare(subject(a).Start.Byte, subject(b).Start.Byte),
			cmp.Compare(a.Severity, b.Severity),
		)
	})
	l.diags = slices.CompactFunc(l.diags, func(a, b *hcl.Diagnostic) bool {
		return a.Severity == b.Severity && a.Summary == b.Summary && a.Detail == b.Detail && subject(a) == subject(b)
	})
}

// subject is a diagnostic's place; the zero range when it has none.
func subject(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}
