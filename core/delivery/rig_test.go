package delivery

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	address = "destination.test.d"
	// segmentBytes is the smallest segment of a spool: a lane that forgets a hold is soon found out.
	segmentBytes = 64 << 10
)

// shipment is what a session saw of a batch.
type shipment struct {
	id, retriesSeen uint64
	attempt         uint32
	settledThrough  record.Position
	positions       []record.Position
	records         []string
	key             [16]byte
	resolved        map[string]string
}

func (s shipment) String() string { return fmt.Sprintf("#%d×%d%v", s.id, s.attempt, s.positions) }

func shipmentOf(b *Batch) shipment {
	s := shipment{
		id: b.ID, retriesSeen: b.RetriesSeen, attempt: b.Attempt, settledThrough: b.SettledThrough, key: b.Key,
		resolved: b.Resolved,
	}
	for _, r := range b.Runs {
		at := 0
		for i, size := range r.Sizes {
			s.positions = append(s.positions, r.First+record.Position(i))
			s.records = append(s.records, string(r.Data[at:at+int(size)]))
			at += int(size) + 1
		}
	}
	return s
}

// fakeSession is a plugin that tests play.
type fakeSession struct {
	info     SessionInfo
	verdicts chan Verdict
	end      End
	ended    chan struct{} // closed when End may return

	mu       sync.Mutex
	shipped  []shipment
	taken    []shipment // what take returned
	closed   bool       // CloseSend was called
	stopped  string
	finished bool
	sendErr  error
	onSend   func(*fakeSession, shipment)
	onClose  func(*fakeSession)
	lingers  bool // the stream goes on after CloseSend
}

func (s *fakeSession) Info() SessionInfo { return s.info }

func (s *fakeSession) Send(b *Batch) error {
	s.mu.Lock()
	if s.sendErr != nil || s.closed || s.finished {
		defer s.mu.Unlock()
		return errors.Join(s.sendErr, errors.New("send after the end"))
	}
	ship := shipmentOf(b)
	s.shipped = append(s.shipped, ship)
	onSend := s.onSend
	s.mu.Unlock()
	if onSend != nil {
		onSend(s, ship)
	}
	return nil
}

func (s *fakeSession) Verdicts() <-chan Verdict { return s.verdicts }

// CloseSend ends the stream in order: the tests have given their verdicts by then, or onClose does.
func (s *fakeSession) CloseSend() {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if s.onClose != nil && !again {
		s.onClose(s)
	}
	if s.lingers {
		return
	}
	s.crash(End{Drained: true})
}

func (s *fakeSession) Stop(reason string) {
	s.mu.Lock()
	s.stopped = reason
	s.mu.Unlock()
	s.crash(End{Reason: reason})
}

func (s *fakeSession) End() End {
	<-s.ended
	return s.end
}

// crash ends the stream and the process.
func (s *fakeSession) crash(e End) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return
	}
	s.finished, s.end = true, e
	close(s.verdicts)
	close(s.ended)
}

// take returns what was sent since the last call.
func (s *fakeSession) take() []shipment {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.shipped
	s.shipped = nil
	s.taken = append(s.taken, out...)
	return out
}

// fakeDestination opens sessions. Each has the current info.
type fakeDestination struct {
	mu       sync.Mutex
	info     SessionInfo
	identity func() Identity
	onSend   func(*fakeSession, shipment)
	down     chan struct{} // not nil: Connect waits until it is closed
	sessions []*fakeSession
	hurried  atomic.Bool
}

func (d *fakeDestination) Hurry() { d.hurried.Store(true) }

func (d *fakeDestination) Connect(ctx context.Context) (Session, error) {
	d.mu.Lock()
	down := d.down
	d.mu.Unlock()
	if down != nil {
		select {
		case <-down:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	info := d.info
	if d.identity != nil {
		info.Identity = d.identity()
	}
	s := newFakeSession(info, d.onSend)
	d.sessions = append(d.sessions, s)
	return s, nil
}

func newFakeSession(info SessionInfo, onSend func(*fakeSession, shipment)) *fakeSession {
	return &fakeSession{info: info, onSend: onSend, verdicts: make(chan Verdict, 1<<12), ended: make(chan struct{})}
}

// rig is a lane in a bubble, between a real spool and a destination that the test plays.
type rig struct {
	t       *testing.T
	spool   spool.Spool
	set     spool.Set
	cursor  spool.Cursor
	dest    *fakeDestination
	dead    DeadLetters
	memory  *MemoryDeadLetters
	metrics *metrics.Destination
	lane    *Lane
	cancel  context.CancelFunc
	result  chan error
	close   func() // the spool

	appended int
}

type rigOptions struct {
	Options
	info    SessionInfo
	backlog spool.BacklogOptions
	dead    DeadLetters
	onSend  func(*fakeSession, shipment)
	down    bool
	// cursor, given, stands between the lane and the spool.
	cursor func(spool.Cursor) spool.Cursor
	// disk, given, is where the spool is.
	disk   string
	retain time.Duration
	// resolver evaluates RECORD attributes.
	resolver Resolver
	// before counts the records that an earlier lane left in it.
	before int
}

// inBubble runs test with a lane that runs; at its end the lane is stopped and the ledger checked.
func inBubble(t *testing.T, o rigOptions, test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, o)
		ctx, cancel := context.WithCancel(t.Context())
		r.cancel = cancel
		go func() { r.result <- r.lane.Run(ctx) }()
		synctest.Wait()
		test(t, r)
		cancel()
		<-r.lane.ended
		r.ledger()
		r.close()
	})
}

func newRig(t *testing.T, o rigOptions) *rig {
	t.Helper()
	r := &rig{
		t: t, metrics: &metrics.Destination{}, result: make(chan error, 1), close: func() {}, appended: o.before,
		dest: &fakeDestination{info: o.info, onSend: o.onSend},
	}
	deps := Deps{Metrics: r.metrics, Rand: rand.New(rand.NewPCG(1, 2)), Resolver: o.resolver}
	var err error
	if o.disk == "" {
		r.spool, err = spool.NewMemory(spool.Options{MaxBytes: 16 << 20, SegmentBytes: segmentBytes})
	} else {
		r.spool, err = r.onDisk(o, &deps)
	}
	if err != nil {
		t.Fatal(err)
	}
	m := r.spool
	if o.down {
		r.dest.down = make(chan struct{})
	}
	if r.cursor, err = m.Cursor(address, o.backlog); err != nil {
		t.Fatal(err)
	}
	if o.cursor != nil {
		r.cursor = o.cursor(r.cursor)
	}
	if r.set, err = m.Set(address); err != nil {
		t.Fatal(err)
	}
	r.memory = NewMemoryDeadLetters(r.metrics)
	r.dead = r.memory
	if o.dead != nil {
		r.dead = o.dead
	}
	o.Address, o.ExpireAfter = address, o.backlog.MaxAge
	deps.Identity = func() Identity { return Identity{SpoolID: m.ID(), Epoch: r.epoch()} }
	r.dest.identity = deps.Identity
	r.lane = New(r.cursor, r.dest, r.dead, o.Options, deps)
	return r
}

// epoch is the cursor's.
func (r *rig) epoch() uint64 {
	if d, ok := r.cursor.(spool.DurableCursor); ok {
		return d.Epoch()
	}
	return 0
}

// onDisk opens a spool on disk, which runs until close.
func (r *rig) onDisk(o rigOptions, deps *Deps) (*spool.Disk, error) {
	d, err := spool.OpenDisk(o.disk, spool.DiskOptions{MaxBytes: 16 << 20, SegmentBytes: segmentBytes, Retain: o.retain})
	if err != nil {
		return nil, err
	}
	deps.SentBefore, deps.RolledBack, deps.RecordDrop = d.SentBefore(), d.RolledBack, d.RecordDrop
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	r.close = func() {
		cancel()
		if err := errors.Join(<-ended, d.Close()); err != nil {
			r.t.Errorf("close the spool: %v", err)
		}
	}
	return d, nil
}

// append appends n records in one group and lets the lane settle down. Record i, counted from 1, is "i" padded to size.
func (r *rig) append(n int) { r.appendSized(n, 0) }

func (r *rig) appendSized(n, size int) {
	r.t.Helper()
	r.appendOnly(n, size)
	synctest.Wait()
}

func (r *rig) appendOnly(n, size int) {
	r.t.Helper()
	g := &record.Group{Origin: record.Origin{Source: "source.test.s", ReceivedUnixNano: time.Now().UnixNano(), ID: uint64(1000 + r.appended)}}
	for range n {
		r.appended++
		rec := fmt.Sprint(r.appended)
		rec += strings.Repeat(".", max(size-len(rec), 0))
		g.Sizes = append(g.Sizes, uint32(len(rec)))
		g.Data = append(append(g.Data, rec...), '\n')
	}
	if _, err := r.spool.Append(r.t.Context(), g, r.set); err != nil {
		r.t.Fatal(err)
	}
}

// session returns the newest session.
func (r *rig) session() *fakeSession {
	r.t.Helper()
	r.dest.mu.Lock()
	defer r.dest.mu.Unlock()
	if len(r.dest.sessions) == 0 {
		r.t.Fatal("no session was opened")
	}
	return r.dest.sessions[len(r.dest.sessions)-1]
}

// take returns what the newest session got since the last call.
func (r *rig) take() []shipment {
	r.t.Helper()
	synctest.Wait()
	return r.session().take()
}

// want takes the batches and checks their positions, each batch written as "first-last" or "a,b,c".
func (r *rig) want(batches ...string) []shipment {
	r.t.Helper()
	got := r.take()
	var names []string
	for _, s := range got {
		names = append(names, stretch(s.positions))
	}
	if fmt.Sprint(names) != fmt.Sprint(batches) {
		r.t.Fatalf("sent %v, want %v", names, batches)
	}
	return got
}

// stretch writes positions as stretches.
func stretch(p []record.Position) string {
	var out []string
	for i := 0; i < len(p); {
		j := i
		for j+1 < len(p) && p[j+1] == p[j]+1 {
			j++
		}
		if i == j {
			out = append(out, fmt.Sprint(p[i]))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", p[i], p[j]))
		}
		i = j + 1
	}
	return strings.Join(out, ",")
}

func (r *rig) answer(v ...Verdict) {
	r.t.Helper()
	s := r.session()
	for _, v := range v {
		s.verdicts <- v
	}
	synctest.Wait()
}

func (r *rig) crash(e End) {
	r.session().crash(e)
	synctest.Wait()
}

func (r *rig) after(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the bubble's clock
	synctest.Wait()
}

func (r *rig) status() Status { return r.lane.Status() }

// check compares what became of the records.
func (r *rig) check(delivered, dead, dropped, held int64) {
	r.t.Helper()
	s := r.status()
	got := [4]int64{s.Delivered, s.DeadLettered, s.DroppedFull + s.DroppedExpired, s.Held}
	if want := [4]int64{delivered, dead, dropped, held}; got != want {
		r.t.Errorf("delivered, dead-lettered, dropped, held = %v, want %v", got, want)
	}
}

// ledger checks that every record is in exactly one place.
func (r *rig) ledger() {
	r.t.Helper()
	s := r.status()
	if sum := s.Delivered + s.DeadLettered + s.DroppedFull + s.DroppedExpired + s.Held; sum != int64(r.appended) {
		r.t.Errorf("the ledger has %d records, want %d: %+v", sum, r.appended, s)
	}
	if n := r.spool.Stats().Bytes; s.Held == 0 && n > 2*segmentBytes && r.lane.hardening.cursor == nil {
		r.t.Errorf("the spool holds %d bytes although nothing is undelivered", n)
	}
}

func accepted(s shipment) Verdict { return Verdict{BatchID: s.id, Outcome: Accepted} }
func retry(s shipment) Verdict {
	return Verdict{BatchID: s.id, Outcome: Retry, Code: Unavailable, Message: "down"}
}

func rejected(s shipment) Verdict {
	return Verdict{BatchID: s.id, Outcome: Rejected, Code: Invalid, Message: "bad"}
}

func outOfOrder(s shipment) Verdict {
	return Verdict{BatchID: s.id, Outcome: Retry, Code: OutOfOrder}
}

// groupOf returns n records of size bytes each.
func groupOf(n, size int) *record.Group {
	g := &record.Group{Origin: record.Origin{Source: "source.test.s", ReceivedUnixNano: time.Now().UnixNano(), ID: 1}}
	for range n {
		g.Sizes = append(g.Sizes, uint32(size))
		g.Data = append(append(g.Data, strings.Repeat("x", size)...), '\n')
	}
	return g
}
