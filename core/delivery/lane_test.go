package delivery

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

func TestLaneFlushesAtOneHundredRecords(t *testing.T) {
	inBubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		r.append(99)
		r.want()
		r.append(106)
		got := r.want("1-100", "101-200")
		if got[0].attempt != 1 || got[0].records[99] != "100" || got[1].id <= got[0].id {
			t.Errorf("batches %v", got)
		}
		r.answer(accepted(got[0]), accepted(got[1]))
		r.check(200, 0, 0, 5)
		if f := r.status().Flushes; f != (Flushes{Records: 2}) {
			t.Errorf("flushes %+v", f)
		}
	})
}

func TestLaneFlushesTenSecondsAfterItTookTheFirstRecord(t *testing.T) {
	inBubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		r.append(1)
		r.after(9 * time.Second)
		r.append(1)
		r.after(999 * time.Millisecond)
		r.want()
		r.after(time.Millisecond)
		got := r.want("1-2")
		r.append(1)
		r.after(10*time.Second - 1)
		r.want()
		r.after(1)
		r.want("3")
		r.answer(accepted(got[0]))
		r.check(2, 0, 0, 1)
		if f := r.status().Flushes; f != (Flushes{Age: 2}) {
			t.Errorf("flushes %+v", f)
		}
	})
}

func TestLaneFlushesAtMaxBytes(t *testing.T) {
	inBubble(t, rigOptions{Options: Options{MaxBytes: 100}}, func(t *testing.T, r *rig) {
		r.appendSized(9, 29) // 30 bytes each with the terminator
		r.want("1-3", "4-6")
		r.appendSized(1, 500)
		r.want("7-9", "10") // the second is larger than max_bytes, and alone
		r.appendSized(1, 10)
		r.after(10*time.Second - 1)
		r.want()
		for _, s := range r.session().taken {
			r.answer(accepted(s))
		}
		r.after(1)
		r.want("11")
		if f := r.status().Flushes; f != (Flushes{Bytes: 4, Age: 1}) {
			t.Errorf("flushes %+v", f)
		}
	})
}

func TestLaneCutsGroupsExactly(t *testing.T) {
	inBubble(t, rigOptions{Options: Options{MaxRecords: 10, MaxInFlight: 100}}, func(t *testing.T, r *rig) {
		for _, n := range []int{3, 4, 8, 1, 30, 4} {
			r.append(n)
		}
		next := record.Position(1)
		for _, s := range r.take() {
			for i, p := range s.positions {
				if p != next {
					t.Fatalf("position %d, want %d", p, next)
				}
				if len(s.positions) != 10 || len(s.records[i]) == 0 {
					t.Fatalf("batch %v", s)
				}
				next++
			}
		}
		if next != 51 {
			t.Errorf("sent up to %d, want 50", next-1)
		}
	})
}

func TestLaneKeepsTheWindowAndReadsOneBatchAhead(t *testing.T) {
	inBubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		r.append(1000)
		got := r.want("1-100", "101-200", "201-300", "301-400")
		if b := r.cursor.Backlog(); b.Untaken != 500 {
			t.Errorf("%d records not taken, want 500: the window and one batch", b.Untaken)
		}
		r.answer(accepted(got[1]))
		r.want("401-500")
		r.answer(Verdict{BatchID: got[3].id, Outcome: Accepted, Through: true})
		got = r.want("501-600", "601-700", "701-800")
		if got[0].settledThrough != 400 {
			t.Errorf("settled through %d, want 400", got[0].settledThrough)
		}
		r.check(400, 0, 0, 600)
	})
}

func TestLaneStopsAtOnce(t *testing.T) {
	inBubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		r.append(250)
		got := r.take()
		s := r.session()
		s.verdicts <- accepted(got[0])
		r.cancel()
		if err := <-r.result; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want canceled", err)
		}
		if s.stopped == "" || s.closed {
			t.Errorf("stopped %q, drained %t", s.stopped, s.closed)
		}
		r.check(100, 0, 0, 150)
		if r.status().State != Ended {
			t.Errorf("state %s", r.status().State)
		}
	})
}

func TestLaneReportsThatItCanNotConnect(t *testing.T) {
	r := newRig(t, rigOptions{})
	boom := errors.New("boom")
	lane := New(r.cursor, failingDestination{boom}, r.dead, Options{Address: address}, Deps{})
	if err := lane.Run(t.Context()); !errors.Is(err, boom) {
		t.Errorf("Run = %v", err)
	}
}

type failingDestination struct{ err error }

func (failingDestination) Hurry() {}

func (d failingDestination) Connect(context.Context) (Session, error) { return nil, d.err }

func TestStatusBeforeRun(t *testing.T) {
	if s := newRig(t, rigOptions{}).lane.Status(); s != (Status{}) {
		t.Errorf("Status = %+v", s)
	}
}

func TestLaneThatIsFarAheadCutsNoSmallBatchAfterwards(t *testing.T) {
	r := newRig(t, small(SessionInfo{}))
	d := newDriver(t, r, Deps{})
	d.connect()
	r.appendOnly(10, 0)
	d.turn(0)
	sent := d.session.take()[0]
	d.lane.takenBytes = maxAhead // as if most had been settled since
	r.appendOnly(3, 0)
	r.appendOnly(3, 0)
	d.turn(0)
	if b := r.cursor.Backlog(); b.Untaken != 6 {
		t.Errorf("%d records not taken, want 6", b.Untaken)
	}
	d.answer(accepted(sent))
	d.turn(0)
	if got := d.session.take(); len(got) != 0 {
		t.Errorf("sent %v, want nothing before the batch is full", got)
	}
	if d.lane.parts.only.records != 6 {
		t.Errorf("%d records gathered, want 6", d.lane.parts.only.records)
	}
}
