package delivery

import (
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// orderedPlugin answers as the protocol asks of an ordered plugin: after a retry verdict it refuses what the router sent
// before it had seen that. next says what becomes of a batch that it does not refuse. It keeps what it stored.
type orderedPlugin struct {
	next   func(shipment) Verdict
	stored []record.Position
	given  uint64
}

func (p *orderedPlugin) onSend(s *fakeSession, ship shipment) {
	if ship.retriesSeen < p.given {
		s.verdicts <- outOfOrder(ship)
		return
	}
	v := p.next(ship)
	if counted(&v) {
		p.given++
	}
	if v.Outcome == Accepted {
		p.stored = append(p.stored, ship.positions...)
	}
	s.verdicts <- v
}

func (p *orderedPlugin) check(t *testing.T, want int) {
	t.Helper()
	if len(p.stored) != want {
		t.Errorf("stored %d records, want %d", len(p.stored), want)
	}
	for i, pos := range p.stored {
		if pos != record.Position(i+1) {
			t.Fatalf("record %d stored as number %d", pos, i+1)
		}
	}
}

func TestOrderSurvivesARetryInTheMiddleOfAFullWindow(t *testing.T) {
	inBubble(t, small(SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(60)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(accepted(got[0]), retry(got[1]))
		r.want() // nothing is sent until the whole window is answered, not even what there is room for
		r.after(time.Minute)
		r.want()
		r.answer(outOfOrder(got[2]))
		r.want()
		r.answer(outOfOrder(got[3]))
		again := r.want("11-20", "21-30", "31-40", "41-50")
		for i, attempt := range []uint32{2, 1, 1, 1} {
			if again[i].attempt != attempt || again[i].retriesSeen != 1 {
				t.Errorf("%v: retries seen %d, attempt %d, want 1 and %d",
					again[i], again[i].retriesSeen, again[i].attempt, attempt)
			}
		}
		r.answer(Verdict{BatchID: again[3].id, Outcome: Accepted, Through: true})
		r.want("51-60")
		if n := r.metrics.Retries.Load(); n != 1 {
			t.Errorf("%d retries counted: out of order is none", n)
		}
		if n := r.metrics.InvalidVerdicts.Load(); n != 0 {
			t.Errorf("%d verdicts were invalid", n)
		}
		r.check(50, 0, 0, 10)
	})
}

func TestOrderSurvivesPartialRetries(t *testing.T) {
	inBubble(t, small(SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		var rest []RecordVerdict
		for i := uint32(6); i < 10; i++ {
			rest = append(rest, RecordVerdict{Index: i, Outcome: Retry})
		}
		rest[1].Outcome = Rejected
		r.answer(Verdict{BatchID: got[0].id, Outcome: Partial, Records: rest}, outOfOrder(got[1]), outOfOrder(got[2]))
		r.after(500 * time.Millisecond)
		r.want("7,9-10", "11-20", "21-30")
		r.check(6, 1, 0, 23)
	})
}

func TestOrderedDestinationsMustNotAcceptBehindARetry(t *testing.T) {
	inBubble(t, small(SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(10)
		got := r.want("1-10")
		r.answer(named(RecordVerdict{Index: 4, Outcome: Retry})(got[0]))
		r.after(time.Second)
		again := r.want("1-10")[0]
		if r.metrics.InvalidVerdicts.Load() != 1 || again.retriesSeen != 1 {
			t.Errorf("%d invalid verdicts, %d retries seen", r.metrics.InvalidVerdicts.Load(), again.retriesSeen)
		}
	})
}

func TestOutOfOrderWithoutARetryIsInvalidAndNotABusyLoop(t *testing.T) {
	inBubble(t, small(SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(10)
		attempts := 0
		for start := time.Now(); time.Since(start) < time.Hour; r.after(time.Second) {
			for _, s := range r.take() {
				attempts++
				r.answer(outOfOrder(s))
			}
		}
		if attempts > 600 || attempts < 100 {
			t.Errorf("%d attempts in an hour", attempts)
		}
		if n := r.metrics.InvalidVerdicts.Load(); n != int64(attempts) {
			t.Errorf("%d verdicts were invalid, want %d", n, attempts)
		}
	})
}

func TestOrderWithAWindowOfOne(t *testing.T) {
	o := small(SessionInfo{})
	o.MaxInFlight = 1
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(30)
		r.answer(retry(r.want("1-10")[0]))
		r.want()
		r.after(time.Second)
		r.answer(named(RecordVerdict{Index: 2, Outcome: Retry})(r.want("1-10")[0]))
		r.want()
		r.after(time.Second)
		r.answer(accepted(r.want("3")[0]))
		r.want("11-20")
	})
}

func TestOrderUnderRandomTrouble(t *testing.T) {
	n := 0
	p := &orderedPlugin{next: func(s shipment) Verdict {
		n++
		switch {
		case n%7 == 0:
			return retry(s)
		case n%11 == 0:
			return Verdict{BatchID: s.id, Outcome: Retry, Code: TooLarge}
		default:
			return accepted(s)
		}
	}}
	o := small(SessionInfo{Ordered: true})
	o.onSend, o.Retry.PoisonAfter = p.onSend, new(int)
	inBubble(t, o, func(t *testing.T, r *rig) {
		for range 100 {
			r.append(37)
			r.after(time.Second)
		}
		r.after(5 * time.Minute)
		p.check(t, 3700)
		r.check(3700, 0, 0, 0)
	})
}

func TestWithoutOrderOthersOvertakeARetry(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(50)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(retry(got[0]), accepted(got[1]))
		r.want("41-50")
	})
}

func TestBatchesThatWaitHoldUpTheRestOnlyWhileNothingIsAccepted(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(200)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(retry(got[0]))
		r.want() // it keeps its place in the window: nothing says that the destination is well
		r.answer(accepted(got[1]))
		got = append(got[2:], r.want("41-50", "51-60")...)
		r.answer(retry(got[0]), retry(got[1]), retry(got[2]), retry(got[3]))
		r.want()
	})
}

func TestOutOfOrderAfterARetryOfNothingIsNotABusyLoop(t *testing.T) {
	const enough = 10_000
	sends := 0
	o := small(SessionInfo{Ordered: true})
	o.onSend = func(s *fakeSession, ship shipment) {
		if sends++; sends < enough {
			s.verdicts <- Verdict{BatchID: 1 << 60, Outcome: Retry, Code: Unavailable}
			s.verdicts <- outOfOrder(ship)
		}
	}
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(10)
		r.after(time.Minute)
		if sends > 200 || sends < 50 {
			t.Errorf("%d attempts in a minute", sends)
		}
	})
}

// A rejection lets an ordered plugin go on with the next batch, so that halves would come behind it.
func TestOrderedLaneHalvesOnlyWhatNothingCanOvertake(t *testing.T) {
	tooLarge := func(s shipment) Verdict {
		return Verdict{BatchID: s.id, Outcome: Rejected, Code: TooLarge, Message: "413"}
	}
	inBubble(t, small(SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(20)
		got := r.want("1-10", "11-20")
		r.answer(tooLarge(got[0]))
		r.check(0, 10, 0, 10)
		r.answer(tooLarge(got[1]))
		r.want("11-15", "16-20")
	})
}
