package delivery

import (
	"testing"
	"time"
)

func working(s shipment) Verdict { return Verdict{BatchID: s.id, Outcome: Working} }

// gathering cuts batches of ten records of 10 bytes for a plugin that holds up to maxHeld bytes.
func gathering(maxHeld int64) rigOptions { return small(SessionInfo{MaxHeldBytes: maxHeld}) }

func TestBatchesThatThePluginGathersLeaveTheWindow(t *testing.T) {
	inBubble(t, gathering(399), func(t *testing.T, r *rig) {
		r.appendSized(120, 9)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(working(got[0]), working(got[1]), working(got[1]))
		got = append(got, r.want("41-50", "51-60")...)
		r.answer(working(got[2]), working(got[3])) // the second would be more than it may hold
		got = append(got, r.want("61-70")...)
		r.answer(accepted(got[3]))
		got = append(got, r.want("71-80")...)
		r.answer(accepted(got[0]))
		r.want()
		r.answer(working(got[4]))
		got = append(got, r.want("81-90")...)
		r.answer(Verdict{BatchID: got[8].id, Outcome: Accepted, Through: true})
		for _, s := range r.want("91-100", "101-110", "111-120") {
			r.answer(accepted(s))
		}
		r.check(120, 0, 0, 0)
	})
}

func TestAWindowThatIsWorkedOnIsFull(t *testing.T) {
	inBubble(t, gathering(0), func(t *testing.T, r *rig) {
		r.appendSized(100, 9)
		for _, s := range r.want("1-10", "11-20", "21-30", "31-40") {
			r.answer(working(s))
		}
		r.after(time.Hour)
		r.want()
		if b := r.cursor.Backlog(); b.Untaken != 50 {
			t.Errorf("%d records not taken, want 50", b.Untaken)
		}
	})
}

func TestWhatThePluginGatheredIsSentAgainAfterItsEnd(t *testing.T) {
	inBubble(t, gathering(1000), func(t *testing.T, r *rig) {
		r.appendSized(60, 9)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(working(got[0]), working(got[1]))
		r.want("41-50", "51-60")
		r.crash(End{})
		again := r.want("1-10", "11-20", "21-30", "31-40") // in a window again
		r.answer(working(again[3]))
		got = append(again, r.want("41-50")...)
		r.answer(Verdict{BatchID: got[4].id, Outcome: Accepted, Through: true})
		r.answer(accepted(r.want("51-60")[0]))
		r.check(60, 0, 0, 0)
	})
}

func TestDrainHasThePluginFinishWhatItGathers(t *testing.T) {
	inBubble(t, gathering(1000), func(t *testing.T, r *rig) {
		r.appendSized(25, 9)
		start := time.Now()
		got := r.want("1-10", "11-20")
		r.answer(working(got[0]), working(got[1]))
		first := r.session()
		first.onClose = func(s *fakeSession) {
			s.verdicts <- accepted(got[0])
			s.verdicts <- retry(got[1])
			s.verdicts <- accepted(got[2])
		}
		result := r.drain()
		got = append(got, r.want("21-25")...)
		if first.closed {
			t.Error("the plugin was asked to finish with a batch in the window")
		}
		r.answer(working(got[2]))
		if !first.closed {
			t.Fatal("the plugin was not asked to finish")
		}
		r.after(500 * time.Millisecond)
		r.answer(accepted(r.want("11-20")[0])) // in a session of its own
		if err := <-result; err != nil {
			t.Errorf("Drain = %v", err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("drained after %s", d)
		}
		r.check(25, 0, 0, 0)
	})
}

func TestNothingIsSentToAPluginThatFinishes(t *testing.T) {
	inBubble(t, gathering(1000), func(t *testing.T, r *rig) {
		r.appendSized(10, 9)
		sent := r.want("1-10")[0]
		first := r.session()
		first.lingers = true
		r.answer(working(sent))
		result := r.drain()
		r.answer(retry(sent))
		r.after(time.Second)
		r.crash(End{Drained: true})
		again := r.want("1-10")[0]
		if again.attempt != 2 {
			t.Errorf("attempt %d, want 2", again.attempt)
		}
		r.answer(accepted(again))
		if err := <-result; err != nil {
			t.Errorf("Drain = %v", err)
		}
	})
}
