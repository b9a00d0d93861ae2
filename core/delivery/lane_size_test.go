package delivery

import (
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

func TestLaneSendsTheLargestRecord(t *testing.T) {
	for name, takes := range map[string]int{"by default": 0, "said": maxBatchBytes, "said too high": 1 << 40} {
		t.Run(name, func(t *testing.T) {
			o := small(SessionInfo{MaxBatchBytes: takes})
			o.onSend = func(s *fakeSession, ship shipment) { s.verdicts <- accepted(ship) }
			inBubble(t, o, func(t *testing.T, r *rig) {
				r.appendSized(1, maxBatchBytes)
				r.appendSized(1, maxBatchBytes+1) // no source gives such a one
				r.append(10)
				r.after(10 * time.Second)
				r.want("1", "3-12")
				r.check(11, 1, 0, 0)
				if d := r.memory.All()[0]; d.Position != 2 || d.Code != TooLarge {
					t.Errorf("dead letter at %d, %s", d.Position, d.Code)
				}
			})
		})
	}
}

// TestLaneCutsWhatIsMoreThanAMessage has every record come alone from a sender of its own, so that where they come from
// is longer than they are.
func TestLaneCutsWhatIsMoreThanAMessage(t *testing.T) {
	const n, peerBytes = 30_000, 200
	o := rigOptions{Options: Options{MaxRecords: n}}
	o.onSend = func(s *fakeSession, ship shipment) { s.verdicts <- accepted(ship) }
	inBubble(t, o, func(t *testing.T, r *rig) {
		for range n {
			r.appended++
			g := &record.Group{
				Origin: record.Origin{Source: "source.test.s", Peer: strings.Repeat("p", peerBytes), ReceivedUnixNano: 1},
				Sizes:  []uint32{1}, Data: []byte("x\n"),
			}
			if _, err := r.spool.Append(t.Context(), g, r.set); err != nil {
				t.Fatal(err)
			}
		}
		next := record.Position(1)
		for _, s := range r.take() {
			if len(s.positions)*peerBytes > maxMessageBytes || s.positions[0] != next {
				t.Errorf("batch of %d records from %d, want at most %d from %d", len(s.positions), s.positions[0], maxMessageBytes/peerBytes, next)
			}
			next += record.Position(len(s.positions))
		}
		r.check(n, 0, 0, 0)
	})
}
