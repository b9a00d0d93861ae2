package ingest

import (
	"context"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
)

func BenchmarkNewline(b *testing.B) {
	line := strings.Repeat("x", 255)
	for name, input := range map[string]string{
		"LF":       strings.Repeat(line+"\n", 256),
		"CRLF":     strings.Repeat(line[1:]+"\r\n", 256),
		"LF short": strings.Repeat("0123456789abcde\n", 4096),
	} {
		b.Run(name, func(b *testing.B) { benchmarkFraming(b, Options{}, input) })
	}
}

func BenchmarkOctetCounted(b *testing.B) {
	benchmarkFraming(b, Options{Framing: OctetCounted}, strings.Repeat("252 "+strings.Repeat("x", 252), 256))
}

func benchmarkFraming(b *testing.B, o Options, input string) {
	o = o.withDefaults()
	f := newFramer(&o)
	in, sizes := make([]byte, len(input)), make([]uint32, 0, maxRecordsPerGroup)
	records := 0
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		copy(in, input) // the kernel's part: framing changes its input
		for rest, more := in, true; more; {
			c := f.next(rest, sizes)
			records += len(c.sizes)
			rest, more = rest[c.rest:], c.more
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(records), "ns/record")
}

// discard counts records and announces the last.
type discard struct {
	records atomic.Int64
	want    int64
	done    chan struct{}
}

func (d *discard) Append(_ context.Context, g *record.Group) error {
	if d.records.Add(int64(g.Len())) == d.want {
		close(d.done)
	}
	return nil
}

// announce says that a group came.
type announce chan struct{}

func (a announce) Append(context.Context, *record.Group) error {
	a <- struct{}{}
	return nil
}

// BenchmarkWake sends one record at a time, each after the one before came through, so that each read has a wait
// before it, for which the buffer is given back.
func BenchmarkWake(b *testing.B) {
	appender := make(announce)
	dial, end := serveBenchmark(b, appender)
	c := dial()
	line := []byte(strings.Repeat("x", 255) + "\n")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(line); err != nil {
			b.Fatal(err)
		}
		<-appender
	}
	end()
}

// BenchmarkLoopback sends b.N records of 256 bytes over 4 connections to an appender that discards them. Sender and
// receiver share the machine.
func BenchmarkLoopback(b *testing.B) {
	const connections, perWrite = 4, 256
	appender := &discard{done: make(chan struct{})}
	dial, end := serveBenchmark(b, appender)
	var conns [connections]net.Conn
	for i := range conns {
		conns[i] = dial()
	}
	writes := max(1, b.N/perWrite/connections)
	appender.want = int64(writes * connections * perWrite)
	block := []byte(strings.Repeat(strings.Repeat("x", 255)+"\n", perWrite))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.SetBytes(256)
	b.ResetTimer()
	for _, c := range conns {
		go func() {
			for range writes {
				if _, err := c.Write(block); err != nil {
					return
				}
			}
		}()
	}
	<-appender.done
	b.StopTimer()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(appender.want)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(appender.want), "mallocs/record")
	end()
}

// serveBenchmark runs a source. dial connects to it, end ends it.
func serveBenchmark(b *testing.B, appender Appender) (dial func() net.Conn, end func()) {
	b.Helper()
	t, err := New(Options{Address: "source.tcp.bench", Listen: "127.0.0.1:0"}, Deps{
		Appender: appender, IDs: record.NewIDs(time.Now()), Metrics: &metrics.Source{}, Budget: NewBudget(0),
	})
	if err != nil {
		b.Fatal(err)
	}
	addr, err := t.Listen(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() { ended <- t.Run(ctx) }()
	dial = func() net.Conn {
		c, err := net.Dial("tcp", addr.String())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close() })
		return c
	}
	return dial, func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}
