package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// throughput sends records as fast as they are taken for a while and returns how many were.
func throughput(t *testing.T, addr string, span time.Duration) int {
	t.Helper()
	var load sync.WaitGroup
	sent := make([]int, 2)
	for i := range sent {
		load.Go(func() {
			s := dial(t, addr, fmt.Sprintf("s%d", i))
			for end := time.Now().Add(span); time.Now().Before(end); {
				s.send(500)
			}
			s.close()
			sent[i] = s.next
		})
	}
	load.Wait()
	return sent[0] + sent[1]
}

func TestAStuckPluginIsReplacedAndCostsTheOthersNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of load")
	}
	const config = `
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "file" "good" { path = "good.log" }
destination "file" "stuck" {
  path         = "stuck.log"
  hang_timeout = "2s"
  backlog {
    when_full = "drop_oldest"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.good, destination.file.stuck]
}`
	d := start(t, config)
	addr := d.Addr("source.tcp.app")
	l := d.WaitLog("the stuck one started", message("plugin started", "destination", "destination.file.stuck"))
	stopped := int(l["pid"].(float64))
	if err := syscall.Kill(stopped, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	total := throughput(t, addr, 5*time.Second)
	d.WaitLog("it was replaced", func(l map[string]any) bool {
		pid, _ := l["pid"].(float64)
		return message("plugin started", "destination", "destination.file.stuck")(l) && int(pid) != stopped
	})
	if alive(stopped) {
		t.Error("the stuck process is still there")
	}
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	good, stuck := d.Ended("destination.file.good"), d.Ended("destination.file.stuck")
	if good["delivered"] != float64(total) {
		t.Errorf("the good destination got %v of %d records", good["delivered"], total)
	}
	if stuck["delivered"].(float64)+stuck["dropped"].(float64) != float64(total) {
		t.Errorf("the stuck destination: %v; delivered and dropped should be %d", stuck, total)
	}
}

// slowPlugin is a configuration with a plugin that takes a while for each batch.
func slowPlugin(sleep, hangTimeout time.Duration) string {
	return fmt.Sprintf(`
router {
  drain_timeout = "10m"
}
plugin "chaos" {
  source = "./chaos"
}
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "chaos" "slow" {
  path          = "slow.log"
  sleep         = "%s"
  hang_timeout  = "%s"
  max_in_flight = 4
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.chaos.slow]
}`, sleep, hangTimeout)
}

func startWithPlugin(t *testing.T, plugin, config string) *daemon {
	t.Helper()
	dir := t.TempDir()
	installTestPlugin(t, dir, plugin)
	write(t, filepath.Join(dir, "skidway.hcl"), config)
	return startArgs(t, dir, "run", "-c", dir)
}

func TestASlowPluginIsNotTakenForAHungOne(t *testing.T) {
	if testing.Short() {
		t.Skip("batches of seconds")
	}
	t.Parallel()
	d := startWithPlugin(t, "chaos", slowPlugin(span(2*time.Second, 20*time.Second), span(3*time.Second, 30*time.Second)))
	s := dial(t, d.Addr("source.tcp.app"), "s")
	s.send(500)
	s.close()
	waitSlow(t, d, 500)
}

func TestTheTimeInWhichTheRouterWasStoppedDoesNotCount(t *testing.T) {
	if testing.Short() {
		t.Skip("a standstill")
	}
	t.Parallel()
	d := startWithPlugin(t, "chaos", slowPlugin(span(time.Second, 5*time.Second), span(3*time.Second, 30*time.Second)))
	s := dial(t, d.Addr("source.tcp.app"), "s")
	s.send(500)
	s.close()
	d.WaitLog("connected", message("destination ready"))
	d.Kill(syscall.SIGSTOP)
	<-time.After(span(8*time.Second, 60*time.Second)) // the standstill itself
	d.Kill(syscall.SIGCONT)
	waitSlow(t, d, 500)
}

func waitSlow(t *testing.T, d *daemon, n int) {
	t.Helper()
	path := filepath.Join(d.Dir, "slow.log")
	deadline := time.After(5 * time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		content, err := os.ReadFile(path)
		if err == nil && bytes.Count(content, []byte("\n")) >= n {
			break
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the records did not arrive")
		}
	}
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	readLedgerFile(t, path).exact(t, 1, n)
	if starts := d.Logged(message("plugin started")); starts != 1 {
		t.Errorf("the plugin was started %d times, want once", starts)
	}
	if e := d.Ended("destination.chaos.slow"); e["delivered"] != float64(n) || e["dead_lettered"] != 0.0 {
		t.Errorf("at the end: %v", e)
	}
}
