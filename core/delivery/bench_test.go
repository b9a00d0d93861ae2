package delivery

import (
	"context"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// loopCursor hands out the same run again and again, at rising positions.
type loopCursor struct {
	run   spool.Run
	next  record.Position
	left  int // runs
	ready chan struct{}

	settledThrough record.Position
	settled        int64
}

func newLoopCursor(records, size, runs int) *loopCursor {
	g := groupOf(records, size)
	segment := &spool.Segment{}
	segment.Retain()
	return &loopCursor{
		run:  spool.Run{Origin: &g.Origin, ID: 1, Sizes: g.Sizes, Data: g.Data, Segment: segment},
		next: 1, left: runs, ready: make(chan struct{}, 1),
	}
}

func (c *loopCursor) Take(maxRecords, maxBytes int, always bool) (spool.Run, bool) {
	if c.left == 0 || !always && (maxRecords < c.run.Len() || maxBytes < len(c.run.Data)) {
		return spool.Run{}, false
	}
	c.left--
	r := c.run
	r.First = c.next
	c.next += record.Position(r.Len())
	r.Segment.Retain()
	return r, true
}

func (c *loopCursor) Ready() <-chan struct{} { return c.ready }

func (c *loopCursor) Settle(through record.Position, records, _ int64) {
	c.settledThrough = through
	c.settled += records
}

func (c *loopCursor) Excess() int64 { return 0 }

func (c *loopCursor) Backlog() spool.Backlog {
	return spool.Backlog{Records: int64(c.next-1) - c.settled, Untaken: int64(c.left * c.run.Len())}
}

// echoSession accepts what it gets, one verdict for all that waits.
type echoSession struct {
	batches  chan uint64
	verdicts chan Verdict
}

func newEchoSession(window int) *echoSession {
	s := &echoSession{batches: make(chan uint64, window), verdicts: make(chan Verdict, window)}
	go s.run()
	return s
}

func (s *echoSession) run() {
	defer close(s.verdicts)
	for id := range s.batches {
		for more := true; more; {
			select {
			case next, ok := <-s.batches:
				if more = ok; ok {
					id = next
				}
			default:
				more = false
			}
		}
		s.verdicts <- Verdict{BatchID: id, Outcome: Accepted, Through: true}
	}
}

func (s *echoSession) Info() SessionInfo        { return SessionInfo{Ordered: true} }
func (s *echoSession) Send(b *Batch) error      { s.batches <- b.ID; return nil }
func (s *echoSession) Verdicts() <-chan Verdict { return s.verdicts }
func (s *echoSession) CloseSend()               { close(s.batches) }
func (s *echoSession) Stop(string)              { close(s.batches) }
func (s *echoSession) End() End                 { return End{Drained: true} }

type echoDestination struct{ window int }

func (d echoDestination) Hurry() {}

func (d echoDestination) Connect(context.Context) (Session, error) {
	return newEchoSession(d.window), nil
}

// BenchmarkLane measures the whole lane with a destination in memory, at the default batch: per record.
func BenchmarkLane(b *testing.B) {
	for _, c := range []struct {
		name            string
		perRun, runSize int
	}{
		{"group of 100", 100, 256},
		{"group of 10", 10, 256},
		{"group of 1", 1, 256},
	} {
		b.Run(c.name, func(b *testing.B) {
			runs := (b.N + c.perRun - 1) / c.perRun
			cursor := newLoopCursor(c.perRun, c.runSize, runs)
			l := New(cursor, echoDestination{4}, nil, Options{Address: address}, Deps{})
			b.ReportAllocs()
			b.ResetTimer()
			done := make(chan error)
			go func() { done <- l.Run(b.Context()) }()
			if err := l.Drain(b.Context()); err != nil {
				b.Fatal(err)
			}
			if err := <-done; err != nil {
				b.Fatal(err)
			}
			if got := cursor.settled; got != int64(runs*c.perRun) {
				b.Fatalf("settled %d records, want %d", got, runs*c.perRun)
			}
		})
	}
}

// steps is a lane that is driven without goroutines, over a cursor that never ends.
func steps(perRun int, r Resolver) (turn func()) {
	cursor := newLoopCursor(perRun, 256, 1<<30)
	l := New(cursor, nil, nil, Options{Address: address}, Deps{Resolver: r})
	l.session.cancel = func() {}
	s := &sinkSession{}
	if err := l.connected(connection{session: s}); err != nil {
		panic(err)
	}
	now := time.Unix(1_700_000_000, 0)
	return func() {
		now = now.Add(time.Millisecond)
		l.advance(context.Background(), now)
		for _, id := range s.sent {
			l.answer(&Verdict{BatchID: id, Outcome: Accepted}, now)
		}
		s.sent = s.sent[:0]
		l.nextTime(now)
	}
}

// sinkSession notes ids.
type sinkSession struct {
	fakeSession
	sent []uint64
}

func (s *sinkSession) Send(b *Batch) error {
	s.sent = append(s.sent, b.ID)
	return nil
}

func (s *sinkSession) Verdicts() <-chan Verdict { return make(chan Verdict) }

// BenchmarkLaneTurn measures four batches of 100 without channels and goroutines: what the lane itself costs.
func BenchmarkLaneTurn(b *testing.B) {
	for _, c := range []struct {
		name string
		by   Resolver
	}{
		{"no values by record", nil},
		{"one set of values", inTurn{1, 1}},
		{"ten sets in turn", inTurn{10, 1}},
		{"ten sets in tens", inTurn{10, 10}},
	} {
		b.Run(c.name, func(b *testing.B) {
			turn := steps(100, c.by)
			b.ReportAllocs()
			for b.Loop() {
				turn()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/400, "ns/record")
		})
	}
}

// inTurn gives records one of several values in turn, and the same to so many one after the other.
type inTurn struct{ sets, stretch int }

func (inTurn) Names() []string { return []string{"path"} }

func (r inTurn) Resolve(run *spool.Run, to *Resolution) {
	value := [...]byte{'/', 'l', 'o', 'g', '/', 0}
	for i := range run.Sizes {
		value[5] = 'a' + byte((int(run.First)+i)/r.stretch%r.sets)
		to.Value(value[:])
		to.Next()
	}
}

func TestLaneAllocatesNothingPerBatch(t *testing.T) {
	for _, perRun := range []int{100, 7, 1} {
		for _, by := range []Resolver{nil, inTurn{1, 1}, inTurn{10, 1}, inTurn{10, 3}} {
			turn := steps(perRun, by)
			for range 300 {
				turn() // slices grow and batches are made
			}
			if n := testing.AllocsPerRun(100, turn); n != 0 {
				t.Errorf("runs of %d records, values %v: %v allocations for four batches, want 0", perRun, by, n)
			}
		}
	}
}
