package main

import (
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

func TestRecordsReachTheFileInOrderOfEachConnection(t *testing.T) {
	const senders, each = 20, 5000
	d := start(t, `
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "file" "out" { path = "out.log" }
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.out]
}`)
	addr := d.Addr("source.tcp.app")
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			s := dial(t, addr, fmt.Sprintf("s%d", i))
			s.send(each)
			s.close()
		})
	}
	wg.Wait()
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	readLedgerFile(t, filepath.Join(d.Dir, "out.log")).exact(t, senders, each)
	if got := d.WaitLog("the source ended", message("source ended", "source", "source.tcp.app"))["accepted"]; got != float64(senders*each) {
		t.Errorf("accepted %v, want %d", got, senders*each)
	}
	if got := d.Ended("destination.file.out")["delivered"]; got != float64(senders*each) {
		t.Errorf("delivered %v, want %d", got, senders*each)
	}
}

func TestABatchGoesOutAtAHundredRecordsAndTheRestOnCtrlC(t *testing.T) {
	d := start(t, `
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}`)
	s := dial(t, d.Addr("source.tcp.app"), "s")
	s.send(150)
	d.Out.Wait(t, 100) // well within the 10 seconds after which the rest would follow
	if n := len(d.Out.All()); n != 100 {
		t.Errorf("%d lines are out, want one batch of 100", n)
	}
	d.Kill(syscall.SIGINT)
	if status := d.wait(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	if n := len(d.Out.Wait(t, 150)); n != 150 {
		t.Errorf("%d lines after Ctrl+C, want 150", n)
	}
}

func TestSeveralWaysDeliverOncePerWay(t *testing.T) {
	d := start(t, `
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "file" "both" { path = "both.log" }
destination "file" "one" { path = "one.log" }
pipeline "a" {
  from = [source.tcp.app]
  to   = [destination.file.both, pipeline.shared]
}
pipeline "shared" {
  to = [destination.file.both, destination.file.one]
}`)
	s := dial(t, d.Addr("source.tcp.app"), "s")
	s.send(1000)
	s.close()
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	readLedgerFile(t, filepath.Join(d.Dir, "one.log")).exact(t, 1, 1000)
	if n := len(readLedgerFile(t, filepath.Join(d.Dir, "both.log")).numbers["s"]); n != 2000 {
		t.Errorf("%d records reached the destination of two ways, want 2000", n)
	}
}

func TestTheRouterEndsWhenNobodyReadsItsOutput(t *testing.T) {
	d := start(t, `
source "simulator" "demo" { rate = 1000 }
destination "stdout" "console" {}
destination "file" "out" { path = "out.log" }
pipeline "main" {
  from = [source.simulator.demo]
  to   = [destination.stdout.console, destination.file.out]
}`)
	d.Out.Wait(t, 100)
	d.Out.close()
	d.wait()
	d.WaitLog("why it ended", message("standard output is closed"))
	if e := d.Ended("destination.file.out"); e["held"] != 0.0 {
		t.Errorf("the other destination ended with %v", e)
	}
}
