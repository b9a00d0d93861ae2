package ingest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// drainWithin drains the source, which must be done within the timeout.
func (r *running) drainWithin(timeout time.Duration) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), timeout)
	defer cancel()
	if err := r.Drain(ctx); err != nil {
		r.t.Fatal(err)
	}
	if err := <-r.ended; err != nil {
		r.t.Errorf("Run = %v, want nil", err)
	}
}

// TestDrainReadsWhatTheKernelHolds blocks the appender until the drain has begun, so that everything sent before it is
// still in socket buffers then.
func TestDrainReadsWhatTheKernelHolds(t *testing.T) {
	r := start(t, Options{})
	release := r.appender.block()
	var want int
	for i := range 5 {
		c := r.dial()
		r.send(c, "first\n")
		r.appender.until(t, "an append that waits", func() bool { return r.appender.waiting == i+1 })
		r.send(c, strings.Repeat("held by the kernel\n", 1000)+"half")
		want += 1001
	}
	go func() {
		<-r.draining
		release()
	}()
	r.drainWithin(patience)
	if got := len(r.appender.all()); got != want {
		t.Errorf("records = %d, want %d", got, want)
	}
	if got := r.m.Unaccepted.Load(); got != 5 {
		t.Errorf("unaccepted = %d, want the 5 half lines", got)
	}
}

// TestDrainTakesTheBacklog has connections that the kernel made and nobody accepted when the drain begins.
func TestDrainTakesTheBacklog(t *testing.T) {
	r := listen(t, Options{}, testBudget(t, 0))
	for i := range 20 {
		c := r.dial()
		r.send(c, fmt.Sprintf("waiting %d\n", i))
	}
	go func() {
		<-r.draining
		r.run()
	}()
	r.drainWithin(patience)
	if got := len(r.appender.all()); got != 20 {
		t.Errorf("records = %d, want 20", got)
	}
	if c, err := net.Dial("tcp", r.addr); err == nil {
		_ = c.Close()
		t.Error("a connection after the drain is accepted")
	}
}

// TestDrainOfASenderThatNeverStops ends although bytes keep coming.
func TestDrainOfASenderThatNeverStops(t *testing.T) {
	r := start(t, Options{})
	c := r.dial()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		line := []byte(strings.Repeat("never stops\n", 100))
		for {
			if _, err := c.Write(line); err != nil {
				return
			}
		}
	}()
	r.appender.wait(t, 1000)
	r.drainWithin(4 * time.Second)
	<-sent
}

// TestDrainWithAFullSpool loses what the appender does not take, counts it, and ends in time.
func TestDrainWithAFullSpool(t *testing.T) {
	r := start(t, Options{})
	r.appender.block()
	c := r.dial()
	r.send(c, "a\nb\nhalf")
	r.appender.until(t, "an append that waits", func() bool { return r.appender.waiting == 1 })
	r.drainWithin(2 * time.Second)
	if got := r.m.Unaccepted.Load(); got != 3 {
		t.Errorf("unaccepted = %d, want 3", got)
	}
	if got := r.m.Accepted.Load(); got != 0 {
		t.Errorf("accepted = %d, want 0", got)
	}
}

// TestDrainTellsTheSender half-closes connections, so that a sender which looks can end in order.
func TestDrainTellsTheSender(t *testing.T) {
	r := start(t, Options{})
	c := r.dial()
	r.send(c, "a\nlast")
	r.appender.wait(t, 1)
	go func() {
		<-r.draining
		closed(t, c) // reads the end of the stream; the other direction is still open
		r.send(c, " words")
		_ = c.CloseWrite()
	}()
	r.drainWithin(patience)
	if diff := cmp.Diff([]string{"a", "last words"}, r.appender.data()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if got := r.m.Unaccepted.Load(); got != 0 {
		t.Errorf("unaccepted = %d, want 0", got)
	}
}

func TestDrainOverTLS(t *testing.T) {
	ca := newAuthority(t)
	f := newFiles(t)
	f.put(ca.issue(2, nil))
	r := start(t, Options{TLS: &TLSOptions{CertFile: f.cert, KeyFile: f.key}})
	c := mustTLS(r, &tls.Config{RootCAs: ca.pool(), ServerName: "127.0.0.1"})
	unfinished := r.dial() // never shakes hands, and does not hold up the drain
	release := r.appender.block()
	r.send(c, "a\n")
	r.appender.until(t, "an append that waits", func() bool { return r.appender.waiting == 1 })
	r.send(c, strings.Repeat("held by the kernel\n", 5000))
	go func() {
		<-r.draining
		release()
	}()
	r.drainWithin(patience)
	if got := len(r.appender.all()); got != 5001 {
		t.Errorf("records = %d, want 5001", got)
	}
	closed(t, unfinished)
}

func TestDrainEndsWithItsContext(t *testing.T) {
	r := start(t, Options{})
	r.appender.block()
	r.send(r.dial(), "a\n")
	r.appender.until(t, "an append that waits", func() bool { return r.appender.waiting == 1 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Drain(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Drain = %v, want context.Canceled", err)
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
}

func TestStopClosesConnections(t *testing.T) {
	r := start(t, Options{})
	c := r.dial()
	r.send(c, "a\n")
	r.appender.wait(t, 1)
	r.stop()
	closed(t, c)
	if err := <-r.ended; err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
}
