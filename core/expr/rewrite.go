package expr

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Names of functions that only rewritten expressions call.
const (
	atFunction   = "\x00at"   // at(value, key): the member or element, null when there is none
	failFunction = "\x00fail" // fail(text): an error
)

// rewriter copies an expression into the form that both engines run: what uses nothing of a record is a literal, and
// each thing of a record is one variable, so that a missing field at any depth is null. The original stays as it is.
type rewriter struct {
	unit   *Unit
	inputs []string
	secret bool
	trying int // depth of try and can: an error there is no mistake
	diags  hcl.Diagnostics
}

// rewrite returns the copy of an expression.
func (w *rewriter) rewrite(e hclsyntax.Expression) hclsyntax.Expression {
	if _, ok := e.(*hclsyntax.LiteralValueExpr); ok {
		return e
	}
	if !w.unit.usesRecord(e) {
		if folded := w.fold(e); folded != nil {
			return folded
		}
	}
	if path, ok := w.path(e); ok {
		return w.input(input{kind: inputPath}, path, e.Range())
	}
	switch x := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return w.rewrite(x.Expression)
	case *hclsyntax.TemplateWrapExpr:
		return w.rewrite(x.Wrapped)
	case *hclsyntax.ScopeTraversalExpr:
		return w.traversal(x.Traversal, x.SrcRange)
	case *hclsyntax.RelativeTraversalExpr:
		return w.steps(w.rewrite(x.Source), x.Traversal)
	case *hclsyntax.IndexExpr:
		return call(atFunction, x.SrcRange, w.rewrite(x.Collection), w.rewrite(x.Key))
	case *hclsyntax.TemplateExpr:
		return &hclsyntax.TemplateExpr{Parts: w.all(x.Parts), SrcRange: x.SrcRange}
	case *hclsyntax.BinaryOpExpr:
		return &hclsyntax.BinaryOpExpr{LHS: w.rewrite(x.LHS), Op: w.unit.operation(x.Op), RHS: w.rewrite(x.RHS), SrcRange: x.SrcRange}
	case *hclsyntax.UnaryOpExpr:
		return &hclsyntax.UnaryOpExpr{Op: w.unit.operation(x.Op), Val: w.rewrite(x.Val), SrcRange: x.SrcRange, SymbolRange: x.SymbolRange}
	case *hclsyntax.ConditionalExpr:
		return &hclsyntax.ConditionalExpr{
			Condition: w.rewrite(x.Condition), TrueResult: w.rewrite(x.TrueResult), FalseResult: w.rewrite(x.FalseResult), SrcRange: x.SrcRange,
		}
	case *hclsyntax.FunctionCallExpr:
		return w.call(x)
	case *hclsyntax.TupleConsExpr:
		return &hclsyntax.TupleConsExpr{Exprs: w.all(x.Exprs), SrcRange: x.SrcRange, OpenRange: x.OpenRange}
	case *hclsyntax.ObjectConsExpr:
		return w.object(x)
	case *hclsyntax.SplatExpr:
		return w.splat(x)
	}
	w.diags = append(w.diags, problem(e.Range(), "This kind of expression can't be computed for records.", "Write it in a simpler way."))
	return e
}

func (w *rewriter) all(es []hclsyntax.Expression) []hclsyntax.Expression {
	out := make([]hclsyntax.Expression, len(es))
	for i, e := range es {
		out[i] = w.rewrite(e)
	}
	return out
}

// fold computes a constant. What fails inside try or can becomes an expression that always fails.
func (w *rewriter) fold(e hclsyntax.Expression) hclsyntax.Expression {
	scope := w.unit.load.NewChild()
	scope.Functions = evaluatorFunctions(w.unit.funcs)
	v, diags := e.Value(scope)
	secret := v.ContainsMarked() || w.unit.marked(e)
	w.secret = w.secret || secret
	if diags.HasErrors() {
		p := program{at: e.Range(), secret: secret}
		diags = p.plain(diags)
		if w.trying > 0 {
			text := &hclsyntax.LiteralValueExpr{Val: cty.StringVal(diags[0].Summary + ": " + diags[0].Detail), SrcRange: e.Range()}
			return call(failFunction, e.Range(), text)
		}
		w.diags = append(w.diags, diags...)
		return e
	}
	v, _ = v.UnmarkDeep()
	return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: e.Range()}
}

// path returns the path of names that an expression is, when it is one of a record.
func (w *rewriter) path(e hclsyntax.Expression) ([]string, bool) {
	switch x := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return w.path(x.Expression)
	case *hclsyntax.ScopeTraversalExpr:
		if x.Traversal.RootName() == "record" {
			path, rest := pathOf(x.Traversal)
			return path, len(rest) == 0
		}
	case *hclsyntax.RelativeTraversalExpr:
		if parent, ok := w.path(x.Source); ok {
			// pathOf looks past the first step, which is the root of an absolute traversal.
			path, rest := pathOf(append(hcl.Traversal{hcl.TraverseRoot{}}, x.Traversal...))
			return append(parent, path...), len(rest) == 0
		}
	case *hclsyntax.IndexExpr:
		parent, ok := w.path(x.Collection)
		if !ok || w.unit.usesRecord(x.Key) {
			return nil, false
		}
		key, ok := w.fold(x.Key).(*hclsyntax.LiteralValueExpr)
		if ok && key.Val.Type() == cty.String && key.Val.IsKnown() && !key.Val.IsNull() {
			return append(parent, key.Val.AsString()), true
		}
	}
	return nil, false
}

// traversal returns what record, meta or raw with steps becomes.
func (w *rewriter) traversal(t hcl.Traversal, at hcl.Range) hclsyntax.Expression {
	switch t.RootName() {
	case "record":
		path, rest := pathOf(t)
		return w.steps(w.input(input{kind: inputPath}, path, at), rest)
	case "meta":
		if path, _ := pathOf(t); len(path) == 1 {
			for i, name := range metaNames() {
				if name == path[0] {
					return w.input(input{kind: inputMeta, meta: metaField(i)}, nil, at)
				}
			}
		}
		return w.steps(w.input(input{kind: inputAllMeta}, nil, at), t[1:])
	default:
		return w.input(input{kind: inputRaw}, nil, at)
	}
}

// steps returns an expression with steps after it.
func (w *rewriter) steps(e hclsyntax.Expression, steps hcl.Traversal) hclsyntax.Expression {
	for _, s := range steps {
		switch s := s.(type) {
		case hcl.TraverseAttr:
			e = call(atFunction, s.SrcRange, e, &hclsyntax.LiteralValueExpr{Val: cty.StringVal(s.Name), SrcRange: s.SrcRange})
		case hcl.TraverseIndex:
			e = call(atFunction, s.SrcRange, e, &hclsyntax.LiteralValueExpr{Val: s.Key, SrcRange: s.SrcRange})
		}
	}
	return e
}

// input returns the variable that an input is.
func (w *rewriter) input(in input, path []string, at hcl.Range) hclsyntax.Expression {
	name := w.unit.inputName(in, path)
	if !slices.Contains(w.inputs, name) {
		w.inputs = append(w.inputs, name)
	}
	return &hclsyntax.ScopeTraversalExpr{Traversal: hcl.Traversal{hcl.TraverseRoot{Name: name, SrcRange: at}}, SrcRange: at}
}

func (w *rewriter) call(x *hclsyntax.FunctionCallExpr) hclsyntax.Expression {
	if x.Name == "now" {
		return w.input(input{kind: inputMeta, meta: metaNow}, nil, x.Range())
	}
	if x.Name == "try" || x.Name == "can" {
		w.trying++
		defer func() { w.trying-- }()
	}
	c := *x
	c.Args = w.all(x.Args)
	return &c
}

func (w *rewriter) object(x *hclsyntax.ObjectConsExpr) hclsyntax.Expression {
	c := *x
	c.Items = make([]hclsyntax.ObjectConsItem, len(x.Items))
	for i, item := range x.Items {
		c.Items[i] = hclsyntax.ObjectConsItem{KeyExpr: item.KeyExpr, ValueExpr: w.rewrite(item.ValueExpr)}
		if k, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok && (k.ForceNonLiteral || hcl.ExprAsKeyword(k.Wrapped) == "") {
			c.Items[i].KeyExpr = &hclsyntax.ObjectConsKeyExpr{Wrapped: w.rewrite(k.Wrapped), ForceNonLiteral: true}
		}
	}
	return &c
}

func (w *rewriter) splat(x *hclsyntax.SplatExpr) hclsyntax.Expression {
	if w.unit.usesRecord(x.Each) {
		w.diags = append(w.diags, problem(x.SrcRange, "The steps after [*] can't use record values.", "Name the fields after [*] literally."))
		return x
	}
	c := *x
	c.Source = w.rewrite(x.Source)
	return &c
}

// call returns a call of one of the functions that people can't name.
func call(name string, at hcl.Range, args ...hclsyntax.Expression) hclsyntax.Expression {
	return &hclsyntax.FunctionCallExpr{Name: name, Args: args, NameRange: at, OpenParenRange: at, CloseParenRange: at}
}

// marked reports whether an expression uses a value of the load phase that must not be shown.
func (u *Unit) marked(e hclsyntax.Expression) bool {
	for _, t := range e.Variables() {
		if v, diags := t.TraverseAbs(u.load); diags.HasErrors() || v.ContainsMarked() {
			return true
		}
	}
	secret := false
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		if x, ok := n.(*hclsyntax.FunctionCallExpr); ok {
			_, ours := u.funcs[x.Name]
			secret = secret || !ours
		}
		return nil
	})
	return secret
}
