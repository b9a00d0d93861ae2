package jsonscan

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
)

// editable are paths for edits; the values for them are the elements of editValues.
var (
	editable = [][]string{
		{"a"},
		{"b"},
		{"c"},
		{"a", "b"},
		{"a", "a"},
		{"b", "b"},
		{"a", "b", "c"},
		{"a", "b", "d"},
		{"new"},
		{"new", "deep", "er"},
		{"new", "deep", "est"},
		{""},
		{"", ""},
		{"ü\"\\\x01"},
		{"longer than a word"},
		{"new", "b"},
	}
	editValues = []string{`1`, `"x"`, `null`, `{"b":{"c":"inner"}}`, `[ ]`, `"\u0041"`, `{}`, `-1.5e3`}
)

// FuzzSplice reads edits from ops, two bytes each, and compares what the Splicer makes with the same edits of a decoded
// record.
func FuzzSplice(f *testing.F) {
	for i, rec := range hostile {
		f.Add([]byte(rec), []byte{byte(i), byte(i >> 1), byte(i + 3), byte(i * 7), byte(i * 5), byte(i * 3)})
	}
	var s Splicer
	f.Fuzz(func(t *testing.T, rec, ops []byte) { checkSplice(t, &s, rec, ops[:min(len(ops), 16)]) })
}

func TestSplicesAgreeWithADecodedRecord(t *testing.T) {
	var s Splicer
	for _, rec := range hostile {
		for i := range 24 {
			for j := range 6 {
				checkSplice(t, &s, []byte(rec), []byte{byte(i), byte(j), byte(i*7 + 3*j), byte(i + j), byte(i * j), byte(i ^ j)})
			}
		}
	}
}

func checkSplice(t *testing.T, s *Splicer, rec, ops []byte) {
	t.Helper()
	decoded, ok := decode(rec)
	model, ok2 := decoded.(map[string]any)
	if !ok || !ok2 {
		return
	}
	s.Reset()
	type made struct {
		path []string
		raw  string // empty: unset
	}
	var edits []made // those that hold
	for ; len(ops) >= 2; ops = ops[2:] {
		edit := made{path: editable[int(ops[0])%len(editable)]}
		var err error
		if what := ops[1]; what%3 == 0 {
			err = s.Unset(edit.path)
		} else {
			edit.raw = editValues[int(what/3)%len(editValues)]
			err = s.Set(edit.path, []byte(edit.raw))
		}
		covered := slices.ContainsFunc(edits, func(e made) bool {
			return len(e.path) < len(edit.path) && slices.Equal(e.path, edit.path[:len(e.path)]) && (edit.raw != "" || e.raw != "")
		})
		if covered != errors.Is(err, ErrOverlap) || !covered && err != nil {
			t.Fatalf("edit %q after %q: %v", edit, edits, err)
		}
		if err == nil {
			edits = slices.DeleteFunc(edits, func(e made) bool {
				return len(e.path) >= len(edit.path) && slices.Equal(edit.path, e.path[:len(edit.path)])
			})
			edits = append(edits, edit)
		}
	}
	fails := false
	for _, e := range edits {
		if e.raw == "" {
			unsetAt(model, e.path)
			continue
		}
		v, _ := decode([]byte(e.raw))
		fails = !setAt(model, e.path, v) || fails
	}
	out, changed, err := s.Append([]byte("before"), rec)
	if fails {
		if !errors.Is(err, ErrNotObject) || changed || string(out) != "before" {
			t.Fatalf("Append(%q) with %q = %q, %v, %v, want %v and nothing appended", rec, edits, out, changed, err, ErrNotObject)
		}
		return
	}
	if err != nil || string(out[:6]) != "before" {
		t.Fatalf("Append(%q) = %q, %v", rec, out, err)
	}
	out = out[6:]
	if !changed {
		if len(out) != 0 {
			t.Fatalf("Append(%q) appends %q without a change", rec, out)
		}
		out = rec
	}
	if !json.Valid(out) {
		t.Fatalf("Append(%q) = %q, which is not valid", rec, out)
	}
	checkFollow(t, s, rec, out)
	got, _ := decode(out)
	if got == nil {
		return // deeper than MaxDepth
	}
	if !reflect.DeepEqual(got, any(model)) {
		t.Fatalf("Append(%q) = %q, which is %v, want %v", rec, out, got, model)
	}
	for _, e := range edits {
		want := 0
		if _, has := at(any(model), e.path); has {
			want = 1
		}
		if got := occurrences(out, e.path); got != want {
			t.Fatalf("Append(%q) = %q has %q %d times, want %d", rec, out, e.path, got, want)
		}
	}
}

// followPlan seeks what the edits change and what lies beside it.
var followPlan = NewPlan(append(slices.Clone(sought), editable...))

// checkFollow compares what Follow makes of a scan of rec with a scan of out, which the Splicer made of rec.
func checkFollow(t *testing.T, s *Splicer, rec, out []byte) {
	t.Helper()
	plan := followPlan
	followed, scanned := make([]Value, plan.Len()), make([]Value, plan.Len())
	plan.Scan(rec, followed)
	if !s.Follow(plan, followed, out) {
		return
	}
	if !plan.Scan(out, scanned) || !slices.Equal(followed, scanned) {
		t.Fatalf("Follow from %q to %q finds\n%v, a scan\n%v", rec, out, followed, scanned)
	}
}

// FuzzReplace replaces the scalars that which picks, each with a string or a number, and checks that the new record has
// those in their places and the others as they were.
func FuzzReplace(f *testing.F) {
	for i, rec := range hostile {
		f.Add([]byte(rec), uint64(i)*0x9E3779B97F4A7C15)
	}
	var s Splicer
	plan := NewPlan(sought)
	f.Fuzz(func(t *testing.T, rec []byte, which uint64) {
		found := make([]Value, plan.Len())
		if !plan.Scan(rec, found) {
			return
		}
		s.Reset()
		var want []string
		Scalars(rec, found[3], func(v Value) bool {
			raw := string(v.Bytes(rec))
			if which>>(len(want)&63)&1 != 0 {
				raw = []string{`"****"`, `7`, `""`, `"\u002a"`}[len(want)&3]
				s.Replace(v, []byte(raw))
			}
			want = append(want, raw)
			return true
		})
		out, changed, err := s.Append(nil, rec)
		if err != nil {
			t.Fatalf("Append(%q) = %v", rec, err)
		}
		if !changed {
			out = rec
		}
		checkFollow(t, &s, rec, out)
		var whole [1]Value
		if !NewPlan([][]string{{}}).Scan(out, whole[:]) {
			t.Fatalf("Append(%q) = %q, which is not valid", rec, out)
		}
		var got []string
		Scalars(out, whole[0], func(v Value) bool { got = append(got, string(v.Bytes(out))); return true })
		if !slices.Equal(got, want) {
			t.Fatalf("Append(%q) = %q has the scalars %q, want %q", rec, out, got, want)
		}
	})
}
