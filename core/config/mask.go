package config

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// hiddenText stands for what must not be shown.
const hiddenText = "(sensitive)"

// Files are the sources of a load, for printing diagnostics. Its secrets are not printed.
type Files struct {
	names   []string // in the order they were read
	sources map[string][]byte
	masks   map[string][]hcl.Range
	secrets []string // longest first
}

func newFiles() *Files {
	return &Files{sources: map[string][]byte{}, masks: map[string][]hcl.Range{}}
}

// Names returns the files that were read, configuration and values, in the order they were read.
func (f *Files) Names() []string { return slices.Clone(f.names) }

func (f *Files) add(name string, src []byte) {
	if _, ok := f.sources[name]; !ok {
		f.names = append(f.names, name)
	}
	f.sources[name] = src
}

// mask hides a part of a source.
func (f *Files) mask(r hcl.Range) { f.masks[r.Filename] = append(f.masks[r.Filename], r) }

// scrub replaces every secret in a text. Texts of one or two bytes are left: they occur in every sentence.
func (f *Files) scrub(text string) string { return scrubOf(text, f.secrets) }

// Scrub replaces every secret of the configuration in a text; see Secrets.
func (c *Config) Scrub(text string) string { return scrubOf(text, c.Secrets) }

func scrubOf(text string, secrets []string) string {
	for _, s := range secrets {
		if len(s) > 2 {
			text = strings.ReplaceAll(text, s, hiddenText)
		}
	}
	return text
}

// span is a part of a line.
type span struct{ start, end int }

// hiddenSpans are the parts of a line, which starts at a byte of its file, that must not be shown: sorted, apart.
func (f *Files) hiddenSpans(name string, lineStart int, line []byte) []span {
	var spans []span
	for _, r := range f.masks[name] {
		s := span{max(r.Start.Byte-lineStart, 0), min(r.End.Byte-lineStart, len(line))}
		if s.start < s.end {
			spans = append(spans, s)
		}
	}
	for _, secret := range f.secrets {
		for from := 0; len(secret) > 2; {
			i := bytes.Index(line[from:], []byte(secret))
			if i < 0 {
				break
			}
			spans = append(spans, span{from + i, from + i + len(secret)})
			from += i + len(secret)
		}
	}
	spans = append(spans, secretLooking(line)...)
	for _, m := range urlPassword.FindAllSubmatchIndex(line, -1) {
		spans = append(spans, span{m[2], m[3]})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.start <= out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

// secretAssignment finds a literal given to a name that sounds like a secret's. It is for lines that were never
// decoded, because their syntax or their name is wrong; the text may be without its closing quote.
var secretAssignment = regexp.MustCompile(
	`(?i)[a-z0-9_-]*(?:password|passwd|passphrase|secret|token|tokn|authorization|cookie|credential|api[_-]?key|private[_-]?key|access[_-]?key)` +
		`[a-z0-9_-]*"?\s*[=:]\s*"?((?:[^"\\$]|\\.|\$[^{"])*)`)

// urlPassword finds the password in a URL.
var urlPassword = regexp.MustCompile(`://[^/@:"\s]*:([^/@"\s]+)@`)

// codeStart are the ways in which a value begins that is no literal.
var codeStart = regexp.MustCompile(`^\s*(?:[a-z_][a-z0-9_]*\s*[(.]|\[|\{|null\b)`)

func secretLooking(line []byte) []span {
	var out []span
	for _, m := range secretAssignment.FindAllSubmatchIndex(line, -1) {
		start, end := m[2], m[3]
		quoted := start > 0 && line[start-1] == '"'
		if start == end || !quoted && codeStart.Match(line[start:]) {
			continue
		}
		out = append(out, span{start, end})
	}
	return out
}

// maskSecretLiterals hides the literals in calls of sensitive(), anywhere in a file.
func (f *Files) maskSecretLiterals(body hclsyntax.Node) {
	visit(body, func(n hclsyntax.Node) {
		if x, ok := n.(*hclsyntax.FunctionCallExpr); ok && x.Name == "sensitive" {
			for _, arg := range x.Args {
				f.maskLiterals(arg)
			}
		}
	})
}

// maskLiterals hides every literal of an expression when its source is printed, except the keys of objects and the
// names of secrets in calls of env, file and credential.
func (f *Files) maskLiterals(expr hclsyntax.Expression) {
	var names []hcl.Range
	visit(expr, func(n hclsyntax.Node) {
		switch x := n.(type) {
		case *hclsyntax.FunctionCallExpr:
			if readsSecret(x.Name) && len(x.Args) > 0 {
				names = append(names, x.Args[0].Range())
			}
		case *hclsyntax.ObjectConsKeyExpr:
			names = append(names, x.Range())
		}
	})
	visit(expr, func(n hclsyntax.Node) {
		lit, ok := n.(*hclsyntax.LiteralValueExpr)
		if !ok || slices.ContainsFunc(names, func(r hcl.Range) bool { return r.Overlaps(lit.SrcRange) }) {
			return
		}
		f.mask(lit.SrcRange)
	})
}

// hideUnread hides the value of an attribute that is not decoded, when it looks like a secret: by its name, or because
// the name is nearly that of a sensitive one.
func (l *loader) hideUnread(a *hclsyntax.Attribute, s *Schema) {
	hide := len(secretLooking([]byte(a.Name+` = "x"`))) > 0
	if s != nil {
		attributes, _ := s.names()
		if n := nearest(a.Name, attributes); n != "" {
			hide = hide || s.attribute(n).Sensitive
		}
	}
	if hide {
		l.files.maskLiterals(a.Expr)
	}
}
