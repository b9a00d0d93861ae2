package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onTmpfs mounts a file system of that size for the length of the test.
func onTmpfs(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+",mode=0700"); err != nil {
		t.Skipf("a file system can't be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// fill takes all room of a file system that is left, until free gives it back.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for piece := make([]byte, 64<<10); err == nil; {
		_, err = f.Write(piece)
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// keepFull takes all room of a file system, also what others give up, until free gives it back.
func keepFull(t *testing.T, dir string) (free func()) {
	t.Helper()
	first := fill(t, dir)
	f, err := os.Create(filepath.Join(dir, "more"))
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var filler sync.WaitGroup
	filler.Go(func() {
		defer f.Close()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for piece := make([]byte, 64<<10); ; {
			select {
			case <-stop:
				return
			case <-tick.C:
				for _, err := f.Write(piece); err == nil; {
					_, err = f.Write(piece)
				}
			}
		}
	})
	end := sync.OnceFunc(func() {
		close(stop)
		filler.Wait()
	})
	t.Cleanup(end)
	return func() {
		end()
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
		first()
	}
}

// loaded is a router under the load of a source that knows what is accepted.
type loaded struct {
	*daemon
	runs string
}

// loadOn starts a router with its spool in data, whose file is elsewhere.
func loadOn(t *testing.T, data string) *loaded {
	t.Helper()
	dir := t.TempDir()
	runs := filepath.Join(dir, "runs")
	if err := os.Mkdir(runs, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "skidway.hcl"), fmt.Sprintf(`
router {
  data_dir = %q
  spool {
    max_bytes     = "32MiB"
    segment_bytes = "256KiB"
  }
}
plugin "acked" { source = "./acked" }
source "acked" "load" { folder = %q }
pipeline "main" {
  from = [source.acked.load]
  to   = [destination.file.out]
}
`, data, runs)+fileOut("out"))
	installTestPlugin(t, dir, "acked")
	l := &loaded{daemon: runIn(t, dir), runs: runs}
	eventually(t, "records are accepted", func() bool { return l.accepted() > 1000 })
	return l
}

func (l *loaded) out() string { return filepath.Join(l.Dir, "out.log") }

// accepted counts the records that the source knows to be accepted.
func (l *loaded) accepted() (n int) {
	l.t.Helper()
	for _, a := range acceptedRuns(l.t, l.runs) {
		n += a
	}
	return n
}

// stands waits until nothing more is accepted, and returns how many are.
func (l *loaded) stands() (n int) {
	l.t.Helper()
	since := time.Now()
	eventually(l.t, "intake stands still", func() bool {
		if now := l.accepted(); now != n {
			n, since = now, time.Now()
		}
		return time.Since(since) > 500*time.Millisecond
	})
	return n
}

// lasts has the trouble last for a while in which what was accepted is delivered, and nobody ends. It returns how many are
// accepted when intake stands still at its end: what is delivered may have made room for more.
func (l *loaded) lasts(n int) int {
	l.t.Helper()
	end := time.Now().Add(span(500*time.Millisecond, 10*time.Second))
	eventually(l.t, "what was accepted is delivered", func() bool {
		return bytes.Count(read(l.t, l.out()), []byte("\n")) >= n
	})
	eventually(l.t, "the trouble has lasted", func() bool { return time.Now().After(end) })
	l.running()
	return l.stands()
}

// resumes checks that intake goes on soon, and in the end that nothing is lost, doubled or dropped.
func (l *loaded) resumes(n int) {
	l.t.Helper()
	began := time.Now()
	eventually(l.t, "intake goes on", func() bool { return l.accepted() > n })
	took := time.Since(began)
	l.t.Logf("%d records were accepted before, intake went on after %s", n, took.Round(time.Millisecond))
	if took > 2*time.Second {
		l.t.Errorf("intake went on after %s; two seconds are promised", took)
	}
	l.whole()
}

// whole drains the router and checks what it leaves.
func (l *loaded) whole() {
	l.t.Helper()
	l.stopped()
	l.has("destination.file.out", "held", 0, "dropped", 0, "dead_lettered", 0)
	exactlyOnce(l.t, read(l.t, l.out()), acceptedRuns(l.t, l.runs), 200)
}

func TestAFullDiskStopsIntakeAndNothingElse(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of load")
	}
	data := onTmpfs(t, "64m")
	l := loadOn(t, filepath.Join(data, "skidway"))
	full := message("the disk of the spool is full")
	for range span(1, 3) {
		times := l.Logged(full)
		free := keepFull(t, data)
		eventually(t, "the log says that the disk is full", func() bool { return l.Logged(full) > times })
		n := l.lasts(l.stands())
		free()
		began := time.Now()
		eventually(t, "intake goes on", func() bool { return l.accepted() > n })
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("intake went on after %s; two seconds are promised", took)
		}
	}
	line := l.WaitLog("the disk is full", full)
	if why, _ := line["error"].(string); !strings.Contains(why, "min_free") || !strings.Contains(why, "free some") {
		t.Errorf("the log does not say what to do: %v", line)
	}
	l.WaitLog("there is room again", message("the disk of the spool has room again"))
	l.whole()
}

// limit sets a limit of a running process, until lift is called.
func limit(t *testing.T, pid, resource int, value uint64) (lift func()) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Prlimit(pid, resource, nil, &old); err != nil {
		t.Skipf("limits can't be read here: %v", err)
	}
	lower := unix.Rlimit{Cur: value, Max: old.Max}
	if err := unix.Prlimit(pid, resource, &lower, nil); err != nil {
		t.Skipf("limits can't be set here: %v", err)
	}
	return func() {
		if err := unix.Prlimit(pid, resource, &old, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFileSizeLimitStopsIntakeAndNothingElse(t *testing.T) {
	l := loadOn(t, "data")
	lift := limit(t, l.cmd.Process.Pid, unix.RLIMIT_FSIZE, 100<<10)
	l.WaitLog("writing fails", func(line map[string]any) bool {
		why, _ := line["error"].(string)
		return strings.Contains(why, "file too large")
	})
	n := l.lasts(l.stands())
	lift()
	l.resumes(n)
}

func TestNoMoreDescriptorsStopIntakeAndNothingElse(t *testing.T) {
	l := loadOn(t, "data")
	lift := limit(t, l.cmd.Process.Pid, unix.RLIMIT_NOFILE, 5)
	l.WaitLog("opening fails", func(line map[string]any) bool {
		why, _ := line["error"].(string)
		return strings.Contains(why, "too many open files")
	})
	n := l.stands()
	l.running()
	lift()
	l.resumes(n)
}

// TestAReadOnlyDiskIsSaidAtTheStart: the start is refused, with what to do, and nothing that is there is changed by it.
func TestAReadOnlyDiskIsSaidAtTheStart(t *testing.T) {
	data := onTmpfs(t, "64m")
	dir := lay(t, strings.ReplaceAll(routerOnDisk, `"data"`, fmt.Sprintf("%q", data))+postedTo("destination.file.out")+fileOut("out"))
	p := newPoster(t, 100)
	d := runIn(t, dir)
	p.to(d)
	p.must(100)
	d.killed()
	if err := unix.Mount("", data, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	d = runIn(t, dir)
	if status := d.wait(); status != exitFailed {
		t.Errorf("exit status %d on a read-only disk, want %d", status, exitFailed)
	}
	if said := strings.Join(d.raw, "\n"); !strings.Contains(said, "read-only file system") || !strings.Contains(said, data) {
		t.Errorf("the router said: %s", said)
	}
	if err := unix.Mount("", data, "", unix.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	d = runIn(t, dir)
	p.to(d)
	p.must(1)
	p.waitLast(filepath.Join(dir, "out.log"))
	d.stopped()
	exactlyOnce(t, read(t, filepath.Join(dir, "out.log")), p.accepted, p.size)
}

// TestADiskThatBreaksStopsIntakeAndNothingElse: the file system turns read-only under the router, as ext4 does after an
// error.
func TestADiskThatBreaksStopsIntakeAndNothingElse(t *testing.T) {
	m := onLoop(t, 64<<20)
	l := loadOn(t, filepath.Join(m.dir, "skidway"))
	if err := unix.Mount("", m.dir, "", unix.MS_REMOUNT, "abort"); err != nil {
		t.Skipf("a file system can't be aborted here: %v", err)
	}
	l.WaitLog("writing fails", func(line map[string]any) bool {
		why, _ := line["error"].(string)
		return strings.Contains(why, "read-only file system") || strings.Contains(why, "input/output error")
	})
	n := l.lasts(l.stands())
	l.Kill(syscall.SIGKILL)
	l.wait()
	m.again()
	dir := l.Dir
	next := &loaded{daemon: runIn(t, dir), runs: l.runs}
	eventually(t, "intake goes on", func() bool { return next.accepted() > n })
	next.whole()
}
