package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// modulo sends each record where the remainder of its position says: "0", "1" and so on.
func modulo(n record.Position) byRule {
	return func(p record.Position, _ []byte) (string, bool) { return fmt.Sprint(p % n), true }
}

// partitioned cuts batches of ten records of equal values, of which there are n.
func partitioned(n record.Position, info SessionInfo) rigOptions {
	o := small(info)
	o.resolver = modulo(n)
	return o
}

// sent takes the batches and checks them, each written as "value: positions".
func (r *rig) wantOf(batches ...string) []shipment {
	r.t.Helper()
	got := r.take()
	var names []string
	for _, s := range got {
		names = append(names, s.resolved["to"]+": "+stretch(s.positions))
	}
	if !slices.Equal(names, batches) {
		r.t.Fatalf("sent %q, want %q", names, batches)
	}
	return got
}

func TestABatchHasOneSetOfValues(t *testing.T) {
	inBubble(t, partitioned(2, SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(25)
		r.wantOf("1: 1,3,5,7,9,11,13,15,17,19", "0: 2,4,6,8,10,12,14,16,18,20")
		r.after(10 * time.Second)
		r.wantOf("1: 21,23,25", "0: 22,24")
		if f := r.status().Flushes; f != (Flushes{Records: 2, Age: 2}) {
			t.Errorf("flushes %+v", f)
		}
	})
}

func TestRecordsOfEqualValuesStayOneRun(t *testing.T) {
	o := small(SessionInfo{})
	o.resolver = byRule(func(p record.Position, _ []byte) (string, bool) { return fmt.Sprint(p / 10), true })
	r := newRig(t, o)
	defer r.close()
	d := newDriver(t, r, Deps{Resolver: o.resolver})
	d.connect()
	appendNow(t, r, 25)
	d.turn(0)
	d.turn(10 * time.Second)
	open := d.lane.window.open
	if len(open) != 3 {
		t.Fatalf("%d batches are open", len(open))
	}
	for i, want := range []record.Position{1, 10, 20} {
		f := open[i]
		if len(f.Runs) != 1 || f.First() != want || f.Runs[0].ID != f.Runs[0].Origin.ID+uint64(want)-1 {
			t.Errorf("batch %d is %+v", i, f.Runs)
		}
	}
	d.lane.discard()
	if n := r.spool.Stats().Bytes; n > 2*segmentBytes {
		t.Errorf("the spool holds %d bytes", n)
	}
}

func appendNow(t *testing.T, r *rig, n int) {
	t.Helper()
	if _, err := r.spool.Append(t.Context(), groupOf(n, 5), r.set); err != nil {
		t.Fatal(err)
	}
}

// TestAgeCountsPerSetOfValues: from the first record of each batch.
func TestAgeCountsPerSetOfValues(t *testing.T) {
	inBubble(t, partitioned(2, SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(1)
		r.after(4 * time.Second)
		r.append(2)
		r.after(6*time.Second - 1)
		r.wantOf()
		r.after(1)
		r.wantOf("1: 1,3")
		r.after(4 * time.Second)
		r.wantOf("0: 2")
	})
}

func TestBytesCountPerSetOfValues(t *testing.T) {
	o := partitioned(2, SessionInfo{})
	o.MaxBytes = 64
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.appendSized(4, 30) // with its line feed each has 31 bytes
		r.wantOf()
		r.appendSized(1, 30)
		r.wantOf("1: 1,3")
		r.appendSized(1, 100)
		r.wantOf("0: 2,4", "0: 6")
		if f := r.status().Flushes; f.Bytes != 3 {
			t.Errorf("flushes %+v", f)
		}
	})
}

func TestTheOldestGoesWhenTooManyAreOpen(t *testing.T) {
	o := partitioned(5, SessionInfo{})
	o.MaxOpen, o.MaxInFlight = 3, 10
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(3)
		r.wantOf()
		r.append(1)
		r.wantOf("1: 1")
		r.append(4)
		r.wantOf("2: 2", "3: 3", "4: 4", "0: 5")
		if f := r.status().Flushes; f != (Flushes{Open: 5}) {
			t.Errorf("flushes %+v", f)
		}
	})
}

func TestDrainSendsTheOldestFirst(t *testing.T) {
	o := partitioned(3, SessionInfo{Ordered: true})
	o.onSend = func(s *fakeSession, ship shipment) { s.verdicts <- accepted(ship) }
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(5)
		if err := r.lane.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		r.wantOf("1: 1,4", "2: 2,5", "0: 3")
		r.check(5, 0, 0, 0)
	})
}

func TestWithoutAValueARecordIsDeadLettered(t *testing.T) {
	o := small(SessionInfo{})
	o.resolver = byRule(func(p record.Position, _ []byte) (string, bool) {
		if p%3 == 0 {
			return fmt.Sprintf("attribute path: null (%d)", p%2), false
		}
		return "a", true
	})
	o.RejectLimit = 0.1
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(30)
		r.wantOf("a: 1-2,4-5,7-8,10-11,13-14", "a: 16-17,19-20,22-23,25-26,28-29")
		r.check(0, 10, 0, 20)
		for i, d := range r.memory.All() {
			if p := record.Position(3 * (i + 1)); d.Position != p || d.Code != Invalid || d.Attempts != 0 ||
				d.Reason != fmt.Sprintf("attribute path: null (%d)", p%2) || string(d.Record) != fmt.Sprint(p) ||
				d.Origin.ID != 999+uint64(p) || !d.FirstAttempt.IsZero() {
				t.Errorf("dead letter %+v", d)
			}
		}
		if s := r.status(); s.State == Holding {
			t.Errorf("what has no values counts as rejected by the destination: %+v", s)
		}
	})
}

// TestASlowStoreStopsWhatHasNoValues: its memory is bounded, and nothing is lost by it.
func TestASlowStoreStopsWhatHasNoValues(t *testing.T) {
	store := &blockedStore{}
	o := small(SessionInfo{})
	o.dead = store
	o.resolver = byRule(func(record.Position, []byte) (string, bool) { return "none", false })
	inBubble(t, o, func(t *testing.T, r *rig) {
		store.release = make(chan struct{})
		for range 20 {
			r.append(1000)
		}
		if n := r.lane.cursor.Backlog().Untaken; n < 10_000 {
			t.Errorf("%d records are left to be taken while the store waits", n)
		}
		close(store.release)
		r.after(time.Second)
		r.check(0, 20_000, 0, 0)
	})
}

func TestResolution(t *testing.T) {
	long := strings.Repeat("x", MaxResolvedBytes)
	for name, c := range map[string]struct {
		tell   func(r *Resolution)
		reason string
		want   map[string]string
	}{
		"values":              {tell: func(r *Resolution) { r.Value([]byte("1")); r.Value(nil); r.Next() }, want: map[string]string{"a": "1", "b": ""}},
		"one is absent":       {tell: func(r *Resolution) { r.Absent(); r.Value([]byte("2")); r.Next() }, want: map[string]string{"b": "2"}},
		"not UTF-8":           {tell: func(r *Resolution) { r.Value([]byte("a\xffb")); r.Absent(); r.Next() }, want: map[string]string{"a": "a\uFFFDb"}},
		"too few":             {tell: func(r *Resolution) { r.Value(nil); r.Next() }, reason: reasonNoValue},
		"too many":            {tell: func(r *Resolution) { r.Value(nil); r.Value(nil); r.Value(nil); r.Next() }, reason: reasonNoValue},
		"too long together":   {tell: func(r *Resolution) { r.Value([]byte(long[1:])); r.Value([]byte("x")); r.Next() }, reason: ReasonTooLong},
		"one is far too long": {tell: func(r *Resolution) { r.Value([]byte(long + long)); r.Absent(); r.Next() }, reason: ReasonTooLong},
		"a failure half-way":  {tell: func(r *Resolution) { r.Value(nil); r.Fail("because") }, reason: "because"},
		"nothing at all":      {tell: func(*Resolution) {}, reason: reasonNoValue},
	} {
		t.Run(name, func(t *testing.T) {
			r := Resolution{names: 2}
			run := runOf(1, 2, 1)
			r.evaluate(teller{c.tell}, &run)
			for range 2 {
				s, encoded := r.first()
				if s.reason != c.reason {
					t.Fatalf("reason %q, want %q", s.reason, c.reason)
				}
				if c.reason == "" {
					if got := newValues([]string{"a", "b"}, encoded).resolved; fmt.Sprint(got) != fmt.Sprint(c.want) {
						t.Errorf("values %q, want %q", got, c.want)
					}
				}
				r.take(1)
			}
			if r.next != 1 {
				t.Errorf("equal records are %d stretches", r.next)
			}
		})
	}
}

// teller tells the same of each record.
type teller struct{ tell func(*Resolution) }

func (teller) Names() []string { return []string{"a", "b"} }

func (f teller) Resolve(run *spool.Run, to *Resolution) {
	for range run.Len() {
		f.tell(to)
	}
}

// blockedStore takes nothing until it is released.
type blockedStore struct{ release chan struct{} }

func (s *blockedStore) Put(ctx context.Context, _ []DeadLetter) error {
	select {
	case <-s.release:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
