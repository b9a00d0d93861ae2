package pipeline

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/record"
)

// TestEveryTargetGetsItsRecordsInOrder builds parts of random records, changed or not, for random sets of targets, some of
// which meet, out of groups that skip ids themselves.
func TestEveryTargetGetsItsRecordsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		targets := []string{"a", "b", "c", "d"}
		// A target leads to destinations: those that share one meet.
		leads := make([]int, len(targets))
		for i := range leads {
			leads[i] = rapid.IntRange(0, 7).Draw(t, "leads")
		}
		p := &Pipeline{targets: targets, meets: meeting(targets, func(a, b string) bool {
			return leads[slices.Index(targets, a)]&leads[slices.Index(targets, b)] != 0
		})}
		b := &builder{p: p}
		for range 2 {
			g, skip := &record.Group{Origin: record.Origin{ID: 100}}, uint32(0)
			skips := rapid.Bool().Draw(t, "skips")
			type made struct {
				data string
				to   TargetSet
			}
			var want []made
			offset := 0
			for i := range rapid.IntRange(1, 30).Draw(t, "records") {
				line := fmt.Sprint(i) + strings.Repeat("x", rapid.IntRange(0, 2).Draw(t, "length"))
				g.Sizes, g.Data = append(g.Sizes, uint32(len(line))), append(append(g.Data, line...), '\n')
				if skips {
					skip += uint32(rapid.IntRange(0, 1).Draw(t, "skip"))
					g.Skips = append(g.Skips, skip)
				}
				want = append(want, made{data: line})
			}
			for i := range want {
				w := &want[i]
				var changed []byte
				if rapid.Bool().Draw(t, "changed") {
					changed = []byte("changed " + w.data)
				}
				for at := range targets {
					if rapid.IntRange(0, 2).Draw(t, "to") == 0 {
						w.to[0] |= 1 << at
					}
				}
				switch {
				case !w.to.Empty():
					b.add(g, i, offset, changed, &w.to)
				case changed != nil:
					b.letter(Letter{Index: i}, changed)
				}
				if offset += len(w.data) + 1; changed != nil {
					w.data = string(changed)
				}
			}
			got, last := map[uint64]made{}, map[int]uint64{} // last of each destination
			out := b.output(g)
			for i := range out.Parts {
				part := &out.Parts[i]
				at := part.Group.Data
				for k, size := range part.Group.Sizes {
					id := part.Group.ID(k)
					if _, twice := got[id]; twice {
						t.Fatalf("record %d is there twice", id)
					}
					got[id] = made{string(at[:size]), part.To}
					at = at[size+1:]
					for to := range part.To.All() {
						for d := range 3 {
							if leads[to]>>d&1 != 0 && id < last[d] {
								t.Fatalf("record %d comes behind %d", id, last[d])
							} else if leads[to]>>d&1 != 0 {
								last[d] = id
							}
						}
					}
				}
				if len(at) > 0 {
					t.Fatalf("%d bytes are left", len(at))
				}
			}
			for i, w := range want {
				if w.to.Empty() {
					continue
				}
				if got[g.ID(i)] != w {
					t.Fatalf("record %d: %v, want %v", i, got[g.ID(i)], w)
				}
				delete(got, g.ID(i))
			}
			if len(got) > 0 {
				t.Fatalf("records that nobody sent: %v", got)
			}
			for _, l := range out.DeadLetters {
				if !bytes.Equal(l.Record, []byte(want[l.Index].data)) {
					t.Fatalf("letter %q", l.Record)
				}
			}
			b.reset()
		}
	})
}
