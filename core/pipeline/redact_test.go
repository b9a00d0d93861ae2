package pipeline

import (
	"regexp"
	"strings"
	"testing"
)

const secretCard = "4111111111111111"

func redactWith(t *testing.T, x Redact, line string) string {
	t.Helper()
	return one(t, newUnit(t).pipeline(Options{
		Transforms: []Transform{{Kind: KindRedact, OnError: DropRecord, Redact: &x}},
	}), line)
}

func TestRedactWithoutFieldsLooksEverywhere(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"a string", `{"a":"card 4111111111111111!"}`, `{"a":"card ****!"}`},
		{"a number becomes a string", `{"a":4111111111111111,"b":12}`, `{"a":"****","b":12}`},
		{"at any depth", `{"a":[{"b":[["4111111111111111"]]}]}`, `{"a":[{"b":[["****"]]}]}`},
		{"all duplicates", `{"a":"4111111111111111","a":"4111111111111111"}`, `{"a":"****","a":"****"}`},
		{"a key", `{"4111111111111111":1}`, `{"****":1}`},
		{"an escaped string", `{"a":"\u0034111111111111111 \n"}`, `{"a":"**** \n"}`},
		{"an escaped key", `{"\u0034111111111111111":{"x":true}}`, `{"****":{"x":true}}`},
		{"JSON in a string", `{"a":"{\"b\":\"\\u0034111111111111111\"}"}`, `{"a":"****"}`},
		{"several in one text", `{"a":"4111111111111111, 5555555555554444"}`, `{"a":"****, ****"}`},
		{"other bytes stay", ` { "a" : "\u00e9 x" , "b":[ ],"c":"4111111111111111" } `, ` { "a" : "\u00e9 x" , "b":[ ],"c":"****" } `},
		{"a line stays a line", `card 4111111111111111!`, `card ****!`},
		{"an array is a line", `["4111111111111111"]`, `["****"]`},
		{"a cut object", `{"a":"4111111111111111`, `{"a":"****`},
		{"a cut object with escapes", `{"a":"\u0034111111111111111`, `****`},
		{"an object with an error", `{"a":"\u0034111111111111111",}`, `****`},
		{"bytes that are not UTF-8", "{\"\xff\":\"4111111111111111\"}", "{\"\xff\":\"****\"}"},
		{"two objects", `{"a":1}{"b":"4111111111111111"}`, `{"a":1}{"b":"****"}`},
		{"nothing to hide", `{"a":"\u0035111"}`, `{"a":"\u0035111"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := redactWith(t, Redact{Patterns: []Detector{Card}}, tt.line); got != tt.want {
				t.Errorf("%s gives\n%s, want\n%s", tt.line, got, tt.want)
			}
			// A regular expression, with a literal and without, hides the same, but for the digits of escapes.
			for _, re := range []string{`4111111111111111|5555555555554444`, `[45]\d{15}`} {
				if got := redactWith(t, Redact{Pattern: regexp.MustCompile(re)}, tt.line); got != tt.want && (!strings.Contains(tt.line, "\\u0034") || strings.Contains(got, secretCard)) {
					t.Errorf("with %s %s gives\n%s, want\n%s", re, tt.line, got, tt.want)
				}
			}
		})
	}
}

func TestRedactFields(t *testing.T) {
	fields := [][]string{{"a"}, {"b", "c"}}
	digits := regexp.MustCompile(`\d+`)
	tests := []struct {
		name, line, want string
		x                Redact
	}{
		{"the whole value", `{"a":"x","d":"x"}`, `{"a":"****","d":"x"}`, Redact{}},
		{"whatever kind it is", `{"a":true,"b":{"c":-1.5e3}}`, `{"a":"****","b":{"c":"****"}}`, Redact{}},
		{"null hides nothing", `{"a":null}`, `{"a":null}`, Redact{}},
		{"all duplicates at every level", `{"a":1,"b":{"c":1,"c":2},"b":{"c":3},"\u0061":4}`, `{"a":"#","b":{"c":"#","c":"#"},"b":{"c":"#"},"\u0061":"#"}`, Redact{With: "#"}},
		{"matches only", `{"a":"x 12 y 3","b":{"c":7},"d":8}`, `{"a":"x **** y ****","b":{"c":"****"},"d":8}`, Redact{Pattern: digits}},
		{"what is no scalar is replaced whole", `{"a":["x"],"b":{"c":{}}}`, `{"a":"****","b":{"c":"****"}}`, Redact{Pattern: digits}},
		{"with is quoted", `{"a":1}`, `{"a":"\"\\"}`, Redact{With: `"\`}},
		{"a line whole", `password is x`, `****`, Redact{}},
		{"a cut object whole", `{"a":"x`, `****`, Redact{}},
		{"a line by its matches", `x 12`, `x ****`, Redact{Pattern: digits}},
		{"a cut object by its matches", `{"z":"\u00e9","a":"x \u0031`, `****`, Redact{Pattern: regexp.MustCompile(`x \d`)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.x.Fields = fields
			if got := redactWith(t, tt.x, tt.line); got != tt.want {
				t.Errorf("%s gives\n%s, want\n%s", tt.line, got, tt.want)
			}
		})
	}
	nested := Redact{Fields: [][]string{{"a", "b"}, {"a"}}}
	if got, want := redactWith(t, nested, `{"a":{"b":1,"c":2}}`), `{"a":"****"}`; got != want {
		t.Errorf("a field and one inside it: %s, want %s", got, want)
	}
}

// TestRedactSurvivesAttacks cuts hostile records at every byte: no secret may be left, even when escapes are undone.
func TestRedactSurvivesAttacks(t *testing.T) {
	attacks := []string{
		`{"a":"4111111111111111","b":["4111111111111111",4111111111111111],"a":{"4111111111111111":1}}`,
		`{"a":"\u0034\u0031\u0031\u0031\u0031\u0031\u0031\u0031\u0031\u0031\u0031\u0031\u0031\u0031\u0031\u0031"}`,
		`{"a":"{\"a\":\"\\u0034111111111111111\"}","\u0061":"\u0034111111111111111"}`,
		`[{"a":"\u0034111111111111111"}]`,
		`{"a":"x\"4111111111111111\\"}trailing`,
	}
	u := newUnit(t)
	p := u.pipeline(Options{Transforms: []Transform{
		// An error in when counts as true.
		{Kind: KindRedact, OnError: DropRecord, When: u.when(`meta.peer + 1 > 0`), Redact: &Redact{Patterns: []Detector{Card}}},
	}})
	for _, attack := range attacks {
		for cut := range len(attack) + 1 {
			got := one(t, p, attack[:cut])
			for plain := got; ; {
				if strings.Contains(plain, secretCard) {
					t.Fatalf("%s gives %s: the secret is left", attack[:cut], got)
				}
				next := string(appendUnescaped(nil, []byte(plain)))
				if next == plain {
					break
				}
				plain = next
			}
		}
	}
}

func TestRedactFailsClosed(t *testing.T) {
	u := newUnit(t)
	x := &Redact{Fields: [][]string{{"a"}}}
	p := u.pipeline(Options{Transforms: []Transform{
		{Kind: KindRedact, OnError: DropRecord, When: u.when(`record.n + 1 > 0`), Redact: x},
	}})
	got := results(t, p, groupOf(`{"a":"x","n":1}`, `{"a":"x","n":[]}`, `{"a":"x","n":-5}`, `{"a":"x"}`))
	want := []string{`all: {"a":"****","n":1}`, `all: {"a":"****","n":[]}`, `all: {"a":"x","n":-5}`, `all: {"a":"****"}`}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("record %d: %s, want %s", i, got[i], want[i])
		}
	}
	if n := p.Metrics().Transforms[0].Errors.Load(); n != 2 {
		t.Errorf("%d errors counted, want 2", n)
	}
	if _, err := New(Options{To: []string{"x"}, Transforms: []Transform{{Kind: KindRedact, Redact: x}}}); err == nil {
		t.Error("New accepts redact with on_error keep")
	}
}

func TestRequiredLiteral(t *testing.T) {
	for re, want := range map[string]string{
		`token=(\w+)`:     "token=",
		`(?i)token`:       "",
		`a|b`:             "",
		`(secret)+x`:      "secret",
		`x?`:              "",
		`\d{4}-abc\d`:     "-abc",
		`(abc){2,3}`:      "abc",
		`^Bearer [a-z]*$`: "Bearer ",
	} {
		if got := requiredLiteral(regexp.MustCompile(re)); got != want {
			t.Errorf("requiredLiteral(%s) = %q, want %q", re, got, want)
		}
	}
}
