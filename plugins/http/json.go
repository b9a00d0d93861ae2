package http

import (
	"encoding/binary"
	"math/bits"
)

// maxDepth is how deeply arrays and objects of a record may be nested. A record that goes deeper is sent as text:
// few receivers would take it.
const maxDepth = 512

// jsonForm says what may stand in the way of sending a JSON value as one line of UTF-8. The zero value: nothing.
type jsonForm struct {
	// spaced: there is white space between tokens, which may be line feeds and carriage returns. Strings hold none.
	spaced bool
	// wide: there are bytes beyond ASCII, all of them in strings, which may be invalid UTF-8.
	wide bool
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scanJSON reports whether b is one JSON value by RFC 8259, and its form. It does not check that strings are valid
// UTF-8, which form.wide leaves to the caller, nor that the names of an object differ.
//
// Every byte is looked at: one invalid line makes many receivers refuse the request with all its records, and others
// leave it out in silence, so a test of the first and last byte would not do: `{"a":1} {"b":2}` passes it. Strings go
// eight bytes at a time. BenchmarkScanJSON has the price.
func scanJSON(b []byte) (form jsonForm, ok bool) {
	i := scanValue(b, 0, &form)
	if i < 0 {
		return form, false
	}
	_, more := skipSpace(b, i, &form)
	return form, !more
}

// scanValue scans the value that begins at i, or after white space there, and returns the index after it, or -1. What
// follows the value is not looked at. form is added to; form.wide is set when the whole value was scanned.
func scanValue(b []byte, i int, form *jsonForm) int {
	var (
		objects [maxDepth / 64]uint64 // bit d: the container that is open at depth d is an object
		depth   int
		wide    uint64
		ok      bool
	)
	for {
		// A value is due.
		if i, ok = skipSpace(b, i, form); !ok {
			return -1
		}
		switch c := b[i]; c {
		case '"':
			i, wide = scanString(b, i+1, wide)
		case '{', '[':
			if depth == maxDepth {
				return -1
			}
			if i, ok = skipSpace(b, i+1, form); !ok {
				return -1
			}
			if b[i] == c+2 { // The closing bracket of both kinds.
				i++
				break
			}
			bit := uint64(1) << (depth & 63)
			objects[depth>>6] &^= bit
			if c == '{' {
				objects[depth>>6] |= bit
				if i, wide = scanName(b, i, wide, form); i < 0 {
					return -1
				}
			}
			depth++
			continue
		default:
			i = scanScalar(b, i)
		}
		if i < 0 {
			return -1
		}
		// A value has ended, and with it perhaps the containers it was the last one of.
		for {
			if depth == 0 {
				form.wide = form.wide || wide&highs != 0
				return i
			}
			if i, ok = skipSpace(b, i, form); !ok {
				return -1
			}
			object := objects[(depth-1)>>6]>>((depth-1)&63)&1 == 1
			c := b[i]
			i++
			if c == ',' {
				if object {
					if i, wide = scanName(b, i, wide, form); i < 0 {
						return -1
					}
				}
				break
			}
			if c != '}' && c != ']' || object != (c == '}') {
				return -1
			}
			depth--
		}
	}
}

// skipSpace returns the index of the first byte from i on that is no white space, and whether there is one. A control
// character that is no white space counts as one that is not.
func skipSpace(b []byte, i int, form *jsonForm) (int, bool) {
	if i < len(b) && b[i] > ' ' {
		return i, true
	}
	return skipMoreSpace(b, i, form)
}

func skipMoreSpace(b []byte, i int, form *jsonForm) (int, bool) {
	for ; i < len(b); i++ {
		switch b[i] {
		case ' ', '\t', '\n', '\r':
			form.spaced = true
		default:
			return i, true
		}
	}
	return i, false
}

// scanName scans an object member's name and the colon after it, and returns the index after that, or -1.
func scanName(b []byte, i int, wide uint64, form *jsonForm) (int, uint64) {
	i, ok := skipSpace(b, i, form)
	if !ok || b[i] != '"' {
		return -1, wide
	}
	if i, wide = scanString(b, i+1, wide); i < 0 {
		return -1, wide
	}
	if i, ok = skipSpace(b, i, form); !ok || b[i] != ':' {
		return -1, wide
	}
	return i + 1, wide
}

// scanString scans a string whose opening quote lies before i, and returns the index after the closing one, or -1, and
// wide with the high bits of the bytes it saw added.
func scanString(b []byte, i int, wide uint64) (int, uint64) {
	for {
		for len(b)-i >= 8 {
			x := binary.LittleEndian.Uint64(b[i:])
			wide |= x
			// Flags control characters, quotes and backslashes. The lowest flag is exact; those above it may be false.
			m := ((x - ones*' ') | ((x ^ ones*'"') - ones) | ((x ^ ones*'\\') - ones)) & ^x & highs
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
			if b[i] == '"' {
				return i + 1, wide
			}
			if b[i] != '\\' {
				return -1, wide
			}
			if i = scanEscape(b, i+1); i < 0 {
				return -1, wide
			}
		}
		// Fewer than eight bytes are left.
		for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' {
			wide |= uint64(b[i])
			i++
		}
		switch {
		case i >= len(b):
			return -1, wide
		case b[i] == '"':
			return i + 1, wide
		case b[i] != '\\':
			return -1, wide
		}
		if i = scanEscape(b, i+1); i < 0 {
			return -1, wide
		}
	}
}

// scanEscape scans what follows a backslash, and returns the index after it, or -1.
func scanEscape(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if len(b)-i < 5 {
			return -1
		}
		for _, c := range b[i+1 : i+5] {
			if c-'0' > 9 && (c|0x20)-'a' > 5 {
				return -1
			}
		}
		return i + 5
	}
	return -1
}

// scanScalar scans a number or a literal, and returns the index after it, or -1.
func scanScalar(b []byte, i int) int {
	switch c := b[i]; {
	case c == '-' || c-'0' <= 9:
		return scanNumber(b, i)
	case c == 't':
		return scanLiteral(b, i, "true")
	case c == 'f':
		return scanLiteral(b, i, "false")
	case c == 'n':
		return scanLiteral(b, i, "null")
	}
	return -1
}

func scanLiteral(b []byte, i int, literal string) int {
	if len(b)-i < len(literal) || string(b[i:i+len(literal)]) != literal {
		return -1
	}
	return i + len(literal)
}

func scanNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	zero := i < len(b) && b[i] == '0'
	start := i
	i = skipDigits(b, i)
	if i == start || zero && i-start > 1 {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		start = i + 1
		if i = skipDigits(b, start); i == start {
			return -1
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(b, start); i == start {
			return -1
		}
	}
	return i
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}
