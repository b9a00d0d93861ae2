package pipeline

import (
	"bytes"
	"errors"
	"unicode/utf8"
)

var (
	errNoPairs      = errors.New("has no key=value pair")
	errOpenQuote    = errors.New("has a quoted value without its closing quote")
	errAfterQuote   = errors.New("has text right after a closing quote")
	errStrayEquals  = errors.New("has an equals sign without a key")
	errQuoteInKey   = errors.New("has a quote in a key")
	errBadPairValue = errors.New("has a quote or an equals sign in a value without quotes")
)

// parseLogfmt reads key=value pairs that spaces part. A value is quoted or has no space, quote or equals sign; a key
// without an equals sign is true. Anything else is an error.
func parseLogfmt(f *fieldList, text []byte) error {
	pairs := 0
	for rest := trimBlank(text); len(rest) > 0; rest = trimBlank(rest) {
		n := bytes.IndexAny(rest, "= \t\r\n\"")
		switch {
		case n == 0 && rest[0] == '=':
			return errStrayEquals
		case n >= 0 && rest[n] == '"':
			return errQuoteInKey
		case n < 0 || rest[n] != '=':
			if n < 0 {
				n = len(rest)
			}
			if err := f.raw(validName(rest[:n]), []byte("true")); err != nil {
				return err
			}
			rest = rest[n:]
			continue
		}
		key := validName(rest[:n])
		rest = rest[n+1:]
		var err error
		if rest, err = logfmtValue(f, key, rest); err != nil {
			return err
		}
		pairs++
	}
	if pairs == 0 {
		return errNoPairs
	}
	return nil
}

// logfmtValue adds the value that rest begins with and returns what follows it.
func logfmtValue(f *fieldList, key, rest []byte) ([]byte, error) {
	if len(rest) > 0 && rest[0] == '"' {
		text, after, err := quoted(rest)
		if err != nil {
			return nil, err
		}
		if len(after) > 0 && !isBlank(after[0]) {
			return nil, errAfterQuote
		}
		return after, f.text(key, text)
	}
	n := 0
	for n < len(rest) && !isBlank(rest[n]) {
		if rest[n] == '"' || rest[n] == '=' {
			return nil, errBadPairValue
		}
		n++
	}
	return rest[n:], f.text(key, rest[:n])
}

// parsePairs reads all key=value pairs of a text. Blanks, commas and semicolons part them; what is no pair is passed
// over. A key is what stands before the equals sign as far back as the last of those or an opening bracket.
func parsePairs(f *fieldList, text []byte) error {
	const around = " \t\r\n,;"
	pairs := 0
	for rest := text; ; {
		n := bytes.IndexByte(rest, '=')
		if n < 0 {
			break
		}
		key := rest[:n]
		key = key[bytes.LastIndexAny(key, around+`()[]{}<>"'`)+1:]
		rest = rest[n+1:]
		var value []byte
		if len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
			var err error
			if value, rest, err = quoted(rest); err != nil {
				return err
			}
		} else {
			end := bytes.IndexAny(rest, around)
			if end < 0 {
				end = len(rest)
			}
			value, rest = rest[:end], rest[end:]
		}
		if len(key) == 0 {
			continue
		}
		if err := f.text(validName(key), value); err != nil {
			return err
		}
		pairs++
	}
	if pairs == 0 {
		return errNoPairs
	}
	return nil
}

// quoted returns the text of the quoted string that b begins with and what follows it. A backslash makes the next
// character plain, but for n, r and t, which are the control characters.
func quoted(b []byte) (text, after []byte, err error) {
	quote := b[0]
	b = b[1:]
	stop := string([]byte{quote, '\\'})
	n := bytes.IndexAny(b, stop)
	if n >= 0 && b[n] == quote {
		return b[:n], b[n+1:], nil // the common one, where it lies
	}
	for n >= 0 {
		text = append(text, b[:n]...)
		if b[n] == quote {
			return text, b[n+1:], nil
		}
		if n+1 == len(b) {
			break
		}
		text = append(text, unescaped(b[n+1]))
		b = b[n+2:]
		n = bytes.IndexAny(b, stop)
	}
	return nil, nil, errOpenQuote
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return c
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func trimBlank(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	return b
}

// validName returns a name that is valid UTF-8: two names that JSON writes alike are one field.
func validName(name []byte) []byte {
	if utf8.Valid(name) {
		return name
	}
	return bytes.ToValidUTF8(name, []byte("\uFFFD"))
}
