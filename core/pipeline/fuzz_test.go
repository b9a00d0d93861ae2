package pipeline

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// FuzzParse parses hostile texts in every format: whatever comes out is a valid record on one line.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`a=1 b="x \" y" c`, `k='v', z=1;`, `a,"b ""q""",`, `{"a":[1,{"b":null}],"a":2}`, `<34>Oct 11 22:14:15 host su[7]: x`,
		`<165>1 2003-10-11T22:14:15.003Z h a p m [id@1 a="b\]"] text`, `1795503600.5`, `2026-11-24T07:00:00Z`, "\xff=\xfe", `"""`, `[[[`,
	} {
		f.Add([]byte(seed))
	}
	re := regexp.MustCompile(`^(?P<a>\S+)?\s*(?P<b>.*)$`)
	var runners []*Runner
	for _, p := range []Parse{
		{Format: JSON},
		{Format: JSON, Into: []string{"p", "q"}, Overwrite: true},
		{Format: LogFmt},
		{Format: KV, RemoveSource: true},
		{Format: CSV, Columns: []string{"x", "y"}},
		{Format: CSV},
		{Format: Regex, Regex: re},
		{Format: Syslog},
		{Format: Syslog, Overwrite: true, TimeZone: time.FixedZone("x", 3600)},
		{Format: Timestamp, Into: []string{"t"}},
		{Format: Timestamp, Into: []string{"t"}, Layout: "unix_us"},
		{Format: Timestamp, Into: []string{"t"}, Layout: "Stamp"},
	} {
		pl, err := New(Options{To: []string{"all"}, Transforms: []Transform{{Kind: KindParse, OnError: DropRecord, Parse: &p}}})
		if err != nil {
			f.Fatal(err)
		}
		runners = append(runners, pl.Runner())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for i, r := range runners {
			err := r.Run(groupOf(string(text)), 0, func(out *Output) error {
				rec := bytes.TrimSuffix(out.Parts[0].Group.Data, []byte("\n"))
				if bytes.Equal(rec, text) {
					return nil
				}
				if !jsonscan.Valid(rec) || bytes.IndexByte(rec, '\n') >= 0 && bytes.IndexByte(text, '\n') < 0 {
					t.Errorf("parser %d makes %q of %q", i, rec, text)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzRedact hides card numbers in hostile records: none is left in any text of the result, an object stays valid, and
// doing it again changes nothing.
func FuzzRedact(f *testing.F) {
	for _, seed := range []string{
		`{"a":"4111111111111111"}`, `{"a":4111111111111111,"a":"\u0034111111111111111"}`, `{"4111 1111 1111 1111":[`, "x 4111-1111-1111-1111 \xff",
		`{"a":"{\"b\":\"\\u0034111111111111111\"}"}`, `{"a":"\\"}`, `{"a":"😀\ud83d\ude00 5555555555554444"}`, `\`, `\u`, `{"a":"\u00"}`,
	} {
		f.Add([]byte(seed))
	}
	p, err := New(Options{To: []string{"all"}, Transforms: []Transform{{Kind: KindRedact, OnError: DropRecord, Redact: &Redact{Patterns: []Detector{Card}}}}})
	if err != nil {
		f.Fatal(err)
	}
	r := p.Runner()
	hidden := func(t *testing.T, rec []byte) (out []byte) {
		err := r.Run(groupOf(string(rec)), 0, func(o *Output) error {
			out = bytes.Clone(bytes.TrimSuffix(o.Parts[0].Group.Data, []byte("\n")))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	whole := jsonscan.NewPlan(nil)
	f.Fuzz(func(t *testing.T, rec []byte) {
		got := hidden(t, rec)
		if whole.Scan(rec, nil) {
			if !whole.Scan(got, nil) {
				t.Fatalf("%q became %q, which is no object", rec, got)
			}
			tokens(got, func(v jsonscan.Value) {
				text := jsonscan.AppendText(nil, got, v)
				if _, _, ok := nextCard(text, 0); ok {
					t.Errorf("%q became %q: %q is left", rec, got, text)
				}
			})
		} else if _, _, ok := nextCard(appendUnescaped(nil, got), 0); ok {
			t.Errorf("%q became %q", rec, got)
		}
		if again := hidden(t, got); !bytes.Equal(again, got) {
			t.Errorf("%q became %q, then %q", rec, got, again)
		}
		if _, _, ok := nextCard(rec, 0); !ok && bytes.IndexByte(rec, '\\') < 0 && !bytes.Equal(rec, got) {
			t.Errorf("%q became %q without a card in it", rec, got)
		}
	})
}

// FuzzDetect compares nextCard, which looks at every twelfth pair of bytes, with one that looks everywhere, and checks
// that all detectors stay inside the text.
func FuzzDetect(f *testing.F) {
	for _, seed := range []string{"4111111111111111", "1 4111 1111 1111 1111", strings.Repeat("1-", 30) + "4111111111111111", "a@b.de", "DE89370400440532013000", "1.2.3.4", "eyJa.b.c"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want := -1
		for i := range text {
			if isDigit(text[i]) && (i == 0 || !isDigit(text[i-1])) && card(text, i) > 0 {
				want = i
				break
			}
		}
		if got, _, ok := nextCard(text, 0); ok != (want >= 0) || ok && got != want {
			t.Errorf("nextCard(%q) = %d, %v; want %d", text, got, ok, want)
		}
		for d := Email; d <= JWT; d++ {
			for at := 0; at < len(text); {
				start, end, ok := d.next(text, at)
				if !ok {
					break
				}
				if start < at || end <= start || end > len(text) {
					t.Fatalf("%v.next(%q, %d) = %d, %d", d, text, at, start, end)
				}
				at = end
			}
		}
	})
}
