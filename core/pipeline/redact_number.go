package pipeline

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// mostWritten bounds how many digits of a number are written out.
const mostWritten = 64

// hasExponent reports whether a number with an exponent stands in a text: false is certain.
func hasExponent(b []byte) bool {
	_, _, ok := nextExponent(b, 0)
	return ok
}

// nextExponent finds a number with an exponent, as JSON writes them, wherever it stands. One without a point has no letter
// or digit around it: many texts of hexadecimal digits would hold one otherwise.
func nextExponent(b []byte, from int) (start, end int, ok bool) {
	for i := nextPower(b, from); i >= 0; i = nextPower(b, end-1) {
		end = i + 1
		if b[end] == '+' || b[end] == '-' {
			end++
		}
		exponent := end
		for end < len(b) && isDigit(b[end]) {
			end++
		}
		if end == exponent {
			continue
		}
		start = digitsBefore(b, i, from)
		if point := start - 1; point > from && b[point] == '.' && isDigit(b[point-1]) {
			start = digitsBefore(b, point, from)
		} else if start > 0 && inWord(b[start-1]) || end < len(b) && inWord(b[end]) {
			continue // the number may be another's mantissa
		}
		if start > from && b[start-1] == '-' {
			start--
		}
		return start, end, true
	}
	return 0, 0, false
}

// nextPower returns where the next e behind a digit is that has something behind it; -1 when there is none.
func nextPower(b []byte, from int) int {
	tail := b[from:]
	for ; len(tail) >= 10; tail = tail[8:] { // the last byte may lie behind the e
		before, at := binary.LittleEndian.Uint64(tail), binary.LittleEndian.Uint64(tail[1:])
		// Of the eight places, the high bits of those are set that have no digit before, or no e.
		digit, e := before^(eachByte*'0'), at|eachByte*0x20
		e ^= eachByte * 'e'
		none := ((digit &^ highBits) + eachByte*(0x80-10)) | digit | ((e &^ highBits) + eachByte*0x7f) | e
		if hit := ^none & highBits; hit != 0 {
			return len(b) - len(tail) + 1 + bits.TrailingZeros64(hit)/8
		}
	}
	for i := 1; i < len(tail)-1; i++ {
		if tail[i]|0x20 == 'e' && isDigit(tail[i-1]) {
			return len(b) - len(tail) + i
		}
	}
	return -1
}

const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// digitsBefore returns where the digits before i begin, at or after from.
func digitsBefore(b []byte, i, from int) int {
	for i > from && isDigit(b[i-1]) {
		i--
	}
	return i
}

func inWord(c byte) bool { return isDigit(c) || isLetter(c) || c == '_' || c >= 0x80 }

// appendWritten appends a number that has an exponent without it: some senders write 4111111111111111 as
// 4.111111111111111E15. Zeros before the first digit and after the last one are left out, unless they stand before the
// point. Nothing is appended when it is far too large or small to be a secret.
func appendWritten(dst, number []byte) []byte {
	at := bytes.IndexAny(number, "eE")
	mantissa, exponent := number[:at], exponentOf(number[at+1:])
	negative := mantissa[0] == '-'
	whole, fraction, _ := bytes.Cut(bytes.TrimPrefix(mantissa, []byte("-")), []byte("."))
	whole = bytes.TrimLeft(whole, "0")
	point := len(whole) + exponent
	if len(whole) == 0 {
		zeros := len(fraction)
		fraction = bytes.TrimLeft(fraction, "0")
		point -= zeros - len(fraction)
	}
	if fraction = bytes.TrimRight(fraction, "0"); len(fraction) == 0 {
		whole = bytes.TrimRight(whole, "0")
	}
	digits := len(whole) + len(fraction)
	if digits == 0 || point < 0 || point > mostWritten {
		return dst
	}
	if negative {
		dst = append(dst, '-')
	}
	for i := range max(point, min(digits, mostWritten)) {
		if i == point {
			dst = append(dst, '.')
		}
		switch {
		case i < len(whole):
			dst = append(dst, whole[i])
		case i < digits:
			dst = append(dst, fraction[i-len(whole)])
		default:
			dst = append(dst, '0')
		}
	}
	return dst
}

// largestExponent is more than any record has digits.
const largestExponent = 1 << 26

// exponentOf reads what follows the e of a number.
func exponentOf(text []byte) int {
	exponent := 0
	for _, c := range text {
		if isDigit(c) && exponent < largestExponent {
			exponent = exponent*10 + int(c-'0')
		}
	}
	if text[0] == '-' {
		return -exponent
	}
	return exponent
}
