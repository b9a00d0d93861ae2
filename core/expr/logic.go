package expr

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// cond decides.
type cond func(r *Record) tri

// tri is what a condition, or an operand of logic, comes to.
type tri uint8

const (
	triFalse     tri = iota
	triTrue          // so that a bool converts
	triNull          // the value null
	triOrderNull     // an error: the order or logic of null
	triFail          // any other error
	triOperand       // an error: a value that is neither true nor false
	triBail          // only hcl's evaluator can tell
)

func triOf(b bool) tri {
	if b {
		return triTrue
	}
	return triFalse
}

// triOfVal returns what a value means as an operand of logic.
func triOfVal(v val) tri {
	switch v.kind {
	case kindNull:
		return triNull
	case kindBool:
		return triOf(v.n.m != 0)
	case kindText:
		switch string(v.b) {
		case "true", "1":
			return triTrue
		case "false", "0":
			return triFalse
		}
	case kindOrderNull:
		return triOrderNull
	case kindFail:
		return triFail
	case kindBail:
		return triBail
	case kindNumber, kindJSON:
	}
	return triOperand
}

// cond compiles a condition; nil: it can't.
func (c *compiler) cond(e hclsyntax.Expression) cond {
	switch x := e.(type) {
	case *hclsyntax.BinaryOpExpr:
		return c.binary(x)
	case *hclsyntax.UnaryOpExpr:
		if x.Op == hclsyntax.OpLogicalNot {
			return not(c.operand(x.Val))
		}
	case *hclsyntax.FunctionCallExpr:
		if p := c.predicate(x); p != nil || c.reason != "" {
			return p
		}
	}
	n := c.value(e)
	if n == nil {
		return nil
	}
	return func(r *Record) tri { return triOfVal(n(r)) }
}

// operand compiles an operand of logic.
func (c *compiler) operand(e hclsyntax.Expression) cond {
	if templateLike(e) {
		c.cannot("a text or a choice as a condition")
		return nil
	}
	return c.cond(e)
}

func (c *compiler) binary(x *hclsyntax.BinaryOpExpr) cond {
	switch x.Op {
	case hclsyntax.OpLogicalAnd:
		return and(c.operand(x.LHS), c.operand(x.RHS), decides(x.RHS))
	case hclsyntax.OpLogicalOr:
		return or(c.operand(x.LHS), c.operand(x.RHS), decides(x.RHS))
	case hclsyntax.OpEqual:
		return c.equal(x.LHS, x.RHS, false)
	case hclsyntax.OpNotEqual:
		return c.equal(x.LHS, x.RHS, true)
	}
	o := c.unit.operator(x.Op)
	if o.order() {
		return c.order(o, x.LHS, x.RHS)
	}
	n := c.arithmetic(o, x.LHS, x.RHS)
	if n == nil {
		return nil
	}
	return func(r *Record) tri { return triOfVal(n(r)) }
}

func not(t cond) cond {
	if t == nil {
		return nil
	}
	return func(r *Record) tri {
		switch x := t(r); x {
		case triFalse:
			return triTrue
		case triTrue:
			return triFalse
		case triNull:
			return triOrderNull
		case triOperand:
			return triFail
		case triOrderNull, triFail, triBail:
			return x
		}
		return triFail
	}
}

// and compiles the logic of hcl: an operand that is false decides, whatever is wrong with the other, unless that is no
// bool at all; null counts as false. b is not asked when it can't matter: when a is false and b is never anything but a
// bool or an error.
func and(a, b cond, decides bool) cond {
	if a == nil || b == nil {
		return nil
	}
	return func(r *Record) tri {
		x := a(r)
		if x == triFalse && decides {
			return triFalse
		}
		y := b(r)
		if x <= triTrue && y <= triTrue {
			return x & y
		}
		if t, decided := logicFault(x, y); decided {
			return t
		}
		if x == triFalse || x == triNull || y == triFalse || y == triNull {
			return triFalse
		}
		return max(operandFault(x), operandFault(y))
	}
}

// or compiles the logic of hcl: an operand that is true decides, whatever is wrong with the other, unless that is no
// bool at all; null without one that is true is an error. b is not asked when it can't matter.
func or(a, b cond, decides bool) cond {
	if a == nil || b == nil {
		return nil
	}
	return func(r *Record) tri {
		x := a(r)
		if x == triTrue && decides {
			return triTrue
		}
		y := b(r)
		if x <= triTrue && y <= triTrue {
			return x | y
		}
		if t, decided := logicFault(x, y); decided {
			return t
		}
		if x == triTrue || y == triTrue {
			return triTrue
		}
		if t := max(operandFault(x), operandFault(y)); t != triFalse {
			return t
		}
		return triOrderNull
	}
}

// decides reports whether an expression is a bool or an error, and never null or anything else.
func decides(e hclsyntax.Expression) bool {
	switch x := e.(type) {
	case *hclsyntax.BinaryOpExpr:
		return x.Op.Type == cty.Bool
	case *hclsyntax.UnaryOpExpr:
		return x.Op.Type == cty.Bool
	case *hclsyntax.FunctionCallExpr:
		switch x.Name {
		case "startswith", "endswith", "strcontains", "matches", "cidrcontains", "contains", "can":
			return true
		}
	}
	return false
}

// logicFault returns what operands come to that no other can outweigh.
func logicFault(x, y tri) (tri, bool) {
	switch {
	case x == triBail || y == triBail:
		return triBail, true
	case x == triOperand || y == triOperand:
		return triFail, true
	}
	return 0, false
}

// operandFault returns an operand's error; triFalse when it has none.
func operandFault(t tri) tri {
	if t == triOrderNull || t == triFail {
		return t
	}
	return triFalse
}
