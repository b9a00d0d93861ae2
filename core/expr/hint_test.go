package expr

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func hinted(t *testing.T, text string) (*Predicate, *Record) {
	t.Helper()
	u := NewUnit(testLoad(), Options{})
	p, diags := u.Predicate(parse(t, text))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return p, u.Record()
}

func TestHints(t *testing.T) {
	for text, want := range map[string]int{
		`record.level == "error"`:                                  1,
		`record.a.b == "error"`:                                    1,
		`record.level == var.level`:                                1,
		`record.message == "error"`:                                1,
		`record.level == "error" || record.level == "warn"`:        2,
		`record.level == "error" || record.kind == "warn"`:         2,
		`record.level == "error" && record.status >= 500`:          1,
		`(record.status >= 500) && ("error" == record.level)`:      1,
		`record.a == "aa" || record.a == "bb" || record.a == "cc"`: 0, // three passes cost as much as a scan
		`record.level == "error" || record.status >= 500`:          0,
		`record.level == "error" && record.flag`:                   0, // may be a text, which is an error
		`record.level != "error"`:                                  1,
		`!(record.level == "error")`:                               1,
		`!(record.level == "error") || record.status > 5`:          1,
		`record.level != "error" && record.status > 5`:             0,
		`record.level != "error" && record.level != "warn"`:        2,
		`!record.flag`:                                            0,
		`record.level != "error" || record.flag`:                  0,
		`record.level == "e"`:                                     0,
		`record.level == ""`:                                      0,
		`record.level == "Kind"`:                                  0, // the Kelvin sign is a K
		`record.level == "grün"`:                                  0,
		`record.level == "a\\b"`:                                  0,
		`record.status == 500`:                                    0,
		`record == "error"`:                                       0,
		`lower(record.level) == "error"`:                          0,
		`record.level == "error" && startswith(record.kind, "x")`: 1,
		`record.level == "error" ? true : record.status >= 500`:   0,
		`record.level == record.kind`:                             0,
		`record.level == "error" && (record.kind == "x" || record.status == 1)`: 1,
	} {
		if p, _ := hinted(t, text); len(p.unless.hints) != want {
			t.Errorf("%s has %d hints, want %d", text, len(p.unless.hints), want)
		}
	}
}

// TestHintsNeverMiss looks for hints of texts where they are, at every place of records of every length.
func TestHintsNeverMiss(t *testing.T) {
	h, ok := hintIn("error")
	if !ok {
		t.Fatal("no hint")
	}
	for n := range 70 {
		for at := range n {
			for text, want := range map[string]bool{"error": true, `\`: true, "err": true, "er or": false} {
				data := []byte(strings.Repeat(".", at) + text + strings.Repeat(".", n-at))
				if got := h.mayBeIn(data); got != want {
					t.Fatalf("in %q: %t, want %t", data, got, want)
				}
			}
		}
	}
}

// TestHintsChangeNoAnswer compares the answers for records that look alike with those of hcl's evaluator.
func TestHintsChangeNoAnswer(t *testing.T) {
	texts := []string{
		`"error"`, `"er\u0072or"`, `"errors"`, `"Error"`, "\"e\u0301rror\"", `"1e3"`, `1e3`, `1000`, `null`, `["error"]`, `{"error":1}`, `true`,
		`"true"`, `"erro`, `error`, "\"\u212aind\"", `"Kind"`, `1e999999`, "\"error\xff\"", `"kind"`, `""`,
	}
	rapid.Check(t, func(t *rapid.T) {
		form := rapid.SampledFrom([]string{
			`{"level":A}`, `{"level":A,"level":B}`, `{"kind":A,"level":B}`, `{"level":{"kind":A}}`, `A`, `{"level":A,"kind":B`, `{"message":A}`, `[A]`,
		}).Draw(t, "form")
		data := []byte(strings.NewReplacer("A", rapid.SampledFrom(texts).Draw(t, "a"), "B", rapid.SampledFrom(texts).Draw(t, "b")).Replace(form))
		leaf := func(name string) string {
			return fmt.Sprintf(rapid.SampledFrom([]string{"record.%s == %q", "record.%s != %q", "!(record.%s == %q)"}).Draw(t, name+" form"), rapid.SampledFrom([]string{"level", "kind", "message", "level.kind"}).Draw(t, name),
				rapid.SampledFrom([]string{"error", "kind", "true", "1e3", "1000", "Kind"}).Draw(t, name+" text"))
		}
		x := leaf("left") + rapid.SampledFrom([]string{
			"", " || " + leaf("right"), " && " + leaf("other"), " && record.kind >= 5", " || record.level < 7", ` && record.kind`, ` || record.level`, ` && (startswith(record.kind, "e") || matches("e", record.level))`,
		}).Draw(t, "more")
		var got [2]Outcome
		for i := range got {
			u := NewUnit(nil, Options{AlwaysSlow: i == 1})
			p, diags := u.Predicate(parse(nopTB{}, x))
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			r := u.Record()
			r.Reset(data, nil)
			got[i] = p.Eval(r)
		}
		if got[0] != got[1] {
			t.Fatalf("%s of %s: %s, hcl's evaluator says %s", x, data, got[0], got[1])
		}
	})
}

// nopTB is for a helper whose failures can't happen.
type nopTB struct{ testing.TB }

func (nopTB) Helper() {}

func TestHintsThatSpareNothingAreLeftAlone(t *testing.T) {
	p, r := hinted(t, `record.level == "error"`)
	eval := func(record string, n int) (scans int) {
		for range n {
			r.Reset([]byte(record), nil)
			p.Eval(r)
			if r.state != notScanned {
				scans++
			}
		}
		return scans
	}
	if scans := eval(`{"level":"info"}`, 1000); scans != 0 {
		t.Errorf("%d of 1000 records without the text were scanned", scans)
	}
	eval(`{"level":"error"}`, 200)
	if r.disdain == 0 {
		t.Fatal("the hint is still looked for after 200 records that had the text")
	}
	if scans := eval(`{"level":"info"}`, hintDisdain+1000); scans > hintDisdain {
		t.Errorf("%d records were scanned before the hint was tried again", scans)
	}
}
