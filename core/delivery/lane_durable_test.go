package delivery

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

func durable(s shipment, through record.Position) Verdict {
	return Verdict{BatchID: s.id, Outcome: Accepted, HasDurable: true, DurableThrough: through}
}

// stored is the sign of life that says what is stored for good.
func stored(through record.Position) Verdict {
	return Verdict{Outcome: Working, HasDurable: true, DurableThrough: through}
}

func onDisk(t *testing.T, info SessionInfo) rigOptions {
	t.Helper()
	o := rigOptions{disk: t.TempDir(), info: info}
	o.MaxRecords = 10
	return o
}

func TestDeliveredIsWhatIsStoredForGood(t *testing.T) {
	inBubble(t, onDisk(t, SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(40)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(durable(got[0], 0), durable(got[1], 5))
		r.check(0, 0, 0, 40)
		r.answer(stored(10))
		r.check(10, 0, 0, 30)
		r.answer(durable(got[2], 10), stored(30), stored(4))
		r.check(30, 0, 0, 10)
		r.answer(durable(got[3], 40))
		r.check(40, 0, 0, 0)
	})
}

func TestVerdictCountsWhenNothingIsSaidOfTheDisk(t *testing.T) {
	inBubble(t, onDisk(t, SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(20)
		got := r.want("1-10", "11-20")
		r.answer(accepted(got[0]))
		r.check(10, 0, 0, 10)
		r.answer(accepted(got[1]))
		r.check(20, 0, 0, 0)
	})
}

// TestAClaimIsNoPromise: what is said to be stored covers what was accepted by then, not what is accepted later.
func TestAClaimIsNoPromise(t *testing.T) {
	inBubble(t, onDisk(t, SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		r.answer(durable(got[1], 1000))
		r.check(10, 0, 0, 20)
		r.answer(Verdict{BatchID: got[0].id, Outcome: Accepted}, accepted(got[2]))
		r.check(10, 0, 0, 20)
		r.answer(stored(30))
		r.check(30, 0, 0, 0)
	})
}

func TestWhatThePluginLostComesAgain(t *testing.T) {
	inBubble(t, onDisk(t, SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(45)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(durable(got[0], 10), durable(got[1], 10), durable(got[2], 10))
		r.check(10, 0, 0, 35)
		r.crash(End{Reason: "killed"})
		r.append(5)
		again := r.want("11-20", "21-30", "31-40", "41-50")
		r.answer(durable(again[0], 50), durable(again[1], 50), durable(again[2], 50), durable(again[3], 50))
		r.check(50, 0, 0, 0)
	})
}

func TestWhatThePluginResumesBehindIsNotLost(t *testing.T) {
	o := onDisk(t, SessionInfo{Ordered: true})
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(40)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(durable(got[0], 10), durable(got[1], 10), durable(got[2], 10))
		r.dest.info.ResumeAfter = 35 // it had stored some of a batch that it did not answer
		r.crash(End{Reason: "killed"})
		again := r.want("36-40")
		r.check(10, 0, 0, 30)
		r.answer(durable(again[0], 35))
		r.check(35, 0, 0, 5)
		r.answer(stored(40))
		r.check(40, 0, 0, 0)
	})
}

func TestWhatThePluginLostInPartComesAgainFromThere(t *testing.T) {
	inBubble(t, onDisk(t, SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(40)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(durable(got[0], 10), durable(got[1], 10), durable(got[2], 10))
		r.dest.info.ResumeAfter = 15
		r.crash(End{Reason: "killed"})
		again := r.want("16-25", "26-30", "31-40")
		for _, s := range again {
			r.answer(durable(s, s.positions[len(s.positions)-1]))
		}
		r.check(40, 0, 0, 0)
	})
}

// TestFailuresCountOverALoss: a batch that ends the plugin is found although what was accepted before is lost each time.
func TestFailuresCountOverALoss(t *testing.T) {
	o := onDisk(t, SessionInfo{Ordered: true})
	o.MaxInFlight = 1
	o.onSend = func(s *fakeSession, ship shipment) {
		if slices.Contains(ship.positions, 17) {
			s.crash(End{SelfCaused: true, Reason: "exit status 3"})
			return
		}
		s.verdicts <- durable(ship, 0)
	}
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(30)
		r.after(time.Hour)
		if s := r.status(); s.DeadLettered != 1 {
			t.Errorf("after an hour: %+v", s)
		}
		r.answer(stored(30))
		r.check(29, 1, 0, 0)
	})
}

func TestWhatIsLeftComesAgainAfterARestart(t *testing.T) {
	o := onDisk(t, SessionInfo{Ordered: true})
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(40)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(durable(got[0], 10), durable(got[1], 10))
		r.check(10, 0, 0, 30)
	})
	o.before = 30
	inBubble(t, o, func(t *testing.T, r *rig) {
		got := r.want("11-20", "21-30", "31-40")
		for _, s := range got {
			if s.settledThrough < 10 {
				t.Errorf("batch %v says that what is settled ends at %d, want 10", s, s.settledThrough)
			}
			r.answer(accepted(s))
		}
		r.check(30, 0, 0, 0)
	})
}

func TestStableBatchesAreCutAgainAlike(t *testing.T) {
	o := onDisk(t, SessionInfo{StableBatches: true})
	o.MaxAge = time.Second
	keys := map[string][16]byte{}
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(3)
		r.after(time.Second)
		got := r.want("1-3")
		r.append(14)
		r.after(time.Second)
		got = append(got, r.want("4-13", "14-17")...)
		r.append(2) // gathers, and is not sent
		r.answer(accepted(got[1]))
		for _, s := range got {
			keys[stretch(s.positions)] = s.key
		}
	})
	o.before = 19 // what was accepted lies beyond what was not
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(13)
		r.after(time.Second)
		got := r.want("1-3", "4-13", "14-17", "18-27")
		for _, s := range got[:3] {
			if name := stretch(s.positions); s.key != keys[name] {
				t.Errorf("batch %s has another key than before", name)
			}
			r.answer(accepted(s))
		}
		r.after(time.Second)
		r.want("28-32")
	})
}

func TestStableBatchIsCutAlikeBehindOneThatIsStored(t *testing.T) {
	o := onDisk(t, SessionInfo{StableBatches: true, Ordered: true})
	o.MaxAge = time.Second
	keys := map[string][16]byte{}
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(3)
		r.after(time.Second)
		got := r.want("1-3")
		for range 4 {
			r.append(5)
		}
		r.append(2)
		r.after(time.Second)
		for _, s := range append(got, r.want("4-13", "14-23", "24-25")...) {
			keys[stretch(s.positions)] = s.key
		}
	})
	o.before, o.info.ResumeAfter = 25, 13
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.after(time.Second)
		for _, s := range r.want("14-23", "24-25") {
			if name := stretch(s.positions); s.key != keys[name] {
				t.Errorf("batch %s has another key than before", name)
			}
			r.answer(durable(s, s.positions[len(s.positions)-1]))
		}
	})
}

// TestDrainLeavesToTheDiskWhatNobodyTakes: a drain is short when nothing is lost by it.
func TestDrainLeavesToTheDiskWhatNobodyTakes(t *testing.T) {
	down := func(s *fakeSession, ship shipment) { s.verdicts <- retry(ship) }
	for name, o := range map[string]rigOptions{
		"asks to have it again": {onSend: down},
		"can't be started":      {down: true},
	} {
		t.Run(name, func(t *testing.T) {
			o.disk = t.TempDir()
			inBubble(t, o, func(t *testing.T, r *rig) {
				r.append(25)
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				if err := r.lane.Drain(ctx); !errors.Is(err, ErrHeld) {
					t.Errorf("Drain: %v, want %v", err, ErrHeld)
				}
				if took := time.Since(began); took > 2*drainPatience {
					t.Errorf("the drain took %s", took)
				}
				r.check(0, 0, 0, 25)
			})
		})
	}
}

func TestDrainWaitsForWhatThePluginHas(t *testing.T) {
	inBubble(t, onDisk(t, SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(10)
		got := r.want("1-10")
		drained := make(chan error)
		go func() { drained <- r.lane.Drain(t.Context()) }()
		r.after(time.Minute)
		r.answer(accepted(got[0]))
		if err := <-drained; err != nil {
			t.Errorf("Drain: %v", err)
		}
		r.check(10, 0, 0, 0)
	})
}

// TestWhatTheLaneDropsIsNoted: a batch that waits for its next attempt when its records get too old.
func TestWhatTheLaneDropsIsNoted(t *testing.T) {
	o := onDisk(t, SessionInfo{Ordered: true})
	o.backlog.MaxAge = time.Minute
	o.onSend = func(s *fakeSession, ship shipment) { s.verdicts <- retry(ship) }
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(10)
		r.after(2 * time.Minute)
		r.check(0, 0, 10, 0)
		drops := r.spool.(*spool.Disk).Drops()
		if len(drops) != 1 || drops[0].First != 1 || drops[0].Last != 10 || drops[0].Count != 10 || drops[0].Reason != spool.DropExpired || drops[0].Address != address {
			t.Errorf("noted: %+v", drops)
		}
	})
}
