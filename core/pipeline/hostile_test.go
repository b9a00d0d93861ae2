package pipeline

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestHostileRecordsCostTimeInProportion runs texts that make careless code quadratic. It would not end in the test's
// time if one did.
func TestHostileRecordsCostTimeInProportion(t *testing.T) {
	rep := func(s string) string { return strings.Repeat(s, (1<<18)/len(s)) }
	texts := []string{
		`{` + rep(`"a":1,`) + `"b":2}`, `{` + rep(`"a":{"c":1},`) + `"b":2}`, `{"a":"` + rep(`\u0034`) + `"}`, `{"a":"` + rep(`\"`) + `"}`,
		strings.Repeat(`{"b":`, 198) + "[" + rep(`"x",`) + "1]" + strings.Repeat("}", 198),
		rep("1 "), rep("4-"), rep("4"), rep("a@"), rep("@"), rep("eyJ"), rep("eyJ.a."), rep("1.1."), rep(`\\`), rep(`\u0034`), rep("DE89 "), rep("1e1"), rep("1.1e"), rep("1e1-"),
		"0." + rep("0") + "1e5", rep("1") + "e-9", "1e" + rep("9"),
		rep(`"`), rep("a=b "), rep("="), rep(","), `"` + rep(`""`) + `"`, "a='" + rep(`\'`),
		"<1>1 - - - - - [a" + rep(` b="c"`) + "]", "<1>1 - - - - - " + rep(`[a]`),
	}
	u := newUnit(t)
	o := Options{Unit: u.Unit, To: []string{"all"}}
	for _, p := range []Parse{{Format: LogFmt}, {Format: KV}, {Format: JSON, Into: []string{"x"}}, {Format: CSV}, {Format: Syslog}} {
		o.Transforms = append(o.Transforms, Transform{Kind: KindParse, Parse: &p})
	}
	o.Transforms = append(
		o.Transforms,
		Transform{Kind: KindSet, Set: u.set(`{ a = lower(record.a), env = "x" }`)},
		Transform{Kind: KindRename, Rename: &Rename{Fields: []RenameField{{New: []string{"q"}, Old: []string{"a"}}}}},
		Transform{Kind: KindUnset, Unset: &Unset{Paths: [][]string{{"b", "c"}}}},
		Transform{Kind: KindRedact, OnError: DropRecord, Redact: &Redact{Patterns: []Detector{Email, Card, IBAN, IPv4, JWT}, Pattern: regexp.MustCompile(`\d{3}-\d{2}`)}},
		Transform{Kind: KindRedact, OnError: DropRecord, Redact: &Redact{Fields: [][]string{{"a"}, {"q"}}}},
	)
	for _, tr := range o.Transforms {
		p, err := New(Options{Unit: u.Unit, To: o.To, Transforms: []Transform{tr}})
		if err != nil {
			t.Fatal(err)
		}
		r := p.Runner()
		for _, text := range texts {
			if got := resultsOf(t, p, r, groupOf(text))[0]; got == "" {
				t.Errorf("kind %d drops %.40q", tr.Kind, text)
			}
		}
	}
}

// TestHitsCostTimeInProportion hides megabytes of matches, of which each could look at all that follow it: in proportion
// that takes a fraction of a second, and minutes if each did.
func TestHitsCostTimeInProportion(t *testing.T) {
	x := Redact{
		Patterns: []Detector{Email, Card, IBAN, IPv4, JWT}, Pattern: regexp.MustCompile(`token=\w+`), With: "*",
	}
	for _, secret := range []string{
		"4111111111111111 ", "4111-1111-1111-1111-", "4 111111111111111 ", "1 4111111111111111 ", "a@b.de ", "a@b.de,", "DE89370400440532013000 ",
		"DE89 3704 0044 0532 0130 00 ", "10.0.0.1 ", "10.0.0.1.", "eyJh.eyJz.c2ln ", "eyJh.eyJz.", "token=x ",
		"4.111111111111111E15 ", "4.111111111111111E15,", "0000004.111111111111111E15.", `\u0034111111111111111 `,
	} {
		text := strings.Repeat(secret, (2<<20)/len(secret))
		for _, line := range []string{text, `{"a":"` + text + `"}`} {
			began := time.Now()
			if got := redactWith(t, x, line); len(got) == len(line) {
				t.Errorf("of %q repeated nothing is hidden", secret)
			}
			if took := time.Since(began); took > time.Minute {
				t.Fatalf("%q repeated takes %v", secret, took)
			}
		}
	}
}
