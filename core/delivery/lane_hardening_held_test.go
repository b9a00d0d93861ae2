package delivery

import (
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// A plugin that is not ordered, with a window of one, gathers: it works on three batches and answers them in any order.
func TestGatheredBatchesAreAnsweredInAnyOrder(t *testing.T) {
	o := onDisk(t, SessionInfo{MaxHeldBytes: 1 << 20})
	o.MaxInFlight = 1
	o.onSend = func(s *fakeSession, ship shipment) { s.verdicts <- Verdict{BatchID: ship.id, Outcome: Working} }
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		r.answer(durable(got[0], 0), durable(got[2], 0), durable(got[1], 0), stored(15))
		r.after(time.Minute)
	})
	o.before, o.onSend = 30, nil
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.after(time.Minute)
		got := map[record.Position]bool{}
		for more := r.take(); len(more) > 0; more = r.take() {
			for _, s := range more {
				for _, p := range s.positions {
					got[p] = true
				}
				r.answer(accepted(s))
			}
		}
		for p := record.Position(16); p <= 30; p++ {
			if !got[p] {
				t.Errorf("%d does not come again, and is nowhere", p)
			}
		}
		r.appended = int(r.status().Delivered + r.status().Held)
	})
}
