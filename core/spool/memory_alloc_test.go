package spool

import "testing"

func TestSteadyStateAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool forget at random")
	}
	for name, c := range map[string]struct{ records, size, warm int }{
		"large groups": {1000, 256, 2},
		"tiny groups":  {1, 50, 500},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := NewMemory(Options{MaxBytes: 16 << 20, SegmentBytes: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			a, b := cursorOf(t, m, "a", BacklogOptions{}), cursorOf(t, m, "b", BacklogOptions{})
			s, g := setOf(t, m, "a", "b"), testGroup("g", c.records, c.size)
			const groups = 100
			round := func() {
				for range groups {
					if _, err := m.Append(t.Context(), g, s); err != nil {
						t.Fatal(err)
					}
					for _, cursor := range []Cursor{a, b} {
						for r, ok := cursor.Take(100, 1<<20, true); ok; r, ok = cursor.Take(100, 1<<20, true) {
							cursor.Settle(r.Last(), int64(r.Len()), int64(len(r.Data)))
							r.Segment.Release()
						}
					}
				}
			}
			// Enough for the first segments and the chunks of their indexes.
			for range c.warm {
				round()
			}
			if got := testing.AllocsPerRun(20, round); got >= 1 {
				t.Errorf("%d groups allocate %v times, want 0", groups, got)
			}
		})
	}
}

// A spool full of records for a destination that is dead takes little more memory than its bound.
func TestFullSpoolTakesItsBound(t *testing.T) {
	m, err := NewMemory(Options{MaxBytes: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	cursorOf(t, m, "dead", BacklogOptions{MaxBytes: 1 << 30})
	s := setOf(t, m, "dead")
	for _, size := range []int{50, 100_000, 3_670_016} {
		for g := testGroup("g", 1, size); tryAppend(t, m, g, s); {
		}
	}
	var bytes int64
	for segment := m.oldest; segment != nil; segment = segment.next {
		bytes += int64(cap(segment.slab))
		for _, c := range segment.chunks {
			bytes += int64(cap(c)) * entryBytes
		}
	}
	if got := m.Stats().Bytes; got != bytes || got > 16<<20 || got < 12<<20 {
		t.Errorf("Bytes = %d, want the %d that are there, and about %d", got, bytes, 16<<20)
	}
}
