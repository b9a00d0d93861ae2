package delivery

import (
	"context"
	"testing"
	"time"

	"github.com/skidway/skidway/core/spool"
)

// traffic returns a function that has another destination, which is never behind, get four segments' worth of records.
func (r *rig) traffic() func() {
	r.t.Helper()
	const other = "destination.test.other"
	c, err := r.spool.Cursor(other, spool.BacklogOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	set, err := r.spool.Set(other)
	if err != nil {
		r.t.Fatal(err)
	}
	return func() {
		r.t.Helper()
		for range 4 * segmentBytes / 20_000 {
			if _, err := r.spool.Append(r.t.Context(), groupOf(20, 999), set); err != nil {
				r.t.Fatal(err)
			}
			for run, ok := c.Take(100, 1<<20, true); ok; run, ok = c.Take(100, 1<<20, true) {
				run.Segment.Release()
				c.Settle(run.Last(), int64(run.Len()), int64(len(run.Data)))
			}
		}
		r.after(time.Second)
	}
}

// holds checks that what the lane holds is little, besides the current segment and so many others.
func (r *rig) holds(when string, others int) {
	r.t.Helper()
	const full, little = segmentBytes * 9 / 8, segmentBytes / 4 // a segment with its index
	if got, most := r.spool.Stats().Bytes, int64(full*(1+others)+little); got > most {
		r.t.Errorf("%s: the spool holds %d bytes, want at most %d", when, got, most)
	}
}

func TestFewRecordsHoldNoSegment(t *testing.T) {
	for name, c := range map[string]struct {
		records int // of each batch of ten
		others  int // segments that are held in the end
		prepare func(r *rig, got []shipment)
	}{
		"with the plugin, in batches that filled slowly": {records: 2, prepare: func(*rig, []shipment) {}},
		// The first of all is not known to be little among others.
		"with the plugin, in batches that came at once": {records: 10, others: 1, prepare: func(*rig, []shipment) {}},
		"on their way to a store that is stuck": {records: 10, prepare: func(r *rig, got []shipment) {
			s := r.session()
			for _, ship := range got {
				s.verdicts <- rejected(ship)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o := small(SessionInfo{})
			o.dead, o.RejectLimit = &stuckDeadLetters{}, 1
			inBubble(t, o, func(t *testing.T, r *rig) {
				traffic := r.traffic()
				for range 4 {
					r.append(c.records)
					if c.records == 2 {
						r.append(c.records)
					}
					traffic()
					r.after(10 * time.Second)
				}
				got := r.take()
				if len(got) != 4 {
					t.Fatalf("%d batches were sent, want 4", len(got))
				}
				r.holds("sent", 1)
				c.prepare(r, got)
				traffic()
				r.holds("later", c.others)
			})
		})
	}
}

// TestALaneCopiesBeforeItDrops has one record of a batch keep a whole segment of a spool that others fill.
func TestALaneCopiesBeforeItDrops(t *testing.T) {
	o := rigOptions{Options: Options{MaxRecords: 60}}
	o.backlog.WhenFull = spool.DropOldest
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.appendSized(60, 999)
		sent := r.want("1-60")[0]
		const other = "destination.test.other"
		c, err := r.spool.Cursor(other, spool.BacklogOptions{WhenFull: spool.DropOldest})
		if err != nil {
			t.Fatal(err)
		}
		set, err := r.spool.Set(other)
		if err != nil {
			t.Fatal(err)
		}
		var held []spool.Run
		waits := make(chan error, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for full := false; !full; {
			go func() {
				_, err := r.spool.Append(ctx, groupOf(1, 60_000), set) // a segment each
				waits <- err
			}()
			r.after(0)
			if full = len(waits) == 0; !full {
				if err := <-waits; err != nil {
					t.Fatal(err)
				}
			}
			for run, ok := c.Take(100, 1<<20, true); ok; run, ok = c.Take(100, 1<<20, true) {
				held = append(held, run)
			}
		}
		r.answer(named(RecordVerdict{Index: 30, Outcome: Retry})(sent))
		if err := <-waits; err != nil {
			t.Errorf("Append = %v", err)
		}
		r.check(59, 0, 0, 1)
		release(held)
	})
}
