package delivery

import (
	"fmt"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// TestOrderHoldsWithinASetOfValues: after a retry what was refused comes again by first positions.
func TestOrderHoldsWithinASetOfValues(t *testing.T) {
	o := partitioned(2, SessionInfo{Ordered: true})
	o.MaxRecords = 3
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(12)
		got := r.wantOf("1: 1,3,5", "0: 2,4,6", "1: 7,9,11", "0: 8,10,12")
		r.answer(retry(got[0]), outOfOrder(got[1]), outOfOrder(got[2]), outOfOrder(got[3]))
		r.after(time.Second)
		again := r.wantOf("1: 1,3,5", "0: 2,4,6", "1: 7,9,11", "0: 8,10,12")
		for i := range again {
			if again[i].key != got[i].key || again[i].settledThrough != 0 {
				t.Errorf("%v has another key, or says that all up to %d is settled", again[i], again[i].settledThrough)
			}
		}
		r.answer(accepted(again[1]), accepted(again[0]), accepted(again[3]))
		r.append(6)
		if next := r.wantOf("1: 13,15,17", "0: 14,16,18"); next[0].settledThrough != 6 {
			t.Errorf("settled through %d, want 6", next[0].settledThrough)
		}
		r.check(9, 0, 0, 9)
	})
}

func TestWhatIsLeftKeepsItsValues(t *testing.T) {
	o := partitioned(2, SessionInfo{})
	o.Retry.PoisonAfter = new(int)
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(20)
		got := r.wantOf("1: 1,3,5,7,9,11,13,15,17,19", "0: 2,4,6,8,10,12,14,16,18,20")
		r.answer(Verdict{BatchID: got[1].id, Outcome: Retry, Code: TooLarge})
		r.wantOf("0: 2,4,6,8,10", "0: 12,14,16,18,20")
		r.answer(named(RecordVerdict{Index: 1, Outcome: Retry}, RecordVerdict{Index: 2, Outcome: Rejected})(got[0]))
		r.after(time.Second)
		again := r.wantOf("1: 3")
		if again[0].attempt != 2 || again[0].key == got[0].key {
			t.Errorf("what is left is %v", again[0])
		}
		r.check(8, 1, 0, 11)
	})
}

// TestARejectionIsKeptIfNothingWithItsValuesIsBehindIt: others that are behind it do not matter.
func TestARejectionIsKeptIfNothingWithItsValuesIsBehindIt(t *testing.T) {
	for name, c := range map[string]struct {
		sets record.Position
		dead int64
	}{"other values": {3, 0}, "its values": {1, 10}} {
		t.Run(name, func(t *testing.T) {
			o := partitioned(c.sets, SessionInfo{Ordered: true})
			o.RejectLimit = 0.1
			o.MaxOpen = 1
			inBubble(t, o, func(t *testing.T, r *rig) {
				if c.sets == 1 {
					r.append(40)
				} else {
					r.append(5)
				}
				got := r.take()
				if len(got) != 4 {
					t.Fatalf("%d batches sent", len(got))
				}
				r.answer(accepted(got[0]), accepted(got[1]))
				before := r.status().DeadLettered
				r.answer(rejected(got[2])) // the lane begins to hold with it
				if n := r.status().DeadLettered - before; n != c.dead {
					t.Errorf("%d records dead-lettered, want %d", n, c.dead)
				}
			})
		})
	}
}

func TestDropOldestTakesTheOldestSetFirst(t *testing.T) {
	o := bounded(partitioned(2, SessionInfo{}))
	o.down = true
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.appendSized(1, 29)
		r.after(time.Second)
		r.appendSized(18, 29)
		r.after(time.Second)
		r.check(0, 0, 0, 19)
		for range 5 {
			r.appendSized(7, 29)
			r.after(time.Second)
		}
		if s := r.status(); s.HeldBytes > 600+7*30 || s.DroppedFull+s.Held != 54 || s.DroppedFull < 27 {
			t.Errorf("%+v", s)
		}
		first := r.lane.frontier() + 1 // the lane waits, so it is not racing
		if int64(first) <= 10 {
			t.Errorf("position %d is still held", first)
		}
	})
}

func TestExpiryCountsPerSetOfValues(t *testing.T) {
	o := partitioned(2, SessionInfo{})
	o.down, o.MaxAge = true, time.Hour
	o.backlog.MaxAge = time.Minute
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(2) // both sets
		r.after(30 * time.Second)
		r.append(1) // the first one again
		r.after(30 * time.Second)
		r.check(0, 0, 1, 2)
		r.after(30 * time.Second)
		r.check(0, 0, 3, 0)
	})
}

func TestResumeIsIgnoredWithValuesByRecord(t *testing.T) {
	o := partitioned(2, SessionInfo{Ordered: true})
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(20)
		r.wantOf("1: 1,3,5,7,9,11,13,15,17,19", "0: 2,4,6,8,10,12,14,16,18,20")
		r.dest.info.ResumeAfter = 15
		for range 2 {
			r.crash(End{Reason: "killed"})
			r.wantOf("1: 1,3,5,7,9,11,13,15,17,19", "0: 2,4,6,8,10,12,14,16,18,20")
		}
		r.check(0, 0, 0, 20)
	})
}

// TestTheOldestIsDropped: that may be what is gathered, though others wait for their next attempt.
func TestTheOldestIsDropped(t *testing.T) {
	o := small(SessionInfo{})
	o.resolver = byRule(func(p record.Position, _ []byte) (string, bool) { return fmt.Sprint(p == 1), true })
	r := newRig(t, o)
	defer r.close()
	d := newDriver(t, r, Deps{Resolver: o.resolver})
	d.connect()
	appendNow(t, r, 11)
	d.turn(0)
	d.answer(retry(d.session.take()[0]))
	for i, want := range []int64{1, 10, 0} {
		if n := d.lane.dropOldest(); n != want {
			t.Errorf("the batch dropped as number %d has %d records, want %d", i, n, want)
		}
	}
	checkLane(t, d.lane, 0, d.now) // who drops counts it
}

func TestFewRecordsOfEachSetHoldNoSegment(t *testing.T) {
	o := partitioned(4, SessionInfo{})
	o.MaxAge = time.Hour
	inBubble(t, o, func(t *testing.T, r *rig) {
		traffic := r.traffic()
		for range 5 {
			r.append(4)
			traffic()
			r.holds("while they gather", 1)
		}
		r.append(20)
		if n := len(r.take()); n != 4 {
			t.Errorf("%d batches were sent, want 4", n)
		}
	})
}

// TestTenThousandValuesTakeBoundedMemory: whatever is told apart, no more than max_open batches are.
func TestTenThousandValuesTakeBoundedMemory(t *testing.T) {
	const values, perTurn = 10_000, 500
	cursor := newLoopCursor(1, 100, 4*values)
	rule := byRule(func(p record.Position, _ []byte) (string, bool) {
		return fmt.Sprintf("tenant-%d", uint64(p)*7919%values), true
	})
	l := New(cursor, nil, nil, Options{Address: address}, Deps{Resolver: rule})
	l.session.cancel = func() {}
	s := &sinkSession{}
	if err := l.connected(connection{session: s}); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_700_000_000, 0)
	for turn := 0; cursor.settled < 4*values; turn++ {
		now = now.Add(time.Millisecond)
		l.draining = cursor.left == 0
		l.advance(t.Context(), now)
		if n := len(l.parts.known); n > 1024 {
			t.Fatalf("%d sets of values are known", n)
		}
		if held := int(cursor.next-1) - int(cursor.settled); held > 1024+l.o.MaxInFlight+1 {
			t.Fatalf("%d records are held", held)
		}
		for _, id := range s.sent {
			l.answer(&Verdict{BatchID: id, Outcome: Accepted}, now)
		}
		s.sent = s.sent[:0]
		if turn > 10*values {
			t.Fatalf("settled %d of %d", cursor.settled, 4*values)
		}
	}
	if f := l.flushes; f[flushOpen] < 3*values {
		t.Errorf("flushes %v", f)
	}
}

// TestWhatIsOpenIsAPartOfTheBacklog: else the sources that wait for room would wait for max_age.
func TestWhatIsOpenIsAPartOfTheBacklog(t *testing.T) {
	o := partitioned(50, SessionInfo{})
	o.backlog = spool.BacklogOptions{MaxBytes: 100_000}
	o.onSend = func(s *fakeSession, ship shipment) { s.verdicts <- accepted(ship) }
	o.MaxRecords, o.MaxAge = 1000, time.Hour
	inBubble(t, o, func(t *testing.T, r *rig) {
		for range 50 {
			r.appendSized(50, 99)
		}
		s := r.status()
		if s.HeldBytes > 25_000+100 || s.HeldBytes < 20_000 || s.Flushes.Open == 0 || s.Flushes.Age != 0 {
			t.Errorf("%+v", s)
		}
	})
}
