package sdk

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	stock "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// preparedBatch is an encoded batch, whose id is patched in.
type preparedBatch struct {
	id   uint64
	rest []byte
}

// rawVerdict is what a router wants to know of a plain verdict.
type rawVerdict struct{ id uint64 }

// routerCodec stands for a router that neither copies nor allocates.
type routerCodec struct{ encoding.CodecV2 }

func (c routerCodec) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.(*preparedBatch)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	pool := mem.DefaultBufferPool()
	head := pool.Get(2048)
	*head = protowire.AppendVarint(protowire.AppendTag((*head)[:0], 1, protowire.VarintType), b.id)
	return mem.BufferSlice{mem.NewBuffer(head, pool), mem.SliceBuffer(b.rest)}, nil
}

func (c routerCodec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(*rawVerdict)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	// The id is the first field of every verdict.
	p := data[0].ReadOnlyData()
	id, n := protowire.ConsumeVarint(p[1:])
	if len(data) != 1 || p[0] != 1<<3 || n < 0 {
		return fmt.Errorf("verdict %x", p)
	}
	m.id = id
	return nil
}

// deliverMany sends n batches of 100 records of 250 bytes, never more than the window without a verdict. It runs both
// sides in this process over a unix socket.
func deliverMany(t testing.TB, d Destination, n, window int, begin, end func()) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(serverOptions()...)
	newProcess(pluginOf(d, Traits{Ordered: true}), hclog.NewNullLogger()).register(server)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient("unix://"+path, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(
			grpc.ForceCodecV2(routerCodec{encoding.GetCodecV2(stock.Name)}), grpc.MaxRetryRPCBufferSize(0)),
		grpc.WithInitialWindowSize(streamWindow), grpc.WithInitialConnWindowSize(connectionWindow),
		grpc.WithReadBufferSize(socketBuffer), grpc.WithWriteBufferSize(socketBuffer))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = conn.Close() // nothing is on its way
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client := pluginv1.NewDestinationServiceClient(conn)
	if _, err := client.Open(ctx, &pluginv1.OpenRequest{ConfigJson: []byte("{}"), MaxInFlight: uint32(window)}); err != nil {
		t.Fatal(err)
	}
	s, err := client.Deliver(ctx)
	if err != nil {
		t.Fatal(err)
	}
	record := strings.Repeat("x", 249)
	records := make([]string, 100)
	for i := range records {
		records[i] = record
	}
	req := request(0, 1, records...)
	rest, err := proto.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	b, v := &preparedBatch{rest: rest}, &rawVerdict{}
	push := func(n int) {
		last, answered := b.id+uint64(n), b.id
		for answered < last {
			for b.id < last && b.id-answered < uint64(window) {
				b.id++
				if err := s.SendMsg(b); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.RecvMsg(v); err != nil {
				t.Fatal(err)
			}
			answered = v.id // in order, and perhaps for several
		}
	}
	push(500) // fills pools and tables
	begin()
	push(n)
	end()
}

type writeOnly struct{ records int }

func (*writeOnly) Open(context.Context, Config) error { return nil }
func (*writeOnly) Close() error                       { return nil }

func (w *writeOnly) Write(_ context.Context, b *Batch) error {
	w.records += b.Len()
	return nil
}

type writeSeveral struct{ writeOnly }

func (w *writeSeveral) WriteAll(ctx context.Context, bs []*Batch) error {
	for _, b := range bs {
		_ = w.Write(ctx, b)
	}
	return nil
}

func BenchmarkDeliver(b *testing.B) {
	for _, kind := range []struct {
		name string
		d    func() Destination
	}{
		{"Write", func() Destination { return &writeOnly{} }},
		{"WriteAll", func() Destination { return &writeSeveral{} }},
	} {
		for _, window := range []int{1, 4, 16} {
			b.Run(fmt.Sprintf("%s/window=%d", kind.name, window), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(25000)
				deliverMany(b, kind.d(), b.N, window, b.ResetTimer, b.StopTimer)
			})
		}
	}
}

// TestABatchAllocatesLittle holds both sides of the stream, the test's own frugal router included, to the budget of the
// whole path.
func TestABatchAllocatesLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const (
		batches = 5000
		budget  = 20
	)
	var before, after runtime.MemStats
	w := &writeOnly{}
	deliverMany(t, w, batches, 4,
		func() { runtime.ReadMemStats(&before) }, func() { runtime.ReadMemStats(&after) })
	if got := float64(after.Mallocs-before.Mallocs) / batches; got > budget {
		t.Errorf("%.1f allocations per batch, want at most %d", got, budget)
	} else {
		t.Logf("%.1f allocations and %d bytes per batch", got, (after.TotalAlloc-before.TotalAlloc)/batches)
	}
	if want := (batches + 500) * 100; w.records != want {
		t.Errorf("%d records arrived, want %d", w.records, want)
	}
}
