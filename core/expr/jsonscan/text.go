package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendText appends a value's text to dst and returns the longer slice: the decoded text of a string, the bytes as
// written of any other value, nothing for a missing one. An escaped surrogate that is no half of a pair becomes U+FFFD,
// as in encoding/json. v must come from rec, and rec must be valid.
func AppendText(dst, rec []byte, v Value) []byte {
	if v.Kind != String {
		return append(dst, rec[v.Start:v.End]...)
	}
	text := rec[v.Start+1 : v.End-1]
	if !v.Escaped {
		return append(dst, text...)
	}
	for {
		n := bytes.IndexByte(text, '\\')
		if n < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:n]...)
		r, size := unescape(text[n:])
		dst = utf8.AppendRune(dst, r)
		text = text[n+size:]
	}
}

// KeyEquals reports whether the text of key, a String, is name. It allocates nothing. key must come from rec, and rec
// must be valid.
func KeyEquals(rec []byte, key Value, name string) bool {
	text := rec[key.Start+1 : key.End-1]
	if !key.Escaped {
		return string(text) == name
	}
	// No escape sequence is shorter than the text that it stands for.
	if len(text) < len(name) {
		return false
	}
	for len(text) > 0 {
		if text[0] != '\\' {
			if name == "" || name[0] != text[0] {
				return false
			}
			text, name = text[1:], name[1:]
			continue
		}
		r, size := unescape(text)
		var buf [utf8.UTFMax]byte
		n := utf8.EncodeRune(buf[:], r)
		if len(name) < n || name[:n] != string(buf[:n]) {
			return false
		}
		text, name = text[size:], name[n:]
	}
	return name == ""
}

// unescape returns the character that the escape sequence at the beginning of b stands for, and the sequence's length:
// 12 for two that are a surrogate pair. On bytes that are no escape sequence it returns U+FFFD and a length of at least
// 1.
func unescape(b []byte) (r rune, size int) {
	switch escapeLen(b) {
	case 2:
		switch c := b[1]; c {
		case 'b':
			return '\b', 2
		case 'f':
			return '\f', 2
		case 'n':
			return '\n', 2
		case 'r':
			return '\r', 2
		case 't':
			return '\t', 2
		default:
			return rune(c), 2
		}
	case 6:
		r = hex4(b[2:])
		if !utf16.IsSurrogate(r) {
			return r, 6
		}
		if len(b) >= 12 && b[6] == '\\' && escapeLen(b[6:]) == 6 {
			if pair := utf16.DecodeRune(r, hex4(b[8:])); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return utf8.RuneError, 6
	}
	return utf8.RuneError, 1
}

// hex4 returns the number that four hexadecimal digits stand for.
func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		if c > '9' {
			c = c&^0x20 - 'A' + 10 + '0'
		}
		r = r<<4 | rune(c-'0')
	}
	return r
}

// AppendQuoted appends text as a JSON string to dst and returns the longer slice. Each byte that is not valid UTF-8
// becomes U+FFFD. Only what must be escaped is: the quote, the backslash and the control characters below the space.
func AppendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	from := 0 // text[from:i] can be copied as it is
	for i := 0; ; {
		for i+8 <= len(text) {
			m := special(binary.LittleEndian.Uint64(text[i:]))
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(text) {
			break
		}
		switch c := text[i]; {
		case c >= 0x80:
			n := runeLen(text[i:])
			if n == 0 {
				dst = append(dst, text[from:i]...)
				dst = append(dst, "\uFFFD"...)
				n = 1
				from = i + 1
			}
			i += n
		case c == '"' || c == '\\' || c < ' ':
			dst = append(dst, text[from:i]...)
			dst = appendEscape(dst, c)
			i++
			from = i
		default:
			i++
		}
	}
	dst = append(dst, text[from:]...)
	return append(dst, '"')
}

// AppendQuotedString is AppendQuoted for a string.
func AppendQuotedString(dst []byte, text string) []byte {
	start := len(dst)
	dst = append(append(dst, '"'), text...)
	if isPlain(dst[start+1:]) {
		return append(dst, '"')
	}
	dst = dst[:start+1]
	from := 0
	for i, r := range text {
		switch {
		case r == utf8.RuneError:
			_, size := utf8.DecodeRuneInString(text[i:])
			dst = append(append(dst, text[from:i]...), "\uFFFD"...)
			from = i + size
		case r == '"' || r == '\\' || r < ' ':
			dst = appendEscape(append(dst, text[from:i]...), byte(r))
			from = i + 1
		}
	}
	return append(append(dst, text[from:]...), '"')
}

// isPlain reports whether text is ASCII with nothing to escape.
func isPlain(text []byte) bool {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		if special(binary.LittleEndian.Uint64(text[i:])) != 0 {
			return false
		}
	}
	for _, c := range text[i:] {
		if c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}

// appendEscape appends the shortest escape sequence for an ASCII character.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
