package jsonscan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// texts returns what a scan finds, as written; "-" for what is missing. It returns nil for a record that is not valid.
func texts(plan *Plan, rec string) []string {
	found := make([]Value, plan.Len())
	if !plan.Scan([]byte(rec), found) {
		return nil
	}
	out := make([]string, len(found))
	for i, v := range found {
		if out[i] = string(v.Bytes([]byte(rec))); v.Kind == Missing {
			out[i] = "-"
		}
	}
	return out
}

func TestScanFindsTheLastOfEachPath(t *testing.T) {
	plan := NewPlan([][]string{{"a"}, {"a", "b"}, {}, {"a", "b", "c"}, {"a"}})
	for _, c := range []struct{ name, rec, want string }{
		{"nothing", ` {} `, `-|-|{}|-|-`},
		{"all levels", `{"x":0,"a":{"b":{"c":1}}}`, `{"b":{"c":1}}|{"c":1}|{"x":0,"a":{"b":{"c":1}}}|1|{"b":{"c":1}}`},
		{"a path through no object", `{"a":[{"b":1}]}`, `[{"b":1}]|-|{"a":[{"b":1}]}|-|[{"b":1}]`},
		{
			"a later duplicate replaces an object whole", `{"a":{"b":{"c":1}},"a":{"x":1}}`,
			`{"x":1}|-|{"a":{"b":{"c":1}},"a":{"x":1}}|-|{"x":1}`,
		},
		{"a later scalar replaces an object", `{"a":{"b":1},"a":null}`, `null|-|{"a":{"b":1},"a":null}|-|null`},
		{"an escaped key is the same key", `{"a":1,"\u0061":2}`, `2|-|{"a":1,"\u0061":2}|-|2`},
		{"the key's case counts", `{"A":1}`, `-|-|{"A":1}|-|-`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(strings.Split(c.want, "|"), texts(plan, c.rec)); d != "" {
				t.Errorf("Scan(%s) (-want +got):\n%s", c.rec, d)
			}
		})
	}
}

func TestScanOfManyPathsInOneObject(t *testing.T) {
	var paths [][]string
	var rec strings.Builder
	var want []string
	rec.WriteByte('{')
	for i := range 300 {
		name := strings.Repeat(string(rune('a'+i%26)), 1+i/26)
		paths = append(paths, []string{name})
		value := strings.Repeat("9", 1+i%7)
		want = append(want, value)
		rec.WriteString(`"` + name + `":` + value + `,"` + name + `!":0,`)
	}
	rec.WriteString(`"":0}`)
	if d := cmp.Diff(want, texts(NewPlan(paths), rec.String())); d != "" {
		t.Errorf("Scan (-want +got):\n%s", d)
	}
}

func TestDepthLimit(t *testing.T) {
	nest := func(open, end string, n int) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	for _, c := range []struct {
		name, rec string
		want      bool
	}{
		{"arrays at the limit", nest("[", "]", MaxDepth), true},
		{"arrays beyond it", nest("[", "]", MaxDepth+1), false},
		{"objects at the limit", strings.Repeat(`{"a":`, MaxDepth-1) + "{}" + strings.Repeat("}", MaxDepth-1), true},
		{"objects beyond it", strings.Repeat(`{"a":`, MaxDepth) + "{}" + strings.Repeat("}", MaxDepth), false},
		{"many beside each other", "[" + strings.Repeat("[[]],", 1000) + "[]]", true},
		{"a million open", strings.Repeat("[", 1_000_000), false},
	} {
		if got := Valid([]byte(c.rec)); got != c.want {
			t.Errorf("%s: Valid = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWalksStopWhenTold(t *testing.T) {
	rec := []byte(`{"a":[1,"x",[2]],"b":{"a":3},"a":4}`)
	plan := NewPlan([][]string{{}, {"a"}, {"b", "a"}, {"a"}})
	found := make([]Value, plan.Len())
	plan.Scan(rec, found)
	walks := map[string]struct {
		all  int
		walk func(yield func() bool)
	}{
		"Members":     {3, func(yield func() bool) { Members(rec, found[0], func(_, _ Value) bool { return yield() }) }},
		"Scalars":     {5, func(yield func() bool) { Scalars(rec, found[0], func(Value) bool { return yield() }) }},
		"Occurrences": {6, func(yield func() bool) { plan.Occurrences(rec, func(int, Value) bool { return yield() }) }},
		"Elements": {3, func(yield func() bool) {
			Elements(rec, Value{Kind: Array, Start: 5, End: 16}, func(Value) bool { return yield() })
		}},
		"Members of no object": {0, func(yield func() bool) { Members(rec, found[1], func(_, _ Value) bool { return yield() }) }},
		"Elements of no array": {0, func(yield func() bool) { Elements(rec, found[0], func(Value) bool { return yield() }) }},
		"Members of a line": {0, func(yield func() bool) {
			Members([]byte(`{"a"`), Value{Kind: Object, End: 4}, func(_, _ Value) bool { return yield() })
		}},
	}
	for name, w := range walks {
		for stop := 1; stop <= w.all+1; stop++ {
			n := 0
			w.walk(func() bool { n++; return n < stop })
			if want := min(stop, w.all); n != want {
				t.Errorf("%s told to stop after %d yields %d, want %d", name, stop, n, want)
			}
		}
	}
}

func TestOccurrencesComeInTheOrderOfTheRecord(t *testing.T) {
	rec := []byte(`{"a":{"b":1,"b":2},"x":{"b":3},"a":{"b":4},"\u0061":5}`)
	var got []string
	NewPlan([][]string{{"a"}, {"a", "b"}}).Occurrences(rec, func(path int, v Value) bool {
		got = append(got, "ab"[path:path+1]+string(v.Bytes(rec)))
		return true
	})
	want := []string{`a{"b":1,"b":2}`, "b1", "b2", `a{"b":4}`, "b4", "a5"}
	if !slices.Equal(got, want) {
		t.Errorf("Occurrences yields %q, want %q", got, want)
	}
}

func TestKindsHaveNames(t *testing.T) {
	rec := []byte(`[null,false,true,1,"s",[],{}]`)
	got := []string{Missing.String()}
	Elements(rec, Value{Kind: Array, End: int32(len(rec))}, func(v Value) bool {
		got = append(got, v.Kind.String())
		return true
	})
	want := []string{"missing", "null", "false", "true", "number", "string", "array", "object"}
	if !slices.Equal(got, want) {
		t.Errorf("kinds are %q, want %q", got, want)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	rec := []byte(`{"a":{"b":"\u0041","c":[1,{"d":2}]},"\u0061bc":"ü","msg":"some longer text, so that it has words","n":-1.5e3}`)
	plan := NewPlan([][]string{{}, {"a", "b"}, {"abc"}, {"n"}, {"msg"}})
	found := make([]Value, plan.Len())
	dst := make([]byte, 0, 1024)
	text, value := []byte("a \"quoted\" text\n\xff"), []byte(`"new"`)
	a, ab, n, deep := []string{"added", "to"}, []string{"a", "b"}, []string{"n"}, []string{"a", "q\"", "x"}
	var s Splicer
	total := 0
	for name, run := range map[string]func(){
		"Valid":       func() { Valid(rec) },
		"Scan":        func() { plan.Scan(rec, found) },
		"AppendText":  func() { dst = AppendText(dst[:0], rec, found[1]) },
		"KeyEquals":   func() { KeyEquals(rec, found[1], "A") },
		"AppendQuote": func() { dst = AppendQuoted(AppendQuotedString(dst[:0], "x\"\xff"), text) },
		"Members":     func() { Members(rec, found[0], func(_, v Value) bool { total += int(v.End); return true }) },
		"Elements":    func() { Elements(rec, found[0], func(v Value) bool { total += int(v.End); return true }) },
		"Scalars":     func() { Scalars(rec, found[0], func(v Value) bool { total += int(v.End); return true }) },
		"Occurrences": func() { plan.Occurrences(rec, func(i int, _ Value) bool { total += i; return true }) },
		"Splicer": func() {
			plan.Scan(rec, found)
			s.Reset()
			if s.Set(a, value) != nil || s.Set(deep, value) != nil || s.Unset(ab) != nil || s.Set(n, value) != nil {
				t.Error("an edit is refused")
			}
			s.Replace(found[4], value)
			out, _, err := s.Append(dst[:0], rec)
			if err != nil {
				t.Error(err)
			}
			s.Follow(plan, found, out)
		},
	} {
		plan.Scan(rec, found)
		if allocs := testing.AllocsPerRun(100, run); allocs != 0 {
			t.Errorf("%s allocates %v times", name, allocs)
		}
	}
}
