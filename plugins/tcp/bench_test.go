package tcp

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/internal/peer/peertest"
	"github.com/skidway/skidway/plugins/sdk"
)

// swallow accepts one connection and throws away what comes.
func swallow(b *testing.B, c *tls.Config) string {
	b.Helper()
	l := listen(b, "127.0.0.1:0")
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		if c != nil {
			conn = tls.Server(conn, c)
		}
		defer conn.Close()
		buf := make([]byte, 256<<10)
		for {
			if _, err := conn.Read(buf); err != nil {
				return
			}
		}
	}()
	b.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

// prime makes the connection and waits for its trial.
func prime(b *testing.B, d *destination, bs []*sdk.Batch) {
	b.Helper()
	if err := d.WriteAll(b.Context(), bs); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkWriteAll is the time for a round: so many batches of 100 records of 256 bytes, written and acknowledged.
func BenchmarkWriteAll(b *testing.B) {
	run := func(b *testing.B, o Options, window int) {
		b.Helper()
		d := open(b, o, standard())
		var bs []*sdk.Batch
		for i := range window {
			bs = append(bs, numbered(b, 100*i, 100, 255))
		}
		prime(b, d, bs)
		b.ReportAllocs()
		for b.Loop() {
			if err := d.WriteAll(b.Context(), bs); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*window*100)/b.Elapsed().Seconds(), "records/s")
	}
	for _, window := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("window %d", window), func(b *testing.B) {
			run(b, Options{Address: swallow(b, nil)}, window)
		})
	}
	b.Run("window 4, TLS", func(b *testing.B) {
		a := peertest.NewAuthority(b)
		run(b, Options{Address: swallow(b, a.Server(b, "logs.test")), TLS: &peer.TLS{CAFile: sdk.Path(a.File)}}, 4)
	})
}

// BenchmarkLimit is one process's own write of the same bytes to the same receiver, without waiting for anything.
func BenchmarkLimit(b *testing.B) {
	c, err := net.Dial("tcp", swallow(b, nil))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	data := numbered(b, 0, 400, 255).Data()
	for b.Loop() {
		if _, err := c.Write(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*400)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkLatency is what waiting for the acknowledgement of one record adds to a write and its echo's way back.
func BenchmarkLatency(b *testing.B) {
	record := batchOf(b, "one record")
	b.Run("WriteAll", func(b *testing.B) {
		d := open(b, Options{Address: swallow(b, nil)}, standard())
		prime(b, d, []*sdk.Batch{record})
		for b.Loop() {
			if err := d.WriteAll(b.Context(), []*sdk.Batch{record}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("echo", func(b *testing.B) {
		l := listen(b, "127.0.0.1:0")
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			_, _ = io.Copy(c, c)
		}()
		c, err := net.DialTimeout("tcp", l.Addr().String(), time.Second)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		buf := make([]byte, len(record.Data()))
		for b.Loop() {
			if _, err := c.Write(record.Data()); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(c, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}
