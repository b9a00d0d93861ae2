package pipeline

import (
	"bytes"
	"cmp"
	"regexp"
	"regexp/syntax"
	"slices"
)

// hit is a place in a text that is to be hidden.
type hit struct{ start, end int }

// mayHold reports whether a text that holds all of b could match: false is certain.
func (x *redactor) mayHold(b []byte) bool {
	if x.pattern != nil && (len(x.literal) == 0 || bytes.Contains(b, x.literal)) {
		return true
	}
	for _, d := range x.detectors {
		if d.may(b) {
			return true
		}
	}
	return false
}

// find finds all places of a text that match, and reports whether there is one. A number with an exponent that matches only
// when it is written out is one as a whole.
func (w *scratch) find(text []byte, x *redactor) bool {
	w.hits = x.appendHits(w.hits[:0], text)
	for at := 0; x.numbers; {
		start, end, ok := nextExponent(text, at)
		if !ok {
			break
		}
		n := len(w.hits)
		w.written = appendWritten(w.written[:0], text[start:end])
		if w.hits = x.appendHits(w.hits, w.written); len(w.hits) > n {
			w.hits = append(w.hits[:n], hit{start, end})
		}
		at = end
	}
	return len(w.hits) > 0
}

// appendHits appends the places of a text that match as it stands.
func (x *redactor) appendHits(hits []hit, text []byte) []hit {
	if x.pattern != nil && (len(x.literal) == 0 || bytes.Contains(text, x.literal)) {
		for _, m := range x.pattern.FindAllIndex(text, -1) {
			if m[0] < m[1] {
				hits = append(hits, hit{m[0], m[1]})
			}
		}
	}
	for _, d := range x.detectors {
		for at := 0; at < len(text); {
			start, end, ok := d.next(text, at)
			if !ok {
				break
			}
			hits = append(hits, hit{start, end})
			at = end
		}
	}
	return hits
}

// mostEscaped is how often a text's escapes are undone: JSON in JSON in a line that was cut.
const mostEscaped = 3

// hide appends text with every place that matches replaced. A text in which something would match only once its
// backslash escapes are undone is replaced whole: it is JSON inside a string, or a line that was cut. Without a match
// nothing is appended.
func (w *scratch) hide(dst, text []byte, x *redactor) (out []byte, found bool) {
	start := len(dst)
	out, found = w.hideMatches(dst, text, x)
	left := text
	if found {
		left = out[start:]
	}
	for i := 0; i < mostEscaped && bytes.IndexByte(left, '\\') >= 0; i++ {
		w.plain[i%2] = appendUnescaped(w.plain[i%2][:0], left)
		left = w.plain[i%2]
		if w.find(left, x) {
			return append(dst, x.with...), true
		}
	}
	return out, found
}

// hideMatches is hide for what matches as it stands. Places that touch or overlap are one.
func (w *scratch) hideMatches(dst, text []byte, x *redactor) (out []byte, found bool) {
	if !w.find(text, x) {
		return dst, false
	}
	slices.SortFunc(w.hits, func(a, b hit) int { return cmp.Compare(a.start, b.start) })
	pos := 0
	for i := 0; i < len(w.hits); {
		start, end := w.hits[i].start, w.hits[i].end
		for i++; i < len(w.hits) && w.hits[i].start <= end; i++ {
			end = max(end, w.hits[i].end)
		}
		dst = append(append(dst, text[pos:start]...), x.with...)
		pos = end
	}
	return append(dst, text[pos:]...), true
}

// requiredLiteral returns a text that every match of the expression holds, the longest one that is easy to see; empty
// when there is none.
func requiredLiteral(re *regexp.Regexp) string {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return "" // compiled with other rules than Perl's
	}
	return literalIn(parsed.Simplify())
}

func literalIn(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return literalIn(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return literalIn(re.Sub[0])
		}
	case syntax.OpConcat:
		longest := ""
		for _, sub := range re.Sub {
			if s := literalIn(sub); len(s) > len(longest) {
				longest = s
			}
		}
		return longest
	}
	return ""
}
