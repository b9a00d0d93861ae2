package delivery

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// FuzzVerdict gives a lane verdicts made of arbitrary bytes, and checks the ledger, the order of open batches and that
// the lane gets through as soon as the plugin behaves.
func FuzzVerdict(f *testing.F) {
	f.Add(false, []byte{})
	f.Add(false, []byte{1, 1, 0, 0, 0})                                   // accepted
	f.Add(false, []byte{4, 1, 0x81, 0, 0})                                // accepted through
	f.Add(true, []byte{1, 2, 0, 1, 0, 2, 2, 0, 7, 0, 3, 2, 0, 7, 0})      // retry, then out of order
	f.Add(true, []byte{1, 4, 0, 5, 3, 3, 2, 0, 4, 3, 0, 9, 2, 0})         // partial
	f.Add(false, []byte{1, 3, 0, 6, 0, 2, 3, 0, 5, 0, 3, 3, 0, 5, 0})     // too large, rejected
	f.Add(false, []byte{1, 2, 0, 9, 0, 0, 5, 0, 0, 0, 99, 4, 0, 0, 1, 9}) // panic, sign of life, unknown batch
	f.Add(false, []byte{1, 4, 0, 0, 2, 255, 3, 0, 255, 3, 0})             // index out of range, named twice
	f.Fuzz(func(t *testing.T, ordered bool, script []byte) {
		m, err := spool.NewMemory(spool.Options{})
		if err != nil {
			t.Fatal(err)
		}
		cursor, _ := m.Cursor(address, spool.BacklogOptions{})
		set, _ := m.Set(address)
		dead := &positionsStore{seen: map[record.Position]int{}}
		l := New(cursor, nil, dead, Options{Address: address, MaxRecords: 4},
			Deps{Rand: rand.New(rand.NewPCG(1, 2))})
		info := SessionInfo{Ordered: ordered}
		d := &driver{t: t, lane: l, now: time.Unix(1_700_000_000, 0), session: newFakeSession(info, nil)}
		d.connect()
		if _, err := m.Append(t.Context(), groupOf(42, 3), set); err != nil {
			t.Fatal(err)
		}
		d.turn(0)
		for len(script) > 0 {
			var v Verdict
			v, script = parseVerdict(script)
			d.answer(v)
			d.turn(time.Second)
			checkLane(t, l, 42, d.now)
		}
		l.draining = true
		d.end(End{}, 0)
		for range 1000 {
			d.turn(time.Minute)
			for _, s := range d.session.take() {
				d.answer(accepted(s))
			}
		}
		checkLane(t, l, 42, d.now)
		if s := l.status(d.now); s.Held != 0 {
			t.Errorf("held %d with a plugin that accepts everything: %+v", s.Held, s)
		}
	})
}

// parseVerdict takes a verdict off b: id, outcome, flags, code, number of records, and three bytes for each of them.
func parseVerdict(b []byte) (Verdict, []byte) {
	var head [5]byte
	b = b[copy(head[:], b):]
	v := Verdict{
		BatchID: uint64(head[0]), Outcome: Outcome(head[1]), Through: head[2]&0x80 != 0,
		RetryAfter: time.Duration(head[2]&0x7f) * time.Second, Code: Code(head[3]), Message: "fuzz",
	}
	for range head[4] {
		var r [3]byte
		b = b[copy(r[:], b):]
		v.Records = append(v.Records, RecordVerdict{
			Index: uint32(r[0]) | uint32(binary.LittleEndian.Uint16(r[1:])>>8)<<24, Outcome: Outcome(r[1]),
		})
	}
	return v, b
}

// checkLane checks what holds for a lane at any time.
func checkLane(t fataler, l *Lane, appended int, now time.Time) {
	s := l.status(now)
	if sum := s.Delivered + s.DeadLettered + s.DroppedFull + s.DroppedExpired + s.Held; sum != int64(appended) {
		t.Fatalf("the ledger has %d records, want %d: %+v", sum, appended, s)
	}
	var counts [states]int
	held, bytes := checkPartitions(t, l)
	lowest := l.frontier()
	gathered, gatheredBytes := 0, int64(0)
	for i, f := range l.window.open {
		counts[f.state]++
		held, bytes = held+int64(f.Records), bytes+int64(f.Bytes)
		if f.held {
			gathered++
			gatheredBytes += int64(f.Bytes)
			if f.state != sent {
				t.Fatalf("the batch at %d is not with the plugin, but held by it", f.First())
			}
		}
		if f.Key != [16]byte{} && f.Key != l.keys.key(f.set, f.Runs) || f.set.byName()["to"] != f.Resolved["to"] {
			t.Fatalf("the batch at %d with %v has another key, or other values", f.First(), f.Resolved)
		}
		if f.First() <= lowest {
			t.Fatalf("the frontier %d passes the open batch at %d", lowest, f.First())
		}
		if i > 0 && f.First() <= l.window.open[i-1].First() {
			t.Fatalf("open batches are not in order")
		}
	}
	if counts != l.window.count {
		t.Fatalf("counts %v, want %v", l.window.count, counts)
	}
	b := l.cursor.Backlog()
	if b.Records != held+b.Untaken || b.Untaken == 0 && b.Bytes != bytes {
		t.Fatalf("backlog %+v, lane holds %d records of %d bytes", b, held, bytes)
	}
	if n := l.window.count[sent] - gathered; n > l.o.MaxInFlight {
		t.Fatalf("%d batches with the plugin that it does not gather, window %d", n, l.o.MaxInFlight)
	}
	if x := &l.session; gathered != x.held || gatheredBytes != x.heldBytes || gatheredBytes > x.info.MaxHeldBytes {
		t.Fatalf("%d batches of %d bytes are held, the session counts %d of %d", gathered, gatheredBytes, x.held, x.heldBytes)
	}
}

type fataler interface {
	Fatalf(format string, args ...any)
}
