package pipeline

import "bytes"

// mostWritten bounds how long a number is written out.
const mostWritten = 64

// hasExponent reports whether a JSON text may hold a number with an exponent: false is certain. What only looks like one,
// as hexadecimal digits do, is told by what stands before it.
func hasExponent(b []byte) bool {
	for i := 1; i+1 < len(b); i++ {
		if b[i]|0x20 != 'e' || !isDigit(b[i-1]) || !isDigit(b[i+1]) && b[i+1] != '+' && b[i+1] != '-' {
			continue
		}
		first := i - 1
		for first > 0 && (isDigit(b[first-1]) || b[first-1] == '.' || b[first-1] == '-') {
			first--
		}
		if first > 0 && (b[first-1] == ':' || b[first-1] == ',' || b[first-1] == '[' || isBlank(b[first-1])) {
			return true
		}
	}
	return false
}

// appendWritten appends a JSON number that has an exponent without it: some senders write 4111111111111111 as
// 4.111111111111111E15. Nothing is appended when it has none, or is far too large or small to be a secret.
func appendWritten(dst, number []byte) []byte {
	at := bytes.IndexAny(number, "eE")
	if at < 0 {
		return dst
	}
	mantissa, exponent, negative := number[:at], 0, false
	for _, c := range number[at+1:] {
		switch {
		case c == '-':
			negative = true
		case c != '+' && exponent < 10*mostWritten:
			exponent = exponent*10 + int(c-'0')
		}
	}
	if negative {
		exponent = -exponent
	}
	start := len(dst)
	if mantissa[0] == '-' {
		dst, mantissa = append(dst, '-'), mantissa[1:]
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	point := len(whole) + exponent
	if digits := len(whole) + len(fraction); point < 0 || max(point, digits) > mostWritten {
		return dst[:start]
	}
	for i := range max(point, len(whole)+len(fraction)) {
		if i == point {
			dst = append(dst, '.')
		}
		switch {
		case i < len(whole):
			dst = append(dst, whole[i])
		case i < len(whole)+len(fraction):
			dst = append(dst, fraction[i-len(whole)])
		default:
			dst = append(dst, '0')
		}
	}
	return dst
}
