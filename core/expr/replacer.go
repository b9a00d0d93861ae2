package expr

import (
	"bytes"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// replacer replaces what a text is searched for. It is immutable.
type replacer struct {
	search      []byte
	replacement []byte
	references  int            // to groups, at most, in the replacement
	pattern     *regexp.Regexp // nil: search is plain text
}

// newReplacer returns the replacer of replace(): a search text in slashes is a regular expression, whose groups the
// replacement names as $1 or ${name}.
func newReplacer(search, replacement string) (*replacer, error) {
	r := &replacer{search: []byte(search), replacement: []byte(replacement), references: strings.Count(replacement, "$")}
	if len(search) > 1 && search[0] == '/' && search[len(search)-1] == '/' {
		re, err := compilePattern(search[1 : len(search)-1])
		if err != nil {
			return nil, err
		}
		r.pattern = re
	}
	return r, nil
}

// append appends text with the replacements. The result is bounded: many short finds and a long replacement would
// otherwise fill the memory.
func (r *replacer) append(dst, text []byte) ([]byte, error) {
	start := len(dst)
	if r.pattern == nil {
		return r.appendPlain(dst, text)
	}
	from := 0
	finds := r.pattern.FindAllSubmatchIndex(text, maxElements+1)
	if len(finds) > maxElements {
		return dst, errTooManyElements
	}
	for _, at := range finds {
		dst = append(dst, text[from:at[0]]...)
		// A group is no longer than the whole find.
		if len(dst)-start+len(r.replacement)+r.references*(at[1]-at[0]) > maxText {
			return dst[:start], errTextTooLong
		}
		dst = r.pattern.Expand(dst, r.replacement, text, at)
		from = at[1]
	}
	return append(dst, text[from:]...), nil
}

func (r *replacer) appendPlain(dst, text []byte) ([]byte, error) {
	n := bytes.Count(text, r.search)
	if grow := len(r.replacement) - len(r.search); grow > 0 && n > 0 && grow > (maxText-len(text))/n {
		return dst, errTextTooLong
	}
	if len(r.search) == 0 {
		// Before every character and at the end, as in the standard library; too rare to do without allocating.
		return append(dst, bytes.ReplaceAll(text, nil, r.replacement)...), nil
	}
	for {
		i := bytes.Index(text, r.search)
		if i < 0 {
			return append(dst, text...), nil
		}
		dst = append(dst, text[:i]...)
		dst = append(dst, r.replacement...)
		text = text[i+len(r.search):]
	}
}

// maxPattern bounds the text of a regular expression, which may come from a record.
const maxPattern = 64 << 10

var errPatternTooLong = fmt.Errorf("a regular expression has at most %d bytes", maxPattern)

// compilePattern compiles a regular expression.
func compilePattern(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, errPatternTooLong
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		if s, ok := err.(*syntax.Error); ok { //nolint:errorlint // the standard library returns it bare
			return nil, fmt.Errorf("read pattern: %s in %s", s.Code, quoted(s.Expr))
		}
		return nil, fmt.Errorf("read pattern: %w", err)
	}
	return re, nil
}
