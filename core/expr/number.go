package expr

import (
	"math"
	"math/bits"
	"strconv"
)

// number is an exact decimal, m × 10^e, with |m| < 2^63 and -maxDigits ≤ e ≤ maxDigits. hcl's numbers have 512
// bits; such decimals are compared the same way there, because two of them that differ do so in the first 70 bits.
// Zero has no e but minusZero, which makes it the negative zero that numbers of 512 bits know.
type number struct {
	m int64
	e int16
}

const (
	maxMantissa = 999_999_999_999_999_999 // of what is computed with
	maxScale    = 40                      // of what is computed
	minusZero   = math.MinInt16
)

// negative reports whether the number has a minus sign.
func (n number) negative() bool { return n.m < 0 || n.e == minusZero }

// zero returns zero with a sign.
func zero(minus bool) number {
	if minus {
		return number{e: minusZero}
	}
	return number{}
}

// numberShape is what a text is as a number.
type numberShape uint8

const (
	notNumber   numberShape = iota
	plainNumber             // hcl's evaluator computes with it
	hugeNumber              // it has more digits than are allowed
)

// scanned is a number's text, taken apart.
type scanned struct {
	shape  numberShape
	m      uint64 // its digits, when exact
	e      int
	minus  bool
	exact  bool // m and e are the number
	digits int  // as written, before the exponent
}

// scanNumber takes a number in decimal notation apart: a sign, digits with or without a point, an exponent.
func scanNumber[T string | []byte](s T) (n scanned) {
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		n.minus = s[i] == '-'
		i++
	}
	n.exact = true
	point := false
	zeros := 0 // at the end of the digits, not in m
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' && !point {
			point = true
			continue
		}
		d := c - '0'
		if d > 9 {
			break
		}
		n.digits++
		if point {
			n.e--
		}
		if d == 0 {
			zeros++
			continue
		}
		if n.m == 0 {
			zeros = 0
		}
		for ; zeros >= 0 && n.exact; zeros-- {
			n.exact = n.m <= math.MaxInt64/10
			n.m *= 10
		}
		zeros = 0
		n.m += uint64(d)
		n.exact = n.exact && n.m <= math.MaxInt64
	}
	for ; zeros > 0 && n.e+zeros > 0 && n.m <= maxMantissa/10; zeros-- {
		n.m *= 10
	}
	n.e += zeros
	if n.digits == 0 {
		return scanned{}
	}
	n.shape = plainNumber
	if i < len(s) {
		exp, ok := scanExponent(s[i:])
		if !ok {
			return scanned{}
		}
		n.e += exp
		if exp > maxDigits || exp < -maxDigits {
			n.shape = hugeNumber
		}
	}
	if n.digits > maxDigits {
		n.shape = hugeNumber
	}
	return n
}

// scanExponent reads e with a sign and digits. A large one is cut to something beyond maxDigits.
func scanExponent[T string | []byte](s T) (exp int, ok bool) {
	if s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	i, minus := 1, false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		minus = s[i] == '-'
		i++
	}
	if i == len(s) {
		return 0, false
	}
	for ; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		if exp <= maxDigits {
			exp = exp*10 + int(d)
		}
	}
	if minus {
		exp = -exp
	}
	return exp, true
}

// shapeOf says what a text is as a number.
func shapeOf[T string | []byte](s T) numberShape { return scanNumber(s).shape }

// smallInt returns a whole number of at most nine digits without a sign; ok is false for any other text.
func smallInt(s []byte) (m int64, ok bool) {
	if len(s) > 9 {
		return 0, false
	}
	for _, c := range s {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		m = m*10 + int64(d)
	}
	return m, len(s) > 0
}

// parseNumber returns a number's exact value; ok is false when it has none here.
func parseNumber[T string | []byte](s T) (number, bool) {
	n := scanNumber(s)
	if n.shape != plainNumber || !n.exact {
		return number{}, false
	}
	return n.number()
}

func (s scanned) number() (number, bool) {
	if s.m == 0 {
		return zero(s.minus), true
	}
	for s.e < 0 && s.m%10 == 0 {
		s.m /= 10
		s.e++
	}
	if s.e > maxDigits || s.e < -maxDigits {
		return number{}, false
	}
	m := int64(s.m)
	if s.minus {
		m = -m
	}
	return number{m, int16(s.e)}, true
}

// compare returns -1, 0 or 1.
func (n number) compare(o number) int {
	if n.e == o.e {
		return order(n.m, o.m)
	}
	if (n.m < 0) != (o.m < 0) || n.m == 0 || o.m == 0 {
		return order(n.m, o.m)
	}
	a, b := magnitude(n.m), magnitude(o.m)
	c := compareScaled(a, int(n.e), b, int(o.e))
	if n.m < 0 {
		return -c
	}
	return c
}

// compareScaled compares a × 10^ae with b × 10^be; neither is zero.
func compareScaled(a uint64, ae int, b uint64, be int) int {
	if x, y := digitsOf(a)+ae, digitsOf(b)+be; x != y {
		return order(x, y)
	}
	// As many digits before the point, so the exponents differ by 18 at most, and what is scaled has 19 digits at most.
	if ae > be {
		return order(a*pow10(ae-be), b)
	}
	return order(a, b*pow10(be-ae))
}

func order[T int | int64 | uint64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func magnitude(m int64) uint64 {
	if m < 0 {
		return uint64(-m)
	}
	return uint64(m)
}

// digitsOf returns how many decimal digits a number has.
func digitsOf(m uint64) int {
	// 1233/4096 is log10(2), near enough for 64 bits.
	d := bits.Len64(m) * 1233 >> 12
	if m >= pow10(d) {
		d++
	}
	return d
}

// pow10 returns 10^n, 0 ≤ n ≤ 19.
func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// append appends the number in decimal notation without an exponent, as hcl writes it.
func (n number) append(dst []byte) []byte {
	if n.e == 0 {
		return strconv.AppendInt(dst, n.m, 10)
	}
	if n.negative() {
		dst = append(dst, '-')
	}
	m := magnitude(n.m)
	if n.e > 0 || m == 0 {
		dst = strconv.AppendUint(dst, m, 10)
		for range n.e {
			dst = append(dst, '0')
		}
		return dst
	}
	var buf [20]byte
	text := strconv.AppendUint(buf[:0], m, 10)
	after := int(-n.e)
	if len(text) > after {
		dst = append(dst, text[:len(text)-after]...)
	} else {
		dst = append(dst, '0')
	}
	dst = append(dst, '.')
	for range after - len(text) {
		dst = append(dst, '0')
	}
	return append(dst, text[max(0, len(text)-after):]...)
}

// mayHoldHuge reports whether JSON holds what may be a number with too many digits: one that is long, or has an exponent.
func mayHoldHuge(json []byte) bool {
	digits := 0
	for _, c := range json {
		switch {
		case c-'0' <= 9:
			digits++
		case c == '.':
		case c|0x20 == 'e' && digits > 0, digits > maxDigits:
			return true
		default:
			digits = 0
		}
	}
	return digits > maxDigits
}
