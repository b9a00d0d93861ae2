package expr

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// node computes a value.
type node func(r *Record) val

// compiler makes closures of rewritten expressions. It remembers the first thing that it can't.
type compiler struct {
	unit   *Unit
	reason string
}

// nativeValue returns the closure of a program, or the reason why there is none.
func (u *Unit) nativeValue(p *program) (node, string) {
	if u.opts.AlwaysSlow {
		return nil, "anything"
	}
	c := compiler{unit: u}
	n := c.value(p.expr)
	return n, c.reason
}

// nativeCond returns the closure of a condition, or the reason why there is none.
func (u *Unit) nativeCond(p *program) (cond, string) {
	if u.opts.AlwaysSlow {
		return nil, "anything"
	}
	c := compiler{unit: u}
	n := c.cond(p.expr)
	return n, c.reason
}

// cannot records why an expression isn't compiled, and returns nothing.
func (c *compiler) cannot(reason string) node {
	if c.reason == "" {
		c.reason = reason
	}
	return nil
}

// value compiles an expression that gives a value; nil: it can't.
func (c *compiler) value(e hclsyntax.Expression) node {
	switch x := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		v, ok := constantVal(x.Val)
		if !ok {
			return c.cannot("a constant " + constantName(x.Val))
		}
		return func(*Record) val { return v }
	case *hclsyntax.ScopeTraversalExpr:
		return c.input(c.unit.inputs[x.Traversal.RootName()])
	case *hclsyntax.BinaryOpExpr:
		if o := c.unit.operator(x.Op); o >= opAdd {
			return c.arithmetic(o, x.LHS, x.RHS)
		}
		return valueOf(c.cond(e))
	case *hclsyntax.UnaryOpExpr:
		if c.unit.operator(x.Op) == opNegate {
			return c.negate(x.Val)
		}
		return valueOf(c.cond(e))
	case *hclsyntax.TemplateExpr:
		return c.template(x)
	case *hclsyntax.ConditionalExpr:
		return c.conditional(x)
	case *hclsyntax.FunctionCallExpr:
		return c.call(x)
	case *hclsyntax.TupleConsExpr:
		return c.cannot("a list")
	case *hclsyntax.ObjectConsExpr:
		return c.cannot("an object")
	case *hclsyntax.SplatExpr:
		return c.cannot("[*]")
	}
	return c.cannot("this kind of expression")
}

func constantName(v cty.Value) string {
	switch {
	case !v.IsKnown():
		return "that is not known here"
	case v.Type() == cty.Number:
		return "number with so many digits"
	}
	return v.Type().FriendlyName()
}

// input compiles something of a record.
func (c *compiler) input(in input) node {
	switch in.kind {
	case inputPath:
		slot := in.slot
		return func(r *Record) val { return r.pathVal(slot) }
	case inputMeta:
		field := in.meta
		return func(r *Record) val { return r.metaVal(field) }
	case inputRaw:
		return func(r *Record) val { return val{kind: kindText, b: r.lineText()} }
	case inputAllMeta:
	}
	return c.cannot("meta as a whole")
}

// valueOf makes a value of a condition.
func valueOf(t cond) node {
	if t == nil {
		return nil
	}
	return func(r *Record) val {
		switch t(r) {
		case triFalse:
			return boolVal(false)
		case triTrue:
			return boolVal(true)
		case triOrderNull:
			return val{kind: kindOrderNull}
		case triBail:
			return val{kind: kindBail}
		case triNull, triFail, triOperand:
		}
		return val{kind: kindFail}
	}
}

// template compiles text with values in it.
func (c *compiler) template(x *hclsyntax.TemplateExpr) node {
	parts := make([]node, len(x.Parts))
	for i, p := range x.Parts {
		if parts[i] = c.value(p); parts[i] == nil {
			return nil
		}
	}
	return func(r *Record) val {
		worst := kindNull
		// The parts write to scratch too, so the text is put together elsewhere while they do.
		var held [8]val
		vals := held[:0]
		for _, p := range parts {
			v := p(r)
			switch v.kind {
			case kindNull, kindJSON:
				v.kind = kindFail
			case kindBool, kindNumber, kindText, kindOrderNull, kindFail, kindBail:
			}
			if v.failed() {
				worst = max(worst, v.kind)
			}
			vals = append(vals, v)
		}
		if worst != kindNull {
			return val{kind: worst}
		}
		start := len(r.scratch)
		for _, v := range vals {
			r.scratch = v.appendText(r.scratch)
		}
		return r.text(start)
	}
}

// text returns what an evaluation made of scratch from start as a text.
func (r *Record) text(start int) val {
	r.scratch = normalizeFrom(r.scratch, start)
	return val{kind: kindText, b: r.scratch[start:len(r.scratch):len(r.scratch)]}
}

// negate compiles -x.
func (c *compiler) negate(e hclsyntax.Expression) node {
	n := c.value(e)
	if n == nil {
		return nil
	}
	return func(r *Record) val {
		v := toNumber(n(r))
		switch {
		case v.kind == kindNull:
			return val{kind: kindFail}
		case v.failed():
			return v
		}
		v.n = v.n.negated()
		return v
	}
}

// toNumber returns a value as a number, as numberOf does. Null stays null, but without a type.
func toNumber(v val) val {
	switch v.kind {
	case kindNull:
		return val{}
	case kindNumber, kindOrderNull, kindFail, kindBail:
		return v
	case kindText:
		n := scanNumber(v.b)
		if n.shape == notNumber || n.shape == hugeNumber {
			return val{kind: kindFail}
		}
		if d, ok := parseNumber(v.b); ok {
			return val{kind: kindNumber, n: d}
		}
		return val{kind: kindBail}
	case kindBool, kindJSON:
	}
	return val{kind: kindFail}
}

// templateLike reports whether an error in an expression leaves a text behind, which hcl's logic then looks at.
func templateLike(e hclsyntax.Expression) bool {
	switch x := e.(type) {
	case *hclsyntax.TemplateExpr:
		return true
	case *hclsyntax.ConditionalExpr:
		return true
	case *hclsyntax.FunctionCallExpr:
		return strings.HasPrefix(x.Name, "\x00")
	}
	return false
}
