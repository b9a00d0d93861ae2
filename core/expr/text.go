package expr

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/text/unicode/norm"
)

// Texts are valid UTF-8 in Unicode's normal form C, as hcl's are. What a record holds is brought into that form when an
// expression asks for it; ASCII is in it already.

// isASCII reports whether text is ASCII alone.
func isASCII(text []byte) bool {
	const high = 0x8080808080808080
	for len(text) >= 8 {
		if binary.LittleEndian.Uint64(text)&high != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendValid appends text to dst, each byte that is not valid UTF-8 as U+FFFD.
func appendValid(dst, text []byte) []byte {
	for len(text) > 0 {
		c, n := utf8.DecodeRune(text)
		if c == utf8.RuneError && n == 1 {
			dst = append(dst, "\uFFFD"...)
		} else {
			dst = append(dst, text[:n]...)
		}
		text = text[n:]
	}
	return dst
}

// normalizeFrom brings b[start:] into normal form C.
func normalizeFrom(b []byte, start int) []byte {
	text := b[start:]
	if isASCII(text) || norm.NFC.IsNormal(text) {
		return b
	}
	return append(b[:start], norm.NFC.Bytes(text)...)
}

// normalized returns text in normal form C: text itself when it is.
func normalized(text []byte) []byte {
	if isASCII(text) || norm.NFC.IsNormal(text) {
		return text
	}
	return norm.NFC.Bytes(text)
}

// ctyText returns a text as hcl's evaluator sees it.
func ctyText(s string) cty.Value {
	if !utf8.ValidString(s) {
		s = string(appendValid(nil, []byte(s)))
	}
	return cty.StringVal(s)
}

// textOf returns a text of a Meta.
func (r *Record) textOf(s string) val {
	start := len(r.scratch)
	r.scratch = append(r.scratch, s...)
	b := r.scratch[start:len(r.scratch):len(r.scratch)]
	if !isASCII(b) {
		b = normalized(appendValid(nil, b))
	}
	return val{kind: kindText, b: b}
}

// timeVal returns a time.
func (r *Record) timeVal(unixNano int64) val {
	start := len(r.scratch)
	r.scratch = appendTime(r.scratch, unixNano)
	return val{kind: kindText, b: r.scratch[start:len(r.scratch):len(r.scratch)]}
}
