package http

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/skidway/skidway/plugins/sdk"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// patience bounds every wait for something that is expected to happen.
const patience = 20 * time.Second

// batch is what one Send handed over.
type batch struct {
	records  []string
	peer     string
	client   string
	port     uint32
	received time.Time
}

// router is what stands behind a source: it keeps the batches that it accepts.
type router struct {
	// accept is called for each batch before it is accepted; nil: at once. An error is the end of the stream.
	accept func(n int) error

	mu      sync.Mutex
	calls   int
	batches []batch
}

func (r *router) send(m *pluginv1.CollectResponse) error {
	r.mu.Lock()
	r.calls++
	n := r.calls
	r.mu.Unlock()
	if r.accept != nil {
		if err := r.accept(n); err != nil {
			return err
		}
	}
	if len(m.GetOrigins()) != 1 || int(m.GetOrigins()[0].GetCount()) != len(m.GetSizes()) || len(m.GetData()) > sendBytes {
		return fmt.Errorf("batch of %d bytes with %d sizes and origins %v", len(m.GetData()), len(m.GetSizes()), m.GetOrigins())
	}
	o := m.GetOrigins()[0]
	b := batch{peer: o.GetPeer(), client: o.GetClientName(), port: o.GetPeerPort(), received: time.Unix(0, o.GetReceivedUnixNano())}
	data := m.GetData()
	for _, size := range m.GetSizes() {
		if data[size] != '\n' || bytes.IndexByte(data[:size], '\n') >= 0 {
			return errors.New("a record holds a line feed")
		}
		b.records = append(b.records, string(data[:size]))
		data = data[size+1:]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batches = append(r.batches, b)
	return nil
}

// all returns the batches accepted so far.
func (r *router) all() []batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.batches)
}

func (r *router) records() []string {
	var records []string
	for _, b := range r.all() {
		records = append(records, b.records...)
	}
	return records
}

// rig is a source that runs.
type rig struct {
	*router
	t       testing.TB
	source  *source
	address string
	log     *logBuffer
	client  *http.Client
	drain   func() // begins the drain
	ended   chan struct{}
	err     error // of Run, after ended
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// run starts a source of the defaults with changes. It has ended at the end of the test, with all memory given back.
func run(t testing.TB, r *router, change func(*SourceOptions)) *rig {
	t.Helper()
	o := sourceDefaults()
	o.Listen = "127.0.0.1:0"
	if change != nil {
		change(&o)
	}
	s := &rig{router: r, t: t, source: newSource(o), log: &logBuffer{}, ended: make(chan struct{})}
	log := hclog.New(&hclog.LoggerOptions{Output: s.log, Level: hclog.Debug})
	if err := s.source.Open(t.Context(), sdk.Config{Log: log}); err != nil {
		t.Fatal(err)
	}
	s.address = s.source.listener.Addr().String()
	transport := &http.Transport{}
	s.client = &http.Client{Transport: transport}
	ctx, drain := context.WithCancel(context.Background())
	s.drain = drain
	go func() {
		defer close(s.ended)
		s.err = s.source.Run(ctx, sdk.NewOutput(r.send))
	}()
	t.Cleanup(func() {
		drain()
		transport.CloseIdleConnections()
		s.wait()
		if err := errors.Join(s.err, s.source.Close()); err != nil {
			t.Error(err)
		}
		if n := s.source.memory.used.Load(); n != 0 {
			t.Errorf("%d bytes of memory are still reserved, want 0", n)
		}
	})
	return s
}

// wait waits until Run has returned.
func (s *rig) wait() {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Fatal("Run does not return")
	}
}

// reply is what a client got.
type reply struct {
	status int
	header http.Header
	text   string
	proto  string
}

// post sends a body; headers are pairs of name and value.
func (s *rig) post(body io.Reader, headers ...string) reply {
	s.t.Helper()
	a, err := s.try(body, headers...)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *rig) try(body io.Reader, headers ...string) (reply, error) {
	scheme := "http://"
	if s.source.tls != nil {
		scheme = "https://"
	}
	q, err := http.NewRequest(http.MethodPost, scheme+s.address+s.source.opts.Path, body)
	if err != nil {
		return reply{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	return s.do(q)
}

func (s *rig) do(q *http.Request) (reply, error) {
	a, err := s.client.Do(q)
	if err != nil {
		return reply{}, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return reply{a.StatusCode, a.Header, strings.TrimSpace(string(text)), a.Proto}, err
}

// want fails the test when an answer has another status, or does not hold the text.
func (a reply) want(t testing.TB, status int, text string) {
	t.Helper()
	if a.status != status || !strings.Contains(a.text, text) {
		t.Errorf("answer %d %q, want %d with %q", a.status, a.text, status, text)
	}
	if retry := a.header.Get("Retry-After"); (retry != "") != (a.status == http.StatusServiceUnavailable) {
		t.Errorf("answer %d has Retry-After %q", a.status, retry)
	}
}

// dial connects a raw socket, closed at the end of the test.
func (s *rig) dial() net.Conn {
	s.t.Helper()
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// secure makes the client speak TLS.
func (s *rig) secure(c *tls.Config, http2 bool) {
	transport := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: http2}
	s.client = &http.Client{Transport: transport}
	s.t.Cleanup(transport.CloseIdleConnections)
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zstded streams when size is false, so that the frame does not say its size.
func zstded(t testing.TB, data []byte, size bool, options ...zstd.EOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, append(options, zstd.WithEncoderConcurrency(1))...)
	if err != nil {
		t.Fatal(err)
	}
	if size {
		whole := w.EncodeAll(data, nil)
		_ = w.Close()
		return whole
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
