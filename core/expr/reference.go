package expr

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// fault is why an evaluation gave no value.
type fault struct {
	null bool // a null where an order or logic is asked, and nothing worse
	at   hcl.Range
	text string
}

// Error says what is wrong and where.
func (f *fault) Error() string {
	return fmt.Sprintf("%s:%d,%d: %s", f.at.Filename, f.at.Start.Line, f.at.Start.Column, f.text)
}

// evaluate runs the expression through hcl's evaluator.
func (p *program) evaluate(r *Record) (v cty.Value, f *fault) {
	if r.unit != p.unit {
		return cty.DynamicVal, &fault{at: p.at, text: errNotCompiled.Error()}
	}
	// What a record holds must never end the router: a panic of the evaluator is an error of this record.
	defer func() {
		if x := recover(); x != nil {
			v, f = cty.DynamicVal, &fault{at: p.at, text: "the evaluator can't compute it"}
		}
	}()
	r.slow++
	if r.scope == nil {
		r.scope = &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: evaluatorFunctions(p.funcs)}
	}
	clear(r.scope.Variables)
	for _, name := range p.inputs {
		r.scope.Variables[name] = r.variable(p.unit.inputs[name])
	}
	v, diags := p.expr.Value(r.scope)
	if diags.HasErrors() {
		return cty.DynamicVal, p.faultOf(diags)
	}
	v, _ = v.UnmarkDeep()
	if !v.IsWhollyKnown() {
		return v, &fault{at: p.at, text: fmt.Sprintf("a number has more than %d digits, or a value is not known", maxDigits)}
	}
	return v, nil
}

// faultOf returns what the errors of an evaluation come to: null only when all of them are.
func (p *program) faultOf(diags hcl.Diagnostics) *fault {
	var null *fault
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		f := &fault{null: isOrderNull(d), at: p.at, text: d.Summary + ": " + d.Detail}
		if d.Subject != nil {
			f.at = *d.Subject
		}
		if p.secret {
			f.text = d.Summary
		}
		if !f.null {
			return f
		}
		null = f
	}
	return null
}

// isOrderNull reports whether an error is that of an order with null, the logic of null, or a condition that is null.
func isOrderNull(d *hcl.Diagnostic) bool {
	if d.Summary == summaryNullCondition {
		return true
	}
	if d.Summary != summaryOperationFailed {
		return false
	}
	switch x := d.Expression.(type) {
	case *hclsyntax.BinaryOpExpr:
		switch x.Op {
		case hclsyntax.OpLogicalAnd, hclsyntax.OpLogicalOr:
			return true
		}
		return d.Detail == fmt.Sprintf("Error during operation: %s.", errOrderNull)
	case *hclsyntax.UnaryOpExpr:
		return x.Op == hclsyntax.OpLogicalNot
	}
	return false
}

// What hcl's evaluator says of nulls.
const (
	summaryNullCondition   = "Null condition"
	summaryOperationFailed = "Operation failed"
)

// decide returns what a value means as a condition.
func (p *program) decide(v cty.Value) (bool, *fault) {
	if v.IsNull() {
		return false, &fault{null: true, at: p.at, text: "the condition is null"}
	}
	b, err := convert.Convert(v, cty.Bool)
	if err != nil || b.IsNull() {
		return false, &fault{at: p.at, text: "the condition is neither true nor false"}
	}
	return b.True(), nil
}

// evalSlow decides with hcl's evaluator.
func (p *Predicate) evalSlow(r *Record) Outcome {
	v, f := p.evaluate(r)
	var match bool
	if f == nil {
		match, f = p.decide(v)
	}
	switch {
	case f != nil && f.null:
		return Null
	case f != nil:
		return Failed
	case match:
		return Match
	}
	return NoMatch
}

// toText returns a value as tostring makes it.
func (p *program) toText(v cty.Value) (cty.Value, *fault) {
	if v.IsNull() {
		return cty.NullVal(cty.String), nil
	}
	t, err := convert.Convert(v, cty.String)
	if err != nil {
		return v, &fault{at: p.at, text: "a list or an object is no text; use jsonencode"}
	}
	return t, nil
}
