package pipeline

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/expr"
)

// anyRecord draws a record: an object of few names, often hostile, or a line.
func anyRecord() *rapid.Generator[string] {
	scalar := rapid.SampledFrom([]string{
		`1`, `"a"`, `"b\u0061"`, `null`, `true`, `[]`, `[1,"a"]`, `-1.5e3`, `"é"`, `"503"`, `12345678901234567890`, `""`,
	})
	key := rapid.SampledFrom([]string{"a", "b", "c", `\u0061`, "message", "d"})
	var value func(depth int) *rapid.Generator[string]
	object := func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			n := rapid.IntRange(0, 4).Draw(t, "members")
			space := rapid.SampledFrom([]string{"", " "}).Draw(t, "space")
			var members []string
			for range n {
				members = append(members, space+`"`+key.Draw(t, "key")+`"`+space+":"+space+value(depth+1).Draw(t, "value")+space)
			}
			return "{" + space + strings.Join(members, ",") + "}"
		})
	}
	value = func(depth int) *rapid.Generator[string] {
		if depth > 3 {
			return scalar
		}
		return rapid.OneOf(scalar, scalar, object(depth))
	}
	return rapid.OneOf(object(0), object(0), object(0), rapid.SampledFrom([]string{"", "a line", "a=1 b=2", `{"a":1`, "[1]", "\xff", `{"a":1}x`}))
}

// TestEveryRecordEndsOnce runs groups through many steps and accounts for every record.
func TestEveryRecordEndsOnce(t *testing.T) {
	u := newUnit(t)
	p := u.pipeline(Options{
		Transforms: []Transform{
			{Kind: KindDrop, When: u.when(`record.a == 1`)},
			{Kind: KindSample, Sample: &Sample{Ratio: 0.8, Key: u.value("record.b")}, OnError: DeadLetter},
			{Kind: KindSet, Set: u.set(`{ c = record.c + 1, d = record.a }`), When: u.when("record.b != null"), OnError: DropRecord},
			{Kind: KindUnset, When: u.when(`record.c > 0`), Unset: &Unset{Paths: [][]string{{"a", "b"}}}, OnError: DeadLetter},
			{Kind: KindParse, Parse: &Parse{Format: LogFmt, Field: []string{"message"}}, OnError: Keep},
			{Kind: KindRedact, Redact: &Redact{Fields: [][]string{{"b"}}}, When: u.when(`record.d == "a"`), OnError: DropRecord},
		},
		Routes: []Route{
			{Name: "x", When: u.when(`record.a == "a"`), To: []string{"x"}},
			{Name: "y", When: u.when(`record.c >= 1`), To: []string{"y", "x"}},
			{Name: "nowhere", When: u.when(`record.b == true`), Final: true},
		},
		Otherwise: Otherwise{Drop: true, Given: true},
	})
	runner := p.Runner()
	rapid.Check(t, func(rt *rapid.T) {
		lines := rapid.SliceOfN(anyRecord(), 0, 12).Draw(rt, "lines")
		m := p.Metrics()
		before := ended(m)
		g := groupOf(lines...)
		got := resultsOf(t, p, runner, g)
		after := ended(m)
		sent, dead := 0, 0
		for i, r := range got {
			switch {
			case strings.HasPrefix(r, "dead: "):
				dead++
			case r != "":
				sent++
			}
			if strings.Count(r, "\n") > 0 {
				rt.Fatalf("record %d ends more than once: %q", i, r)
			}
			// A fresh runner says the same of each record by itself: nothing is left over from the one before.
			meta := metaOf(i)
			x := p.Explain([]byte(lines[i]), &meta)
			want := ""
			switch x.Fate {
			case Sent:
				want = strings.Join(x.To, " ") + ": " + string(x.Record)
			case DeadLetteredByStep:
				want = "dead: "
			}
			if r != want && (want != "dead: " || !strings.HasPrefix(r, want)) {
				rt.Fatalf("%q becomes %q in its group, %q by itself", lines[i], r, want)
			}
		}
		if n := after.records - before.records; n != int64(len(lines)) {
			rt.Fatalf("%d records counted, want %d", n, len(lines))
		}
		if after.out-before.out != int64(sent) || after.dead-before.dead != int64(dead) {
			rt.Fatalf("%d out, %d dead counted; want %d, %d", after.out-before.out, after.dead-before.dead, sent, dead)
		}
		if after.records != after.out+after.dead+after.dropped {
			rt.Fatalf("%d records in, but %d out, %d dead, %d dropped", after.records, after.out, after.dead, after.dropped)
		}
	})
}

type endings struct{ records, out, dead, dropped int64 }

func ended(m *Metrics) endings {
	e := endings{records: m.Records.Load(), out: m.Out.Load(), dropped: m.DroppedNowhere.Load() + m.DroppedOtherwise.Load()}
	for i := range m.Transforms {
		e.dead += m.Transforms[i].DeadLettered.Load()
		e.dropped += m.Transforms[i].Dropped.Load() + m.Transforms[i].DroppedError.Load()
	}
	return e
}

// TestBytesStayWhereNothingApplies runs records through transforms that have nothing to do.
func TestBytesStayWhereNothingApplies(t *testing.T) {
	u := newUnit(t)
	p := u.pipeline(Options{Transforms: []Transform{
		{Kind: KindDrop, When: u.when(`record.zz == 1`)},
		{Kind: KindSet, Set: u.set(`{ zz = record.zz }`)},
		{Kind: KindUnset, Unset: &Unset{Paths: [][]string{{"zz"}, {"a", "zz"}}}},
		{Kind: KindRename, Rename: &Rename{Fields: []RenameField{{New: []string{"y"}, Old: []string{"zz"}}}}},
		{Kind: KindParse, Parse: &Parse{Format: LogFmt, Field: []string{"zz"}}},
		{Kind: KindRedact, OnError: DropRecord, Redact: &Redact{Patterns: []Detector{JWT}}},
	}})
	r := p.Runner()
	rapid.Check(t, func(rt *rapid.T) {
		lines := rapid.SliceOfN(anyRecord(), 1, 6).Draw(rt, "lines")
		g := groupOf(lines...)
		err := r.Run(g, 0, func(out *Output) error {
			if part := out.Parts[0].Group; len(out.Parts) != 1 || &part.Data[0] != &g.Data[0] || len(part.Data) != len(g.Data) {
				return fmt.Errorf("%d parts, the first of %d bytes", len(out.Parts), len(part.Data))
			}
			return nil
		})
		if err != nil {
			rt.Fatalf("%q: %v", lines, err)
		}
	})
}

// TestEditsAgreeWithAModel compares set, unset and rename with the same changes to a map.
func TestEditsAgreeWithAModel(t *testing.T) {
	u := newUnit(t)
	set := u.pipeline(Options{Transforms: []Transform{{Kind: KindSet, Set: u.set(`{ a = "new", e = record.b }`)}}})
	unset := u.pipeline(Options{Transforms: []Transform{{Kind: KindUnset, Unset: &Unset{Paths: [][]string{{"a"}, {"b", "c"}}}}}})
	rename := u.pipeline(Options{Transforms: []Transform{{Kind: KindRename, Rename: &Rename{Fields: []RenameField{
		{New: []string{"a"}, Old: []string{"b"}}, {New: []string{"b"}, Old: []string{"a"}}, {New: []string{"e"}, Old: []string{"c"}},
	}}}}})
	rapid.Check(t, func(rt *rapid.T) {
		line := anyRecord().Draw(rt, "line")
		compare := func(p *Pipeline, edit func(before, m map[string]any)) {
			before, want := decoded(line), decoded(line)
			edit(before, want)
			got := one(t, p, line)
			if diff := cmp.Diff(want, decoded(got)); diff != "" {
				rt.Fatalf("%q became %q (-model +got):\n%s", line, got, diff)
			}
		}
		compare(set, func(before, m map[string]any) {
			m["a"] = "new"
			if b := before["b"]; b != nil {
				m["e"] = b
			}
		})
		compare(unset, func(_, m map[string]any) {
			delete(m, "a")
			if b, ok := m["b"].(map[string]any); ok {
				delete(b, "c")
			}
		})
		compare(rename, func(before, m map[string]any) {
			maps.DeleteFunc(m, func(k string, _ any) bool { return k == "a" || k == "b" || k == "c" })
			for to, from := range map[string]string{"a": "b", "b": "a", "e": "c"} {
				if v, ok := before[from]; ok {
					m[to] = v
				}
			}
		})
	})
}

// decoded returns a record as expressions see it, with numbers as they are written.
func decoded(rec string) map[string]any {
	var m map[string]any
	d := json.NewDecoder(strings.NewReader(rec))
	d.UseNumber()
	if d.Decode(&m) != nil || m == nil || d.More() {
		return map[string]any{"message": strings.ToValidUTF8(rec, "\uFFFD")}
	}
	return m
}

// TestMergeAgreesWithAModel merges fields into objects with and without overwrite.
func TestMergeAgreesWithAModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		line := anyRecord().Filter(func(s string) bool { return json.Valid([]byte(s)) && strings.HasPrefix(s, "{") }).Draw(rt, "line")
		overwrite := rapid.Bool().Draw(rt, "overwrite")
		names := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "message", "x", "y"})).Draw(rt, "names")
		var f fieldList
		want := decoded(line)
		set := map[string]bool{}
		for i, name := range names {
			if err := f.text([]byte(name), fmt.Append(nil, i)); err != nil {
				rt.Fatal(err)
			}
			if overwrite || want[name] == nil || set[name] {
				want[name] = fmt.Sprint(i)
				set[name] = true
			}
		}
		var m merger
		got := m.merge(nil, []byte(line), wholeOf([]byte(line)), &f, overwrite)
		if diff := cmp.Diff(want, decoded(string(got))); diff != "" {
			rt.Fatalf("%s with %v became %s (-model +got):\n%s", line, names, got, diff)
		}
		for name := range set {
			if n := strings.Count(string(got), `"`+name+`"`); n > 1 && name != "a" && !strings.Contains(line, `:{`) && !strings.Contains(line, `: {`) {
				rt.Fatalf("%s with %v became %s: %s is there %d times", line, names, got, name, n)
			}
		}
	})
}

func metaOf(i int) expr.Meta {
	g := groupOf()
	return expr.Meta{
		Source: g.Origin.Source, Peer: g.Origin.Peer, PeerPort: g.Origin.PeerPort,
		ReceivedUnixNano: g.Origin.ReceivedUnixNano, ID: g.Origin.ID + uint64(i), Now: receivedAt,
	}
}
