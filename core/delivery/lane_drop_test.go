package delivery

import (
	"context"
	"testing"
	"time"

	"github.com/skidway/skidway/core/spool"
)

// bounded drops the oldest beyond 600 bytes: 20 records of 30 bytes with their terminators.
func bounded(o rigOptions) rigOptions {
	o.backlog = spool.BacklogOptions{MaxBytes: 600, WhenFull: spool.DropOldest}
	return o
}

func TestDropOldestWhileThePluginIsStuck(t *testing.T) {
	inBubble(t, bounded(small(SessionInfo{})), func(t *testing.T, r *rig) {
		r.appendSized(20, 29)
		got := r.want("1-10", "11-20")
		for range 10 {
			r.appendSized(10, 29)
		}
		r.want("21-30", "31-40")
		r.check(0, 0, 80, 40) // what is with the plugin is never dropped, though it is more than the bound
		r.answer(accepted(got[0]))
		r.appendSized(10, 29)
		last := r.want("121-130")[0]
		r.answer(Verdict{BatchID: last.id, Outcome: Accepted, Through: true})
		r.check(50, 0, 80, 0)
	})
}

func TestDropOldestDropsWhatWaits(t *testing.T) {
	inBubble(t, bounded(small(SessionInfo{})), func(t *testing.T, r *rig) {
		r.appendSized(20, 29)
		got := r.want("1-10", "11-20")
		v := retry(got[0])
		v.RetryAfter = time.Minute
		r.answer(v)
		r.check(0, 0, 0, 20)
		r.appendSized(5, 29)
		r.check(0, 0, 10, 15)
		r.answer(accepted(got[1]))
		r.after(time.Minute)
		r.want("21-25")
	})
}

func TestDropOldestDropsARetriedBatchWhileOverTheBound(t *testing.T) {
	inBubble(t, bounded(small(SessionInfo{})), func(t *testing.T, r *rig) {
		r.appendSized(20, 29)
		got := r.want("1-10", "11-20")
		if _, err := r.spool.AppendOver(t.Context(), groupOf(10, 29), r.set); err != nil { // exceeds the bound
			t.Fatal(err)
		}
		r.appended += 10
		r.after(0)
		over := r.take()
		if r.cursor.Excess() == 0 {
			t.Fatal("the backlog is within its bound")
		}
		r.answer(retry(got[0]))
		r.check(0, 0, 10, 20)
		r.answer(accepted(got[1]))
		for _, s := range over {
			r.answer(accepted(s))
		}
		r.check(20, 0, 10, 0)
	})
}

// TestDeadDestinationsWindowGivesWayToAFullSpool has a destination that is down hold more than two thirds of the spool in its
// window, less than its backlog may have, and another one the rest.
func TestDeadDestinationsWindowGivesWayToAFullSpool(t *testing.T) {
	o := rigOptions{Options: Options{MaxRecords: 1 << 20, MaxInFlight: 12}}
	o.backlog.WhenFull = spool.DropOldest
	o.onSend = func(s *fakeSession, ship shipment) {
		v := retry(ship)
		v.RetryAfter = time.Minute
		s.verdicts <- v
	}
	inBubble(t, o, func(t *testing.T, r *rig) {
		for range 120 {
			r.appendSized(100, 1023)
		}
		fill := func(address string, groups int) (runs []spool.Run) {
			c, err := r.spool.Cursor(address, spool.BacklogOptions{WhenFull: spool.DropOldest})
			if err != nil {
				t.Fatal(err)
			}
			set, err := r.spool.Set(address)
			if err != nil {
				t.Fatal(err)
			}
			for range groups {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				_, err := r.spool.Append(ctx, groupOf(100, 1023), set)
				cancel()
				if err != nil {
					t.Fatalf("%s: %v", address, err)
				}
				for run, ok := c.Take(1<<20, 1<<20, true); ok; run, ok = c.Take(1<<20, 1<<20, true) {
					runs = append(runs, run)
				}
			}
			return runs
		}
		held := fill("destination.test.held", 30)
		alive := fill("destination.test.alive", 10)
		s := r.status()
		if s.DroppedFull == 0 || s.DroppedFull > 4000 || s.DroppedFull+s.Held != 12_000 {
			t.Errorf("status %+v, want some records dropped", s)
		}
		release(held)
		release(alive)
	})
}

func TestExpiryOfWaitingBatches(t *testing.T) {
	o := small(SessionInfo{})
	o.backlog.MaxAge = time.Minute
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(15)
		got := r.want("1-10")
		r.answer(retry(got[0]))
		for start := time.Now(); time.Since(start) < 50*time.Second; r.after(10 * time.Millisecond) {
			for _, s := range r.take() {
				r.answer(retry(s))
			}
		}
		r.after(9 * time.Second)
		for _, s := range r.take() {
			r.answer(retry(s))
		}
		r.check(0, 0, 0, 15)
		r.append(10)
		r.after(time.Minute)
		held := int64(0)
		for _, s := range r.take() {
			held += int64(len(s.positions)) // with the plugin: never dropped
		}
		r.check(0, 0, 25-held, held)
		if s := r.status(); s.DroppedExpired != 25-held {
			t.Errorf("status %+v", s)
		}
	})
}

func TestExpiryWithoutAPlugin(t *testing.T) {
	o := small(SessionInfo{})
	o.backlog.MaxAge, o.down = time.Minute, true
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(25)
		if s := r.status(); s.State != Connecting {
			t.Errorf("state %s", s.State)
		}
		r.after(time.Minute)
		r.append(1) // the spool looks at what is old when something comes
		r.check(0, 0, 25, 1)
		close(r.dest.down)
		r.after(10 * time.Second)
		r.want("26")
	})
}

func TestLaneHoldsNoMoreOfTheSpoolThanItNeeds(t *testing.T) {
	o := small(SessionInfo{})
	o.RejectLimit = 1
	n := 0
	o.onSend = func(s *fakeSession, ship shipment) {
		n++
		switch n % 5 {
		case 0:
			s.verdicts <- retry(ship)
		case 1:
			s.verdicts <- rejected(ship)
		case 2:
			v := named(RecordVerdict{Index: 0, Outcome: Rejected})(ship)
			if len(ship.positions) > 2 {
				v.Records = append(v.Records, RecordVerdict{Index: 2, Outcome: Retry})
			}
			s.verdicts <- v
		case 3:
			s.verdicts <- Verdict{BatchID: ship.id, Outcome: Retry, Code: TooLarge}
		default:
			s.verdicts <- accepted(ship)
		}
	}
	inBubble(t, o, func(t *testing.T, r *rig) {
		for range 200 {
			r.appendSized(20, 999)
			r.after(time.Minute)
		}
		r.after(time.Hour)
		if s := r.status(); s.Held != 0 {
			t.Errorf("status %+v", s)
		}
		// What waits for long is copied out of segments that the spool has no other use for.
		r.session().onSend = nil
		traffic := r.traffic()
		for range 8 {
			r.appendSized(1, 99)
			traffic()
		}
		r.holds("a batch of 8 records", 0)
		r.after(10 * time.Second)
		for _, s := range r.take() {
			r.answer(accepted(s))
		}
	})
}
