package main

import (
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestAPluginKilledAgainAndAgainLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of kills")
	}
	d := start(t, `
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "file" "out" { path = "out.log" }
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.out]
}`)
	addr := d.Addr("source.tcp.app")
	stop := make(chan struct{})
	var load sync.WaitGroup
	sent := make([]int, 4)
	for i := range sent {
		load.Go(func() {
			s := dial(t, addr, fmt.Sprintf("s%d", i))
			defer s.close()
			for {
				select {
				case <-stop:
					sent[i] = s.next
					return
				default:
					s.send(200)
				}
			}
		})
	}
	started := func(l map[string]any) bool {
		return message("destination ready", "destination", "destination.file.out")(l)
	}
	kills := 0
	for end := time.Now().Add(span(4*time.Second, 20*time.Second)); time.Now().Before(end); kills++ {
		eventually(t, "the plugin got ready again", func() bool { return d.Logged(started) > kills })
		<-time.After(200 * time.Millisecond) // how long each process lives
		signalAll(children(t, d.cmd.Process.Pid), syscall.SIGKILL)
	}
	close(stop)
	load.Wait()
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	l := readLedgerFile(t, filepath.Join(d.Dir, "out.log"))
	total := 0
	for i, n := range sent {
		name := fmt.Sprintf("s%d", i)
		(&ledger{numbers: map[string][]int{name: l.numbers[name]}}).firstCopies(t, 1, n)
		total += n
	}
	t.Logf("%d kills, %d records sent, %d lines torn", kills, total, l.torn)
	if e := d.Ended("destination.file.out"); e["dead_lettered"] != 0.0 || e["delivered"] != float64(total) {
		t.Errorf("at the end: %v, want %d delivered", e, total)
	}
	if left, err := filepath.Glob(filepath.Join(d.temp, "*", "plugin*")); err != nil || len(left) > 0 {
		t.Errorf("socket directories are left: %v, %v", left, err)
	}
}

func TestNoPluginOutlivesAKilledRouter(t *testing.T) {
	d := start(t, `
source "tcp" "app" { listen = "127.0.0.1:0" }
source "simulator" "demo" { rate = 1000 }
destination "file" "a" { path = "a.log" }
destination "stdout" "b" {}
destination "http" "c" { endpoint = "http://127.0.0.1:9/" }
pipeline "main" {
  from = [source.tcp.app, source.simulator.demo]
  to   = [destination.file.a, destination.stdout.b, destination.http.c]
}`)
	for _, p := range []string{"file", "stdout", "http", "simulator"} {
		d.WaitLog(p+" started", message("plugin started", "plugin", p))
	}
	pids := children(t, d.cmd.Process.Pid)
	if len(pids) != 4 {
		t.Fatalf("the router has %d plugin processes, want 4", len(pids))
	}
	d.Kill(syscall.SIGKILL)
	deadline := time.After(2 * time.Second)
	for _, pid := range pids {
		for alive(pid) {
			select {
			case <-deadline:
				t.Fatalf("plugin process %d is alive two seconds after its router was killed", pid)
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}
