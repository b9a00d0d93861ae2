package delivery

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestLaneHoldsWhenTooMuchIsRejected(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(100)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(rejected(got[0]), rejected(got[1]))
		got = append(got, r.want("41-50", "51-60")...)
		r.check(0, 20, 0, 80)
		r.answer(rejected(got[2])) // the third: it stays
		for _, s := range got[3:] {
			r.answer(rejected(s))
		}
		r.check(0, 20, 0, 80)
		if s := r.status(); s.State != Holding {
			t.Errorf("status %+v", s)
		}
		r.after(time.Minute - 1)
		r.want()
		r.after(1)
		probe := r.want("21-30")[0]
		r.answer(rejected(probe)) // a probe over the limit stays
		r.check(0, 20, 0, 80)
		r.after(time.Minute)
		probe = r.want("31-40")[0] // without order each gets its turn
		r.answer(named(RecordVerdict{Index: 0, Outcome: Rejected})(probe))
		r.check(9, 21, 0, 70)
		if s := r.status(); s.State != Running && s.State != Retrying {
			t.Errorf("status %+v", s)
		}
		for range 3 {
			for _, s := range r.take() {
				r.answer(accepted(s))
			}
		}
		r.check(79, 21, 0, 0)
	})
}

func TestOrderedLaneProbesWithItsFirstBatch(t *testing.T) {
	inBubble(t, small(SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(60)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		for _, s := range got {
			r.answer(rejected(s))
		}
		// Behind all of them something was with the plugin that it may accept: kept, they would come after it.
		r.check(0, 40, 0, 20)
		got = r.want("41-50", "51-60")
		r.answer(accepted(got[0]), rejected(got[1]))
		r.check(10, 40, 0, 10)
		for range 3 {
			r.after(time.Minute)
			r.answer(rejected(r.want("51-60")[0]))
		}
		r.check(10, 40, 0, 10)
		r.append(20)
		r.after(time.Minute)
		r.answer(accepted(r.want("51-60")[0]))
		r.want("61-70", "71-80")
	})
}

func TestPartialOverTheLimitStaysAsOneBatch(t *testing.T) {
	inBubble(t, small(SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(30)
		for _, s := range r.want("1-10", "11-20", "21-30") {
			var bad []RecordVerdict
			for i := uint32(1); i < 9; i++ {
				bad = append(bad, RecordVerdict{Index: i, Outcome: Rejected})
			}
			if s.positions[0] == 21 {
				bad[7].Outcome = Retry
				bad = append(bad, RecordVerdict{Index: 9, Outcome: Rejected})
			}
			r.answer(Verdict{BatchID: s.id, Outcome: Partial, Records: bad})
		}
		r.check(5, 16, 0, 9)
		r.after(time.Minute)
		r.answer(accepted(r.want("22-30")[0]))
		r.check(14, 16, 0, 0)
		if s := r.status(); s.State != Running {
			t.Errorf("status %+v", s)
		}
	})
}

func TestRejectLimitOff(t *testing.T) {
	o := small(SessionInfo{})
	o.RejectLimit = 1
	o.onSend = func(s *fakeSession, ship shipment) { s.verdicts <- rejected(ship) }
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(2000)
		r.check(0, 2000, 0, 0)
		if n, lost := r.metrics.DeadLetteredMemory.Load(), r.metrics.DroppedDeadLetter.Load(); n != 2000 || lost != 1000 {
			t.Errorf("%d in memory, %d fell out", n, lost)
		}
	})
}

// pickyDeadLetters fails until it is told otherwise, and remembers positions.
type pickyDeadLetters struct {
	mu    sync.Mutex
	err   error
	calls int
	kept  []string
}

func (p *pickyDeadLetters) Put(_ context.Context, letters []DeadLetter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if p.err != nil {
		return p.err
	}
	for _, d := range letters {
		p.kept = append(p.kept, fmt.Sprint(d.Position, d.Reason))
	}
	return nil
}

func TestLaneKeepsDeadLettersUntilTheyAreStored(t *testing.T) {
	store := &pickyDeadLetters{err: errors.New("disk full")}
	o := small(SessionInfo{})
	o.dead = store
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		r.answer(named(RecordVerdict{Index: 3, Outcome: Rejected, Reason: "why"})(got[0]), accepted(got[1]), accepted(got[2]))
		r.check(29, 0, 0, 1)
		r.after(10 * time.Second)
		if s := r.status(); s.State != Degraded || s.Reason != "dead letters can't be stored: disk full" {
			t.Errorf("status %+v", s)
		}
		store.mu.Lock()
		store.err = nil
		if store.calls < 3 {
			t.Errorf("%d calls", store.calls)
		}
		store.mu.Unlock()
		r.after(30 * time.Second)
		r.check(29, 1, 0, 0)
		if len(store.kept) != 1 || store.kept[0] != "4 why" && store.kept[0] != "4why" {
			t.Errorf("kept %q", store.kept)
		}
	})
}

func TestAFullStoreOfDeadLettersStopsTheLaneAtItsWindow(t *testing.T) {
	o := small(SessionInfo{})
	o.dead, o.RejectLimit = &stuckDeadLetters{}, 1
	o.onSend = func(s *fakeSession, ship shipment) { s.verdicts <- rejected(ship) }
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(1000)
		r.want("1-10", "11-20", "21-30", "31-40")
		r.check(0, 0, 0, 1000)
	})
}
