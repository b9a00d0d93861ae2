package expr

import (
	"math/bits"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// arithmetic compiles + - * / %. Sums and products are computed here where hcl's 512 bits are exact, which they are for
// whole numbers and for fractions that are sums of halves, quarters and so on; quotients where they end.
func (c *compiler) arithmetic(o operator, l, r hclsyntax.Expression) node {
	a, b := c.value(l), c.value(r)
	if a == nil || b == nil {
		return nil
	}
	return func(r *Record) val {
		x, y := a(r), b(r)
		if !x.failed() && !y.failed() {
			x, y = toNumber(x), toNumber(y)
		}
		switch {
		case x.kind == kindBail || y.kind == kindBail:
			return val{kind: kindBail}
		case x.failed() && y.failed():
			return val{kind: max(x.kind, y.kind)}
		case x.failed():
			return x
		case y.failed():
			return y
		case x.kind == kindNull || y.kind == kindNull:
			return val{kind: kindFail}
		}
		if (o == opDivide || o == opModulo) && y.n.m == 0 {
			return val{kind: kindFail}
		}
		n, ok := compute(o, x.n, y.n)
		if !ok {
			return val{kind: kindBail}
		}
		return val{kind: kindNumber, n: n}
	}
}

// compute returns the result of an operator, whose divisor is not zero; ok is false when it is not exact here.
func compute(o operator, a, b number) (n number, ok bool) {
	if !a.dyadic() || !b.dyadic() {
		return n, false
	}
	switch o {
	case opSubtract:
		return add(a, b.negated())
	case opAdd:
		return add(a, b)
	case opMultiply:
		return multiply(a, b)
	case opDivide:
		return divide(a, b)
	case opModulo:
		return modulo(a, b)
	case opNone, opLess, opLessEqual, opGreater, opGreaterEqual, opNegate:
	}
	return n, false
}

// negated returns -n.
func (n number) negated() number {
	if n.m == 0 {
		return zero(!n.negative())
	}
	n.m = -n.m
	return n
}

// dyadic reports whether the number is a whole multiple of a power of two, and so exact in binary with few bits.
func (n number) dyadic() bool {
	if n.e >= 0 || n.m == 0 {
		return n.e <= maxScale
	}
	m := magnitude(n.m)
	for range -n.e {
		if m%5 != 0 {
			return false
		}
		m /= 5
	}
	return true
}

func add(a, b number) (number, bool) {
	if magnitude(a.m) > maxMantissa || magnitude(b.m) > maxMantissa {
		return number{}, false
	}
	switch {
	case a.m == 0 && b.m == 0:
		return zero(a.negative() && b.negative()), true
	case a.m == 0:
		return b, true
	case b.m == 0:
		return a, true
	}
	a, b, ok := aligned(a, b)
	if !ok {
		return number{}, false
	}
	return whole(a.m+b.m, a.e) // both are below 10^18
}

// aligned returns two numbers that are not zero with the same exponent; ok is false when one has more than 18 digits.
func aligned(a, b number) (x, y number, ok bool) {
	e := min(a.e, b.e)
	am, ok1 := scale(a.m, int(a.e-e))
	bm, ok2 := scale(b.m, int(b.e-e))
	return number{am, e}, number{bm, e}, ok1 && ok2
}

// modulo returns what is left of a after whole times b: hcl's has the sign of a.
func modulo(a, b number) (number, bool) {
	if a.m == 0 {
		return number{}, !a.negative()
	}
	a, b, ok := aligned(a, b)
	if !ok {
		return number{}, false
	}
	return whole(a.m%b.m, a.e)
}

// scale returns m × 10^d when that has at most 18 digits.
func scale(m int64, d int) (int64, bool) {
	if d > 18 {
		return 0, m == 0
	}
	hi, lo := bits.Mul64(magnitude(m), pow10(d))
	if hi != 0 || lo > maxMantissa {
		return 0, false
	}
	if m < 0 {
		return -int64(lo), true
	}
	return int64(lo), true
}

func multiply(a, b number) (number, bool) {
	hi, lo := bits.Mul64(magnitude(a.m), magnitude(b.m))
	if hi != 0 || lo > maxMantissa {
		return number{}, false
	}
	m, minus := int64(lo), a.negative() != b.negative()
	switch {
	case m == 0:
		return zero(minus), true
	case minus:
		m = -m
	}
	return whole(m, a.e+b.e)
}

// divide returns a quotient that ends within the digits there are: hcl's is then the nearest to it, too.
func divide(a, b number) (number, bool) {
	if a.m == 0 {
		return zero(a.negative() != b.negative()), true
	}
	for d := 0; d <= 18; d++ {
		m, ok := scale(a.m, d)
		if !ok {
			break
		}
		if m%b.m == 0 {
			return whole(m/b.m, a.e-b.e-int16(d))
		}
	}
	return number{}, false
}

// whole returns m × 10^e without zeros at its end after the point.
func whole(m int64, e int16) (number, bool) {
	if m == 0 {
		return number{}, true
	}
	for e < 0 && m%10 == 0 {
		m /= 10
		e++
	}
	if m > maxMantissa || m < -maxMantissa || e > maxScale || e < -maxScale {
		return number{}, false
	}
	return number{m, e}, true
}
