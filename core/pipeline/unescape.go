package pipeline

import (
	"bytes"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// appendUnescaped appends text with the escape sequences of JSON undone where there are any.
func appendUnescaped(dst, text []byte) []byte {
	for {
		n := bytes.IndexByte(text, '\\')
		if n < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:n]...)
		text = text[n:]
		size := min(2, len(text))
		if len(text) >= 6 && text[1] == 'u' {
			size = 6
			if len(text) >= 12 && text[6] == '\\' && text[7] == 'u' {
				size = 12 // perhaps a pair
			}
		}
		dst, size = appendEscaped(dst, text, size)
		text = text[size:]
	}
}

// appendEscaped appends what the escape sequence of at most size bytes at the beginning of text stands for, or its
// backslash when it is none, and returns how long it is.
func appendEscaped(dst, text []byte, size int) ([]byte, int) {
	for _, n := range [...]int{12, 6, 2} {
		if n > size {
			continue
		}
		quoted := append(append([]byte{'"'}, text[:n]...), '"')
		if !jsonscan.Valid(quoted) {
			continue
		}
		return jsonscan.AppendText(dst, quoted, jsonscan.Value{Kind: jsonscan.String, Escaped: true, End: int32(len(quoted))}), n
	}
	return append(dst, '\\'), 1
}
