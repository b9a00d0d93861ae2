package delivery

import (
	"context"
	"errors"
	"math"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skidway/skidway/core/record"
)

// lostAndPaused leaves a lane whose plugin lost 1-10 after it had accepted them, while a pause holds up the way back.
func lostAndPaused(r *rig) {
	r.append(20)
	got := r.want("1-10", "11-20")
	v := retry(got[1])
	v.RetryAfter, v.HasDurable = 5*time.Minute, true
	r.answer(durable(got[0], 0), v)
	r.crash(End{Reason: "killed"})
	r.check(0, 0, 0, 20)
}

func TestDrainDoesNotDeliverWhatThePluginLost(t *testing.T) {
	inBubble(t, onDisk(t, SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		lostAndPaused(r)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := r.lane.Drain(ctx); !errors.Is(err, ErrHeld) {
			t.Errorf("Drain: %v", err)
		}
		r.check(0, 0, 0, 20)
	})
}

func TestSignOfLifeDoesNotDeliverWhatThePluginLost(t *testing.T) {
	inBubble(t, onDisk(t, SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		lostAndPaused(r)
		r.answer(Verdict{Outcome: Working}, stored(20))
		r.check(0, 0, 0, 20)
	})
}

// lateDestination connects the second time when it is let, and whether the lane still wants it or not.
type lateDestination struct {
	*fakeDestination
	n   int
	let chan struct{}
}

func (d *lateDestination) Connect(context.Context) (Session, error) {
	if d.n++; d.n == 2 {
		<-d.let
	}
	return d.fakeDestination.Connect(context.Background())
}

func TestSessionThatBeginsWithTheDrainDeliversNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, onDisk(t, SessionInfo{Ordered: true}))
		d := &lateDestination{fakeDestination: r.dest, let: make(chan struct{})}
		r.lane.dest = d
		go func() { r.result <- r.lane.Run(t.Context()) }()
		synctest.Wait()
		r.append(10)
		got := r.want("1-10")
		r.answer(durable(got[0], 0))
		r.crash(End{Reason: "killed"})
		drained := make(chan error)
		go func() { drained <- r.lane.Drain(t.Context()) }()
		synctest.Wait()
		close(d.let)
		if err := <-drained; !errors.Is(err, ErrHeld) {
			t.Errorf("Drain: %v", err)
		}
		r.check(0, 0, 0, 10)
		r.close()
	})
}

// TestNothingIsSentBeforeTheSpoolIsBehindThePlugin: a position would name two records.
func TestNothingIsSentBeforeTheSpoolIsBehindThePlugin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, onDisk(t, SessionInfo{Ordered: true, ResumeAfter: 5000}))
		real := r.lane.rolledBack
		var full atomic.Bool
		full.Store(true)
		r.lane.rolledBack = func(p record.Position) (bool, error) {
			if full.Load() {
				return false, errors.New("no space left on device")
			}
			return real(p)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { r.result <- r.lane.Run(ctx) }()
		synctest.Wait()
		r.append(10)
		r.after(time.Minute)
		if got := r.take(); len(got) > 0 {
			t.Errorf("sent %v", got)
		}
		if s := r.status(); s.State != Degraded {
			t.Errorf("the lane is %s: %s", s.State, s.Reason)
		}
		full.Store(false)
		r.after(2 * time.Second)
		r.after(10 * time.Second)
		if got := r.take(); len(got) != 1 || stretch(got[0].positions) != "1-10" {
			t.Errorf("sent %v, want 1-10 under another identity", got)
		}
		if r.dest.sessions[0].info.Identity == r.session().info.Identity {
			t.Error("the identity is still the old one")
		}
		cancel()
		<-r.lane.ended
		r.close()
	})
}

// TestNonsenseIsNotResumedBehind: nothing of what waits was ever sent.
func TestNonsenseIsNotResumedBehind(t *testing.T) {
	for name, p := range map[string]record.Position{"the highest": math.MaxUint64, "far away": 1 << 40} {
		t.Run(name, func(t *testing.T) {
			o := onDisk(t, SessionInfo{Ordered: true})
			o.down = true
			inBubble(t, o, func(_ *testing.T, r *rig) { r.append(30) })
			o.down, o.before = false, 30
			o.info.ResumeAfter = p
			inBubble(t, o, func(_ *testing.T, r *rig) {
				r.after(time.Minute)
				r.check(0, 0, 0, 30)
			})
		})
	}
}

func TestOnlyAnAcceptanceSaysThatVerdictsAreDurable(t *testing.T) {
	inBubble(t, onDisk(t, SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(20)
		got := r.want("1-10", "11-20")
		r.answer(durable(got[0], 0))
		r.dest.info.ResumeAfter = 10
		r.crash(End{Reason: "killed"})
		again := r.want("11-20")
		r.answer(retry(again[0]))
		r.check(0, 0, 0, 20)
	})
}

// TestBatchBehindOneThatIsCutAgainIsNoLargerThanUsual, over a restart and over a loss.
func TestBatchBehindOneThatIsCutAgainIsNoLargerThanUsual(t *testing.T) {
	usual := func(t *testing.T, all []shipment) {
		t.Helper()
		for _, s := range all {
			if len(s.records) > 10 {
				t.Errorf("batch of %d records (%s); max_records is 10", len(s.records), stretch(s.positions))
			}
		}
	}
	o := onDisk(t, SessionInfo{StableBatches: true})
	o.MaxInFlight, o.MaxAge = 1, time.Second
	inBubble(t, o, func(_ *testing.T, r *rig) {
		r.appendOnly(5, 0)
		r.append(500)
		r.want("1-10")
	})
	o.before = 505
	inBubble(t, o, func(t *testing.T, r *rig) {
		for range 60 {
			all := r.take()
			usual(t, all)
			for _, s := range all {
				r.answer(accepted(s))
			}
		}
		r.after(time.Second)
		r.answer(accepted(r.want("501-505")[0]))
		r.check(505, 0, 0, 0)
	})

	o = onDisk(t, SessionInfo{Ordered: true})
	o.MaxInFlight, o.MaxAge = 2, time.Second
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.appendOnly(5, 0)
		r.append(500)
		got := r.want("1-10", "11-20")
		r.answer(durable(got[0], 0))
		r.want("21-30")
		r.crash(End{Reason: "killed"})
		for range 60 {
			all := r.take()
			usual(t, all)
			for _, s := range all {
				r.answer(durable(s, s.positions[len(s.positions)-1]))
			}
		}
		r.after(time.Second)
		r.answer(durable(r.want("501-505")[0], 505))
		r.check(505, 0, 0, 0)
	})
}

func TestDeadLetterIsNotSentAgainWithWhatWasLostBeforeIt(t *testing.T) {
	o := onDisk(t, SessionInfo{})
	o.MaxInFlight = 3
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		r.answer(Verdict{Outcome: Working, HasDurable: true}, rejected(got[1]))
		r.after(time.Second)
		r.check(0, 10, 0, 20)
		r.answer(durable(got[2], 0))
		r.crash(End{Reason: "killed"})
		r.after(time.Second)
		for _, s := range r.take() {
			r.answer(durable(s, 30))
		}
		if s := strconv.FormatInt(r.status().Delivered, 10) + "/" + strconv.FormatInt(r.status().DeadLettered, 10); s != "20/10" {
			t.Errorf("delivered/dead-lettered %s, want 20/10", s)
		}
	})
}
