package examples_test

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// runQuickstart runs a copy of the example that listens on a free port; simulator says whether its simulator runs.
func runQuickstart(t *testing.T, simulator bool) *process {
	t.Helper()
	replace := []string{`source "tcp" "app" {}`, "source \"tcp\" \"app\" {\n  listen = \"127.0.0.1:0\"\n}"}
	if !simulator {
		replace = append(replace, "rate = 10", "enabled = false")
	}
	return launch(t, options{}, "run", "-c", copyExample(t, "quickstart", replace...))
}

// TestQuickstartListensOnPort8080 runs the example as it is, so it needs the port. It skips itself only when another
// program has it.
func TestQuickstartListensOnPort8080(t *testing.T) {
	dir, err := filepath.Abs("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	const address = "127.0.0.1:8080"
	p := launch(t, options{}, "run", "-c", dir)
	p.Err.Until(t, "listening, or the end", func(all []string) bool {
		return len(entries(all, "listening", "address", address)) > 0 || strings.Contains(strings.Join(all, "\n"), "address already in use")
	})
	if len(p.Logged("listening")) == 0 {
		l, err := net.Listen("tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			t.Skipf("another program listens on %s", address)
		}
		if err == nil {
			_ = l.Close()
		}
		t.Fatalf("the router found %s in use, and it is free (%v)", address, err)
	}
	send(t, address, "hello")
	p.WaitLog("plugin started", "source", "source.simulator.demo")
	p.Stop()
	if !slices.Contains(p.Out.All(), "hello") {
		t.Errorf("the line is not on standard output:\n%s", p.Out)
	}
}

func TestQuickstartSimulatesTenRecordsPerSecond(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as a batch may")
	}
	t.Parallel()
	p := runQuickstart(t, true)
	out := p.Out.Count(t, 30)
	var gaps []time.Duration
	var last simulated
	for i, line := range out[:30] {
		r, ok := decode(line)
		if !ok || r.Seq != i {
			t.Fatalf("line %d is %q, want the record with seq %d", i, line, i)
		}
		if i > 0 {
			gaps = append(gaps, r.Time.Sub(last.Time))
		}
		last = r
	}
	slices.Sort(gaps)
	if median := gaps[len(gaps)/2]; median < 90*time.Millisecond || median > 110*time.Millisecond {
		t.Errorf("a record every %s, want every 100ms", median)
	}
	p.Stop()
}

func TestQuickstartFlushesAHundredRecordsOrAfterTenSeconds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the 10 seconds")
	}
	t.Parallel()
	p := runQuickstart(t, false)
	sent := numbered("record", 150)
	began := time.Now()
	send(t, p.Addr("source.tcp.app"), sent...)
	p.Out.Count(t, 100)
	if first := time.Since(began); first > 9*time.Second {
		t.Errorf("100 records came after %s, want them at once", first)
	}
	out := p.Out.Count(t, 150)
	if rest := time.Since(began); rest < 10*time.Second || rest > 12*time.Second {
		t.Errorf("the other 50 records came after %s, want 10s", rest)
	}
	if diff := cmp.Diff(sent, out); diff != "" {
		t.Errorf("records (-sent +received):\n%s", diff)
	}
	p.Stop()
}

func TestQuickstartFlushesWhatItHoldsOnCtrlC(t *testing.T) {
	t.Parallel()
	p := runQuickstart(t, false)
	sent := numbered("record", 150)
	send(t, p.Addr("source.tcp.app"), sent...)
	p.Out.Count(t, 100)
	p.Stop() // long before the 10 seconds are over
	if diff := cmp.Diff(sent, p.Out.All()); diff != "" {
		t.Errorf("records (-sent +received):\n%s", diff)
	}
	if got := p.Ended("destination.stdout.console"); got["delivered"] != 150 || got["dropped"] != 0 {
		t.Errorf("the log counts %v, want 150 delivered", got)
	}
}

func TestQuickstartServesManyConnectionsAtOnce(t *testing.T) {
	t.Parallel()
	const connections, each = 300, 7
	p := runQuickstart(t, false)
	address := p.Addr("source.tcp.app")
	conns := make([]net.Conn, connections)
	for i := range conns {
		var err error
		if conns[i], err = net.Dial("tcp", address); err != nil {
			t.Fatal(err)
		}
		defer conns[i].Close()
	}
	var want []string
	for round := range each {
		for i, conn := range conns {
			line := fmt.Sprintf("connection %d record %d", i, round)
			sendTo(t, conn, line)
			want = append(want, line)
		}
	}
	p.Stop() // with all connections open
	got := p.Out.All()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-sent +received):\n%s", diff)
	}
}
