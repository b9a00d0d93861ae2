package config

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/pipeline"
)

// steps compiles the transforms and routes of a pipeline; nil: it has none. Where they lead is filled in by link.
func (b *builder) steps(address string, n *node) *pipeline.Options {
	if len(n.blocks["transform"])+len(n.blocks["route"])+len(n.blocks["otherwise"]) == 0 {
		return nil
	}
	s := &stepBuilder{builder: b, unit: b.unit(n.at.Filename, expr.Options{})}
	o := &pipeline.Options{Address: address, Unit: s.unit}
	for _, t := range n.blocks["transform"] {
		o.Transforms = append(o.Transforms, s.transform(t))
	}
	for _, r := range n.blocks["route"] {
		o.Routes = append(o.Routes, pipeline.Route{
			Name: r.label, When: s.predicate(r, "when"), Final: r.flag("final"),
		})
	}
	for _, w := range n.blocks["otherwise"] {
		o.Otherwise = pipeline.Otherwise{Given: true, Drop: w.flag("drop")}
	}
	return o
}

// stepBuilder compiles the expressions of one pipeline.
type stepBuilder struct {
	*builder
	unit *expr.Unit
}

// predicate compiles an attribute; nil: it is not there, or wrong.
func (s *stepBuilder) predicate(n *node, name string) *expr.Predicate {
	v := n.values[name]
	if v == nil || v.unknown {
		return nil
	}
	p, diags := s.unit.Predicate(v.expr)
	if !s.compiled(v.expr, diags) {
		p, _ = s.unit.Predicate(constantAt(v.expr, cty.False))
	}
	return p
}

func (s *stepBuilder) value(n *node, name string) *expr.Value {
	v := n.values[name]
	if v == nil || v.unknown {
		return nil
	}
	x, diags := s.unit.Value(v.expr)
	if !s.compiled(v.expr, diags) {
		x, _ = s.unit.Value(constantAt(v.expr, cty.NullVal(cty.String)))
	}
	return x
}

// path reads a field; nil: it is not there, or wrong.
func (s *stepBuilder) path(n *node, name string) []string {
	v := n.values[name]
	if v == nil {
		return nil
	}
	return s.fieldOf(v.expr)
}

func (s *stepBuilder) fieldOf(e hclsyntax.Expression) []string {
	path, diags := expr.Path(e)
	s.compiled(e, diags)
	return path
}

// paths reads a list of fields.
func (s *stepBuilder) paths(n *node, name string) (out [][]string) {
	v := n.values[name]
	if v == nil {
		return nil
	}
	list, ok := unwrap(v.expr).(*hclsyntax.TupleConsExpr)
	if !ok {
		s.fail(v.at, fmt.Sprintf("%q must be a list of fields.", name), "Write it in brackets, such as [record.password].")
		return nil
	}
	if len(list.Exprs) == 0 {
		s.fail(v.at, fmt.Sprintf("%q is empty.", name), "Name a field, such as [record.password], or take the attribute out.")
	}
	for _, e := range list.Exprs {
		if path := s.fieldOf(e); path != nil {
			out = append(out, path)
		}
	}
	return out
}

func (s *stepBuilder) transform(n *node) pipeline.Transform {
	t := pipeline.Transform{
		Name: fmt.Sprintf("transform %q at %s", n.label, placeText(n.at)),
		When: s.predicate(n, "when"),
	}
	switch n.text("on_error") {
	case "drop":
		t.OnError = pipeline.DropRecord
	case "dead_letter":
		t.OnError = pipeline.DeadLetter
	}
	switch n.label {
	case "drop":
		t.Kind = pipeline.KindDrop
	case "sample":
		t.Kind, t.Sample = pipeline.KindSample, &pipeline.Sample{Ratio: n.number("ratio"), Key: s.value(n, "key")}
	case "set":
		t.Kind, t.Set = pipeline.KindSet, s.set(n)
	case "unset":
		t.Kind, t.Unset = pipeline.KindUnset, &pipeline.Unset{Paths: s.paths(n, "fields")}
	case "rename":
		t.Kind, t.Rename = pipeline.KindRename, s.rename(n)
	case "parse":
		t.Kind, t.Parse = pipeline.KindParse, s.parse(n)
	case "redact":
		t.Kind, t.Redact = pipeline.KindRedact, s.redact(n)
	}
	return t
}

func (s *stepBuilder) set(n *node) *pipeline.Set {
	out := &pipeline.Set{At: s.path(n, "at")}
	v := n.values["fields"]
	if v == nil || v.unknown {
		return out
	}
	if object, is := unwrap(v.expr).(*hclsyntax.ObjectConsExpr); is && len(object.Items) == 0 {
		s.fail(v.at, `"fields" is empty.`, `Write a field, such as { env = "prod" }, or take the transform out.`)
	}
	if !s.plainKeys(v.expr) {
		return out
	}
	fields, object, diags := s.unit.Object(v.expr)
	s.compiled(v.expr, diags)
	out.Fields, out.Object = fields, object
	return out
}

// plainKeys answers names of fields that are computed: a sender would decide which field is set.
func (s *stepBuilder) plainKeys(e hclsyntax.Expression) bool {
	ok := true
	visit(e, func(n hclsyntax.Node) {
		object, is := n.(*hclsyntax.ObjectConsExpr)
		if !is {
			return
		}
		for _, item := range object.Items {
			if _, plain := literalKey(item.KeyExpr); !plain && usesRecord(item.KeyExpr) {
				ok = false
				s.fail(item.KeyExpr.Range(), "The name of a field must be written out.",
					"Write the field's own name, such as level, not record.level; in quotes when it holds a dot.")
			}
		}
	})
	return ok
}

func (s *stepBuilder) rename(n *node) *pipeline.Rename {
	out := &pipeline.Rename{}
	v := n.values["fields"]
	if v == nil {
		return out
	}
	object, ok := unwrap(v.expr).(*hclsyntax.ObjectConsExpr)
	if !ok {
		s.fail(v.at, `"fields" must be an object of fields.`, "Write it in braces: { new_name = record.old_name }.")
		return out
	}
	if len(object.Items) == 0 {
		s.fail(v.at, `"fields" is empty.`, "Name a field, such as { message = record.msg }, or take the transform out.")
	}
	seen := map[string]bool{}
	for _, item := range object.Items {
		name, ok := literalKey(item.KeyExpr)
		if !ok {
			s.fail(item.KeyExpr.Range(), "A new name must be written out.", "Write a name, in quotes when it holds a dot.")
			continue
		}
		if seen[name] {
			s.fail(item.KeyExpr.Range(), fmt.Sprintf("The new name %s is given twice.", quoteShort(name)), "Give one of the fields another.")
			continue
		}
		seen[name] = true
		if old := s.fieldOf(item.ValueExpr); old != nil {
			out.Fields = append(out.Fields, pipeline.RenameField{New: []string{name}, Old: old})
		}
	}
	return out
}

func (s *stepBuilder) parse(n *node) *pipeline.Parse {
	out := &pipeline.Parse{
		Field: s.path(n, "field"), Into: s.path(n, "into"),
		Overwrite: n.flag("overwrite"), RemoveSource: !n.flag("keep_source"),
	}
	format := n.text("format")
	if n.get("format").unknown {
		format = ""
	}
	out.Format = map[string]pipeline.Format{
		"json": pipeline.JSON, "logfmt": pipeline.LogFmt, "kv": pipeline.KV, "csv": pipeline.CSV,
		"regex": pipeline.Regex, "syslog": pipeline.Syslog, "timestamp": pipeline.Timestamp,
	}[format]
	if n.get("format").unknown {
		out.Format = pipeline.JSON
	}
	for name, of := range map[string][]string{
		"regex": {"regex"}, "layout": {"timestamp"}, "columns": {"csv"}, "time_zone": {"timestamp", "syslog"},
	} {
		s.onlyFor(n, name, format, of)
	}
	if format == "regex" {
		out.Regex = s.parseRegex(n)
	}
	if layout := n.text("layout"); layout != "" && !n.get("layout").unknown {
		switch err := pipeline.CheckLayout(layout); {
		case errors.Is(err, pipeline.ErrNoDate):
			s.fail(n.get("layout").at, fmt.Sprintf("%s shows no month and day of a time.", s.shown(n.get("layout"), layout)),
				`A time of day alone has no date. Add the month and the day as the text has them, such as "Jan _2 15:04:05".`)
		case err != nil:
			s.fail(n.get("layout").at, fmt.Sprintf("%s is not the layout of a time.", s.shown(n.get("layout"), layout)),
				`Write the time 2006-01-02 15:04:05 -0700 as yours is written, or a name such as "RFC3339" or "unix".`)
		}
		out.Layout = layout
	}
	if _, given := n.given("keep_source"); format == "timestamp" && n.values["into"] == nil && given && !n.flag("keep_source") {
		s.fail(n.get("keep_source").at, `"keep_source" means nothing here: without "into" the time takes the field's place.`, `Give it into, or take "keep_source" out.`)
	}
	if v := n.values["overwrite"]; format == "timestamp" && n.values["into"] == nil && v != nil && v.v == false {
		s.fail(v.at, `"overwrite" means nothing here: without "into" the time takes the field's place.`, `Give it into, or take "overwrite" out.`)
	}
	if format == "timestamp" && n.values["field"] == nil && n.values["into"] == nil {
		s.fail(n.at, `Format "timestamp" needs the attribute "field", "into", or both.`, "Add, for example, field = record.time.")
	}
	out.Columns = n.texts("columns")
	for i, name := range out.Columns {
		if name == "" && !n.get("columns").unknown {
			s.fail(n.element("columns", i), fmt.Sprintf("Column %d has no name.", i+1), "Name it as the field that its values become.")
			continue
		}
		if slices.Contains(out.Columns[:i], name) && !n.get("columns").unknown {
			s.fail(n.element("columns", i), fmt.Sprintf("%s is there twice.", s.shown(n.get("columns"), name)), "Give each column a name of its own.")
		}
	}
	zone := n.text("time_zone")
	at, err := time.LoadLocation(zone)
	if (err != nil || zone == "Local") && !n.get("time_zone").unknown {
		s.fail(n.get("time_zone").at, fmt.Sprintf("%s is no time zone.", s.shown(n.get("time_zone"), zone)), `Name one of the IANA database, such as "UTC" or "Europe/Vienna".`)
	}
	out.TimeZone = at
	return out
}

// onlyFor answers an attribute that means nothing for the format.
func (s *stepBuilder) onlyFor(n *node, name, format string, formats []string) {
	v := n.values[name]
	if v == nil || format == "" {
		return
	}
	if slices.Contains(formats, format) {
		return
	}
	s.fail(v.at, fmt.Sprintf("%q means nothing for format %q.", name, format),
		fmt.Sprintf("It is for format %s: take it out.", orList(quoteAll(formats))))
}

func (s *stepBuilder) parseRegex(n *node) *regexp.Regexp {
	v := n.values["regex"]
	if v == nil {
		s.fail(n.at, `Format "regex" needs the attribute "regex".`, `Add, for example, regex = "^(?P<host>\\S+) (?P<rest>.*)$".`)
		return nil
	}
	re := s.regex(v, n.text("regex"))
	if re == nil {
		return nil
	}
	for _, name := range re.SubexpNames() {
		if name != "" {
			return re
		}
	}
	s.fail(v.at, "The expression has no named group, so it yields no field.", "Name what becomes a field: (?P<name>…).")
	return nil
}

// matchesNothing stands for an expression that could not be read.
func matchesNothing() *regexp.Regexp { return regexp.MustCompile(`(?P<unknown>[^\s\S])`) }

func (s *stepBuilder) regex(v *value, text string) *regexp.Regexp {
	if v.unknown {
		return matchesNothing()
	}
	re, err := regexp.Compile(text)
	if err != nil {
		why := ": " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		if v.hidden {
			why = ""
		}
		s.fail(v.at, fmt.Sprintf("This is not a regular expression%s.", why),
			"Expressions are RE2's: https://github.com/google/re2/wiki/Syntax. In quotes a backslash is written twice.")
		return nil
	}
	return re
}

// takesText reports whether an expression can match a text that is not empty: \b alone can't.
func takesText(re *regexp.Regexp) bool {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	return err != nil || hasCharacter(parsed)
}

func hasCharacter(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	}
	return slices.ContainsFunc(re.Sub, hasCharacter)
}

func (s *stepBuilder) redact(n *node) *pipeline.Redact {
	out := &pipeline.Redact{Fields: s.paths(n, "fields"), With: n.text("with")}
	if v := n.values["with"]; v != nil && v.v == "" {
		s.fail(v.at, `"with" is empty.`, `Write what stands in the place of a secret, or take it out for "****".`)
	}
	if v := n.values["pattern"]; v != nil {
		out.Pattern = s.regex(v, n.text("pattern"))
		switch {
		case out.Pattern == nil:
		case out.Pattern.MatchString(""):
			s.fail(v.at, "The pattern matches the empty text.", "Write one that matches what is to be blotted out and nothing else.")
		case !takesText(out.Pattern):
			s.fail(v.at, "The pattern matches places between characters only, so it blots out nothing.", "Write one that matches what is to be blotted out.")
		}
	}
	for _, name := range n.texts("patterns") {
		d, ok := pipeline.DetectorOf(name)
		if !ok {
			continue // was answered
		}
		out.Patterns = append(out.Patterns, d)
	}
	if v := n.values["patterns"]; v != nil && isEmptyList(v.expr) {
		s.fail(v.at, `"patterns" is empty.`, `Name some, such as ["card", "email"], or take the attribute out.`)
	}
	if n.get("patterns").unknown && out.Pattern == nil {
		out.Pattern = matchesNothing()
	}
	if strings.Contains(out.With, "\n") {
		s.fail(n.get("with").at, `"with" holds a line feed, which would make two lines of one.`, "Take it out.")
	}
	if !slices.ContainsFunc([]string{"fields", "pattern", "patterns"}, func(name string) bool { _, ok := n.given(name); return ok }) {
		s.fail(n.at, "The redact does not say what to blot out.", `Give it fields, a pattern, or patterns = ["card", "email"].`)
	}
	return out
}
