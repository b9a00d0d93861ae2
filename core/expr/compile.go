package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// problem returns an error: summary says what is wrong, detail what to do.
func problem(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: at.Ptr()}
}

// syntaxOf returns the expression as the native syntax has it.
func syntaxOf(e hcl.Expression) (hclsyntax.Expression, hcl.Diagnostics) {
	if x, ok := e.(hclsyntax.Expression); ok {
		return x, nil
	}
	return nil, hcl.Diagnostics{problem(e.Range(), "This expression is not written in HCL's native syntax.", "Write the file as *.hcl; its JSON form is not supported.")}
}

// compile checks an expression and makes the program that hcl's evaluator runs.
func (u *Unit) compile(e hcl.Expression, condition bool) (*program, hcl.Diagnostics) {
	if u.plan != nil {
		return nil, hcl.Diagnostics{problem(e.Range(), "The expression was added to a unit that is already in use.", "This is a mistake in the router; please report it.")}
	}
	x, diags := syntaxOf(e)
	if diags.HasErrors() {
		return nil, diags
	}
	if diags := u.checkNames(x); diags.HasErrors() {
		return nil, diags
	}
	w := &rewriter{unit: u}
	p := &program{unit: u, at: x.Range(), source: u.sourceOf(x.Range()), funcs: u.funcs}
	p.expr = w.rewrite(x)
	p.inputs, p.secret = w.inputs, w.secret
	if w.diags.HasErrors() {
		return nil, w.diags
	}
	if diags := u.checkConstants(p.expr); diags.HasErrors() {
		return p, diags // the evaluator would say the same again
	}
	return p, u.checkTypes(p, condition)
}

// checkTypes evaluates the expression with values that are not known: an error that comes up then comes up always.
func (u *Unit) checkTypes(p *program, condition bool) hcl.Diagnostics {
	scope := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: evaluatorFunctions(p.funcs)}
	for _, name := range p.inputs {
		scope.Variables[name] = unknownInput(u.inputs[name])
	}
	v, diags := p.expr.Value(scope)
	if diags.HasErrors() {
		return p.plain(diags)
	}
	if !condition {
		return nil
	}
	v, _ = v.UnmarkDeep()
	constant := v.IsKnown() && !v.IsNull()
	if c, ok := p.constant(); ok && c.IsNull() {
		return hcl.Diagnostics{problem(p.at, "The condition is always null.", "Write an expression that is true or false, such as record.level == \"error\".")}
	}
	if v.Type() == cty.DynamicPseudoType {
		return nil
	}
	_, err := convert.Convert(v, cty.Bool)
	if err != nil || v.Type() == cty.String && !constant && convert.GetConversionUnsafe(v.Type(), cty.Bool) == nil {
		return hcl.Diagnostics{problem(p.at, fmt.Sprintf("The condition is never true or false: it is %s.", typeName(v.Type())),
			"Write an expression that is true or false, such as record.level == \"error\".")}
	}
	return nil
}

// typeName names a type for people.
func typeName(t cty.Type) string {
	switch {
	case t.IsTupleType(), t.IsListType(), t.IsSetType():
		return "a list"
	case t.IsObjectType(), t.IsMapType():
		return "an object"
	case t == cty.String:
		return "a text"
	}
	return "a " + t.FriendlyName()
}

// unknownInput is what is known of an input before there is a record.
func unknownInput(in input) cty.Value {
	switch in.kind {
	case inputRaw:
		return cty.UnknownVal(cty.String)
	case inputAllMeta:
		all := map[string]cty.Value{}
		for i, name := range metaNames() {
			all[name] = unknownInput(input{kind: inputMeta, meta: metaField(i)})
		}
		return cty.ObjectVal(all)
	case inputMeta:
		switch in.meta {
		case metaPeerPort, metaSize, metaID:
			return cty.UnknownVal(cty.Number)
		case metaTruncated:
			return cty.UnknownVal(cty.Bool)
		case metaSource, metaPeer, metaClientName, metaReceivedAt, metaHostname, metaNow, metaCount:
			return cty.UnknownVal(cty.String)
		}
	case inputPath:
	}
	return cty.DynamicVal
}

// plain returns diagnostics as people get them: without values that must not be shown, and with a place.
func (p *program) plain(diags hcl.Diagnostics) hcl.Diagnostics {
	var out hcl.Diagnostics
	for _, d := range diags {
		at := p.at
		if d.Subject != nil {
			at = *d.Subject
		}
		summary, detail := d.Summary, d.Detail
		if cause, ok := strings.CutPrefix(detail, "Error during operation: "); ok && summary == summaryOperationFailed {
			summary = "This can't be computed: " + cause
			detail = "Compare and compute with numbers or texts that are numbers; null, lists and objects are neither."
		}
		if p.secret {
			detail = "The expression uses a sensitive value, so nothing more is said about it."
		}
		out = append(out, &hcl.Diagnostic{Severity: d.Severity, Summary: summary, Detail: detail, Subject: &at, Extra: d.Extra})
	}
	return out
}

// Path returns the path that record.a.b or record["a b"] names: for fields that are changed, not computed.
func Path(e hcl.Expression) ([]string, hcl.Diagnostics) {
	steps, diags := hcl.AbsTraversalForExpr(e)
	help := "Write record.NAME, record.NAME.NAME, or record[\"any name\"]."
	if diags.HasErrors() {
		return nil, hcl.Diagnostics{problem(e.Range(), "This is not the name of a field.", help)}
	}
	if root := steps.RootName(); root != "record" {
		detail := help
		if near := didYouMean(root, []string{"record"}); near != "" {
			detail = near
		} else if len(steps) == 1 {
			detail = fmt.Sprintf("A field is written record.%s.", root)
		}
		return nil, hcl.Diagnostics{problem(e.Range(), fmt.Sprintf("There is no field %s.", quoted(root)), detail)}
	}
	path, rest := pathOf(steps)
	if len(rest) > 0 {
		return nil, hcl.Diagnostics{problem(e.Range(), "The elements of a list can't be named here.", help)}
	}
	if len(path) == 0 {
		return nil, hcl.Diagnostics{problem(e.Range(), "The record as a whole is no field.", help)}
	}
	return path, nil
}

// pathOf splits a traversal of record into the names it begins with and the steps from the first that is none.
func pathOf(steps hcl.Traversal) (path []string, rest hcl.Traversal) {
	path = []string{}
	for i, s := range steps[1:] {
		switch s := s.(type) {
		case hcl.TraverseAttr:
			path = append(path, s.Name)
		case hcl.TraverseIndex:
			if s.Key.Type() != cty.String || s.Key.IsNull() {
				return path, slices.Clone(steps[1+i:])
			}
			path = append(path, s.Key.AsString())
		default:
			return path, slices.Clone(steps[1+i:])
		}
	}
	return path, nil
}

// quoted quotes a name for a message, cut when it is long.
func quoted(name string) string {
	if len(name) > 64 {
		name = strings.ToValidUTF8(name[:64], "") + "…"
	}
	return fmt.Sprintf("%q", name)
}
