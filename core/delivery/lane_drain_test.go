package delivery

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skidway/skidway/core/spool"
)

// drain calls Drain with a deadline of ten seconds and returns its result.
func (r *rig) drain() chan error {
	result := make(chan error, 1)
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	go func() {
		defer cancel()
		result <- r.lane.Drain(ctx)
	}()
	r.after(0)
	return result
}

// drained checks that Drain and Run have returned want, and after how long.
func (r *rig) drained(result chan error, want error, since time.Time, after time.Duration) {
	r.t.Helper()
	if err := <-result; !errors.Is(err, want) {
		r.t.Errorf("Drain = %v, want %v", err, want)
	}
	if err := <-r.result; !errors.Is(err, want) {
		r.t.Errorf("Run = %v, want %v", err, want)
	}
	if d := time.Since(since); d != after {
		r.t.Errorf("ended after %s, want %s", d, after)
	}
}

func TestDrainOfAnIdleLane(t *testing.T) {
	inBubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		start := time.Now()
		r.drained(r.drain(), nil, start, 0)
		if s := r.session(); !s.closed || s.stopped != "" {
			t.Errorf("closed %t, stopped %q", s.closed, s.stopped)
		}
	})
}

func TestDrainSendsAPartOfABatchAtOnce(t *testing.T) {
	inBubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		r.append(250)
		start := time.Now()
		result := r.drain()
		got := r.want("1-100", "101-200", "201-250")
		if r.session().closed {
			t.Error("drain of the plugin began with batches open")
		}
		for _, s := range got {
			r.answer(accepted(s))
		}
		r.drained(result, nil, start, 0)
		if !r.session().closed {
			t.Error("the plugin was not drained")
		}
		r.check(250, 0, 0, 0)
		if f := r.status().Flushes; f != (Flushes{Records: 2, Drain: 1}) {
			t.Errorf("flushes %+v", f)
		}
	})
}

func TestDrainTakesWhatIsLeftInTheSpool(t *testing.T) {
	o := small(SessionInfo{})
	o.onSend = func(s *fakeSession, ship shipment) { s.verdicts <- accepted(ship) }
	o.down = true
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(1003)
		result := r.drain()
		start := time.Now()
		r.after(time.Second)
		close(r.dest.down)
		r.drained(result, nil, start, time.Second)
		r.check(1003, 0, 0, 0)
	})
}

func TestDrainWaitsForRetries(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(10)
		s := r.want("1-10")[0]
		r.answer(retry(s))
		result := r.drain()
		r.after(500 * time.Millisecond)
		r.answer(accepted(r.want("1-10")[0]))
		if err := <-result; err != nil {
			t.Error(err)
		}
		r.check(10, 0, 0, 0)
	})
}

func TestDrainEndsAtItsDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		options rigOptions
		prepare func(r *rig)
	}{
		"while the plugin is silent": {rigOptions{}, func(*rig) {}},
		"while the plugin is down":   {rigOptions{down: true}, func(*rig) {}},
		"while batches wait": {rigOptions{}, func(r *rig) {
			v := retry(r.take()[0])
			v.RetryAfter = time.Hour
			r.answer(v)
		}},
		"while the lane holds": {rigOptions{Options: Options{MaxRecords: 10}}, func(r *rig) {
			for _, s := range r.take()[:3] {
				r.answer(rejected(s))
			}
		}},
		"while the store of dead letters is full": {rigOptions{dead: &stuckDeadLetters{}}, func(r *rig) {
			r.answer(rejected(r.take()[0]))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, c.options, func(t *testing.T, r *rig) {
				r.append(100)
				c.prepare(r)
				start := time.Now()
				r.drained(r.drain(), ErrHeld, start, 10*time.Second)
				if s := r.status(); s.Held == 0 {
					t.Errorf("status %+v", s)
				}
			})
		})
	}
}

func TestDrainBeforeThePluginIsUp(t *testing.T) {
	inBubble(t, rigOptions{down: true}, func(t *testing.T, r *rig) {
		start := time.Now()
		r.drained(r.drain(), nil, start, 0)
		if len(r.dest.sessions) != 0 {
			t.Error("a session was opened for nothing")
		}
		if !r.dest.hurried.Load() {
			t.Error("the destination was not told that time is short")
		}
	})
}

func TestDrainConnectsAgainForWhatIsOpen(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(10)
		r.want("1-10")
		result := r.drain()
		r.crash(End{SelfCaused: true})
		r.answer(accepted(r.want("1-10")[0]))
		if err := <-result; err != nil {
			t.Error(err)
		}
	})
}

// shyCursor shows nothing of what was appended until it is told to, as while an append still copies its group.
type shyCursor struct {
	spool.Cursor
	ready chan struct{}
	shown atomic.Bool
}

func (c *shyCursor) Ready() <-chan struct{} { return c.ready }

func (c *shyCursor) Take(maxRecords, maxBytes int, always bool) (spool.Run, bool) {
	if !c.shown.Load() {
		return spool.Run{}, false
	}
	return c.Cursor.Take(maxRecords, maxBytes, always)
}

func TestDrainWaitsForAnAppendThatIsUnderWay(t *testing.T) {
	c := &shyCursor{}
	o := small(SessionInfo{})
	o.cursor = func(inner spool.Cursor) spool.Cursor {
		c.Cursor, c.ready = inner, make(chan struct{}, 1)
		return c
	}
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(5)
		start := time.Now()
		result := r.drain()
		c.shown.Store(true)
		c.ready <- struct{}{}
		r.answer(accepted(r.want("1-5")[0]))
		r.drained(result, nil, start, 0)
		r.check(5, 0, 0, 0)
	})
}

// stuckDeadLetters has no room.
type stuckDeadLetters struct{}

func (*stuckDeadLetters) Put(ctx context.Context, _ []DeadLetter) error {
	<-ctx.Done()
	return ctx.Err()
}
