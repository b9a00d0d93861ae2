package expr

import (
	"bytes"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// equal compiles == and !=, which never convert and know null.
func (c *compiler) equal(l, r hclsyntax.Expression, negated bool) cond {
	if t := c.equalText(l, r, negated); t != nil {
		return t
	}
	a, b := c.value(l), c.value(r)
	if a == nil || b == nil {
		return nil
	}
	compare := equalVals(a, b, negated)
	if t := c.equalCase(l, r, negated, compare); t != nil {
		return t
	}
	return compare
}

// equalVals compares two values.
func equalVals(a, b node, negated bool) cond {
	return func(r *Record) tri {
		x := a(r)
		y := b(r)
		if x.failed() || y.failed() {
			return faultTri(x, y)
		}
		var same bool
		switch {
		case x.kind != y.kind:
		case x.kind == kindText:
			same = string(x.b) == string(y.b)
		case x.kind == kindJSON:
			return triBail
		default:
			same = x.kind == kindNull || x.n == y.n || x.n.compare(y.n) == 0
		}
		return triOf(same != negated)
	}
}

// faultTri returns what the worse of two values, one of which failed, means.
func faultTri(x, y val) tri {
	var worst kind
	if x.failed() {
		worst = x.kind
	}
	if y.failed() {
		worst = max(worst, y.kind)
	}
	switch worst {
	case kindOrderNull:
		return triOrderNull
	case kindFail:
		return triFail
	case kindNull, kindBool, kindNumber, kindText, kindJSON, kindBail:
	}
	return triBail
}

// equalText compiles the comparison of a field with a constant text, the commonest of all, without making a value.
func (c *compiler) equalText(l, r hclsyntax.Expression, negated bool) cond {
	text, ok := literalText(r)
	if !ok {
		l, r = r, l
		if text, ok = literalText(r); !ok {
			return nil
		}
	}
	slot, ok := c.slot(l)
	if !ok {
		return nil
	}
	want := []byte(text)
	return func(r *Record) tri {
		p := r.place(slot)
		if r.state == isObject {
			if p.Kind != jsonscan.String {
				// A number out of range has no value, and so nothing equals or differs.
				if p.Kind == jsonscan.Number && shapeOf(p.Bytes(r.data)) == hugeNumber {
					return triBail
				}
				return triOf(negated)
			}
			if !p.Escaped && !p.NonASCII {
				return triOf(string(r.data[p.Start+1:p.End-1]) == text != negated)
			}
			return triOf(bytes.Equal(r.slotText(slot, p), want) != negated)
		}
		if isMessage(r.unit.paths[slot]) {
			return triOf(bytes.Equal(r.lineText(), want) != negated)
		}
		return triOf(negated)
	}
}

// equalCase compiles the comparison of lower(field) or upper(field) with a constant text. otherwise is for fields that
// are no plain ASCII text. It takes a fifth of the time, see BenchmarkFurtherPredicate.
func (c *compiler) equalCase(l, r hclsyntax.Expression, negated bool, otherwise cond) cond {
	call, ok := l.(*hclsyntax.FunctionCallExpr)
	if !ok || len(call.Args) != 1 || call.Name != "lower" && call.Name != "upper" {
		return nil
	}
	text, ok := literalText(r)
	if !ok {
		return nil
	}
	slot, ok := c.slot(call.Args[0])
	if !ok {
		return nil
	}
	from := byte('A')
	if call.Name == "upper" {
		from = 'a'
	}
	return func(r *Record) tri {
		p := r.place(slot)
		if p.Kind != jsonscan.String || p.Escaped || p.NonASCII || r.state != isObject {
			return otherwise(r)
		}
		return triOf(equalMapped(r.data[p.Start+1:p.End-1], from, text) != negated)
	}
}

// equalMapped reports whether ASCII text is want after the 26 letters from one on have changed their case.
func equalMapped(text []byte, from byte, want string) bool {
	if len(text) != len(want) {
		return false
	}
	for i, c := range text {
		if c-from < 26 {
			c ^= 0x20
		}
		if c != want[i] {
			return false
		}
	}
	return true
}

// slot returns the slot of an expression that is a field.
func (c *compiler) slot(e hclsyntax.Expression) (int, bool) { return c.unit.slotOf(e) }

// slotOf returns the slot of a rewritten expression that is a field.
func (u *Unit) slotOf(e hclsyntax.Expression) (int, bool) {
	s, ok := e.(*hclsyntax.ScopeTraversalExpr)
	if !ok {
		return 0, false
	}
	in := u.inputs[s.Traversal.RootName()]
	return in.slot, in.kind == inputPath
}

// order compiles < <= > >=.
func (c *compiler) order(o operator, l, r hclsyntax.Expression) cond {
	a, b := c.value(l), c.value(r)
	if a == nil || b == nil {
		return nil
	}
	if v, ok := literal(r); ok {
		if k, ok := constantVal(v); ok && k.kind == kindNumber {
			if slot, ok := c.slot(l); ok && k.n.e == 0 {
				return orderField(o, slot, k.n.m, orderConstant(o, a, k.n))
			}
			return orderConstant(o, a, k.n)
		}
	}
	return func(r *Record) tri {
		x, y := a(r), b(r)
		if x.failed() || y.failed() {
			return faultTri(x, y)
		}
		x, y = toNumber(x), toNumber(y)
		if x.failed() || y.failed() {
			return faultTri(x, y)
		}
		if x.kind == kindNull || y.kind == kindNull {
			return triOrderNull
		}
		return triOf(o.holds(x.n.compare(y.n)))
	}
}

// orderConstant compiles the order of something and a constant number.
func orderConstant(o operator, a node, n number) cond {
	return func(r *Record) tri {
		x := a(r)
		if x.kind != kindNumber {
			if x = toNumber(x); x.kind != kindNumber {
				if x.kind == kindNull {
					return triOrderNull
				}
				return faultTri(x, x)
			}
		}
		return triOf(o.holds(x.n.compare(n)))
	}
}

// orderField compiles the order of a field and a constant whole number. otherwise is for values that orderDecimal does
// not know.
func orderField(o operator, slot int, n int64, otherwise cond) cond {
	return func(r *Record) tri {
		p := r.place(slot)
		if p.Kind == jsonscan.Number && r.state == isObject {
			if c, ok := orderDecimal(p.Bytes(r.data), n); ok {
				return triOf(o.holds(c))
			}
		}
		return otherwise(r)
	}
}

// orderDecimal returns -1, 0 or 1 for a valid JSON number below, equal to or above a whole one. ok is false for one of
// many digits or with an exponent.
func orderDecimal(s []byte, n int64) (c int, ok bool) {
	minus := s[0] == '-'
	if minus {
		s = s[1:]
	}
	m, i := int64(0), 0
	for ; i < len(s) && i < 18; i++ {
		d := s[i] - '0'
		if d > 9 {
			break
		}
		m = m*10 + int64(d)
	}
	beyond := 0 // 1: there is something after the point
	if i < len(s) {
		if s[i] != '.' || len(s) > maxFraction {
			return 0, false
		}
		for _, c := range s[i+1:] {
			d := c - '0'
			if d > 9 {
				return 0, false
			}
			if d != 0 {
				beyond = 1
			}
		}
	}
	if minus {
		m, beyond = -m, -beyond
	}
	if m != n {
		return order(m, n), true
	}
	return beyond, true
}

// maxFraction is how long a number with a point may be that is not rounded to hcl's 512 bits.
const maxFraction = 40

// holds reports whether the order that compare returned is the operator's.
func (o operator) holds(c int) bool {
	switch o {
	case opLess:
		return c < 0
	case opLessEqual:
		return c <= 0
	case opGreater:
		return c > 0
	case opGreaterEqual:
		return c >= 0
	case opNone, opAdd, opSubtract, opMultiply, opDivide, opModulo, opNegate:
	}
	return false
}
