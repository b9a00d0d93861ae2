package pipeline

import (
	"testing"

	"pgregory.net/rapid"
)

// TestSetsAndWhatExpressionsSeeOfThem compares runs of sets, which know where fields lie without a scan, with pipelines
// in which a scan precedes each step.
func TestSetsAndWhatExpressionsSeeOfThem(t *testing.T) {
	u := newUnit(t)
	steps := []Transform{
		{Kind: KindSet, Set: u.set(`{ a = "new", e = record.b }`)},
		{Kind: KindSet, Set: u.set(`{ b = "\"${record.a}é", f = record.e, c = 5 }`)},
		{Kind: KindSet, When: u.when(`record.c == 5`), Set: u.set(`{ a = record.f, g = meta.peer, e = false }`)},
		{Kind: KindSet, When: u.when(`record.e == false && record.g == "192.0.2.7"`), Set: u.set(`{ g = record.b, e = [1, record.c], message = record.a }`)},
		{Kind: KindSet, Set: u.set(`{ h = record.e, o = { x = record.g } }`)},
		{Kind: KindSet, When: u.when(`record.o.x == record.g`), Set: u.set(`{ z = record.o.x }`)},
	}
	o := Options{Transforms: steps, Routes: []Route{
		{Name: "x", When: u.when(`record.message == null`), To: []string{"x"}},
		{Name: "y", When: u.when(`record.h == record.e && record.z == record.g && record.a != "new"`), To: []string{"y"}},
	}, Otherwise: Otherwise{To: []string{"rest"}, Given: true}}
	p := u.pipeline(o)
	if p.transforms[0].set.quick == nil || p.transforms[1].set.quick == nil {
		t.Fatal("the sets are not quick")
	}
	slow := u.pipeline(o)
	for i := range slow.transforms {
		slow.transforms[i].set.quick = nil
	}
	rapid.Check(t, func(rt *rapid.T) {
		line := anyRecord().Draw(rt, "line")
		got := results(t, p, groupOf(line))[0]
		// The reference sees each step's result as a record of its own.
		r := slow.Runner()
		meta := metaOf(0)
		r.begin(&groupOf().Origin, receivedAt)
		r.meta = meta
		r.show([]byte(line))
		for i := range slow.transforms {
			if _, err := r.step(i); err != nil {
				rt.Fatal(err)
			}
			r.rec.Replace(r.data)
		}
		to := r.route()
		want := ""
		for i := range to.All() {
			want += slow.Targets()[i] + " "
		}
		want = want[:len(want)-1] + ": " + string(r.data)
		if got != want {
			rt.Fatalf("%s became\n%s, with scans\n%s", line, got, want)
		}
	})
}
