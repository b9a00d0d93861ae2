package expr

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPatternsMatchAsRegexp compares patterns, whose literals are searched first, with the standard library alone.
func TestPatternsMatchAsRegexp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern string
		pure    bool
		prefix  string // the literals, comma separated
	}{
		{`abc`, true, "abc"},
		{`^abc`, true, "abc"},
		{`abc$`, true, "abc"},
		{`^abc$`, true, "abc"},
		{`^`, false, ""},
		{`(?i)abc`, false, "abc"},
		{`(?i)task`, false, "ta"},
		{`(?i)ks`, false, ""},
		{`abc|bca|c+ab`, false, "abc,bca,ab"},
		{`abc|b`, false, ""},
		{`(?i:abc)|cab`, false, ""},
		{`a*b?ab+c`, false, ""},
		{`(ab)+c(abc){2,3}`, false, "abc"},
		{`(ab)*`, false, ""},
		{`x(?:abc|cba)y?`, false, "abc,cba"},
		{`(?m)^ab$`, false, "ab"},
		{`[ab]c`, false, ""},
		{`\bab\b`, false, "ab"},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			t.Parallel()
			p, err := newPattern(c.pattern)
			if err != nil {
				t.Fatal(err)
			}
			var literals []string
			for _, l := range p.literals {
				literals = append(literals, string(l))
			}
			if got := strings.Join(literals, ","); got != c.prefix || (p.re == nil) != c.pure {
				t.Errorf("%s: searches for %q (alone: %v), want %q (%v)", c.pattern, got, p.re == nil, c.prefix, c.pure)
			}
			re := regexp.MustCompile(c.pattern)
			texts := rapid.StringOfN(rapid.RuneFrom([]rune("abcxyABCksKS\u212a\u017f \nt")), 0, 20, -1)
			rapid.Check(t, func(rt *rapid.T) {
				text := texts.Draw(rt, "text")
				if got, want := p.match([]byte(text)), re.MatchString(text); got != want {
					rt.Fatalf("%s on %q: %v, want %v", c.pattern, text, got, want)
				}
			})
		})
	}
}

func TestReplacerIsBounded(t *testing.T) {
	t.Parallel()
	for search, replacement := range map[string]string{"a": strings.Repeat("b", 10_000), "/a/": strings.Repeat("b", 10_000), "": strings.Repeat("b", 10_000), "/(a+)/": strings.Repeat("$1", 10_000)} {
		rep, err := newReplacer(search, replacement)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := rep.append([]byte("kept"), []byte(strings.Repeat("a", 100_000))); err == nil || string(out) != "kept" {
			t.Errorf("%q: %d bytes, %v", search, len(out), err)
		}
	}
}
