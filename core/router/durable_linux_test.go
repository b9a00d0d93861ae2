package router_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// wholeBench is what the benchmarks of the program share.
type wholeBench struct {
	b            *testing.B
	dir, program string
	out, data    string // the file, and the data_dir
}

func newWholeBench(b *testing.B) *wholeBench {
	b.Helper()
	dir := os.Getenv("SKIDWAY_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	return &wholeBench{b: b, dir: dir, program: built(b), out: filepath.Join(dir, "whole.log"), data: filepath.Join(dir, "whole-data")}
}

// command returns the program with a configuration: a router block, and a file destination with more attributes.
func (w *wholeBench) command(addr, router, more string) *exec.Cmd {
	w.b.Helper()
	config := filepath.Join(w.dir, "whole.hcl")
	text := fmt.Sprintf(`%s
source "tcp" "in" { listen = %q }
destination "file" "out" { %s }
pipeline "main" {
  from = [source.tcp.in]
  to   = [destination.file.out]
}
`, router, addr, more)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		w.b.Fatal(err)
	}
	return exec.Command(w.program, "run", "-c", config)
}

func (w *wholeBench) path() string { return fmt.Sprintf("path = %q", w.out) }

func (w *wholeBench) onDisk() string { return fmt.Sprintf("router { data_dir = %q }", w.data) }

// clean removes what a run left.
func (w *wholeBench) clean() {
	w.b.Helper()
	for _, path := range []string{w.out, filepath.Join(w.dir, ".whole.log.skidway"), w.data} {
		if err := os.RemoveAll(path); err != nil {
			w.b.Fatal(err)
		}
	}
}

// rawDisk returns the lines a second that the disk takes: writes of 1 MiB, each synced, as many bytes as n lines have.
func (w *wholeBench) rawDisk(n int) float64 {
	w.b.Helper()
	f, err := os.Create(filepath.Join(w.dir, "whole.raw"))
	if err != nil {
		w.b.Fatal(err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // in a temporary folder
	defer f.Close()
	chunk := make([]byte, 1<<20)
	began := time.Now()
	for done := 0; done < n*wholeLineBytes; done += len(chunk) {
		if _, err := f.Write(chunk); err != nil {
			w.b.Fatal(err)
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			w.b.Fatal(err)
		}
	}
	return float64(n) / time.Since(began).Seconds()
}

// BenchmarkWholePathOnDisk alternates the limit of one process, the spool in memory, the spool on disk (every accepted
// record synced), and the disk alone, five rounds each, over two million lines a run, and reports medians and ratios.
func BenchmarkWholePathOnDisk(b *testing.B) {
	const rounds, n = 5, wholeLines
	w := newWholeBench(b)
	for b.Loop() {
		var limits, memories, disks, raws, cpus, ofLimit, ofBound []float64
		for range rounds {
			addr := freeAddr(b)
			limit := exec.Command(os.Args[0], addr, w.out)
			limit.Env = append(os.Environ(), envWhole+"=limit")
			limits = append(limits, runWhole(b, limit, addr, w.out).linesPerSecond)
			w.clean()
			addr = freeAddr(b)
			memories = append(memories, runWhole(b, w.command(addr, "", w.path()), addr, w.out).linesPerSecond)
			w.clean()
			addr = freeAddr(b)
			disk := runWhole(b, w.command(addr, w.onDisk(), w.path()), addr, w.out)
			w.clean()
			disks, cpus = append(disks, disk.linesPerSecond), append(cpus, disk.cpuPerMillion)
			raws = append(raws, w.rawDisk(n))
			last := len(disks) - 1
			ofLimit = append(ofLimit, 100*disks[last]/limits[last])
			ofBound = append(ofBound, 100*disks[last]/min(memories[last], raws[last]))
		}
		b.ReportMetric(median(limits), "limit-lines/s")
		b.ReportMetric(median(memories), "memory-lines/s")
		b.ReportMetric(median(raws), "raw-disk-lines/s")
		b.ReportMetric(median(disks), "lines/s")
		b.ReportMetric(median(cpus), "cpu-s/Mline")
		b.ReportMetric(median(ofLimit), "%-of-limit")
		b.ReportMetric(median(ofBound), "%-of-memory-or-disk")
		b.ReportMetric(0, "ns/op")
	}
}

// BenchmarkCatchUp fills the spool on disk with two million lines while the file can't be written, and measures how fast
// they come to the file once it can, against the rate with a spool in memory, in alternation.
func BenchmarkCatchUp(b *testing.B) {
	const rounds, n = 5, wholeLines
	w := newWholeBench(b)
	blocked := filepath.Join(w.dir, "whole-blocked")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil { // where a folder should be
		b.Fatal(err)
	}
	for b.Loop() {
		var memories, rates, ratios []float64
		for range rounds {
			addr := freeAddr(b)
			memories = append(memories, runWhole(b, w.command(addr, "", w.path()), addr, w.out).linesPerSecond)
			w.clean()

			addr = freeAddr(b)
			w.fill(w.command(addr, w.onDisk(), fmt.Sprintf("path = %q", filepath.Join(blocked, "out.log"))), addr, n)
			rates = append(rates, w.catchUp(w.command(addr, w.onDisk(), w.path()), n))
			w.clean()
			ratios = append(ratios, 100*rates[len(rates)-1]/memories[len(memories)-1])
		}
		b.ReportMetric(median(memories), "memory-lines/s")
		b.ReportMetric(median(rates), "lines/s")
		b.ReportMetric(median(ratios), "%-of-memory")
		b.ReportMetric(0, "ns/op")
	}
}

// fill runs a router until it took n lines that it can't deliver.
func (w *wholeBench) fill(router *exec.Cmd, addr string, n int) {
	w.b.Helper()
	stop := w.start(router)
	defer stop()
	until(w.b, "the router listens", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	load := exec.Command(os.Args[0], addr, strconv.Itoa(n))
	load.Env = append(os.Environ(), envWhole+"=load")
	if out, err := load.CombinedOutput(); err != nil {
		w.b.Fatalf("load: %v: %s", err, out)
	}
}

// catchUp runs a router until n lines are in the file, and returns how many came a second.
func (w *wholeBench) catchUp(router *exec.Cmd, n int) float64 {
	w.b.Helper()
	defer checkWholeFile(w.b, w.out, n)
	defer w.start(router)()
	size := func() int64 {
		st, err := os.Stat(w.out)
		if err != nil {
			return 0
		}
		return st.Size()
	}
	var began time.Time
	until(w.b, "the first line arrived", func() bool { began = time.Now(); return size() > 0 })
	until(w.b, "the last line arrived", func() bool { return size() >= int64(n)*wholeLineBytes })
	return float64(n) / time.Since(began).Seconds()
}

// start starts a router; stop drains it.
func (w *wholeBench) start(router *exec.Cmd) (stop func()) {
	w.b.Helper()
	router.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := router.Start(); err != nil {
		w.b.Fatal(err)
	}
	return func() {
		_ = router.Process.Signal(syscall.SIGTERM)
		_ = router.Wait()
	}
}

// BenchmarkDeadDestinationOnDisk alternates a router with one destination and a router with a second, dead one beside it,
// which holds all of its records on the disk, over eight seconds of load each, and reports what share of its lines/s
// the first one keeps.
func BenchmarkDeadDestinationOnDisk(b *testing.B) {
	const rounds = 5
	measure := func(to string) float64 {
		r := runProgram(b, `
router { data_dir = "data" }
source "tcp" "in" { listen = "127.0.0.1:0" }
destination "file" "good" { path = "good.log" }
destination "http" "dead" { endpoint = "http://127.0.0.1:9/" }
pipeline "main" {
  from = [source.tcp.in]
  to   = [`+to+`]
}`)
		lines, c := block(), connect(b, r.addr())
		sent, began := 0, time.Now()
		for time.Since(began) < 8*time.Second {
			if _, err := c.Write(lines); err != nil {
				b.Fatal(err)
			}
			sent += len(lines)
		}
		rate := float64(sent/wholeLineBytes) / time.Since(began).Seconds()
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
		// What a run leaves in the page cache must not be the next run's burden: without this, whichever runs second has to
		// make room for its pages first.
		for _, left := range []string{"data", "good.log"} {
			if err := os.RemoveAll(filepath.Join(r.dir, left)); err != nil {
				b.Fatal(err)
			}
		}
		return rate
	}
	for b.Loop() {
		var alone, beside, kept []float64
		for round := range rounds {
			var a, s float64
			if round%2 == 0 {
				a = measure("destination.file.good")
			}
			s = measure("destination.file.good, destination.http.dead")
			if round%2 == 1 {
				a = measure("destination.file.good")
			}
			alone, beside, kept = append(alone, a), append(beside, s), append(kept, 100*s/a)
		}
		b.ReportMetric(median(alone), "lines/s-alone")
		b.ReportMetric(median(beside), "lines/s-beside-dead")
		b.ReportMetric(median(kept), "%-kept")
		b.ReportMetric(0, "ns/op")
	}
}
