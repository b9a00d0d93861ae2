package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const ackedPad = 200

// killedRig is a router whose source knows what is accepted, and that is killed again and again.
type killedRig struct {
	t         *testing.T
	dir, runs string
	// longest is how long a router lives at most.
	longest time.Duration
	// watch is called again and again while a router runs.
	watch func(d *daemon)
}

// newKilledRig lays a configuration whose source source.acked.load has that many rare services.
func newKilledRig(t *testing.T, services int, config string) *killedRig {
	t.Helper()
	k := &killedRig{t: t, dir: t.TempDir(), longest: span(time.Second, 3*time.Second), watch: func(*daemon) {}}
	k.runs = filepath.Join(k.dir, "runs")
	if err := os.Mkdir(k.runs, 0o700); err != nil {
		t.Fatal(err)
	}
	installTestPlugin(t, k.dir, "acked")
	write(t, filepath.Join(k.dir, "skidway.hcl"), fmt.Sprintf(`
router {
  data_dir      = "data"
  drain_timeout = "2m"
  spool {
    max_bytes     = "1GiB"
    segment_bytes = "1MiB"
  }
}
plugin "acked" { source = "./acked" }
source "acked" "load" {
  folder   = %q
  size     = %d
  services = %d
}
%s`, k.runs, ackedPad, services, config))
	return k
}

// run kills n routers, each after a random time, and lets one more end in order. It returns how many records of each
// run are accepted for sure.
func (k *killedRig) run(n int, destinations ...string) (accepted map[int]int) {
	k.t.Helper()
	seed := uint64(time.Now().UnixNano())
	k.t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range n {
		d := k.start()
		k.live(d, time.Duration(random.Int64N(int64(k.longest))))
		d.killed()
	}
	d := k.start()
	k.live(d, k.longest)
	d.stopped()
	for _, address := range destinations {
		d.has(address, "held", 0, "dropped", 0, "dead_lettered", 0)
	}
	accepted = acceptedRuns(k.t, k.runs)
	known := 0
	for _, n := range accepted {
		known += n
	}
	// Until a file is synced, which it is once a second, the spool keeps what is in it. The source must not come to wait
	// for that, or nothing but the first runs was under load.
	if len(accepted) != n+1 || accepted[n] == 0 {
		k.t.Errorf("%d runs, %d records accepted, %d of the last run", len(accepted), known, accepted[n])
	}
	k.t.Logf("%d kills, %d records known to be accepted", n, known)
	return accepted
}

func (k *killedRig) start() *daemon {
	d := startArgs(k.t, k.dir, "run", "-c", k.dir)
	d.WaitLog("the source runs", message("plugin started", "plugin", "acked"))
	return d
}

// live watches a router for as long as it is to live.
func (k *killedRig) live(d *daemon, span time.Duration) {
	over := time.After(span)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-tick.C:
			k.watch(d)
		}
	}
}

// TestKilledRouterLosesNothingOfManyFiles kills the router at random times under load while it writes to a file for each
// service, more of them than are open at once. What the source knows to be accepted is in its file once, in order.
func TestKilledRouterLosesNothingOfManyFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of kills")
	}
	services, open := span(300, 10_000), span(64, 512)
	k := newKilledRig(t, services, fmt.Sprintf(`
destination "file" "out" {
  path           = "${record.service}.log"
  base_dir       = "out"
  max_open_files = %d
  batch { max_age = "300ms" }
}
pipeline "main" {
  from = [source.acked.load]
  to   = [destination.file.out]
}`, open))
	descriptors, memory := 0, 0
	k.watch = func(d *daemon) {
		for _, pid := range pluginPIDs(d, "file") {
			descriptors = max(descriptors, openDescriptors(pid))
			memory = max(memory, pssKiB(pid)+pssKiB(d.cmd.Process.Pid))
		}
	}
	accepted := k.run(span(5, 40), "destination.file.out")
	t.Logf("at most %d descriptors, %d MiB of router and file plugin", descriptors, memory>>10)
	if descriptors == 0 || descriptors > open+64 {
		t.Errorf("the file plugin had %d descriptors open, want at most %d + 64", descriptors, open)
	}
	if memory>>10 > 200 {
		t.Errorf("router and file plugin took %d MiB, want at most 200", memory>>10)
	}
	files, err := filepath.Glob(filepath.Join(k.dir, "out", "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	total := map[int]int{}
	found, pad := kinds{services}, strings.Repeat("x", ackedPad)
	names := map[string]bool{}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".log")
		names[name] = true
		s := sequel{t: t, name: name, kinds: found, from: found.ofService(name)}
		s.check(read(t, path), pad)
		s.has(accepted)
		for run, n := range s.records {
			total[run] += n
		}
	}
	for run, n := range accepted {
		if total[run] < n {
			t.Errorf("run %d: %d records were accepted, %d arrived", run, n, total[run])
		}
		for i := range min(services, n/100) {
			if s := found.service(run, 37+100*i); !names[s] {
				t.Fatalf("there is no file of service %s", s)
			}
		}
	}
	t.Logf("%d records in %d files", sumOf(total), len(files))
}

// TestKilledRouterLosesNothingBehindRoutes kills the router at random times under load behind two routes, one of them
// through another pipeline. What the source knows to be accepted is once wherever it belongs, in order.
func TestKilledRouterLosesNothingBehindRoutes(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of kills")
	}
	k := newKilledRig(t, 10, `
destination "file" "errors" {
  path = "errors.log"
  batch { max_age = "100ms" }
}
destination "file" "rest" {
  path = "rest.log"
}
pipeline "main" {
  from = [source.acked.load]
  route "errors" {
    when = record.level == "error"
    to   = [destination.file.errors]
  }
  route "even" {
    when = record.n % 2 == 0
    to   = [pipeline.even]
  }
  otherwise { to = [destination.file.rest] }
}
pipeline "even" {
  transform "drop" {
    when = record.level == "debug"
  }
  transform "set" {
    when   = record.service == "main"
    fields = { even = true }
  }
  route "main" {
    when = record.service == "main"
    to   = [destination.file.rest]
  }
  otherwise { to = [destination.file.errors, destination.file.rest] }
}`)
	accepted := k.run(span(5, 40), "destination.file.errors", "destination.file.rest")
	found, pad := kinds{10}, strings.Repeat("x", ackedPad)
	isError := func(n int) bool { return found.level(n) == "error" }
	for _, s := range []sequel{
		{name: "errors.log", from: where(isError)},
		{name: "rest.log", appended: func(n int) string {
			if n%2 == 0 && !isRare(n) {
				return `,"even":true`
			}
			return ""
		}, from: where(func(n int) bool {
			if n%2 == 0 {
				return found.level(n) != "debug"
			}
			return !isError(n)
		})},
	} {
		s.t, s.kinds = t, found
		total := s.check(read(t, filepath.Join(k.dir, s.name)), pad)
		s.has(accepted)
		t.Logf("%s has %d records", s.name, total)
	}
}

func sumOf(m map[int]int) (n int) {
	for v := range maps.Values(m) {
		n += v
	}
	return n
}

// pluginPIDs are the processes that the router started of a plugin, as far as they still are.
func pluginPIDs(d *daemon, plugin string) (pids []int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	started := message("plugin started", "plugin", plugin)
	for _, l := range d.log {
		if pid, ok := l["pid"].(float64); ok && started(l) {
			pids = append(pids, int(pid))
		}
	}
	return slices.DeleteFunc(pids, func(pid int) bool { return syscall.Kill(pid, 0) != nil })
}

// openDescriptors counts the descriptors of a process; 0: it is gone.
func openDescriptors(pid int) int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	return len(entries)
}

// pssKiB is the memory of a process; 0: it is gone.
func pssKiB(pid int) int {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(content), "\nPss:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(fields[0])
	return n
}
