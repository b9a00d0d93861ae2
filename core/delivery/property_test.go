package delivery

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// model is a destination that remembers what it stored, and what it has to answer.
type model struct {
	t       *rapid.T
	ordered bool
	rule    byRule // nil: there are no RECORD attributes
	// open is what it holds, in the order in which it came.
	open []shipment
	// given counts the retry verdicts of the session.
	given uint64
	// stored are positions in the order in which they were first stored.
	stored []record.Position
	seen   map[record.Position]bool
	// sent counts all that it was sent.
	sent map[record.Position]bool
}

func (m *model) receive(ships []shipment) {
	for _, s := range ships {
		m.open = append(m.open, s)
		for i, p := range s.positions {
			m.sent[p] = true
			if i > 0 && p <= s.positions[i-1] {
				m.t.Fatalf("positions of a batch do not rise: %v", s)
			}
			m.checkValue(s, p)
			if p <= s.settledThrough {
				m.t.Fatalf("position %d sent although all up to %d is settled", p, s.settledThrough)
			}
		}
	}
}

// checkValue checks that the record belongs in a batch with these values.
func (m *model) checkValue(s shipment, p record.Position) {
	if m.rule == nil {
		if s.resolved != nil {
			m.t.Fatalf("%v has values %v", s, s.resolved)
		}
		return
	}
	if want, ok := m.rule(p, nil); !ok || s.resolved["to"] != want || len(s.resolved) != 1 {
		m.t.Fatalf("position %d sent with %v, want %q, %t", p, s.resolved, want, ok)
	}
}

// inOrder reports whether the first copies of what has equal values were stored in order.
func (m *model) inOrder() bool {
	last := map[string]record.Position{}
	for _, p := range m.stored {
		value := ""
		if m.rule != nil {
			value, _ = m.rule(p, nil)
		}
		if p <= last[value] {
			return false
		}
		last[value] = p
	}
	return true
}

func (m *model) store(positions []record.Position) {
	for _, p := range positions {
		if !m.seen[p] {
			m.seen[p] = true
			m.stored = append(m.stored, p)
		}
	}
}

// answer makes a verdict on one of the open batches. An ordered destination answers them in order, as the SDK does.
func (m *model) answer() Verdict {
	i := 0
	if !m.ordered {
		i = rapid.IntRange(0, len(m.open)-1).Draw(m.t, "batch")
	}
	s := m.open[i]
	m.open = slices.Delete(m.open, i, i+1)
	v := Verdict{BatchID: s.id, Message: "m"}
	if m.ordered && s.retriesSeen < m.given {
		v.Outcome, v.Code = Retry, OutOfOrder
		return v
	}
	v.Outcome = rapid.SampledFrom([]Outcome{Accepted, Accepted, Accepted, Retry, Rejected, Partial}).Draw(m.t, "outcome")
	switch v.Outcome {
	case Accepted:
		m.store(s.positions)
	case Retry:
		v.Code = rapid.SampledFrom([]Code{Unavailable, Throttled, Misconfigured, TooLarge, Panic}).Draw(m.t, "code")
	case Rejected:
		v.Code = Invalid
	case Partial:
		m.partial(s, &v)
	}
	if counted(&v) {
		m.given++
	}
	return v
}

func (m *model) partial(s shipment, v *Verdict) {
	retried := false
	for i, p := range s.positions {
		o := rapid.SampledFrom([]Outcome{Accepted, Retry, Rejected}).Draw(m.t, "record")
		if o == Accepted && m.ordered && retried {
			o = Retry
		}
		retried = retried || o == Retry
		if o == Accepted {
			m.store([]record.Position{p})
			continue
		}
		v.Records = append(v.Records, RecordVerdict{Index: uint32(i), Outcome: o})
	}
}

// lie makes a verdict that contradicts the protocol. Nothing is stored.
func (m *model) lie() Verdict {
	v := Verdict{
		BatchID: rapid.Uint64Range(0, 30).Draw(m.t, "id"),
		Outcome: Outcome(rapid.SampledFrom([]uint8{0, 2, 4, 6}).Draw(m.t, "outcome")),
		Code:    Code(rapid.Uint8Range(0, 10).Draw(m.t, "code")),
		Records: []RecordVerdict{{Index: rapid.Uint32().Draw(m.t, "index") | 1<<20, Outcome: Retry}},
	}
	return v
}

// positionsStore remembers which positions were dead-lettered.
type positionsStore struct{ seen map[record.Position]int }

func (s *positionsStore) Put(_ context.Context, letters []DeadLetter) error {
	for _, d := range letters {
		s.seen[d.Position]++
	}
	return nil
}

// TestLaneProperties drives a lane against the model, with random verdicts, crashes, drops and time.
func TestLaneProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { newTrial(t).run() })
}

// drawRule draws how records get their values: some in stretches, some with none.
func drawRule(t *rapid.T) byRule {
	sets := rapid.IntRange(0, 9).Draw(t, "values")
	if sets == 0 {
		return nil
	}
	stretches := uint64(rapid.IntRange(1, 7).Draw(t, "stretches"))
	failing := uint64(rapid.IntRange(0, 5).Draw(t, "failing"))
	return func(p record.Position, _ []byte) (string, bool) {
		h := (uint64(p) / stretches) * 0x9E3779B97F4A7C15 >> 32
		if failing > 0 && h%11 < failing {
			return "no value " + strconv.FormatUint(h%2, 10), false
		}
		return strconv.FormatUint(h%uint64(sets), 10), true
	}
}

type trial struct {
	t        *rapid.T
	spool    *spool.Memory
	set      spool.Set
	cursor   spool.Cursor
	dead     *positionsStore
	model    *model
	driver   *driver
	appended int
	lying    bool
}

func newTrial(t *rapid.T) *trial {
	ordered := rapid.Bool().Draw(t, "ordered")
	var backlog spool.BacklogOptions // never full
	if rapid.Bool().Draw(t, "drop oldest") {
		backlog = spool.BacklogOptions{MaxBytes: 4000, WhenFull: spool.DropOldest}
	}
	m, err := spool.NewMemory(spool.Options{MaxBytes: 16 << 20, SegmentBytes: segmentBytes})
	if err != nil {
		t.Fatal(err)
	}
	x := &trial{t: t, spool: m, dead: &positionsStore{seen: map[record.Position]int{}}, lying: !ordered && rapid.Bool().Draw(t, "lies")}
	x.cursor, _ = m.Cursor(address, backlog)
	x.set, _ = m.Set(address)
	o := Options{
		Address: address, MaxRecords: rapid.IntRange(1, 12).Draw(t, "max_records"), MaxBytes: 400,
		MaxInFlight: rapid.IntRange(1, 5).Draw(t, "window"),
		RejectLimit: rapid.SampledFrom([]float64{0.5, 1}).Draw(t, "reject_limit"),
	}
	if rapid.Bool().Draw(t, "elapses") {
		o.Retry.MaxElapsed = time.Minute
	}
	poison := rapid.IntRange(0, 3).Draw(t, "poison_after")
	o.Retry.PoisonAfter = &poison
	info := SessionInfo{Ordered: ordered, MaxHeldBytes: rapid.SampledFrom([]int64{0, 600}).Draw(t, "max_held_bytes")}
	x.model = &model{t: t, ordered: ordered, rule: drawRule(t), seen: map[record.Position]bool{}, sent: map[record.Position]bool{}}
	d := Deps{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))}
	if x.model.rule != nil {
		d.Resolver = x.model.rule
		o.MaxOpen = rapid.IntRange(1, 6).Draw(t, "max_open")
	}
	l := New(x.cursor, nil, x.dead, o, d)
	x.driver = &driver{t: t, lane: l, now: time.Unix(1_700_000_000, 0), session: newFakeSession(info, nil)}
	x.driver.connect()
	return x
}

func (x *trial) run() {
	d := x.driver
	x.t.Repeat(map[string]func(*rapid.T){
		"append": func(t *rapid.T) {
			n := rapid.IntRange(1, 20).Draw(t, "records")
			g := groupOf(n, rapid.IntRange(0, 60).Draw(t, "size"))
			g.Origin.ReceivedUnixNano = d.now.UnixNano()
			if _, err := x.spool.Append(x.driver.t.Context(), g, x.set); err != nil {
				t.Fatal(err)
			}
			x.appended += n
			x.turn(0)
		},
		"wait": func(t *rapid.T) {
			x.turn(rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 10 * time.Second, time.Minute}).Draw(t, "after"))
		},
		"work": func(t *rapid.T) {
			if len(x.model.open) == 0 {
				t.Skip("nothing is open")
			}
			d.answer(working(rapid.SampledFrom(x.model.open).Draw(t, "batch")))
			x.turn(0)
		},
		"answer": func(t *rapid.T) {
			if len(x.model.open) == 0 {
				t.Skip("nothing is open")
			}
			d.answer(x.model.answer())
			x.turn(0)
		},
		"lie": func(t *rapid.T) {
			if !x.lying {
				t.Skip("the plugin is honest")
			}
			d.answer(x.model.lie())
			// The model can't tell which batches the lane took back: those it still holds, it holds for good.
			x.turn(0)
		},
		"end": func(t *rapid.T) {
			x.model.open, x.model.given = nil, 0
			resume := record.Position(0)
			if n := len(x.model.stored); x.model.ordered && n > 0 && rapid.Bool().Draw(t, "resumes") {
				resume = x.model.stored[n-1]
			}
			d.end(End{SelfCaused: rapid.Bool().Draw(t, "self-caused")}, resume)
			x.turn(0)
		},
		"": func(t *rapid.T) { x.check(t) },
	})
	x.finish()
}

func (x *trial) turn(after time.Duration) {
	x.driver.turn(after)
	x.model.receive(x.driver.session.take())
}

// check holds at any time.
func (x *trial) check(t *rapid.T) {
	checkLane(t, x.driver.lane, x.appended, x.driver.now)
	for p, n := range x.dead.seen {
		if n > 1 {
			t.Fatalf("position %d dead-lettered %d times", p, n)
		}
	}
	if x.model.ordered && !x.model.inOrder() {
		t.Fatalf("first copies out of order: %v", x.model.stored)
	}
}

// finish lets everything be accepted, and checks that every record went somewhere.
func (x *trial) finish() {
	l := x.driver.lane
	l.draining = true
	x.model.open, x.model.given = nil, 0
	x.driver.end(End{}, 0)
	for range 20_000 {
		x.turn(10 * time.Second)
		for _, s := range x.model.open {
			x.model.store(s.positions)
			x.driver.answer(accepted(s))
		}
		x.model.open = nil
		if s := l.status(x.driver.now); s.Held == 0 {
			x.accounted(s)
			return
		}
	}
	x.t.Fatalf("the lane does not end: %+v, %v", l.status(x.driver.now), l.window.open)
}

func (x *trial) accounted(s Status) {
	x.check(x.t)
	missing := int64(0)
	for p := record.Position(1); p <= record.Position(x.appended); p++ {
		if !x.model.seen[p] && x.dead.seen[p] == 0 {
			missing++
		}
	}
	if missing > s.DroppedFull+s.DroppedExpired {
		x.t.Fatalf("%d records are neither delivered nor dead-lettered, %d were dropped", missing, s.DroppedFull+s.DroppedExpired)
	}
	if got := x.spool.Stats().Bytes; got > 2*segmentBytes {
		x.t.Fatalf("the spool holds %d bytes although everything is settled", got)
	}
}
