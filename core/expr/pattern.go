package expr

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"
)

// pattern is a regular expression that is tried only on texts which hold one of the texts that each match has in it. A
// search for those takes a fraction of the time. It is immutable and safe for concurrent use.
type pattern struct {
	re *regexp.Regexp // nil: the literals decide
	// before and after bind a literal to the text's ends.
	before, after bool
	literals      [][]byte // any of them; none: re alone decides
	folded        bool     // literals are lower case ASCII, texts in any case
}

// maxLiterals bounds the searches before a regular expression.
const maxLiterals = 8

// newPattern compiles a regular expression.
func newPattern(text string) (*pattern, error) {
	re, err := compilePattern(text)
	if err != nil {
		return nil, err
	}
	p := &pattern{re: re}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return p, nil //nolint:nilerr // the regular expression alone decides
	}
	tree = tree.Simplify()
	if p.pure(tree) {
		return p, nil
	}
	found, folded := required(tree)
	if len(found) == 0 || len(found) > maxLiterals {
		return p, nil
	}
	if shortest(found) < 2 {
		return p, nil
	}
	for _, l := range found {
		p.literals = append(p.literals, []byte(l))
	}
	p.folded = folded
	return p, nil
}

// pure makes p a plain comparison when the expression is a literal between ends or none, and reports whether it is.
func (p *pattern) pure(tree *syntax.Regexp) bool {
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
	}
	before, after := false, false
	if len(parts) > 0 && parts[0].Op == syntax.OpBeginText {
		before, parts = true, parts[1:]
	}
	if n := len(parts) - 1; n >= 0 && parts[n].Op == syntax.OpEndText {
		after, parts = true, parts[:n]
	}
	if len(parts) != 1 || parts[0].Op != syntax.OpLiteral || parts[0].Flags&syntax.FoldCase != 0 {
		return false
	}
	p.re, p.before, p.after = nil, before, after
	p.literals = [][]byte{[]byte(string(parts[0].Rune))}
	return true
}

// required returns texts of which each match holds at least one, and whether they are to be found in any case; none
// when there are no such texts.
func required(tree *syntax.Regexp) (texts []string, folded bool) {
	switch tree.Op {
	case syntax.OpLiteral:
		text := string(tree.Rune)
		if tree.Flags&syntax.FoldCase == 0 {
			return []string{text}, false
		}
		// k and s have relatives outside ASCII that a regular expression finds and bytes don't.
		lower := strings.ToLower(text)
		for _, c := range lower {
			if c >= 0x80 || c == 'k' || c == 's' {
				return longest(strings.FieldsFunc(lower, func(c rune) bool { return c >= 0x80 || c == 'k' || c == 's' })), true
			}
		}
		return []string{lower}, true
	case syntax.OpCapture, syntax.OpPlus:
		return required(tree.Sub[0])
	case syntax.OpRepeat:
		if tree.Min > 0 {
			return required(tree.Sub[0])
		}
	case syntax.OpConcat:
		return requiredOfConcat(tree.Sub)
	case syntax.OpAlternate:
		return requiredOfAlternate(tree.Sub)
	case syntax.OpNoMatch, syntax.OpEmptyMatch, syntax.OpCharClass, syntax.OpAnyCharNotNL, syntax.OpAnyChar,
		syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary,
		syntax.OpNoWordBoundary, syntax.OpStar, syntax.OpQuest:
	}
	return nil, false
}

func longest(parts []string) []string {
	best := ""
	for _, p := range parts {
		if len(p) > len(best) {
			best = p
		}
	}
	if best == "" {
		return nil
	}
	return []string{best}
}

// requiredOfConcat returns the part that is longest at its shortest.
func requiredOfConcat(subs []*syntax.Regexp) (texts []string, folded bool) {
	best := 0
	for _, s := range subs {
		found, fold := required(s)
		if n := shortest(found); n > best {
			best, texts, folded = n, found, fold
		}
	}
	return texts, folded
}

// requiredOfAlternate returns the texts of all branches, when each has some.
func requiredOfAlternate(subs []*syntax.Regexp) (texts []string, folded bool) {
	for i, s := range subs {
		found, fold := required(s)
		if len(found) == 0 || i > 0 && fold != folded {
			return nil, false
		}
		texts, folded = append(texts, found...), fold
	}
	return texts, folded
}

func shortest(texts []string) int {
	n := 0
	for i, t := range texts {
		if i == 0 || len(t) < n {
			n = len(t)
		}
	}
	return n
}

// match reports whether the regular expression matches anywhere in text.
func (p *pattern) match(text []byte) bool {
	if p.re == nil {
		switch l := p.literals[0]; {
		case p.before && p.after:
			return bytes.Equal(text, l)
		case p.before:
			return bytes.HasPrefix(text, l)
		case p.after:
			return bytes.HasSuffix(text, l)
		default:
			return bytes.Contains(text, l)
		}
	}
	return p.possible(text) && p.re.Match(text)
}

// possible reports whether text holds one of the literals.
func (p *pattern) possible(text []byte) bool {
	if len(p.literals) == 0 {
		return true
	}
	for _, l := range p.literals {
		if p.folded && containsFolded(text, l) || !p.folded && bytes.Contains(text, l) {
			return true
		}
	}
	return false
}

// containsFolded reports whether text holds part, lower case ASCII, in any case. It looks for the two cases of the first
// letter with the search for a byte, which takes the processor's widest steps.
func containsFolded(text, part []byte) bool {
	lower, upper := byteFinder{c: part[0], next: -1}, byteFinder{c: part[0], next: -1}
	if part[0]-'a' < 26 {
		upper.c -= 'a' - 'A'
	}
	last := len(text) - len(part)
	for i := 0; i <= last; i++ {
		i = min(lower.from(text, i), upper.from(text, i))
		if i <= last && equalFolded(text[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// byteFinder finds the places of a byte, each once, however often it is asked.
type byteFinder struct {
	c    byte
	next int
}

// from returns the first place at or after i; the text's length when there is none. i never goes back.
func (f *byteFinder) from(text []byte, i int) int {
	if f.next < i {
		f.next = len(text)
		if n := bytes.IndexByte(text[i:], f.c); n >= 0 {
			f.next = i + n
		}
	}
	return f.next
}

// equalFolded reports whether text in lower case is part.
func equalFolded(text, part []byte) bool {
	for i, c := range text {
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		if c != part[i] {
			return false
		}
	}
	return true
}
