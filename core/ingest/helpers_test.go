package ingest

import (
	"context"
	"errors"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
)

// patience is how long a test waits for something that must happen.
const patience = 20 * time.Second

// received is a record as a memorySink got it.
type received struct {
	Data   string
	Origin record.Origin
}

// memorySink keeps what it is given. While it is blocked, Append waits.
type memorySink struct {
	mu      sync.Mutex
	changed chan struct{} // closed and made anew when records came
	records []received
	blocked chan struct{} // nil: not blocked
	waiting int
}

func newMemorySink() *memorySink { return &memorySink{changed: make(chan struct{})} }

func (s *memorySink) Append(ctx context.Context, g *record.Group) error {
	s.mu.Lock()
	blocked := s.blocked
	if blocked != nil {
		s.waiting++
		s.notify()
	}
	s.mu.Unlock()
	if blocked != nil {
		select {
		case <-blocked:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	data := g.Data
	for i, size := range g.Sizes {
		origin := g.Origin
		origin.ID += uint64(i)
		s.records = append(s.records, received{string(data[:size]), origin})
		data = data[size+1:]
	}
	if len(data) != 0 {
		return errors.New("data is longer than its sizes")
	}
	// What the group lay in is the source's again: poison shows whoever kept it.
	for i := range g.Data {
		g.Data[i] = 0xdb
	}
	s.notify()
	return nil
}

func (s *memorySink) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *memorySink) block() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	blocked := make(chan struct{})
	s.blocked = blocked
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.blocked = nil
		close(blocked)
	}
}

// until waits until the condition, which is called with the appender's lock held, is true.
func (s *memorySink) until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		ok, changed := condition(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("waited %s for %s; have %d records", patience, what, len(s.all()))
		}
	}
}

// wait waits for n records and returns them.
func (s *memorySink) wait(t *testing.T, n int) []received {
	t.Helper()
	s.until(t, "records", func() bool { return len(s.records) >= n })
	return s.all()
}

func (s *memorySink) all() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.records)
}

func (s *memorySink) data() []string {
	var data []string
	for _, r := range s.all() {
		data = append(data, r.Data)
	}
	return data
}

// running is a source that runs.
type running struct {
	*TCP
	t        *testing.T
	appender *memorySink
	m        *metrics.Source
	budget   *Budget
	addr     string
	stop     context.CancelFunc
	ended    chan error
}

// start runs a source on a free port of loopback; it is stopped when the test ends.
func start(t *testing.T, o Options) *running {
	t.Helper()
	return startWith(t, o, testBudget(t, 0))
}

func startWith(t *testing.T, o Options, budget *Budget) *running {
	t.Helper()
	r := listen(t, o, budget)
	r.run()
	return r
}

// testBudget makes a budget of which nothing may be in use when the test is over.
func testBudget(t *testing.T, maxBytes int64) *Budget {
	t.Helper()
	b := NewBudget(maxBytes)
	t.Cleanup(func() {
		if used := b.Used(); used != 0 {
			t.Errorf("budget has %d bytes in use after the end, want 0", used)
		}
	})
	return b
}

// listen makes a source that is bound and does not run yet.
func listen(t *testing.T, o Options, budget *Budget) *running {
	t.Helper()
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	o.Address = "source.tcp.test"
	r := &running{t: t, appender: newMemorySink(), m: &metrics.Source{}, budget: budget, ended: make(chan error, 1)}
	var err error
	r.TCP, err = New(o, Deps{
		Appender: r.appender, IDs: record.NewIDs(time.Unix(0, 0)), Metrics: r.m, Budget: budget,
		Log: hclog.New(&hclog.LoggerOptions{Output: testWriter{t}, Level: hclog.Info}),
	})
	if err != nil {
		t.Fatal(err)
	}
	addr, err := r.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.addr = addr.String()
	return r
}

func (r *running) run() {
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() { r.ended <- r.Run(ctx) }()
	r.t.Cleanup(func() {
		stop()
		<-r.done
		if open := r.m.Connections.Load(); open != 0 {
			r.t.Errorf("%d connections are open after the end, want 0", open)
		}
	})
}

// testWriter logs lines to the test.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(string(p[:len(p)-1]))
	return len(p), nil
}

func (r *running) dial() *net.TCPConn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

func (r *running) send(c net.Conn, data string) {
	r.t.Helper()
	if _, err := c.Write([]byte(data)); err != nil {
		r.t.Fatal(err)
	}
}

// load is a counter or a gauge.
type load interface{ Load() int64 }

// reach waits until the value is want.
func (r *running) reach(what string, value load, want int64) {
	r.t.Helper()
	eventually(r.t, what, func() bool { return value.Load() == want })
}

// eventually waits for a condition that nothing announces.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// closed waits until the source has closed the connection.
func closed(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Read(make([]byte, 1))
	var timeout net.Error
	if err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatalf("read = %v, want the connection closed", err)
	}
}
