package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"google.golang.org/protobuf/encoding/protojson"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Plugins is what the caller knows of plugins. A nil function knows nothing.
type Plugins struct {
	// Bundled returns the description of a plugin that comes with the router.
	Bundled func(name string) (*pluginv1.DescribeResponse, bool)
	// BundledNames are their names.
	BundledNames func() []string
	// Validate checks a configuration for a bundled plugin, in process.
	Validate func(name string, req *pluginv1.ValidateRequest) *pluginv1.ValidateResponse
	// Describe starts a local executable for its description. Nil: nothing may be started, and what is stored beside
	// the executable in PATH.json serves instead.
	Describe func(path string) (*pluginv1.DescribeResponse, error)
	// DeepValidate starts a local executable to check a configuration for it. Nil: its own checks wait for a run.
	DeepValidate func(path string, req *pluginv1.ValidateRequest) (*pluginv1.ValidateResponse, error)
}

func (p Plugins) bundled(name string) (*pluginv1.DescribeResponse, bool) {
	if p.Bundled == nil {
		return nil, false
	}
	return p.Bundled(name)
}

func (p Plugins) bundledNames() []string {
	if p.BundledNames == nil {
		return nil
	}
	return p.BundledNames()
}

// loadPlugins reads the plugin blocks and what is known of their plugins.
func (l *loader) loadPlugins(blocks []*hclsyntax.Block) {
	for _, b := range blocks {
		name := b.Labels[0]
		n := l.decode(b.Body, b.DefRange(), pluginSchema(), fmt.Sprintf("plugin %q", name))
		p := &Plugin{Name: name, PassEnv: n.texts("pass_env")}
		l.plugins[name] = p
		v := n.get("source")
		source, ok := v.v.(string)
		if !ok || v.unknown {
			continue
		}
		if !isLocalPath(source) {
			l.fail(v.at, "Plugins from elsewhere are not supported yet.",
				"Put the executable on this machine and name its path, which begins with ./, ../ or /.")
			continue
		}
		p.Path = filepath.Clean(source)
		if !filepath.IsAbs(source) {
			p.Path = filepath.Join(l.absoluteDir(v.at.Filename), source)
		}
		l.describe(p, v)
	}
}

func isLocalPath(source string) bool {
	return strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || filepath.IsAbs(source)
}

// describe finds out what a local executable provides.
func (l *loader) describe(p *Plugin, source *value) {
	shown := hiddenText
	if text, ok := source.v.(string); ok && !source.hidden {
		shown = quoteShort(text)
	}
	var (
		d   *pluginv1.DescribeResponse
		err error
	)
	if l.opts.Plugins.Describe != nil {
		d, err = l.opts.Plugins.Describe(p.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			l.fail(source.at, fmt.Sprintf("There is no plugin %s.", shown), p.lookedForAt(source)+".")
			return
		case err != nil:
			l.fail(source.at, fmt.Sprintf("The plugin %s does not say what it provides: %s.", shown, strings.TrimRight(err.Error(), ".")),
				fmt.Sprintf("See what it prints: run %s --describe.", p.shownPath(source)))
			return
		}
	} else if d = l.storedDescription(p, source, shown); d == nil {
		return
	}
	if d.GetName() != p.Name {
		l.fail(source.at, fmt.Sprintf("The plugin %s calls itself %s.", shown, quoteShort(d.GetName())),
			fmt.Sprintf("Give its block that label: plugin %q { … }.", d.GetName()))
		return
	}
	p.Description = d
}

// shownPath is the executable's path, as far as it may be shown.
func (p *Plugin) shownPath(source *value) string {
	if source.hidden {
		return "it"
	}
	return p.Path
}

func (p *Plugin) lookedForAt(source *value) string {
	if source.hidden {
		return "Its path is relative to the folder of the file that names it"
	}
	return fmt.Sprintf("It is looked for at %s: a relative path is relative to the folder of the file that names it", p.Path)
}

func (p *Plugin) uncheckedDetail(source *value) string {
	if !exists(p.Path) {
		return p.lookedForAt(source) + ", and nothing is there."
	}
	return "Check with `skidway validate --deep`, which starts it, or store what it prints for --describe beside it, in a file of its name with .json."
}

// storedDescription reads PATH.json; nil: diagnostics say why not.
func (l *loader) storedDescription(p *Plugin, source *value, shown string) *pluginv1.DescribeResponse {
	text, err := readBounded(p.Path+".json", maxFileBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist) && l.opts.NeedSecrets:
		l.fail(source.at, fmt.Sprintf("What the plugin %s provides is not known.", shown), "Store what it prints for --describe beside it, in a file of its name with .json.")
		return nil
	case errors.Is(err, fs.ErrNotExist):
		l.diags = append(l.diags, warning(source.at, CodeUnchecked,
			fmt.Sprintf("What the plugin %s takes is not known, so its blocks are not checked.", shown),
			p.uncheckedDetail(source)))
		return nil
	case err != nil:
		l.fail(source.at, fmt.Sprintf("The description of the plugin %s can't be read: %s.", shown, reason(err)), "Store what it prints for --describe there.")
		return nil
	}
	d := &pluginv1.DescribeResponse{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, d); err != nil {
		l.fail(source.at, fmt.Sprintf("The description of the plugin %s is not valid.", shown), "Store what it prints for --describe there.")
		return nil
	}
	return d
}

// plugin finds the plugin of a block's type; nil: diagnostics say why there is none. A plugin without a description is
// one that could not be asked.
func (l *loader) plugin(b *hclsyntax.Block, provides func(*pluginv1.DescribeResponse) bool, extra ...string) *Plugin {
	name := b.Labels[0]
	if p := l.plugins[name]; p != nil {
		if p.Description != nil && !provides(p.Description) {
			l.fail(b.LabelRanges[0], fmt.Sprintf("The plugin %q provides no %s.", name, b.Type), "Use another type.")
			return nil
		}
		return p
	}
	if d, ok := l.opts.Plugins.bundled(name); ok {
		if !provides(d) {
			l.fail(b.LabelRanges[0], fmt.Sprintf("The plugin %q provides no %s.", name, b.Type),
				fmt.Sprintf("Types of %ss: %s.", b.Type, strings.Join(l.providers(provides, extra), ", ")))
			return nil
		}
		p := &Plugin{Name: name, Description: d}
		l.plugins[name] = p
		return p
	}
	l.fail(b.LabelRanges[0], fmt.Sprintf("No plugin provides the %s type %q.", b.Type, name),
		didYouMean(name, l.providers(provides, extra), fmt.Sprintf("Add plugin %q { source = \"./…\" }, or use one of %s.",
			name, orList(l.providers(provides, extra)))))
	return nil
}

// providers are the names of what can stand as a type.
func (l *loader) providers(provides func(*pluginv1.DescribeResponse) bool, extra []string) []string {
	names := map[string]bool{}
	for _, n := range extra {
		names[n] = true
	}
	for _, n := range l.opts.Plugins.bundledNames() {
		if d, ok := l.opts.Plugins.bundled(n); ok && provides(d) {
			names[n] = true
		}
	}
	for n, p := range l.plugins {
		if p.Description == nil || provides(p.Description) {
			names[n] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func providesDestination(d *pluginv1.DescribeResponse) bool { return d.GetDestination() != nil }

func providesSource(d *pluginv1.DescribeResponse) bool { return d.GetSource() != nil }

// validate asks the plugin about a block's configuration and puts its answers where the user wrote the cause.
func (l *loader) validate(p *Plugin, role pluginv1.Role, address string, n *node, configJSON []byte) {
	req := &pluginv1.ValidateRequest{Role: role, ConfigJson: configJSON, Address: address}
	var res *pluginv1.ValidateResponse
	switch {
	case p.Path == "" && l.opts.Plugins.Validate != nil:
		res = l.opts.Plugins.Validate(p.Name, req)
	case p.Path != "" && l.opts.Plugins.DeepValidate != nil:
		var err error
		if res, err = l.opts.Plugins.DeepValidate(p.Path, req); err != nil {
			l.fail(n.at, fmt.Sprintf("The plugin %q can't check its block: %s.", p.Name, err), "See its own log lines.")
			return
		}
	}
	for _, d := range res.GetDiagnostics() {
		at, unknown, hidden := n.find(d.GetPath())
		if unknown {
			continue
		}
		summary, detail := d.GetSummary(), d.GetDetail()
		if summary == "" {
			summary = fmt.Sprintf("The plugin %q refuses this.", p.Name)
		}
		if hidden {
			summary, detail = quotedPart.ReplaceAllString(summary, hiddenText), quotedPart.ReplaceAllString(detail, hiddenText)
		}
		severity := hcl.DiagError
		if d.GetSeverity() == pluginv1.Severity_SEVERITY_WARNING {
			severity = hcl.DiagWarning
		}
		l.diags = append(l.diags, &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail, Subject: at.Ptr()})
	}
}

// quotedPart is where a plugin's text about a sensitive value may show a part of it.
var quotedPart = regexp.MustCompile(`"[^"]*"`)

// cutText bounds a text for people.
func cutText(s string) string {
	const most = 1024
	if len(s) <= most {
		return strings.ToValidUTF8(s, "�")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
