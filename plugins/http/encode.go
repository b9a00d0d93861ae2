package http

import (
	"bytes"
	"unicode/utf8"

	"github.com/skidway/skidway/plugins/sdk"
)

// encode returns the body for b. It is b's own data when that can be sent as it is, else it is made in *buf.
func encode(format string, b *sdk.Batch, buf *[]byte) []byte {
	switch format {
	case formatNDJSON:
		return encodeLines(b, buf)
	case formatArray:
		return encodeArray(b, buf)
	default:
		return b.Data()
	}
}

// encodeLines makes one JSON value per line. Until the first record that can't be sent as it is nothing is copied.
func encodeLines(b *sdk.Batch, buf *[]byte) []byte {
	out, same := (*buf)[:0], 0 // same: so many bytes of the data are the body's beginning
	made := false
	for _, record := range b.Records() {
		form, ok := scanJSON(record)
		if ok && form.sendable(record) {
			if made {
				out = append(append(out, record...), '\n')
			} else {
				same += len(record) + 1
			}
			continue
		}
		if !made {
			made = true
			out = append(out, b.Data()[:same]...)
		}
		out = append(appendValue(out, record, ok), '\n')
	}
	if !made {
		return b.Data()
	}
	*buf = out
	return out
}

// encodeArray makes one JSON array, its values on lines of their own so that people can read it.
func encodeArray(b *sdk.Batch, buf *[]byte) []byte {
	out := append((*buf)[:0], '[')
	for i, record := range b.Records() {
		if i > 0 {
			out = append(out, ',', '\n')
		}
		if form, ok := scanJSON(record); ok && form.sendable(record) {
			out = append(out, record...)
		} else {
			out = appendValue(out, record, ok)
		}
	}
	out = append(out, ']')
	*buf = out
	return out
}

// sendable reports whether a JSON value of this form is one line of valid UTF-8.
func (f jsonForm) sendable(record []byte) bool {
	if f.spaced && (bytes.IndexByte(record, '\n') >= 0 || bytes.IndexByte(record, '\r') >= 0) {
		return false
	}
	return !f.wide || utf8.Valid(record)
}

// appendValue appends a record that can't be sent as it is as a JSON value on one line. value says that it is a JSON
// value: then its line breaks, which are white space, become spaces, and invalid UTF-8, which is in strings, becomes
// U+FFFD. Anything else becomes {"message": "<the record>"}, which is also how record expressions see it.
func appendValue(out, record []byte, value bool) []byte {
	if !value {
		out = append(out, `{"message":"`...)
		out = appendEscaped(out, record)
		return append(out, `"}`...)
	}
	for len(record) > 0 {
		c := record[0]
		switch {
		case c == '\n' || c == '\r':
			out = append(out, ' ')
			record = record[1:]
		case c < utf8.RuneSelf:
			out = append(out, c)
			record = record[1:]
		default:
			out, record = appendRune(out, record)
		}
	}
	return out
}

// appendEscaped appends text as the inside of a JSON string, with U+FFFD for each byte that is not part of valid
// UTF-8. Such bytes are lost: a text with one bad byte in it stays readable that way, which base64 would not leave it.
func appendEscaped(out, text []byte) []byte {
	const hex = "0123456789abcdef"
	for len(text) > 0 {
		n := 0
		for n < len(text) && text[n] >= ' ' && text[n] < utf8.RuneSelf && text[n] != '"' && text[n] != '\\' {
			n++
		}
		out = append(out, text[:n]...)
		if text = text[n:]; len(text) == 0 {
			break
		}
		c := text[0]
		if c >= utf8.RuneSelf {
			out, text = appendRune(out, text)
			continue
		}
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		text = text[1:]
	}
	return out
}

// appendRune appends the first rune of text, or U+FFFD for a byte that begins none, and returns the rest.
func appendRune(out, text []byte) (appended, rest []byte) {
	r, n := utf8.DecodeRune(text)
	if r == utf8.RuneError && n == 1 {
		return utf8.AppendRune(out, utf8.RuneError), text[1:]
	}
	return append(out, text[:n]...), text[n:]
}
