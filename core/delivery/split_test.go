package delivery

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// numbered returns runs of the given lengths, with gaps between them, whose records say which they are.
func numbered(lengths ...int) []spool.Run {
	var runs []spool.Run
	next := record.Position(1)
	for k, n := range lengths {
		s := &spool.Segment{}
		s.Retain()
		r := spool.Run{First: next, Origin: &record.Origin{Peer: fmt.Sprint(k)}, ID: uint64(next) * 10, Segment: s}
		for range n {
			rec := fmt.Sprintf("%*d", int(next)%5+1, next)
			r.Sizes = append(r.Sizes, uint32(len(rec)))
			r.Data = append(append(r.Data, rec...), '\n')
			if k%2 == 1 {
				r.Skips = append(r.Skips, uint32(len(r.Sizes)/2))
			}
			next++
		}
		next += record.Position(k) // the first two follow each other
		runs = append(runs, r)
	}
	return runs
}

func TestPickTakesExactlyWhatItIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		runs := numbered(rapid.SliceOfN(rapid.IntRange(1, 6), 1, 5).Draw(t, "lengths")...)
		all := shipmentOf(&Batch{Runs: runs})
		keep := rapid.SliceOfN(rapid.Bool(), len(all.positions), len(all.positions)).Draw(t, "keep")
		picked, records, bytes := pick(runs, func(i int) bool { return keep[i] })
		var positions []record.Position
		var texts []string
		want := 0
		for i, k := range keep {
			if k {
				positions = append(positions, all.positions[i])
				texts = append(texts, all.records[i])
				want += len(all.records[i]) + 1
			}
		}
		got := shipmentOf(&Batch{Runs: picked})
		if diff := cmp.Diff(positions, got.positions); diff != "" {
			t.Errorf("positions:\n%s", diff)
		}
		if diff := cmp.Diff(texts, got.records); diff != "" {
			t.Errorf("records:\n%s", diff)
		}
		if records != len(positions) || bytes != want {
			t.Errorf("%d records, %d bytes, want %d, %d", records, bytes, len(positions), want)
		}
		for _, r := range picked {
			from := &runs[runAt(runs, r.First)]
			for i := range r.Sizes {
				if want := from.RecordID(int(r.First-from.First) + i); r.RecordID(i) != want {
					t.Errorf("id %d at position %d, want %d", r.RecordID(i), int(r.First)+i, want)
				}
			}
		}
	})
}

func runAt(runs []spool.Run, p record.Position) int {
	for i := range runs {
		if p >= runs[i].First && p <= runs[i].Last() {
			return i
		}
	}
	return -1
}

func TestAfter(t *testing.T) {
	r := numbered(5)[0]
	rest := after(&r, 3)
	if got := shipmentOf(&Batch{Runs: []spool.Run{rest}}); stretch(got.positions) != "4-5" || got.records[0] != "    4" || rest.ID != 13 {
		t.Errorf("after 3: %v %q, id %d", got, got.records, rest.ID)
	}
}

func TestWindow(t *testing.T) {
	var w window
	if w.frontier(42) != 42 {
		t.Error("without open batches all that was taken is settled")
	}
	at := func(p record.Position, s state) *flight {
		f := &flight{Batch: Batch{ID: uint64(p), Runs: []spool.Run{runOf(p, 1, 1)}}, state: s, taken: int64(p) * 10}
		w.insert(f)
		return f
	}
	a, b := at(10, dying), at(30, sent)
	c := at(20, waiting)
	if w.frontier(42) != 9 || w.open[1] != c || w.open[2] != b {
		t.Errorf("frontier %d, open %v", w.frontier(42), w.open)
	}
	if low, ok := w.undecided(); low != 200 || !ok {
		t.Errorf("undecided = %d, %t: what is dying has its verdict", low, ok)
	}
	if w.find(30) != b || w.find(20) != nil || w.find(31) != nil {
		t.Error("find returns what is with the plugin, and nothing else")
	}
	w.remove(a)
	w.set(c, sent)
	if w.frontier(42) != 19 || w.count != [states]int{sent: 2} || len(w.collect(sent)) != 2 {
		t.Errorf("frontier %d, count %v", w.frontier(42), w.count)
	}
	w.remove(c)
	w.remove(b)
	if _, ok := w.undecided(); ok || w.frontier(42) != 42 {
		t.Error("the window is not empty")
	}
}

func TestKeyDependsOnThePositionsAlone(t *testing.T) {
	k := newKeyer(Identity{[16]byte{1}, 1}, address)
	whole := k.key(nil, []spool.Run{runOf(1, 10, 3)})
	if k.key(nil, []spool.Run{runOf(1, 4, 9), runOf(5, 6, 1)}) != whole {
		t.Error("the key depends on how the records came in")
	}
	others := map[string][16]byte{
		"a gap":           k.key(nil, []spool.Run{runOf(1, 4, 3), runOf(6, 6, 3)}),
		"one fewer":       k.key(nil, []spool.Run{runOf(1, 9, 3)}),
		"further on":      k.key(nil, []spool.Run{runOf(2, 10, 3)}),
		"another spool":   newKeyer(Identity{[16]byte{2}, 1}, address).key(nil, []spool.Run{runOf(1, 10, 3)}),
		"another address": newKeyer(Identity{[16]byte{1}, 1}, address+"x").key(nil, []spool.Run{runOf(1, 10, 3)}),
		"another epoch":   newKeyer(Identity{[16]byte{1}, 2}, address).key(nil, []spool.Run{runOf(1, 10, 3)}),
		"a value":         k.key(valuesOf("path", "/a"), []spool.Run{runOf(1, 10, 3)}),
		"another value":   k.key(valuesOf("path", "/b"), []spool.Run{runOf(1, 10, 3)}),
		"another name":    k.key(valuesOf("a", "/path"), []spool.Run{runOf(1, 10, 3)}),
		"two values":      k.key(valuesOf("path", "/a", "b", ""), []spool.Run{runOf(1, 10, 3)}),
	}
	seen := map[[16]byte]string{whole: "the first"}
	for name, key := range others {
		if other, ok := seen[key]; ok {
			t.Errorf("%s has the key of %s", name, other)
		}
		seen[key] = name
	}
}
