package expr

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// val is what a compiled expression gives. It is small enough to travel in registers.
type val struct {
	kind kind
	b    []byte // of a text: valid, normalized UTF-8; of a list or an object: its JSON
	n    number // of a number; of a bool, m is 0 or 1
}

// kind is what a val is.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindText
	kindJSON      // a list or an object of the record
	kindOrderNull // an error: the order or logic of null
	kindFail      // any other error
	kindBail      // only hcl's evaluator can tell
)

// valueType returns the kind that is a value's type. A null has none, which is kindNull, but for one that a conditional
// gave the type of its other side: that is the null's m. Only what gives several values a common type asks for it.
func (v val) valueType() kind {
	if v.kind == kindNull {
		return kind(v.n.m)
	}
	return v.kind
}

// failed reports whether there is no value.
func (v val) failed() bool { return v.kind >= kindOrderNull }

func intVal(n int64) val {
	return val{kind: kindNumber, n: number{m: n}}
}

func boolVal(b bool) val {
	if b {
		return val{kind: kindBool, n: number{m: 1}}
	}
	return val{kind: kindBool}
}

// appendText appends a bool, a number or a text as tostring makes it.
func (v val) appendText(dst []byte) []byte {
	switch v.kind {
	case kindBool:
		if v.n.m != 0 {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case kindNumber:
		return v.n.append(dst)
	case kindText:
		return append(dst, v.b...)
	case kindNull, kindJSON, kindOrderNull, kindFail, kindBail:
	}
	return dst
}

// constantVal returns a constant as a val, when it is null, a bool, a number that is exact here, or a text.
func constantVal(v cty.Value) (val, bool) {
	switch {
	case !v.IsKnown():
	case v.IsNull():
		return val{}, v.Type() == cty.DynamicPseudoType
	case v.Type() == cty.Bool:
		return boolVal(v.True()), true
	case v.Type() == cty.Number:
		n, ok := parseNumber(v.AsBigFloat().Text('f', -1))
		return val{kind: kindNumber, n: n}, ok
	case v.Type() == cty.String:
		return val{kind: kindText, b: []byte(v.AsString())}, true
	}
	return val{}, false
}

// literal returns a folded constant.
func literal(e hclsyntax.Expression) (cty.Value, bool) {
	if l, ok := e.(*hclsyntax.LiteralValueExpr); ok {
		return l.Val, true
	}
	return cty.NilVal, false
}

// literalText returns a folded text.
func literalText(e hclsyntax.Expression) (string, bool) {
	v, ok := literal(e)
	if !ok || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}
