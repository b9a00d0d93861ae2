package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

var kills = flag.Int("kills", 0, "how often the router is killed in TestKilledRouterLosesNothing; 0: a few times")

// TestKilledRouterLosesNothing kills the router at random times under load. What the source knows to be accepted is in
// the file once, what it does not know at most once, in order.
func TestKilledRouterLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of kills")
	}
	for name, options := range map[string]string{
		"one file":               ``,
		"rotated":                `rotate { max_bytes = "1MiB" }`,
		"rotated and compressed": "rotate {\n max_bytes = \"1MiB\"\n compress = \"gzip\"\n}",
		"every batch synced":     `sync = "batch"`,
		"a router without hurry": `batch { max_age = "50ms" }`,
	} {
		t.Run(name, func(t *testing.T) {
			n := *kills
			if n == 0 {
				n = span(5, 40)
			}
			killAgainAndAgain(t, options, n)
		})
	}
}

func killAgainAndAgain(t *testing.T, options string, n int) {
	dir := t.TempDir()
	runs := filepath.Join(dir, "runs")
	if err := os.Mkdir(runs, 0o700); err != nil {
		t.Fatal(err)
	}
	installTestPlugin(t, dir, "acked")
	write(t, filepath.Join(dir, "skidway.hcl"), fmt.Sprintf(`
router {
  data_dir = "data"
  spool {
    max_bytes     = "64MiB"
    segment_bytes = "256KiB"
  }
}
plugin "acked" { source = "./acked" }
source "acked" "load" { folder = %q }
destination "file" "out" {
  path = "out.log"
  %s
}
pipeline "main" {
  from = [source.acked.load]
  to   = [destination.file.out]
}`, runs, options))
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range n {
		d := startArgs(t, dir, "run", "-c", dir)
		d.WaitLog("the source runs", message("plugin started", "plugin", "acked"))
		<-time.After(time.Duration(random.IntN(300)) * time.Millisecond) // how long it lives
		d.Kill(syscall.SIGKILL)
		d.wait()
	}
	d := startArgs(t, dir, "run", "-c", dir)
	d.WaitLog("the source runs", message("plugin started", "plugin", "acked"))
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	if e := d.Ended("destination.file.out"); e["held"] != 0.0 || e["dropped"] != 0.0 || e["dead_lettered"] != 0.0 {
		t.Errorf("the router ended with %v", e)
	}
	accepted := acceptedRuns(t, runs)
	total, known := exactlyOnce(t, readRotated(t, filepath.Join(dir, "out.log")), accepted, 200), 0
	for _, n := range accepted {
		known += n
	}
	if len(accepted) != n+1 || known == 0 {
		t.Errorf("%d runs, %d records accepted", len(accepted), known)
	}
	t.Logf("%d kills, %d records, of which %d were known to be accepted", n, total, known)
}
