package sdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// patience bounds every wait of a test; only a test that fails waits so long.
const patience = 20 * time.Second

// testContext ends when the test does, and long before the test binary gives up.
func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// logBuffer is a log that tests can read.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// rig is a plugin served in this process and a router's connection to it, with stock protobuf on the router's side.
type rig struct {
	t    testing.TB
	proc *process
	conn *grpc.ClientConn
	log  *logBuffer
}

func newRig(t testing.TB, p Plugin) *rig {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	proc := newProcess(p, hclog.New(&hclog.LoggerOptions{Output: log, Level: hclog.Debug, JSONFormat: true}))
	server := grpc.NewServer(serverOptions()...)
	proc.register(server)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient("unix://"+path, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close() // it may have gone with the process
		server.Stop()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	return &rig{t: t, proc: proc, conn: conn, log: log}
}

// stream is the router's side of a Deliver stream.
type stream struct {
	pluginv1.DestinationService_DeliverClient
	t      testing.TB
	id     uint64
	cancel context.CancelFunc
}

// deliver opens the destination and its stream.
func (r *rig) deliver(open *pluginv1.OpenRequest) *stream {
	r.t.Helper()
	ctx, cancel := context.WithCancel(testContext(r.t))
	r.t.Cleanup(cancel)
	client := pluginv1.NewDestinationServiceClient(r.conn)
	if open.ConfigJson == nil {
		open.ConfigJson = []byte("{}")
	}
	if _, err := client.Open(ctx, open); err != nil {
		r.t.Fatalf("Open: %v", err)
	}
	s, err := client.Deliver(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	return &stream{DestinationService_DeliverClient: s, t: r.t, cancel: cancel}
}

// request returns a correct batch of the records.
func request(id uint64, first uint64, records ...string) *pluginv1.DeliverRequest {
	b := &pluginv1.DeliverRequest{
		BatchId:       id,
		Attempt:       1,
		FirstPosition: first,
		LastPosition:  first + uint64(len(records)) - 1,
		Origins:       []*pluginv1.Origin{{Count: uint32(len(records)), ReceivedUnixNano: 1, Source: "source.tcp.app"}},
		Key:           bytes.Repeat([]byte{7}, 16),
	}
	for _, r := range records {
		b.Sizes = append(b.Sizes, uint32(len(r)))
		b.Data = append(append(b.Data, r...), '\n')
	}
	return b
}

// send sends a batch of the records with the next id.
func (s *stream) send(retriesSeen uint64, records ...string) {
	s.t.Helper()
	s.id++
	b := request(s.id, s.id*100, records...)
	b.RetriesSeen = retriesSeen
	s.sendRequest(b)
}

func (s *stream) sendRequest(b *pluginv1.DeliverRequest) {
	s.t.Helper()
	if err := s.Send(b); err != nil {
		s.t.Fatalf("Send: %v", err)
	}
}

// verdict receives the next verdict.
func (s *stream) verdict() *pluginv1.DeliverResponse {
	s.t.Helper()
	v, err := s.Recv()
	if err != nil {
		s.t.Fatalf("Recv: %v", err)
	}
	return v
}

// expect receives the next verdict and holds it to its short form.
func (s *stream) expect(want string) {
	s.t.Helper()
	if got := short(s.verdict()); got != want {
		s.t.Fatalf("verdict = %s, want %s", got, want)
	}
}

// drain closes the router's side and returns how the stream ended.
func (s *stream) drain() error {
	s.t.Helper()
	if err := s.CloseSend(); err != nil {
		s.t.Fatal(err)
	}
	return s.end()
}

// end receives the end of the stream; nil when it was in order.
func (s *stream) end() error {
	s.t.Helper()
	v, err := s.Recv()
	if err == nil {
		s.t.Fatalf("verdict %s, want the end of the stream", short(v))
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// short renders a verdict in few words: id, outcome, code.
func short(v *pluginv1.DeliverResponse) string {
	s := fmt.Sprintf("%d %s", v.GetBatchId(), v.GetOutcome().String()[len("OUTCOME_"):])
	if v.GetThrough() {
		s += " through"
	}
	if v.DurableThrough != nil {
		s += fmt.Sprintf(" durable=%d", v.GetDurableThrough())
	}
	if v.GetError() != nil {
		s += " " + v.GetError().GetCode().String()[len("ERROR_CODE_"):]
	}
	return s
}

// fake is a destination made of functions; nil ones succeed.
type fake struct {
	open     func(context.Context, Config) error
	write    func(context.Context, *Batch) error
	shut     func() error
	closings int
}

func (f *fake) Open(ctx context.Context, c Config) error {
	if f.open == nil {
		return nil
	}
	return f.open(ctx, c)
}

func (f *fake) Write(ctx context.Context, b *Batch) error {
	if f.write == nil {
		return nil
	}
	return f.write(ctx, b)
}

func (f *fake) Close() error {
	f.closings++
	if f.shut == nil {
		return nil
	}
	return f.shut()
}

// fakeAll is a fake that takes several batches at once.
type fakeAll struct {
	fake
	writeAll func(context.Context, []*Batch) error
}

func (f *fakeAll) WriteAll(ctx context.Context, bs []*Batch) error { return f.writeAll(ctx, bs) }

type noOptions struct{}

// pluginOf returns a plugin whose one destination is d.
func pluginOf(d Destination, traits Traits) Plugin {
	return Plugin{
		Name: "fake", Version: "1.0.0",
		Destination: NewDestination(noOptions{}, func(noOptions) Destination { return d }, traits),
	}
}

// await returns what comes from c, or fails the test.
func await[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}
