package expr

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// conditional compiles a ? b : c. Both sides are computed, because their types decide about the result's.
func (c *compiler) conditional(x *hclsyntax.ConditionalExpr) node {
	when, yes, no := c.operand(x.Condition), c.value(x.TrueResult), c.value(x.FalseResult)
	if when == nil || yes == nil || no == nil {
		return nil
	}
	yesFails, noFails := failType(x.TrueResult), failType(x.FalseResult)
	return func(r *Record) val {
		a, b := yes(r), no(r)
		// Types without anything in common are an error whatever the condition is.
		ty := commonType(a, b, yesFails, noFails)
		if ty == kindFail {
			return val{kind: kindFail}
		}
		switch t := when(r); t {
		case triTrue:
			return r.choose(a, ty)
		case triFalse:
			return r.choose(b, ty)
		case triFail, triOperand:
			return val{kind: kindFail}
		case triNull, triOrderNull:
			// What is around it may find something worse than the null: that a list or an object converts to nothing, or
			// that the result is null, which hcl knows when both sides are.
			bothNull := t == triOrderNull && a.kind == kindNull && b.kind == kindNull
			if ty != kindBail && ty != kindJSON && !bothNull {
				return val{kind: kindOrderNull}
			}
		case triBail:
		}
		return val{kind: kindBail}
	}
}

// failType returns the type that an error in an expression leaves hcl's evaluator with, kindNull for none: an error of a
// function has none. It is kindBail when only hcl's evaluator knows.
func failType(e hclsyntax.Expression) kind {
	switch x := e.(type) {
	case *hclsyntax.LiteralValueExpr, *hclsyntax.ScopeTraversalExpr:
		return kindNull // they never fail
	case *hclsyntax.FunctionCallExpr:
		return kindNull
	case *hclsyntax.TemplateExpr:
		return kindText
	case *hclsyntax.BinaryOpExpr:
		return kindOfOperation(x.Op)
	case *hclsyntax.UnaryOpExpr:
		return kindOfOperation(x.Op)
	}
	return kindBail
}

func kindOfOperation(op *hclsyntax.Operation) kind {
	if op.Type == cty.Bool {
		return kindBool
	}
	return kindNumber
}

// commonType returns the type that a conditional gives both its sides, kindNull when neither has one. It is kindFail when
// there is none, and kindBail when only hcl's evaluator knows it.
func commonType(a, b val, aFails, bFails kind) kind {
	x, y := sideType(a, aFails), sideType(b, bFails)
	switch {
	case x == kindBail || y == kindBail || x == kindJSON && y == kindJSON:
		return kindBail
	case x == kindNull || x == y:
		return y
	case y == kindNull:
		return x
	case x == kindJSON || y == kindJSON:
		return kindFail
	case x == kindText || y == kindText:
		return kindText
	}
	return kindFail // a bool and a number
}

func sideType(v val, fails kind) kind {
	switch v.kind {
	case kindOrderNull, kindFail:
		return fails
	case kindBail:
		return kindBail
	case kindNull, kindBool, kindNumber, kindText, kindJSON:
	}
	return v.valueType()
}

// choose returns the side that a conditional chooses, with the type of both.
func (r *Record) choose(v val, ty kind) val {
	switch {
	case v.kind == kindFail:
		return v
	case ty == kindBail:
		return val{kind: kindBail}
	case v.kind == kindOrderNull || v.kind == ty:
		return v
	case v.kind == kindNull:
		if ty == kindJSON {
			return val{kind: kindBail} // the null of a list or an object converts to nothing
		}
		return val{n: number{m: int64(ty)}}
	case ty == kindText:
		start := len(r.scratch)
		r.scratch = v.appendText(r.scratch)
		return r.text(start)
	}
	return v // the other side has no type
}
