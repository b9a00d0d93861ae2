package jsonscan

import (
	"slices"
	"strings"
	"testing"
)

func TestFollowFindsWhatAScanWouldFind(t *testing.T) {
	paths := [][]string{{"a"}, {"a", "b"}, {"a", "c"}, {"n"}, {}, {"z"}, {"a", "b"}, {"d", "e", "f"}}
	plan := NewPlan(paths)
	for _, c := range []struct {
		name, rec string
		follows   bool
		edits     []string
	}{
		{"a value grows", `{"a":1,"n":2,"z":3}`, true, []string{`n="longer"`}},
		{"a value shrinks inside an object", `{"a":{"b":"much","c":1},"z":3} `, true, []string{`a.b=0`}},
		{"members are added", `{"a":{"b":1},"z":3}`, true, []string{`a.c="\u0041"`, `n="ü"`, `other=1`}},
		{"a member is added to an empty object", ` {"a":{}}`, true, []string{`a.c=1`}},
		{"members are removed", `{"n":1,"a":{"c":1,"b":2},"z":3}`, true, []string{`-n`, `-a.c`}},
		{"an object is removed", `{"a":{"b":1},"z":3}`, true, []string{`-a`}},
		{"an object becomes a scalar", `{"a":{"b":1},"z":3}`, true, []string{`a=5`}},
		{"duplicates go", `{"a":1,"z":1,"a":{"b":1},"z":3,"a":{"b":2}}`, true, []string{`z=4`, `a.b=5`}},
		{"nothing changes", `{"a":{"b":1}}`, true, []string{`-x`}},
		{"three levels", `{"d":{"e":{"f":1,"g":2}},"z":1}`, true, []string{`-d.e.g`, `z=2`}},
		{"a new value is an object", `{"z":3}`, false, []string{`a={"b":1}`}},
		{"an old value becomes an array", `{"a":1,"z":3}`, false, []string{`a=[]`}},
		{"an object is made", `{"z":3}`, false, []string{`a.b=1`}},
		{"an object is made of null", `{"a":null,"z":3}`, false, []string{`a.b=1`}},
		{"a new value has white space before it", `{"a":1,"z":3}`, false, []string{`a= 1`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Splicer
			for _, edit := range c.edits {
				if path, ok := strings.CutPrefix(edit, "-"); ok {
					mustUnset(t, &s, strings.Split(path, ".")...)
				} else {
					path, raw, _ := strings.Cut(edit, "=")
					mustSet(t, &s, raw, strings.Split(path, ".")...)
				}
			}
			found, want := make([]Value, plan.Len()), make([]Value, plan.Len())
			plan.Scan([]byte(c.rec), found)
			out, changed, err := s.Append([]byte("before"), []byte(c.rec))
			if err != nil {
				t.Fatal(err)
			}
			out = out[len("before"):]
			if !changed {
				out = []byte(c.rec)
			}
			if got := s.Follow(plan, found, out); got != c.follows {
				t.Fatalf("Follow = %v, want %v", got, c.follows)
			}
			if plan.Scan(out, want); c.follows && !slices.Equal(found, want) {
				t.Errorf("Follow to %s finds\n%v, a scan\n%v", out, found, want)
			}
		})
	}
}

func TestFollowLeavesReplacedInsidesToAScan(t *testing.T) {
	rec := []byte(`{"a":{"b":1},"z":3}`)
	plan := NewPlan([][]string{{"a", "b"}, {"z"}, {"a", "new"}})
	a := NewPlan([][]string{{"a"}})
	var found [3]Value
	var outer [1]Value
	a.Scan(rec, outer[:])
	for _, path := range []string{"b", "new"} {
		var s Splicer
		plan.Scan(rec, found[:])
		mustSet(t, &s, `2`, "a", path)
		s.Replace(outer[0], []byte(`"****"`))
		out, _, err := s.Append(nil, rec)
		if want := `{"a":"****","z":3}`; string(out) != want || err != nil {
			t.Fatalf("Append = %s, %v, want %s", out, err, want)
		}
		if s.Follow(plan, found[:], out) {
			t.Errorf("Follow finds %v in %s", found, out)
		}
	}
}
