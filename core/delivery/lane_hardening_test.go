package delivery

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/record"
)

// TestHardeningKnowsTheLowest: whatever is accepted and stored in whatever order, the frontier is below the lowest record
// that is not stored, and each record is counted once.
func TestHardeningKnowsTheLowest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inOrder := rapid.Bool().Draw(t, "in order")
		var h hardening
		waiting := map[span]bool{}
		next, counted, added := record.Position(1), int64(0), int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "accepted") {
				s := span{first: next, last: next + record.Position(rapid.IntRange(0, 9).Draw(t, "length")), records: 1, bytes: 1}
				if !inOrder {
					back := record.Position(rapid.IntRange(0, 30).Draw(t, "back"))
					s.first, s.last = max(s.first, back+1)-back, max(s.last, back+1)-back
				}
				next = max(next, s.last+1)
				if waiting[s] {
					continue
				}
				h.add(s)
				waiting[s] = true
				added++
			} else {
				p := record.Position(rapid.IntRange(0, int(next)+5).Draw(t, "through"))
				records, _ := h.through(p, inOrder)
				counted += records
				for s := range waiting {
					if s.last <= p {
						delete(waiting, s)
					}
				}
			}
			want := record.Position(1 << 40)
			for s := range waiting {
				want = min(want, s.first-1)
			}
			if got := h.frontier(1 << 40); got != want {
				t.Fatalf("frontier %d, want %d of %v", got, want, waiting)
			}
			if counted+int64(len(waiting)) != added {
				t.Fatalf("%d were stored and %d wait of %d", counted, len(waiting), added)
			}
		}
	})
}
