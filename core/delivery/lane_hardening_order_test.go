package delivery

import (
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// An ordered plugin answers two batches the other way round, and says that it has stored for good up to the middle of the
// lower one. After a power cut it resumes there: the rest of that batch comes again.
func TestVerdictsTheOtherWayRound(t *testing.T) {
	o := onDisk(t, SessionInfo{Ordered: true})
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		r.answer(durable(got[0], 0), durable(got[2], 0), durable(got[1], 0), stored(15))
		r.after(time.Minute)
	})
	o.before, o.info.ResumeAfter = 30, 15
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.after(time.Minute)
		got := map[record.Position]bool{}
		for _, s := range r.take() {
			for _, p := range s.positions {
				got[p] = true
			}
			r.answer(durable(s, 30))
		}
		for p := record.Position(16); p <= 30; p++ {
			if !got[p] {
				t.Errorf("%d does not come again, and is nowhere", p)
			}
		}
		r.appended = int(r.status().Delivered + r.status().Held)
	})
}
