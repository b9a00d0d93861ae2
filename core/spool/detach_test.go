package spool

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func pointers(runs []Run) func(func(*Run) bool) {
	return func(yield func(*Run) bool) {
		for i := range runs {
			if !yield(&runs[i]) {
				return
			}
		}
	}
}

func TestDetachSparseCopiesWhatPinsTooMuch(t *testing.T) {
	for name, c := range map[string]struct {
		records int  // of 100 bytes, in a segment of 4096
		sealed  bool // the segment
		moves   bool
		skips   bool // ids
	}{
		"sparse and sealed":              {records: 9, sealed: true, moves: true},
		"sparse but still current":       {records: 9, sealed: false, moves: false},
		"sparse with missing ids":        {records: 7, sealed: true, moves: true, skips: true},
		"dense with missing ids":         {records: 10, sealed: true, moves: false, skips: true},
		"dense":                          {records: 10, sealed: true, moves: false},
		"one record in a sealed segment": {records: 1, sealed: true, moves: true},
	} {
		t.Run(name, func(t *testing.T) {
			m := testMemory(1<<20, 4096)
			a, s := cursorOf(t, m, "a", BacklogOptions{}), setOf(t, m, "a")
			g := testGroup("g", c.records, 100)
			if c.skips {
				skipIDs(g, 3)
			}
			appendOf(t, m, g, s)
			first, _ := a.Take(c.records/2+1, 1<<20, false)
			held := append([]Run{first}, takeAll(a)...)
			before := append([]Run(nil), held...)
			if c.sealed {
				none := setOf(t, m)
				appendOf(t, m, testGroup("h", 1, 10), none) // goes nowhere
				appendOf(t, m, testGroup("h", 1, 5000), s)
			}
			bytesBefore := m.Stats().Bytes
			copied := DetachSparse(pointers(held))
			if moved := copied > 0; moved != c.moves || (held[0].Segment != before[0].Segment) != c.moves {
				t.Fatalf("copied %d bytes, want a move = %t", copied, c.moves)
			}
			if !c.moves {
				return
			}
			if got := bytesBefore - m.Stats().Bytes; got != 4096+chunkBytes-copied {
				t.Errorf("the spool has %d bytes less, want the segment's less %d", got, copied)
			}
			if again := DetachSparse(pointers(held)); again != 0 {
				t.Errorf("copied %d bytes a second time", again)
			}
			if !bytes.Equal(dataOf(held), g.Data) {
				t.Errorf("data = %q", dataOf(held))
			}
			for i := range held {
				got, want := held[i], before[i]
				if got.First != want.First || got.ID != want.ID || *got.Origin != g.Origin || !cmp.Equal(got.Sizes, g.Sizes[got.First-1:got.Last()]) || (got.Skips != nil) != c.skips ||
					c.skips && !cmp.Equal(got.Skips, g.Skips[got.First-1:got.Last()]) {
					t.Errorf("run %d = %+v, want %+v", i, got, want)
				}
			}
			settle(a, held...)
			settle(a, takeAll(a)...)
			if m.segments != 1 || m.bytes != m.current.held {
				t.Errorf("%d bytes in %d segments are in use, want the current one's", m.bytes, m.segments)
			}
		})
	}
}

func TestDetachSparseCountsRunsOfASegmentTogether(t *testing.T) {
	m := testMemory(1<<20, 4096)
	a, s := cursorOf(t, m, "a", BacklogOptions{}), setOf(t, m, "a")
	for range 12 {
		appendOf(t, m, testGroup("g", 1, 100), s)
	}
	appendOf(t, m, testGroup("h", 1, 5000), s)
	held := takeAll(a)
	if copied := DetachSparse(pointers(held[:12])); copied != 0 {
		t.Errorf("copied %d bytes of a segment that is well used", copied)
	}
	if copied := DetachSparse(pointers(held[:2])); copied != 2*(100+sizeBytes+originBytes) {
		t.Errorf("copied %d bytes of two runs", copied)
	}
	if a, b := held[0].Data, held[1].Data; &a[:len(a)+1][len(a)] != &b[0] || held[0].Segment != held[1].Segment {
		t.Error("runs of one segment do not lie together after the copy")
	}
	settle(a, held...)
}

func TestDetachSparseLeavesForeignRunsAlone(t *testing.T) {
	foreign := []Run{{Data: []byte("a\n"), Sizes: []uint32{1}, Segment: &Segment{}}, {Data: []byte("b\n"), Sizes: []uint32{1}}}
	before := append([]Run(nil), foreign...)
	if copied := DetachSparse(pointers(foreign)); copied != 0 || foreign[0].Segment != before[0].Segment || foreign[1].Segment != nil {
		t.Errorf("copied %d bytes: %+v", copied, foreign)
	}
}
