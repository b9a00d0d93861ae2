package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSet(t *testing.T) {
	tests := []struct{ fields, at, line, want string }{
		{`{ level = lower(record.level) }`, "", `{"level":"ERROR","b":1}`, `{"level":"error","b":1}`},
		{`{ a = record.b, b = record.a }`, "", `{"a":1,"b":2}`, `{"a":2,"b":1}`},
		{`{ a = record.x, b = 2 }`, "", `{"a":1}`, `{"a":1,"b":2}`},
		{`{ a = record.x }`, "", `{ "a" : 1 }`, `{ "a" : 1 }`},
		{`{ a = record.a + 1, b = 2 }`, "", `{"a":[]}`, `{"a":[],"b":2}`},
		{`{ a = 2 }`, "", `{"a":0,"x":[],"\u0061":1}`, `{"x":[],"\u0061":2}`},
		{`{ "http.status" = 5, "@timestamp" = "t" }`, "", `{}`, `{"@timestamp":"t","http.status":5}`},
		{`{ x = 1 }`, "p", `{"p":{"y":2}}`, `{"p":{"y":2,"x":1}}`},
		{`{ x = 1 }`, "p.q", `{"a":1}`, `{"a":1,"p":{"q":{"x":1}}}`},
		{`{ x = 1 }`, "p", `{"p":"text"}`, `{"p":"text"}`},
		{`{ x = 1 }`, "", `a line`, `{"message":"a line","x":1}`},
		{`{ x = record.nothing }`, "", `a line`, `a line`},
		{`{ x = record.message }`, "", `a "line"`, `{"message":"a \"line\"","x":"a \"line\""}`},
		{`{ x = raw }`, "", "tab\t", `{"message":"tab\t","x":"tab\t"}`},
		{`merge(record.o, { z = "1" })`, "", `{"o":{"a":1,"b":null}}`, `{"o":{"a":1,"b":null},"a":1,"z":"1"}`},
		{`merge(record.o, { z = "1" })`, "p", `{"p":{"a":0,"z":0},"o":{"a":1}}`, `{"p":{"a":1,"z":"1"},"o":{"a":1}}`},
		{`{ x = { "a" = [1, record.b] } }`, "", `{"b":true}`, `{"b":true,"x":{"a":[1,true]}}`},
	}
	for _, tt := range tests {
		u := newUnit(t)
		var at []string
		if tt.at != "" {
			at = strings.Split(tt.at, ".")
		}
		p := u.pipeline(Options{Transforms: []Transform{{Kind: KindSet, Set: u.set(tt.fields, at...)}}})
		if got := one(t, p, tt.line); got != tt.want {
			t.Errorf("set %s at %q in %s gives\n%s, want\n%s", tt.fields, tt.at, tt.line, got, tt.want)
		}
	}
}

func TestUnset(t *testing.T) {
	u := newUnit(t)
	p := u.pipeline(Options{Transforms: []Transform{{Kind: KindUnset, Unset: &Unset{Paths: [][]string{{"a"}, {"b", "c"}, {"message"}}}}}})
	for line, want := range map[string]string{
		`{"a":1,"b":{"c":1,"d":2},"a":3,"b":{"c":4}}`: `{"b":{"d":2},"b":{}}`,
		`{ "x" : 1 , "\u0061": 2 }`:                   `{ "x" : 1 }`,
		`{"b":"c"}`:                                   `{"b":"c"}`,
		`a line`:                                      `{}`,
	} {
		if got := one(t, p, line); got != want {
			t.Errorf("unset in %s gives %s, want %s", line, got, want)
		}
	}
	q := u.pipeline(Options{Transforms: []Transform{{Kind: KindUnset, Unset: &Unset{Paths: [][]string{{"a"}}}}}})
	if got := one(t, q, "a line"); got != "a line" {
		t.Errorf("unset of a field that a line lacks gives %s", got)
	}
}

func TestRename(t *testing.T) {
	path := func(s string) []string { return strings.Split(s, ".") }
	tests := []struct{ fields, line, want string }{
		{"message=msg", `{"msg":"x","b":1}`, `{"b":1,"message":"x"}`},
		{"message=msg", `{"b":1}`, `{"b":1}`},
		{"message=msg", `{"message":"old","msg":"x"}`, `{"message":"x"}`},
		{"a=b b=a", `{"a":1,"b":[2]}`, `{"a":[2],"b":1}`},
		{"a=a.b", `{"a":{"b":{"c":1}}}`, `{"a":{"c":1}}`},
		{"a.b=a", `{"a":{"c":1},"z":0}`, `{"z":0,"a":{"b":{"c":1}}}`},
		{"x=a", `{"a":1,"a":2}`, `{"x":2}`},
		{"x=a", `{"a":null}`, `{"x":null}`},
		{"text=message", `a line`, `{"text":"a line"}`},
		{"x=a", `a line`, `a line`},
		{"x.y=a", `{"x":1,"a":2}`, `{"x":1,"a":2}`},
	}
	for _, tt := range tests {
		var o Rename
		for f := range strings.FieldsSeq(tt.fields) {
			to, from, _ := strings.Cut(f, "=")
			o.Fields = append(o.Fields, RenameField{New: path(to), Old: path(from)})
		}
		p := newUnit(t).pipeline(Options{Transforms: []Transform{{Kind: KindRename, Rename: &o}}})
		if got := one(t, p, tt.line); got != tt.want {
			t.Errorf("rename %s in %s gives\n%s, want\n%s", tt.fields, tt.line, got, tt.want)
		}
	}
}

func TestOnError(t *testing.T) {
	u := newUnit(t)
	failing := u.when(`record.n + 1 == 2`)
	for _, tt := range []struct {
		on   OnError
		want string
	}{
		{Keep, "all: %s"}, {DropRecord, ""}, {DeadLetter, "dead: "},
	} {
		line := `{"n":[]}`
		p := u.pipeline(Options{Transforms: []Transform{{Kind: KindDrop, When: failing, OnError: tt.on}}})
		got := results(t, p, groupOf(`{"n":1}`, line, `{"n":3}`))
		want := strings.Replace(tt.want, "%s", line, 1)
		if got[0] != "" || got[2] != `all: {"n":3}` || !strings.HasPrefix(got[1], want) || (want == "") != (got[1] == "") {
			t.Errorf("on_error %d gives %q", tt.on, got)
		}
		m := &p.Metrics().Transforms[0]
		if m.Errors.Load() != 1 || m.Dropped.Load() != 1 || m.DroppedError.Load()+m.DeadLettered.Load() != map[OnError]int64{Keep: 0}[tt.on]+int64(min(tt.on, 1)) {
			t.Errorf("on_error %d: %d errors, %d dropped, %d by errors, %d dead", tt.on, m.Errors.Load(), m.Dropped.Load(), m.DroppedError.Load(), m.DeadLettered.Load())
		}
	}
	// A set that does not keep is all or nothing.
	u = newUnit(t)
	p := u.pipeline(Options{Transforms: []Transform{{Kind: KindSet, OnError: DeadLetter, Set: u.set(`{ a = 1, b = record.n + 1 }`)}}})
	if got := results(t, p, groupOf(`{"n":[]}`))[0]; !strings.HasPrefix(got, "dead: compute b: ") || !strings.HasSuffix(got, `: {"n":[]}`) {
		t.Errorf("set gives %q", got)
	}
}

func TestNullWhenSkips(t *testing.T) {
	u := newUnit(t)
	p := u.pipeline(Options{Transforms: []Transform{{Kind: KindDrop, When: u.when(`record.n > 1`), OnError: DropRecord}}})
	if got := one(t, p, `{}`); got != `{}` {
		t.Errorf("got %q, want the record", got)
	}
	if n := p.Metrics().Transforms[0].Nulls.Load(); n != 1 {
		t.Errorf("%d nulls, want 1", n)
	}
}

func TestSample(t *testing.T) {
	u := newUnit(t)
	byKey := u.pipeline(Options{Transforms: []Transform{{Kind: KindSample, Sample: &Sample{Ratio: 0.3, Key: u.value(`record.trace`)}}}})
	const traces, each = 2000, 3
	var lines []string
	for i := range traces * each {
		lines = append(lines, fmt.Sprintf(`{"trace":"t-%d"}`, i%traces))
	}
	got := results(t, byKey, groupOf(lines...))
	kept := 0
	for i := range traces {
		for again := range each {
			if (got[i] == "") != (got[i+again*traces] == "") {
				t.Fatalf("trace %d is kept in part", i)
			}
		}
		if got[i] != "" {
			kept++
		}
	}
	// Five standard deviations of a binomial distribution.
	if kept < 600-103 || kept > 600+103 {
		t.Errorf("%d of %d traces kept, want about 600", kept, traces)
	}
	if n := byKey.Metrics().Transforms[0].Dropped.Load(); n != int64((traces-kept)*each) {
		t.Errorf("%d dropped, want %d", n, (traces-kept)*each)
	}
	byID := u.pipeline(Options{Transforms: []Transform{{Kind: KindSample, Sample: &Sample{Ratio: 0.3}}}})
	first := results(t, byID, groupOf(lines...))
	if diff := cmp.Diff(first, results(t, byID, groupOf(lines...))); diff != "" {
		t.Errorf("the same ids are sampled otherwise the second time:\n%s", diff)
	}
	for ratio, want := range map[float64]string{0: "", 1: "x"} {
		p := u.pipeline(Options{Transforms: []Transform{{Kind: KindSample, Sample: &Sample{Ratio: ratio}}}})
		if got := one(t, p, "x"); got != want {
			t.Errorf("ratio %v gives %q, want %q", ratio, got, want)
		}
	}
}

func TestTransformsSeeEachOthersWork(t *testing.T) {
	u := newUnit(t)
	p := u.pipeline(Options{
		Transforms: []Transform{
			{Kind: KindParse, Parse: &Parse{Format: LogFmt}},
			{Kind: KindSet, Set: u.set(`{ level = lower(record.level) }`)},
			{Kind: KindRename, Rename: &Rename{Fields: []RenameField{{New: []string{"raw"}, Old: []string{"message"}}}}},
			{Kind: KindUnset, When: u.when(`record.level == "warn"`), Unset: &Unset{Paths: [][]string{{"raw"}}}},
		},
		Routes:    []Route{{Name: "w", When: u.when(`record.level == "warn" && meta.size == 16`), To: []string{"w"}}},
		Otherwise: Otherwise{To: []string{"rest"}, Given: true},
	})
	got := results(t, p, groupOf("level=WARN", "level=INFO"))
	want := []string{`w: {"level":"warn"}`, `rest: {"level":"info","raw":"level=INFO"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestRecordsThatGrowTooLargeAreErrors(t *testing.T) {
	u := newUnit(t)
	p := u.pipeline(Options{Transforms: []Transform{{Kind: KindSet, OnError: DeadLetter, Set: u.set(`{ again = raw }`)}}})
	line := strings.Repeat("x", largestRecord/2)
	got := results(t, p, groupOf(line, "y"))
	if want := "dead: record would be larger than 3.5MiB: " + line; got[0] != want {
		t.Errorf("got %.100q, want %.100q", got[0], want)
	}
	if want := `all: {"message":"y","again":"y"}`; got[1] != want {
		t.Errorf("got %q, want %q", got[1], want)
	}
}

func TestOutputIsGivenAwayInPieces(t *testing.T) {
	u := newUnit(t)
	p := u.pipeline(Options{Transforms: []Transform{{Kind: KindSet, Set: u.set(`{ a = raw, b = raw }`)}}})
	var lines []string
	for i := range 100 {
		lines = append(lines, fmt.Sprint(i)+strings.Repeat("x", 20_000))
	}
	calls := 0
	g := groupOf(lines...)
	next := g.Origin.ID
	err := p.Runner().Run(g, 0, func(out *Output) error {
		calls++
		for i := range out.Parts {
			part := &out.Parts[i]
			if part.Group.Skips != nil {
				return fmt.Errorf("part skips %v", part.Group.Skips)
			}
			if part.Group.Origin.ID != next {
				return fmt.Errorf("part begins at %d, want %d", part.Group.Origin.ID, next)
			}
			next += uint64(part.Group.Len())
			if len(part.Group.Data) > 2*fullBytes {
				return fmt.Errorf("part of %d bytes", len(part.Group.Data))
			}
		}
		return nil
	})
	if err != nil || next != g.Origin.ID+100 || calls < 5 {
		t.Errorf("Run = %v after %d calls, up to id %d", err, calls, next)
	}
	stop := fmt.Errorf("stop")
	if err := p.Runner().Run(g, 0, func(*Output) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("Run = %v, want the error of emit", err)
	}
}
