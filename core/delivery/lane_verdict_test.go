package delivery

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/record"
)

// small cuts a batch of every ten records.
func small(info SessionInfo) rigOptions {
	return rigOptions{Options: Options{MaxRecords: 10}, info: info}
}

func TestLaneRetriesTheSameBatchAfterADelay(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(20)
		got := r.want("1-10", "11-20")
		r.answer(retry(got[0]), accepted(got[1]))
		if s := r.status(); s.State != Retrying || s.Reason != "down" || s.Held != 10 {
			t.Errorf("status %+v", s)
		}
		r.after(500 * time.Millisecond)
		again := r.want("1-10")[0]
		if again.attempt != 2 || again.key != got[0].key || again.id <= got[1].id {
			t.Errorf("second attempt %v with key %x, first %v with %x", again, again.key, got[0], got[0].key)
		}
		if diff := cmp.Diff(got[0].records, again.records); diff != "" {
			t.Errorf("content changed:\n%s", diff)
		}
		r.answer(accepted(again))
		r.check(20, 0, 0, 0)
		if n := r.metrics.Retries.Load(); n != 1 {
			t.Errorf("%d retries counted", n)
		}
		if s := r.status(); s.State != Running {
			t.Errorf("status %+v", s)
		}
	})
}

func TestLanePausesAsLongAsThePluginAsks(t *testing.T) {
	for name, c := range map[string]struct{ asked, waits time.Duration }{
		"a minute":             {time.Minute, time.Minute},
		"at most five minutes": {time.Hour, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
				r.append(10)
				v := retry(r.want("1-10")[0])
				v.Code, v.RetryAfter = Throttled, c.asked
				r.answer(v)
				r.append(10)
				r.after(c.waits - 1)
				r.want()
				r.after(1)
				r.want("1-10", "11-20")
			})
		})
	}
}

func TestLaneKeepsWhatOnlyTheUserCanMend(t *testing.T) {
	for _, code := range []Code{Unauthenticated, Misconfigured} {
		t.Run(code.String(), func(t *testing.T) {
			o := small(SessionInfo{})
			o.Retry.MaxElapsed = time.Hour
			inBubble(t, o, func(t *testing.T, r *rig) {
				r.append(10)
				v := Verdict{Outcome: Retry, Code: code, Message: "403 Forbidden"}
				attempts := 0
				for start := time.Now(); time.Since(start) < 10*time.Hour; r.after(5 * time.Second) {
					for _, s := range r.take() {
						attempts++
						v.BatchID = s.id
						r.answer(v)
					}
				}
				if attempts < 480 || attempts > 800 {
					t.Errorf("%d attempts in 10 h, want about one a minute", attempts)
				}
				if s := r.status(); s.State != Degraded || s.Reason != code.String()+": 403 Forbidden" {
					t.Errorf("status %+v", s)
				}
				r.check(0, 0, 0, 10)
				r.after(2 * time.Minute)
				r.answer(accepted(r.want("1-10")[0]))
				if s := r.status(); s.State != Running || s.Delivered != 10 {
					t.Errorf("status %+v", s)
				}
			})
		})
	}
}

func TestLaneGivesUpAfterMaxElapsed(t *testing.T) {
	o := small(SessionInfo{})
	o.Retry.MaxElapsed = time.Minute
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(10)
		last := uint32(0)
		for start := time.Now(); time.Since(start) < time.Minute; r.after(10 * time.Millisecond) {
			for _, s := range r.take() {
				last = s.attempt
				r.answer(retry(s))
			}
		}
		r.check(0, 10, 0, 0)
		d := r.memory.All()[9]
		if d.Code != Unavailable || d.Reason != "not accepted within max_elapsed: down" || d.Attempts != last ||
			d.GivenUp.Sub(d.FirstAttempt) != time.Minute || string(d.Record) != "10" || d.Origin.ID != 1009 {
			t.Errorf("dead letter %+v", d)
		}
	})
}

func TestLaneDeadLettersRejectedBatches(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(10)
		r.answer(rejected(r.want("1-10")[0]))
		r.check(0, 10, 0, 0)
		for i, d := range r.memory.All() {
			if d.Position != record.Position(i+1) || d.Reason != "bad" || d.Code != Invalid || d.Destination != address {
				t.Errorf("dead letter %d: %+v", i, d)
			}
		}
	})
}

func TestLaneSplitsPartialVerdicts(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		r.answer(Verdict{BatchID: got[0].id, Outcome: Partial, Code: Throttled, Message: "some", Records: []RecordVerdict{
			{Index: 8, Outcome: Retry},
			{Index: 1, Outcome: Rejected, Reason: "no"},
			{Index: 2, Outcome: Retry},
			{Index: 3, Outcome: Retry},
			{Index: 9, Outcome: Rejected},
		}})
		r.check(5, 2, 0, 23)
		all := r.memory.All()
		if all[0].Position != 2 || all[0].Reason != "no" || all[1].Position != 10 || all[1].Reason != "some" {
			t.Errorf("dead letters %+v", all)
		}
		r.append(10)
		r.want() // nothing newer is sent before the records that are to be tried again
		r.after(500 * time.Millisecond)
		again := r.want("3-4,9", "31-40")
		if again[0].attempt != 2 || again[0].key == got[0].key || again[0].settledThrough != 2 {
			t.Errorf("rest of the batch %+v", again[0])
		}
		r.answer(Verdict{BatchID: again[1].id, Outcome: Accepted, Through: true})
		r.check(38, 2, 0, 0)
	})
}

func TestLaneHalvesWhatIsTooLarge(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(10)
		tooLarge := func(s shipment) Verdict {
			return Verdict{BatchID: s.id, Outcome: Retry, Code: TooLarge, Message: "413"}
		}
		r.answer(tooLarge(r.want("1-10")[0]))
		got := r.want("1-5", "6-10")
		if got[0].attempt != 2 {
			t.Errorf("attempt %d", got[0].attempt)
		}
		r.answer(accepted(got[1]), tooLarge(got[0]))
		got = r.want("1-2", "3-5")
		r.answer(tooLarge(got[0]), accepted(got[1]))
		got = r.want("1", "2")
		r.answer(tooLarge(got[0]), accepted(got[1]))
		r.check(9, 1, 0, 0)
		if d := r.memory.All()[0]; d.Position != 1 || d.Code != TooLarge || d.Reason != "413" || d.Attempts != 4 {
			t.Errorf("dead letter %+v", d)
		}
	})
}

func TestLaneSendsNoMoreThanThePluginTakes(t *testing.T) {
	o := small(SessionInfo{MaxBatchBytes: 60})
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.appendSized(4, 19)
		r.want("1-3")
		r.appendSized(1, 200)
		r.want("4")
		r.check(0, 1, 0, 4) // the record of 200 bytes
		if d := r.memory.All()[0]; d.Position != 5 || d.Code != TooLarge {
			t.Errorf("dead letter %+v", d)
		}
		r.dest.info.MaxBatchBytes = 40
		r.crash(End{})
		r.want("1", "2-3", "4")
	})
}

func TestLaneTakesSignsOfLife(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(10)
		s := r.want("1-10")[0]
		r.answer(
			Verdict{Outcome: Working, HasDurable: true, DurableThrough: 7},
			Verdict{BatchID: s.id, Outcome: Working},
			accepted(s))
		r.check(10, 0, 0, 0)
		if n := r.metrics.InvalidVerdicts.Load(); n != 0 {
			t.Errorf("%d verdicts were invalid", n)
		}
	})
}

func TestLaneSurvivesHostileVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		v    func(shipment) Verdict
		held bool // the batch stays with the plugin
	}{
		"unknown batch":         {func(shipment) Verdict { return Verdict{BatchID: 99, Outcome: Accepted} }, true},
		"through unknown batch": {func(shipment) Verdict { return Verdict{BatchID: 99, Outcome: Accepted, Through: true} }, true},
		"no batch":              {func(shipment) Verdict { return Verdict{Outcome: Accepted, Through: true} }, true},
		"no outcome":            {func(s shipment) Verdict { return Verdict{BatchID: s.id} }, false},
		"unknown outcome":       {func(s shipment) Verdict { return Verdict{BatchID: s.id, Outcome: 200} }, false},
		"index out of range":    {named(RecordVerdict{Index: 10, Outcome: Rejected}), false},
		"huge index":            {named(RecordVerdict{Index: 1<<32 - 1, Outcome: Rejected}), false},
		"index named twice":     {named(RecordVerdict{Index: 3, Outcome: Rejected}, RecordVerdict{Index: 3, Outcome: Retry}), false},
		"record accepted twice": {named(RecordVerdict{Index: 3, Outcome: Accepted}), false},
		"too many records":      {named(make([]RecordVerdict, 1000)...), false},
		"out of order from a destination without order": {outOfOrder, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
				r.append(10)
				s := r.want("1-10")[0]
				r.answer(c.v(s))
				r.check(0, 0, 0, 10)
				if n := r.metrics.InvalidVerdicts.Load(); n != 1 {
					t.Errorf("%d verdicts were invalid, want 1", n)
				}
				if !c.held {
					r.after(time.Second)
					s = r.want("1-10")[0]
				}
				r.answer(accepted(s))
				r.check(10, 0, 0, 0)
			})
		})
	}
}

func named(records ...RecordVerdict) func(shipment) Verdict {
	return func(s shipment) Verdict { return Verdict{BatchID: s.id, Outcome: Partial, Records: records} }
}
