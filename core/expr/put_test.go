package expr

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// putUnit watches some members; inside says whether an expression looks into one of them.
func putUnit(t testing.TB, inside bool) (u *Unit, members []Member) {
	t.Helper()
	u = NewUnit(nil, Options{})
	mustPredicate(t, u, `record.a == 1 && record.other.deep == 2 && record.z == record.y`)
	if inside {
		mustPredicate(t, u, `record.b.c == 1`)
	}
	for _, name := range []string{"a", "b", "é\"", "new", "z"} {
		slot, ok := u.Watch(name)
		if again, _ := u.Watch(name); !ok || again != slot {
			t.Fatalf("Watch of %s = %d, %v, and then %d", name, slot, ok, again)
		}
		members = append(members, Member{Slot: slot, Name: jsonscan.AppendQuotedString(nil, name)})
	}
	return u, members
}

func TestPutWritesMembersAndNothingElse(t *testing.T) {
	for _, c := range []struct{ name, rec, a, new, want string }{
		{"a value grows", `{"a":1, "z":[1 ]}`, `"long"`, ``, `{"a":"long", "z":[1 ]}`},
		{"a value shrinks", ` { "z":1,"a" : "long" } `, `2`, ``, ` { "z":1,"a" : 2 } `},
		{"a member is added", `{"a":1 }`, ``, `{}`, `{"a":1,"new":{} }`},
		{"a member is added after one that changes", `{"a":{"x":1}}`, `2`, `true`, `{"a":2,"new":true}`},
		{"members are added to an empty object", ` { } `, `2`, `3`, ` {"a":2,"new":3 } `},
		{"an escaped name is the member", `{"\u0061":1}`, `2`, ``, `{"\u0061":2}`},
		{"nothing changes", `{"a":1}`, `1`, ``, ``},
		{"a duplicate", `{"a":1,"\u0061":2}`, `2`, ``, `not done`},
		{"a duplicate of what stays", `{"z":1,"z":2,"a":1}`, `2`, ``, `{"z":1,"z":2,"a":2}`},
		{"a line", `text`, `2`, ``, `not done`},
		{"no object", `[{"a":1}]`, `2`, ``, `not done`},
		{"too large", `{"a":1}`, `"` + strings.Repeat("x", 99) + `"`, ``, `not done`},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, all := putUnit(t, false)
			r := u.Record()
			r.Reset([]byte(c.rec), nil)
			values := make([]jsonscan.Value, len(all))
			text := c.a + c.new
			if c.a != "" {
				values[0] = jsonscan.At([]byte(text), 0, len(c.a))
			}
			if c.new != "" {
				values[3] = jsonscan.At([]byte(text), len(c.a), len(text))
			}
			out, done, changed := r.Put(nil, all, values, []byte(text), 100)
			got := string(out)
			if !done {
				got = "not done"
			}
			if got != c.want || changed != (done && c.want != "") {
				t.Fatalf("Put = %s, %v, %v; want %s", out, done, changed, c.want)
			}
			want := c.rec
			if changed {
				want = c.want
			}
			if got := string(r.Data()); got != want {
				t.Errorf("the record is %s, want %s", got, want)
			}
		})
	}
}

func TestWatchIsTooLateAfterTheFirstRecord(t *testing.T) {
	u, _ := putUnit(t, false)
	u.Record()
	if _, ok := u.Watch("late"); ok {
		t.Error("Watch accepts a member of a closed unit")
	}
}

// TestPutFindsWhatAScanWouldFind compares a run of puts with scans and with the edits of a Splicer.
func TestPutFindsWhatAScanWouldFind(t *testing.T) {
	const seeds = 4000
	for _, inside := range []bool{false, true} {
		u, all := putUnit(t, inside)
		r, fresh := u.Record(), u.Record()
		done := 0
		for seed := range uint64(seeds) {
			g := generator{Rand: rand.New(rand.NewPCG(seed, 5))}
			r.Reset([]byte(g.putRecord()), nil)
			for range 3 {
				if g.IntN(2) == 0 {
					r.Object()
				}
				values := make([]jsonscan.Value, len(all))
				var text []byte
				var s jsonscan.Splicer
				for i, m := range all {
					if value := g.json(2); g.IntN(3) == 0 && value != "null" {
						text = append(text, value...)
						values[i] = jsonscan.At(text, len(text)-len(value), len(text))
						if err := s.Set(u.paths[m.Slot], []byte(value)); err != nil {
							t.Fatal(err)
						}
					}
				}
				before := string(r.Data())
				fresh.Reset([]byte(before), nil)
				out, ok, changed := r.Put(nil, all, values, text, 1<<20)
				if !ok {
					break
				}
				done++
				want, wantChanged, err := s.Append(nil, []byte(before))
				if err != nil || string(out) != string(want) || changed != wantChanged {
					t.Fatalf("seed %d: Put into %s gives\n%s, %v, the Splicer\n%s, %v, %v", seed, before, out, changed, want, wantChanged, err)
				}
				fresh.Reset([]byte(string(r.Data())), nil)
				if r.Object() != fresh.Object() || !slices.Equal(r.found, fresh.found) {
					t.Fatalf("seed %d: Put into %s gives %s and finds\n%v, a scan\n%v", seed, before, out, r.found, fresh.found)
				}
			}
		}
		if done < seeds {
			t.Errorf("%d of the puts were done", done)
		}
	}
}

// putRecord is an object of members, of which some are watched and some stand twice.
func (g *generator) putRecord() string {
	var b strings.Builder
	b.WriteString(g.pick("{", " {", "{ "))
	for i := range g.IntN(7) {
		if i > 0 {
			b.WriteString(g.pick(",", " , "))
		}
		name := g.pick(`"a"`, `"b"`, `"é\""`, `"z"`, `"y"`, `"other"`, `"x"`, `"\u007a"`, `"u`+fmt.Sprint(i)+`"`)
		b.WriteString(name + g.pick(":", ": ", " :") + g.json(2))
	}
	return b.String() + g.pick("}", " }", "} ")
}
