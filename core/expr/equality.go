package expr

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// Equality is a predicate that compares one field of the record with constant texts: record.service == "x", or several
// such joined with ||. It matches exactly when Text gives one of Texts. Many of the same field can be answered by one
// look-up.
type Equality struct {
	slot  int
	texts []string
}

// Equality returns the predicate as an Equality; ok is false when it is not one.
func (p *Predicate) Equality() (e Equality, ok bool) {
	e.slot = -1
	if p.cond == nil || !p.equality(p.expr, &e) {
		return Equality{}, false
	}
	return e, true
}

// Always reports whether the predicate is the constant true.
func (p *Predicate) Always() bool {
	v, ok := p.constant()
	if !ok {
		return false
	}
	v, _ = v.Unmark()
	return v.Type() == cty.Bool && v.IsKnown() && !v.IsNull() && v.True()
}

// SameField reports whether both look at the same field of records of one unit.
func (e Equality) SameField(o Equality) bool { return e.slot == o.slot }

// Texts returns the texts, each once. The slice must not be changed.
func (e Equality) Texts() []string { return e.texts }

// Text returns the field's text; ok is false when the field is missing or no string, so that the predicate does not
// match. The text is valid until the record is replaced.
func (e Equality) Text(r *Record) (text []byte, ok bool) {
	p := r.place(e.slot)
	if r.state == isLine {
		if isMessage(r.unit.paths[e.slot]) {
			return r.lineText(), true
		}
		return nil, false
	}
	if p.Kind != jsonscan.String {
		return nil, false
	}
	return r.slotText(e.slot, p), true
}

// equality adds what e compares, and reports whether it is nothing else.
func (p *Predicate) equality(e hclsyntax.Expression, to *Equality) bool {
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return p.equality(e.Expression, to)
	case *hclsyntax.BinaryOpExpr:
		switch e.Op {
		case hclsyntax.OpLogicalOr:
			return p.equality(e.LHS, to) && p.equality(e.RHS, to)
		case hclsyntax.OpEqual:
			return p.compares(e.LHS, e.RHS, to) || p.compares(e.RHS, e.LHS, to)
		}
	}
	return false
}

func (p *Predicate) compares(field, text hclsyntax.Expression, to *Equality) bool {
	f, ok := field.(*hclsyntax.ScopeTraversalExpr)
	if !ok || len(f.Traversal) != 1 {
		return false
	}
	l, ok := text.(*hclsyntax.LiteralValueExpr)
	if !ok || l.Val.IsMarked() || !l.Val.IsKnown() || l.Val.IsNull() || l.Val.Type() != cty.String {
		return false
	}
	in, ok := p.unit.inputs[f.Traversal.RootName()]
	if !ok || in.kind != inputPath || to.slot >= 0 && to.slot != in.slot {
		return false
	}
	to.slot = in.slot
	if s := l.Val.AsString(); !slices.Contains(to.texts, s) {
		to.texts = append(to.texts, s)
	}
	return true
}
