package expr

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Object compiles the fields of a set: an object, or the merge of some. Where all keys are known without a record it
// returns a Field for each, in the order in which they stand, each key once with the last value that it is given;
// else one Value, which gives an object or null. Both are nil when the diagnostics hold an error.
func (u *Unit) Object(e hcl.Expression) ([]Field, *Value, hcl.Diagnostics) {
	x, diags := syntaxOf(e)
	if diags.HasErrors() {
		return nil, nil, diags
	}
	if diags := u.checkNames(x); diags.HasErrors() {
		return nil, nil, diags
	}
	o := objectFields{unit: u}
	if !o.add(x) {
		if o.diags.HasErrors() {
			return nil, nil, o.diags
		}
		v, diags := u.Value(e)
		if v != nil {
			if d := v.checkObject(); d != nil {
				return nil, nil, hcl.Diagnostics{d}
			}
		}
		return nil, v, diags
	}
	var fields []Field
	for _, name := range o.names {
		v, more := u.Value(o.values[name])
		diags = append(diags, more...)
		fields = append(fields, Field{Name: name, Value: v})
	}
	if diags.HasErrors() {
		return nil, nil, diags
	}
	return fields, nil, diags
}

// objectFields collects the fields of objects whose keys are known.
type objectFields struct {
	unit   *Unit
	names  []string
	values map[string]hclsyntax.Expression
	diags  hcl.Diagnostics
}

func (o *objectFields) put(name string, e hclsyntax.Expression) {
	if o.values == nil {
		o.values = map[string]hclsyntax.Expression{}
	}
	if _, ok := o.values[name]; !ok {
		o.names = append(o.names, name)
	}
	o.values[name] = e
}

// add adds what an expression gives; false: its keys are not all known, or there are diagnostics.
func (o *objectFields) add(e hclsyntax.Expression) bool {
	if !o.unit.usesRecord(e) {
		return o.addConstant(e)
	}
	switch x := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return o.add(x.Expression)
	case *hclsyntax.TemplateWrapExpr:
		return o.add(x.Wrapped)
	case *hclsyntax.ObjectConsExpr:
		for _, item := range x.Items {
			name, ok := o.key(item.KeyExpr)
			if !ok {
				return false
			}
			o.put(name, item.ValueExpr)
		}
		return true
	case *hclsyntax.FunctionCallExpr:
		if x.Name != "merge" || x.ExpandFinal {
			return false
		}
		for _, a := range x.Args {
			if !o.add(a) {
				return false
			}
		}
		return true
	}
	return false
}

// key returns a key that is known.
func (o *objectFields) key(e hclsyntax.Expression) (string, bool) {
	if k, ok := e.(*hclsyntax.ObjectConsKeyExpr); ok {
		if name := hcl.ExprAsKeyword(k.Wrapped); name != "" && !k.ForceNonLiteral {
			return name, true
		}
		e = k.Wrapped
	}
	if o.unit.usesRecord(e) {
		return "", false
	}
	v, ok := o.constant(e)
	if !ok {
		return "", false
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil || s.IsNull() || !s.IsKnown() {
		o.diags = append(o.diags, problem(e.Range(), "The key is no text.", "Write a name, or a text in quotes."))
		return "", false
	}
	return s.AsString(), true
}

func (o *objectFields) constant(e hclsyntax.Expression) (cty.Value, bool) {
	w := &rewriter{unit: o.unit}
	folded := w.fold(e)
	o.diags = append(o.diags, w.diags...)
	return literal(folded)
}

// addConstant adds the fields of a constant object.
func (o *objectFields) addConstant(e hclsyntax.Expression) bool {
	v, ok := o.constant(e)
	switch {
	case !ok || !v.IsKnown():
		return false
	case v.IsNull():
		return true
	case !v.Type().IsObjectType() && !v.Type().IsMapType():
		o.diags = append(o.diags, problem(e.Range(), "This is no object.", "Write { name = value } or merge(…) of objects."))
		return false
	}
	members := v.AsValueMap()
	for _, name := range slices.Sorted(maps.Keys(members)) {
		o.put(name, &hclsyntax.LiteralValueExpr{Val: members[name], SrcRange: e.Range()})
	}
	return true
}

// checkObject answers a value that is never an object.
func (v *Value) checkObject() *hcl.Diagnostic {
	scope := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: evaluatorFunctions(v.funcs)}
	for _, name := range v.inputs {
		scope.Variables[name] = unknownInput(v.unit.inputs[name])
	}
	x, diags := v.expr.Value(scope)
	ty := x.Type()
	if diags.HasErrors() || ty == cty.DynamicPseudoType || ty.IsObjectType() || ty.IsMapType() {
		return nil
	}
	return problem(v.at, "This is no object.", "Write { name = value } or merge(…) of objects.")
}
