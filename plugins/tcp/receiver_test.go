package tcp

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"

	"github.com/skidway/skidway/plugins/sdk"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// batchOf makes a batch of these records, with a key made from its first one.
func batchOf(t testing.TB, records ...string) *sdk.Batch {
	t.Helper()
	req := &pluginv1.DeliverRequest{BatchId: 1, Attempt: 1, FirstPosition: 1, LastPosition: uint64(len(records))}
	var data strings.Builder
	for _, r := range records {
		req.Sizes = append(req.Sizes, uint32(len(r)))
		data.WriteString(r + "\n")
	}
	req.Data = []byte(data.String())
	req.Key = fmt.Appendf(nil, "%016.16s", records[0])
	req.Origins = []*pluginv1.Origin{{Count: uint32(len(records)), Source: "source.test.a"}}
	b, err := sdk.NewBatch(req)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// numbered makes a batch of n records that are numbers from first on, padded to size bytes.
func numbered(t testing.TB, first, n, size int) *sdk.Batch {
	t.Helper()
	records := make([]string, n)
	for i := range records {
		head := fmt.Sprintf("%010d ", first+i)
		records[i] = head + strings.Repeat("x", max(size-len(head), 0))
	}
	return batchOf(t, records...)
}

// number returns the number of a line of numbered.
func number(t testing.TB, line string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.SplitN(line, " ", 2)[0])
	if err != nil {
		t.Fatalf("line %q is cut", line)
	}
	return n
}

// quick is a timing for tests.
func quick() timing {
	return timing{
		hold: 10 * time.Second, trial: time.Millisecond, judgement: time.Millisecond,
		dial: 5 * time.Second, first: time.Millisecond, last: 10 * time.Millisecond, linger: 5 * time.Second,
	}
}

// journal is a log that can be searched.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// count returns how often the log says so.
func (j *journal) count(what string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), what)
}

// open opens a destination that is closed with the test.
func open(t testing.TB, o Options, tm timing) *destination {
	t.Helper()
	d, _ := openLogged(t, o, tm)
	return d
}

func openLogged(t testing.TB, o Options, tm timing) (*destination, *journal) {
	t.Helper()
	o.Framing = "newline"
	d, j := newDestination(o, tm), &journal{}
	if err := d.Open(t.Context(), sdk.Config{Log: hclog.New(&hclog.LoggerOptions{Output: j}), MaxInFlight: 4}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeIt(t, d) })
	return d, j
}

func closeIt(t testing.TB, d *destination) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// listen listens on address; ":0" picks a port.
func listen(t testing.TB, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// accept waits for a connection.
func accept(t testing.TB, l net.Listener) net.Conn {
	t.Helper()
	if tl, ok := l.(*net.TCPListener); ok {
		if err := tl.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// receiver reads all lines of all connections to a listener.
type receiver struct {
	l       net.Listener
	serving sync.WaitGroup

	mu    sync.Mutex
	lines []string
	conns []net.Conn
}

// receive starts a receiver. c is nil for plaintext. It ends with the test.
func receive(t testing.TB, address string, c *tls.Config) *receiver {
	t.Helper()
	r := &receiver{l: listen(t, address)}
	r.serving.Go(func() {
		for {
			conn, err := r.l.Accept()
			if err != nil {
				return
			}
			if c != nil {
				conn = tls.Server(conn, c)
			}
			r.mu.Lock()
			r.conns = append(r.conns, conn)
			r.mu.Unlock()
			r.serving.Go(func() { r.read(conn) })
		}
	})
	t.Cleanup(r.stop)
	return r
}

func (r *receiver) read(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		r.mu.Lock()
		r.lines = append(r.lines, strings.TrimSuffix(line, "\n"))
		r.mu.Unlock()
	}
}

// stop closes the listener and all connections.
func (r *receiver) stop() {
	r.l.Close()
	r.mu.Lock()
	for _, c := range r.conns {
		c.Close()
	}
	r.mu.Unlock()
	r.serving.Wait()
}

// wait waits until so many lines have come and returns all.
func (r *receiver) wait(t testing.TB, n int) []string {
	t.Helper()
	waitFor(t, fmt.Sprintf("%d lines", n), func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.lines) >= n
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.lines...)
}

// waitFor waits until ok.
func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no %s within 20 s", what)
		}
	}
}

// readLines reads n lines from c.
func readLines(t testing.TB, c io.Reader, n int) []string {
	t.Helper()
	in := bufio.NewReader(c)
	var lines []string
	for len(lines) < n {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("read line %d of %d: %v", len(lines), n, err)
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines
}

// wantErr fails the test when err is not target.
func wantErr(t testing.TB, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("%s: %v, want %v", what, err, target)
	}
}
