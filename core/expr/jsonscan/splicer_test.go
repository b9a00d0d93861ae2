package jsonscan

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// splice changes one record with edits written as "path=value" (a dot between names) and "-path".
func splice(t *testing.T, rec string, edits ...string) (string, error) {
	t.Helper()
	var s Splicer
	for _, edit := range edits {
		var err error
		if path, ok := strings.CutPrefix(edit, "-"); ok {
			err = s.Unset(strings.Split(path, "."))
		} else {
			path, raw, _ := strings.Cut(edit, "=")
			err = s.Set(strings.Split(path, "."), []byte(raw))
		}
		if err != nil {
			return "", err
		}
	}
	out, changed, err := s.Append(nil, []byte(rec))
	if err == nil && !changed {
		return rec, nil
	}
	return string(out), err
}

func TestEditsKeepAllOtherBytes(t *testing.T) {
	for _, c := range []struct {
		name, rec, want string
		edits           []string
	}{
		{"set replaces a value where it is", ` { "a" : 1 , "b":2}`, ` { "a" : "x" , "b":2}`, []string{`a="x"`}},
		{"set adds behind the last member", "{\"a\":1\n}", "{\"a\":1,\"b\":2\n}", []string{`b=2`}},
		{"set adds to an empty object", `{}`, `{"b":2}`, []string{`b=2`}},
		{"set adds to a blank object", `{ }`, `{"b":2 }`, []string{`b=2`}},
		{"sets are added in their order", `{"a":1}`, `{"a":1,"c":3,"b":2}`, []string{`c=3`, `b=2`}},
		{"set takes out earlier duplicates", `{"a":1, "b":2, "a":3, "a":4}`, `{"b":2, "a":5}`, []string{`a=5`}},
		{"set knows an escaped key", `{"\u0061":1,"a":2,"\u0061":3}`, `{"\u0061":4}`, []string{`a=4`}},
		{"set makes objects on the way", `{"x":1}`, `{"x":1,"a":{"b":{"c":1,"d":2}}}`, []string{`a.b.c=1`, `a.b.d=2`}},
		{"set makes an object of null", `{"a":null,"b":1}`, `{"a":{"b":2},"b":1}`, []string{`a.b=2`}},
		{"set goes into the last duplicate", `{"a":{"b":1},"a":{"c":2}}`, `{"a":{"c":2,"b":3}}`, []string{`a.b=3`}},
		{"set goes past an earlier duplicate that is no object", `{"a":1,"a":{}}`, `{"a":{"b":3}}`, []string{`a.b=3`}},
		{"set of the same bytes changes nothing", `{"a": 1}`, `{"a": 1}`, []string{`a=1`}},
		{"set escapes a new key", `{}`, `{"q\"\\\u0001é":1}`, []string{"q\"\\\x01é=1"}},
		{"set of an empty name", `{"":1}`, `{"":2}`, []string{`=2`}},
		{"unset the first", `{"a":1, "b":2}`, `{"b":2}`, []string{`-a`}},
		{"unset the last", `{"a":1 , "b":2 }`, `{"a":1 }`, []string{`-b`}},
		{"unset one between", `{"a":1 , "b":2 , "c":3}`, `{"a":1 , "c":3}`, []string{`-b`}},
		{"unset all", `{ "a":1 , "b":2 }`, `{  }`, []string{`-a`, `-b`}},
		{"unset neighbours at the beginning", `{"a":1,"b":2,"c":3}`, `{"c":3}`, []string{`-b`, `-a`}},
		{"unset neighbours at the end", `{"a":1,"b":2,"c":3}`, `{"a":1}`, []string{`-b`, `-c`}},
		{"unset every other", `{"a":1,"b":2,"a":3,"b":4,"a":5}`, `{"b":2,"b":4}`, []string{`-a`}},
		{"unset in all duplicates on the way", `{"a":{"b":1,"c":1},"a":{"b":2}}`, `{"a":{"c":1},"a":{}}`, []string{`-a.b`}},
		{"unset passes what is no object", `{"a":5,"a":[{"b":1}]}`, `{"a":5,"a":[{"b":1}]}`, []string{`-a.b`}},
		{"unset of what is not there", `{"a":5}`, `{"a":5}`, []string{`-b`, `-a.b`, `-c.d`}},
		{"unset all and set one", `{"a":1,"b":2}`, `{"c":3}`, []string{`-a`, `-b`, `c=3`}},
		{"rename", `{"msg":"hi","x":1}`, `{"x":1,"message":"hi"}`, []string{`message="hi"`, `-msg`}},
		{"swap", `{"a":1,"b":2}`, `{"a":2,"b":1}`, []string{`a=2`, `b=1`}},
		{"unset and set beside it", `{"a":{"x":1,"y":2}}`, `{"a":{"y":2,"z":3}}`, []string{`-a.x`, `a.z=3`}},
		{"a later unset takes sets back", `{"a":{"x":1}}`, `{}`, []string{`a.y=1`, `-a`}},
		{"a later set takes edits below back", `{"a":{"x":1}}`, `{"a":7}`, []string{`a.y=1`, `-a.x`, `a=7`}},
		{"the last edit of a path holds", `{"a":1}`, `{"a":3}`, []string{`-a`, `a=2`, `a=3`}},
		{"edits that cancel each other make no object", `{}`, `{}`, []string{`a.b=1`, `-a.b`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := splice(t, c.rec, c.edits...)
			if err != nil || got != c.want {
				t.Errorf("%s with %q = %s, %v, want %s", c.rec, c.edits, got, err, c.want)
			}
		})
	}
}

func TestEditsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, rec string
		edits     []string
		want      error
	}{
		{"set below a set", `{}`, []string{`a={}`, `a.b=1`}, ErrOverlap},
		{"set below an unset", `{}`, []string{`-a`, `a.b=1`}, ErrOverlap},
		{"unset below a set", `{}`, []string{`a={}`, `-a.b`}, ErrOverlap},
		{"set through a string", `{"a":"x"}`, []string{`a.b=1`}, ErrNotObject},
		{"set through an array", `{"a":{"b":[]}}`, []string{`a.b.c=1`}, ErrNotObject},
		{"set through a last duplicate that is a number", `{"a":{},"a":1}`, []string{`a.b=1`}, ErrNotObject},
		{"a line", `no JSON`, []string{`a=1`}, ErrInvalid},
		{"an array", `[]`, []string{`a=1`}, ErrInvalid},
		{"a record that is cut off", `{"a":1,"b":"`, []string{`a=1`}, ErrInvalid},
		{"a record without its brace", `{"a":1`, []string{`a=2`}, ErrInvalid},
		{"nothing", ``, []string{`a=1`}, ErrInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := splice(t, c.rec, c.edits...); !errors.Is(err, c.want) {
				t.Errorf("%s with %q = %q, %v, want %v", c.rec, c.edits, got, err, c.want)
			}
		})
	}
}

func TestReplacedValues(t *testing.T) {
	rec := []byte(`{"card":"4111","n":{"card":4111,"x":["4111",true]},"card":"4112"}`)
	var found [3]Value
	NewPlan([][]string{{"n"}, {"n", "card"}, {"card"}}).Scan(rec, found[:])
	var s Splicer
	replaceAll := func() {
		NewPlan([][]string{{"card"}, {"n", "card"}}).Occurrences(rec, func(_ int, v Value) bool {
			s.Replace(v, []byte(`"*"`))
			return true
		})
	}
	for _, c := range []struct {
		name string
		edit func()
		want string
	}{
		{"all occurrences", replaceAll, `{"card":"*","n":{"card":"*","x":["4111",true]},"card":"*"}`},
		{
			"the outer one wins", func() { s.Replace(found[1], []byte(`1`)); s.Replace(found[0], []byte(`2`)) },
			`{"card":"4111","n":2,"card":"4112"}`,
		},
		{
			"the last one wins", func() { s.Replace(found[1], []byte(`1`)); s.Replace(found[1], []byte(`2`)) },
			`{"card":"4111","n":{"card":2,"x":["4111",true]},"card":"4112"}`,
		},
		{
			"set wins", func() { mustSet(t, &s, `7`, "n", "card"); replaceAll() },
			`{"card":"*","n":{"card":7,"x":["4111",true]},"card":"*"}`,
		},
		{"unset wins", func() { replaceAll(); mustUnset(t, &s, "card") }, `{"n":{"card":"*","x":["4111",true]}}`},
		{"an unset around it wins", func() { replaceAll(); mustUnset(t, &s, "n") }, `{"card":"*","card":"*"}`},
		{
			"what is missing is passed over", func() { s.Replace(Value{}, []byte(`1`)); s.Replace(found[2], []byte(`3`)) },
			`{"card":"4111","n":{"card":4111,"x":["4111",true]},"card":3}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Reset()
			c.edit()
			out, changed, err := s.Append(nil, rec)
			if string(out) != c.want || !changed || err != nil {
				t.Errorf("Append = %s, %v, %v, want %s", out, changed, err, c.want)
			}
		})
	}
}

func TestManyReplacementsInAnyOrder(t *testing.T) {
	rec := []byte(`{"a":[` + strings.Repeat(`"x",`, 999) + `"x"]}`)
	var whole [1]Value
	NewPlan([][]string{{}}).Scan(rec, whole[:])
	var values []Value
	Scalars(rec, whole[0], func(v Value) bool { values = append(values, v); return true })
	slices.Reverse(values)
	var s Splicer
	for _, v := range values {
		s.Replace(v, []byte(`"****"`))
	}
	out, _, err := s.Append(nil, rec)
	if want := strings.ReplaceAll(string(rec), `"x"`, `"****"`); err != nil || string(out) != want {
		t.Errorf("Append = %.100s…, %v, want %.100s…", out, err, want)
	}
}

func TestEditsServeManyRecords(t *testing.T) {
	var s Splicer
	mustSet(t, &s, `1`, "a", "b")
	mustUnset(t, &s, "c")
	var got []string
	for _, rec := range []string{`{"c":1}`, `{"a":{"b":2}}`, `{"a":7}`, `{"a":{},"c":{},"c":0}`} {
		out, _, err := s.Append(nil, []byte(rec))
		if err != nil {
			out = []byte(err.Error())
		}
		got = append(got, string(out))
	}
	want := []string{`{"a":{"b":1}}`, `{"a":{"b":1}}`, ErrNotObject.Error(), `{"a":{"b":1}}`}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("records after the same edits (-want +got):\n%s", d)
	}
}

func TestAnEmptyPathIsTheCallersMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Unset of an empty path doesn't panic")
		}
	}()
	var s Splicer
	_ = s.Unset(nil)
}

func mustSet(t *testing.T, s *Splicer, raw string, path ...string) {
	t.Helper()
	if err := s.Set(path, []byte(raw)); err != nil {
		t.Fatalf("Set(%q) = %v", path, err)
	}
}

func mustUnset(t *testing.T, s *Splicer, path ...string) {
	t.Helper()
	if err := s.Unset(path); err != nil {
		t.Fatalf("Unset(%q) = %v", path, err)
	}
}
