package config

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxValueBytes bounds the text of one value, so that locals that double each other end.
const maxValueBytes = 1 << 20

// secretMark marks values that must not be shown.
type secretMark struct{}

// place says where an expression stands, for what may be in it.
type place struct {
	// name of the attribute, for messages.
	name string
	// record: it is computed for every record; output: it is about what came out of a test.
	record, output bool
	// alone: neither variables nor locals may be used.
	alone string
}

// eval returns the value of an expression of the load phase; ok is false when diagnostics say why there is none. The
// secrets in it are remembered.
func (l *loader) eval(expr hclsyntax.Expression, p place) (v cty.Value, ok bool) {
	if !l.checkNames(expr, p) {
		return cty.DynamicVal, false
	}
	l.unread = nil
	v, diags := expr.Value(l.context(expr.Range().Filename))
	for _, u := range l.unread {
		l.diags = append(l.diags, warning(callRange(expr, u), CodeNote, u.sentence()+".",
			"Its value is taken as unknown here; `skidway run` needs it."))
	}
	if diags.HasErrors() {
		l.addEvalDiags(expr, diags)
		return cty.DynamicVal, false
	}
	if textSize(v) > maxValueBytes {
		l.fail(expr.Range(), fmt.Sprintf("The value is larger than %s.", formatBytes(maxValueBytes)), "Make it smaller.")
		return cty.DynamicVal, false
	}
	l.rememberSecrets(v, false)
	return v, true
}

// addEvalDiags passes on what hcl has to say. What was said about an expression with secrets may hold one, or a part
// of one, so only its summary is kept.
func (l *loader) addEvalDiags(expr hclsyntax.Expression, diags hcl.Diagnostics) {
	secret := l.usesSecrets(expr)
	for _, d := range diags {
		at := expr.Range()
		if d.Subject != nil {
			at = *d.Subject
		}
		if l.addUnread(expr, d) {
			continue
		}
		summary, detail := inOurWords(d)
		if secret && !saysNothing(d) {
			detail = sayNoMore
		}
		l.diags = append(l.diags, &hcl.Diagnostic{Severity: d.Severity, Summary: summary, Detail: detail, Subject: &at})
	}
}

// addUnread passes on that a secret could not be read; ok is false when the diagnostic says something else.
func (l *loader) addUnread(expr hclsyntax.Expression, d *hcl.Diagnostic) (ok bool) {
	extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if !ok {
		return false
	}
	u, ok := errors.AsType[unreadError](extra.FunctionCallError())
	if ok {
		l.fail(callRange(expr, u), u.sentence()+".", u.hint())
	}
	return ok
}

// saysNothing says that a diagnostic's text holds no value.
func saysNothing(d *hcl.Diagnostic) bool {
	extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if !ok {
		return false
	}
	_, ok = errors.AsType[plainError](extra.FunctionCallError())
	return ok
}

// checkNames answers names that mean nothing in an expression of the load phase.
func (l *loader) checkNames(expr hclsyntax.Expression, p place) bool {
	before := len(l.diags)
	known := l.functionNames()
	if p.record {
		known = append(slices.Clone(known), recordFunctions()...)
	}
	l.diags = append(l.diags, hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		switch x := n.(type) {
		case *hclsyntax.ForExpr:
			return hcl.Diagnostics{problem(x.Range(), "There are no loops in this language.", "Write the elements out.")}
		case *hclsyntax.FunctionCallExpr:
			if !slices.Contains(known, x.Name) {
				return hcl.Diagnostics{unknownFunction(x, known)}
			}
		}
		return nil
	})...)
	for _, t := range expr.Variables() {
		if d := l.checkReference(t, p); d != nil {
			l.diags = append(l.diags, d)
		}
	}
	return len(l.diags) == before
}

func unknownFunction(x *hclsyntax.FunctionCallExpr, known []string) *hcl.Diagnostic {
	if slices.Contains(recordFunctions(), x.Name) {
		return problem(x.NameRange, fmt.Sprintf("There is no function %s at load.", x.Name),
			"It belongs to expressions that are computed for every record: when, the fields of set, a file's path.")
	}
	return problem(x.NameRange, fmt.Sprintf("There is no function %s.", quoteShort(x.Name)),
		didYouMean(x.Name, known, "skidway schema functions lists them."))
}

// checkReference answers a reference that leads nowhere; nil: it leads somewhere.
func (l *loader) checkReference(t hcl.Traversal, p place) *hcl.Diagnostic {
	at := t.SourceRange()
	root := t.RootName()
	switch root {
	case "var", "local":
		if p.alone != "" {
			return problem(at, fmt.Sprintf("%s can't use variables or locals.", p.alone), "Write a literal value or call a function such as env.")
		}
		names, kind, block := slices.Collect(maps.Keys(l.vars)), "variable", "a variable block"
		if root == "local" {
			names, kind, block = slices.Collect(maps.Keys(l.locals)), "local value", "it in a locals block"
		}
		if len(t) < 2 {
			return problem(at, fmt.Sprintf("%s alone is no value.", root), fmt.Sprintf("Write %s.NAME.", root))
		}
		attr, ok := t[1].(hcl.TraverseAttr)
		if !ok {
			return problem(at, fmt.Sprintf("A %s is named with a dot.", kind), fmt.Sprintf("Write %s.NAME.", root))
		}
		if !slices.Contains(names, attr.Name) {
			return problem(at, fmt.Sprintf("There is no %s %s.", kind, quoteShort(attr.Name)),
				didYouMean(attr.Name, names, fmt.Sprintf("Declare %s.", block)))
		}
		return nil
	case "record", "meta", "raw":
		if p.record {
			return nil // core/expr knows what there is
		}
		if p.output {
			return problem(at, "A condition is about what came out, not about one record.", "Write output[0].NAME for a field of the first record.")
		}
		return problem(at, fmt.Sprintf("There are no record values in %s.", strconv.Quote(p.name)),
			"It is computed once, when the configuration is loaded; use literals, var, local and functions.")
	case "output":
		if p.output {
			return nil
		}
	case "source", "destination", "pipeline":
		return problem(at, fmt.Sprintf("The address of a %s is not a value.", root),
			"Addresses stand in from, to and dead_letter.to only.")
	}
	scopes := []string{"var", "local"}
	if p.record {
		scopes = append(scopes, "record", "meta", "raw")
	}
	if p.output {
		scopes = append(scopes, "output")
	}
	detail := didYouMean(root, scopes, "")
	if detail == "" && p.record {
		detail = fmt.Sprintf("A field of the record is record.%s; text is written in quotes: %s.", root, strconv.Quote(root))
	}
	if slices.Contains(l.functionNames(), root) {
		detail = fmt.Sprintf("%s is a function: write %s(…).", root, root)
	}
	if detail == "" {
		detail = "Text is written in quotes; values of the configuration are var.NAME and local.NAME."
		if len(t) == 1 {
			detail = fmt.Sprintf("If it is text, write it in quotes: %s.", strconv.Quote(root))
		}
	}
	return problem(at, fmt.Sprintf("There is nothing named %s here.", quoteShort(root)), detail)
}

// usesRecord reports whether an expression names something of the record, so that it can't be computed at load.
func usesRecord(expr hclsyntax.Expression) bool {
	for _, t := range expr.Variables() {
		if root := t.RootName(); root == "record" || root == "meta" || root == "raw" {
			return true
		}
	}
	now := false
	visit(expr, func(n hclsyntax.Node) {
		x, ok := n.(*hclsyntax.FunctionCallExpr)
		now = now || ok && slices.Contains(recordFunctions(), x.Name)
	})
	return now
}

// context is what expressions of a file see. Functions that read files go by the file's folder.
func (l *loader) context(filename string) *hcl.EvalContext {
	dir := filepath.Dir(filename)
	if ctx, ok := l.contexts[dir]; ok {
		return ctx
	}
	ctx := &hcl.EvalContext{Variables: l.scope, Functions: l.functionsIn(dir)}
	l.contexts[dir] = ctx
	return ctx
}

// textSize is about how many bytes of text a value holds.
func textSize(v cty.Value) int {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return 0
	}
	if v.Type() == cty.String {
		return len(v.AsString())
	}
	n := 1
	if v.CanIterateElements() {
		for it := v.ElementIterator(); it.Next() && n <= maxValueBytes; {
			k, e := it.Element()
			n += textSize(e)
			if k.Type() == cty.String {
				n += textSize(k)
			}
		}
	}
	return n
}
