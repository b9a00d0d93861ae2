package pipeline

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// redactor is Redact, prepared.
type redactor struct {
	pattern   *regexp.Regexp
	literal   []byte // what every match of pattern holds; empty: unknown
	detectors []Detector
	fields    *jsonscan.Plan // nil: everything; what leads to fields comes behind the named ones
	named     int            // how many of fields are named
	whole     bool           // all of each field is hidden
	numbers   bool           // a number may match when it is written out
	with      []byte
	quoted    []byte // with, as JSON
}

func newRedactor(o *Redact) (*redactor, error) {
	x := &redactor{pattern: o.Pattern, detectors: o.Patterns, with: []byte(o.With)}
	if len(x.with) == 0 {
		x.with = []byte("****")
	}
	if bytes.IndexByte(x.with, '\n') >= 0 {
		return nil, errors.New("with holds a line feed, which would make two lines of one")
	}
	x.quoted = jsonscan.AppendQuoted(nil, x.with)
	x.whole = x.pattern == nil && len(x.detectors) == 0
	for _, d := range o.Patterns {
		if d < Email || d > JWT {
			return nil, errors.New("a pattern is none of email, card, iban, ipv4 and jwt")
		}
	}
	if x.pattern != nil {
		x.literal = []byte(requiredLiteral(x.pattern))
	}
	// What a number is written with has to hold the literal.
	x.numbers = slices.Contains(x.detectors, Card) || x.pattern != nil && strings.Trim(string(x.literal), "-.0123456789") == ""
	if len(o.Fields) > 0 {
		x.fields, x.named = jsonscan.NewPlan(withWays(o.Fields)), len(o.Fields)
		return x, checkPaths(o.Fields)
	}
	if x.whole {
		return nil, errors.New("it needs fields, pattern or patterns")
	}
	return x, nil
}

// withWays returns the paths, and behind them what leads to them: a path can't say that it leads through a list, but a
// sender can send one there.
func withWays(paths [][]string) [][]string {
	all := slices.Clone(paths)
	for _, path := range paths {
		for n := 1; n < len(path); n++ {
			if !slices.ContainsFunc(all, func(have []string) bool { return slices.Equal(have, path[:n]) }) {
				all = append(all, path[:n])
			}
		}
	}
	return all
}

// applyRedact hides what the redactor finds in the record. A line stays a line.
func (r *Runner) applyRedact(x *redactor) (changed bool, err error) {
	if x.fields == nil && !x.mayHold(r.data) && bytes.IndexByte(r.data, '\\') < 0 && (!x.numbers || !hasExponent(r.data)) {
		// Each text of the record stands in it as it is, and none can match.
		return false, nil
	}
	var out []byte
	switch {
	case !r.isObject():
		out, changed = r.work.redactLine(r.spare(), r.data, x)
	case x.fields == nil:
		out, changed = r.work.redactAll(r.spare(), r.data, x)
	default:
		out, changed = r.work.redactFields(r.spare(), r.data, x)
	}
	if !changed {
		return false, nil
	}
	return true, r.set(out, nil)
}

// redactLine hides in a record that is no JSON object.
func (w *scratch) redactLine(dst, line []byte, x *redactor) (out []byte, changed bool) {
	if x.whole {
		return append(dst, x.with...), !bytes.Equal(line, x.with)
	}
	return w.hide(dst, line, x)
}

// redactAll hides in every key, string and number of an object.
func (w *scratch) redactAll(dst, rec []byte, x *redactor) (out []byte, changed bool) {
	pos := int32(0)
	tokens(rec, func(v jsonscan.Value) {
		hidden, ok := w.hideValue(rec, v, x)
		if !ok {
			return
		}
		w.values = hidden
		dst = append(dst, rec[pos:v.Start]...)
		dst = jsonscan.AppendQuoted(dst, hidden)
		pos, changed = v.End, true
	})
	if !changed {
		return dst, false
	}
	return append(dst, rec[pos:]...), true
}

// redactFields hides in every occurrence of the fields.
func (w *scratch) redactFields(dst, rec []byte, x *redactor) (out []byte, changed bool) {
	pos := int32(0)
	x.fields.Occurrences(rec, func(i int, v jsonscan.Value) bool {
		if v.Start < pos || v.Kind == jsonscan.Null {
			return true // inside what is hidden already, or nothing to hide
		}
		if i >= x.named && (v.Kind != jsonscan.Array || bytes.IndexByte(v.Bytes(rec), '{') < 0) {
			return true // it is only on the way to a field, and no list in whose elements the field could be
		}
		replacement := x.quoted
		if !x.whole && v.Kind < jsonscan.Array {
			hidden, ok := w.hideValue(rec, v, x)
			if !ok {
				return true
			}
			w.values = hidden
			w.middle = jsonscan.AppendQuoted(w.middle[:0], hidden)
			replacement = w.middle
		}
		dst = append(dst, rec[pos:v.Start]...)
		dst = append(dst, replacement...)
		changed = changed || !bytes.Equal(v.Bytes(rec), replacement)
		pos = v.End
		return true
	})
	if !changed {
		return dst, false
	}
	return append(dst, rec[pos:]...), true
}

// hideValue is hide for a value that is no list and no object, into the scratch memory.
func (w *scratch) hideValue(rec []byte, v jsonscan.Value, x *redactor) (hidden []byte, found bool) {
	return w.hide(w.values[:0], w.textOf(rec, v), x)
}

// textOf returns a value's text, where it lies or in the scratch memory.
func (w *scratch) textOf(rec []byte, v jsonscan.Value) []byte {
	switch {
	case v.Kind != jsonscan.String:
		return v.Bytes(rec)
	case !v.Escaped:
		return rec[v.Start+1 : v.End-1]
	}
	w.text = jsonscan.AppendText(w.text[:0], rec, v)
	return w.text
}

// tokens calls yield for each key, string and number of a valid record, in order. Escaped may be set although there is
// no escape.
func tokens(rec []byte, yield func(v jsonscan.Value)) {
	for i := 0; i < len(rec); {
		switch c := rec[i]; {
		case c == '"':
			end, escaped := closing(rec, i+1)
			yield(jsonscan.Value{Kind: jsonscan.String, Escaped: escaped, Start: int32(i), End: int32(end)})
			i = end
		case c == '-' || isDigit(c):
			end := i + 1
			for end < len(rec) && (isDigit(rec[end]) || bytes.IndexByte([]byte("+-.eE"), rec[end]) >= 0) {
				end++
			}
			yield(jsonscan.Value{Kind: jsonscan.Number, Start: int32(i), End: int32(end)})
			i = end
		default:
			i++
		}
	}
}

// closing returns the place after the quote that closes the string whose text begins at i.
func closing(rec []byte, i int) (end int, escaped bool) {
	for quote := -1; ; {
		if quote < i {
			// Looked for once only for all backslashes before it: a text may be all escapes.
			n := bytes.IndexByte(rec[i:], '"')
			if n < 0 {
				return len(rec), escaped // not in a valid record
			}
			quote = i + n
		}
		backslash := bytes.IndexByte(rec[i:quote], '\\')
		if backslash < 0 {
			return quote + 1, escaped
		}
		escaped = true
		i += backslash + 2
	}
}
