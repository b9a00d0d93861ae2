package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/skidway/skidway/core/expr"
)

// Resolve is what a destination computes for every record.
type Resolve struct {
	// Unit compiled the attributes.
	Unit       *expr.Unit
	Attributes []ResolvedAttribute
}

// ResolvedAttribute is one attribute that is computed for every record.
type ResolvedAttribute struct {
	Name  string
	Value *expr.Value
	// Path: the value is a path, in which a value of the record is one piece of a name, whatever is in it.
	Path bool
	// Fallback is what the destination takes when the value is null. Needed: it has none, and rejects the record then.
	Fallback string
	Needed   bool
}

// resolved compiles the attributes of a destination that are computed for every record; nil: there are none.
func (b *builder) resolved(own *Schema, n *node) *Resolve {
	var r *Resolve
	for _, a := range own.Attributes {
		v := n.values[a.Name]
		if v == nil || !v.perRecord || v.unknown {
			continue
		}
		if r == nil {
			r = &Resolve{Unit: b.unit(v.at.Filename, expr.Options{NoNow: true})}
		}
		value, diags := r.Unit.Value(v.expr)
		if !b.compiled(v.expr, diags) {
			value, _ = r.Unit.Value(constantAt(v.expr, cty.NullVal(cty.String)))
		}
		b.checkRecordAttribute(a, v)
		fallback := n.text("fallback_" + a.Name)
		r.Attributes = append(r.Attributes, ResolvedAttribute{
			Name: a.Name, Value: value, Path: a.Type == TypePath, Fallback: fallback, Needed: a.Required && fallback == "",
		})
	}
	return r
}

// checkRecordAttribute answers a path that can lie nowhere.
func (b *builder) checkRecordAttribute(a *Attribute, v *value) {
	if a.Type != TypePath {
		return
	}
	plain := func(p string) bool { return p != "" && p != "." && p != ".." }
	for _, path := range b.writtenPaths(v.expr, b.recordContext(v.at.Filename)) {
		switch parts := strings.Split(path, "/"); {
		case strings.HasPrefix(path, "/"):
			b.fail(v.at, fmt.Sprintf("%q uses record values, so it is relative to base_dir.", a.Name), "Put the fixed folder into base_dir, and take the first / out.")
			return
		case slices.ContainsFunc(parts, func(p string) bool { return !plain(p) }):
			b.fail(v.at, fmt.Sprintf("%q uses record values, so it is made of plain names below base_dir.", a.Name), "Take empty names, . and .. out of it.")
			return
		}
	}
}

// mostWrittenPaths bounds what writtenPaths returns: a template of conditions has a path for each choice. What is not
// looked at here leads out of no base_dir either.
const mostWrittenPaths = 64

// writtenPaths returns the paths that an expression gives, with "value" for each value of the record: a condition gives
// one for each of its branches.
func (b *builder) writtenPaths(e hclsyntax.Expression, ctx *hcl.EvalContext) []string {
	if v, diags := e.Value(ctx); !diags.HasErrors() {
		if v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
			return []string{v.AsString()}
		}
		return []string{"value"}
	}
	switch x := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return b.writtenPaths(x.Expression, ctx)
	case *hclsyntax.TemplateWrapExpr:
		return b.writtenPaths(x.Wrapped, ctx)
	case *hclsyntax.ConditionalExpr:
		both := append(b.writtenPaths(x.TrueResult, ctx), b.writtenPaths(x.FalseResult, ctx)...)
		return both[:min(len(both), mostWrittenPaths)]
	case *hclsyntax.TemplateExpr:
		all := []string{""}
		for _, part := range x.Parts {
			ends := b.writtenPaths(part, ctx)
			var longer []string
			for _, end := range ends {
				for _, path := range all {
					longer = append(longer, path+end)
				}
			}
			all = longer[:min(len(longer), mostWrittenPaths)]
		}
		return all
	}
	return []string{"value"}
}

// compiled passes on what the compiler says of an expression; ok is false when there is an error. What is wrong with a
// placeholder, which stands for a value that could not be read, is not passed on.
func (b *builder) compiled(e hclsyntax.Expression, diags hcl.Diagnostics) (ok bool) {
	unknown := len(b.unread) > 0 || b.usesUnknown(e)
	for _, u := range b.unread {
		b.diags = append(b.diags, warning(callRange(e, u), CodeNote, u.sentence()+".",
			"Its value is taken as unknown here; `skidway run` needs it."))
	}
	b.unread = nil
	secret := diags.HasErrors() && b.usesSecrets(e)
	for _, d := range diags {
		if b.addUnread(e, d) {
			continue
		}
		summary, detail := inOurWords(d)
		if unknown && (summary != d.Summary || ofAValue(summary)) {
			continue
		}
		if secret && !saysNothing(d) && d.Severity == hcl.DiagError {
			what, why, _ := strings.Cut(summary, ": ")
			if why != "" {
				summary = what + "."
			}
			if why != "" || d.Summary != summary {
				detail = sayNoMore
			}
		}
		out := &hcl.Diagnostic{Severity: d.Severity, Summary: summary, Detail: detail, Subject: d.Subject}
		if d.Severity == hcl.DiagWarning {
			out.Extra = CodeNote
		}
		b.diags = append(b.diags, out)
	}
	return !diags.HasErrors()
}

// ofAValue says that a message of the compiler is about a value, not about a name.
func ofAValue(summary string) bool {
	return slices.ContainsFunc([]string{"Invalid argument of ", "This can't be computed", "The condition is ", "This is no object"},
		func(start string) bool { return strings.HasPrefix(summary, start) })
}

// constantAt stands for an expression that can't be compiled.
func constantAt(e hclsyntax.Expression, v cty.Value) hclsyntax.Expression {
	return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: e.Range()}
}

// recordContext is what record expressions of a file see of the load phase: the same values and functions, without the
// marks of secrets, and with a placeholder for what is unknown. What a record gets of a secret is for the user to say;
// that no message shows it is seen to where messages are written.
func (b *builder) recordContext(filename string) *hcl.EvalContext {
	load := b.context(filename)
	plain := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: map[string]function.Function{}}
	for name, v := range load.Variables {
		plain.Variables[name] = plainValue(v)
	}
	for name, f := range load.Functions {
		plain.Functions[name] = f
		if readsSecret(name) || name == "sensitive" {
			plain.Functions[name] = b.plainFunction(f)
		}
	}
	return plain
}

// plainFunction calls f, remembers what is secret in its result, and returns that in plain.
func (b *builder) plainFunction(f function.Function) function.Function {
	return function.New(&function.Spec{
		Params:   f.Params(),
		VarParam: f.VarParam(),
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := f.Call(args)
			if err != nil {
				return cty.NilVal, err
			}
			b.rememberSecrets(v, false)
			return plainValue(v), nil
		},
	})
}

// plainValue returns v without marks and unknowns.
func plainValue(v cty.Value) cty.Value {
	v, _ = v.UnmarkDeep()
	out, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		switch v.Type() {
		case cty.Number:
			return cty.NumberIntVal(1), nil
		case cty.Bool:
			return cty.True, nil
		case cty.String, cty.DynamicPseudoType:
			return cty.StringVal("unknown"), nil
		}
		return cty.NullVal(v.Type()), nil
	})
	if err != nil {
		return v
	}
	return out
}

// unit returns a new unit for record expressions in a file.
func (b *builder) unit(filename string, o expr.Options) *expr.Unit {
	o.Source = func(name string) []byte { return b.files.sources[name] }
	return expr.NewUnit(b.recordContext(filename), o)
}
