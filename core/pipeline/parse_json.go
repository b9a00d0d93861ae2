package pipeline

import (
	"bytes"
	"errors"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// errWhole says that a JSON text is no object: it is put at Into as it is.
var errWhole = errors.New("is no object")

// parseJSON adds the members of the object that the text is, null ones too. They will stand in an object that is itself
// depth levels below the root.
func (w *scratch) parseJSON(text []byte, depth int) error {
	if !jsonscan.Valid(text) {
		return errNotJSON
	}
	if depth > 0 && tooDeep(text, depth) {
		return errDeep
	}
	if first := bytes.TrimLeft(text, " \t\r\n"); first[0] != '{' {
		if depth > 0 {
			return errWhole
		}
		return errNoFields
	}
	return w.membersOf(text, true)
}

// putWhole puts a JSON value that is no object at Into.
func (r *Runner) putWhole(p *parser, base, text []byte) (changed bool, err error) {
	w := &r.work
	w.text = appendCompact(w.text[:0], text)
	return r.put(p, base, w.text)
}

// compact adds a field whose value is JSON that may have white space in it.
func (f *fieldList) compact(name, value []byte) error {
	at, err := f.begin(name)
	if err != nil {
		return err
	}
	f.buf = appendCompact(f.buf, value)
	f.finish(at)
	return nil
}

// appendCompact appends valid JSON without the white space between its parts: a record stays one line.
func appendCompact(dst, value []byte) []byte {
	if !bytes.ContainsAny(value, "\n\r") {
		return append(dst, bytes.Trim(value, " \t")...)
	}
	inString := false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case inString && c == '\\':
			dst = append(dst, c)
			i++
			c = value[i]
		case c == '"':
			inString = !inString
		case !inString && isBlank(c):
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// has reports whether there is a field of that name.
func (f *fieldList) has(name string) bool {
	for i := range f.list {
		if string(f.name(i)) == name {
			return true
		}
	}
	return false
}

// tooDeep reports whether valid JSON would nest deeper than a record may when it stands depth levels below the root.
func tooDeep(value []byte, depth int) bool {
	value = trimBlank(value)
	if c := value[0]; c != '{' && c != '[' {
		return depth > jsonscan.MaxDepth
	}
	inString := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > jsonscan.MaxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
