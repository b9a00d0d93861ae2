package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of a test for something that is expected to happen.
const patience = 60 * time.Second

// daemon is a running `skidway run` (or another command that runs until it is stopped), a process of its own.
type daemon struct {
	t    *testing.T
	cmd  *exec.Cmd
	Dir  string
	Out  *lines // standard output
	temp string // for sockets
	done chan struct{}
	err  error // of Wait; after done

	mu      sync.Mutex
	changed *sync.Cond
	log     []map[string]any
	raw     []string
	ended   bool
}

// start writes the configuration to a folder of its own and runs it. Whatever happens, the process is gone at the
// end of the test.
func start(t *testing.T, config string) *daemon {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "skidway.hcl"), config)
	return startArgs(t, dir, "run", "-c", dir)
}

func startArgs(t *testing.T, dir string, args ...string) *daemon {
	t.Helper()
	return startProgram(t, dir, os.Args[0], nil, args...)
}

// startProgram runs a program that is skidway, with more variables in its environment.
func startProgram(t *testing.T, dir, program string, env []string, args ...string) *daemon {
	t.Helper()
	d := &daemon{t: t, Dir: dir, Out: newLines(), temp: shortTemp(t), done: make(chan struct{})}
	d.changed = sync.NewCond(&d.mu)
	d.cmd = exec.Command(program, args...)
	d.cmd.Dir = dir
	d.cmd.Env = append(append(os.Environ(), envMain+"=1", "TMPDIR="+d.temp), env...)
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d.cmd.Stdout = outWrite
	stderr, err := d.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	outWrite.Close()
	go d.Out.read(outRead)
	go func() {
		d.readLog(stderr)
		d.err = d.cmd.Wait()
		close(d.done)
	}()
	t.Cleanup(func() {
		d.Kill(syscall.SIGKILL)
		d.wait()
		if t.Failed() {
			d.mu.Lock()
			defer d.mu.Unlock()
			t.Logf("log of the router:\n%s", strings.Join(d.raw[max(0, len(d.raw)-80):], "\n"))
		}
	})
	return d
}

// shortTemp returns a folder with a path short enough for unix sockets.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "sk") //nolint:usetesting // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		if err == nil {
			for _, e := range left {
				if entries, err := os.ReadDir(filepath.Join(dir, e.Name())); err == nil && len(entries) > 0 && !t.Failed() {
					t.Logf("left in the temporary folder: %s/%s", e.Name(), entries[0].Name())
				}
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func (d *daemon) readLog(r io.Reader) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 4<<20)
	for sc.Scan() {
		line := sc.Text()
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) != nil {
			fields = map[string]any{"@message": line}
		}
		d.mu.Lock()
		d.raw = append(d.raw, line)
		d.log = append(d.log, fields)
		d.changed.Broadcast()
		d.mu.Unlock()
	}
	d.mu.Lock()
	d.ended = true
	d.changed.Broadcast()
	d.mu.Unlock()
}

// WaitLog returns the first log line for which match holds, waiting for it.
func (d *daemon) WaitLog(what string, match func(map[string]any) bool) map[string]any {
	d.t.Helper()
	timeout := time.AfterFunc(patience, func() {
		d.mu.Lock()
		d.ended = true
		d.changed.Broadcast()
		d.mu.Unlock()
	})
	defer timeout.Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for next := 0; ; {
		for ; next < len(d.log); next++ {
			if match(d.log[next]) {
				return d.log[next]
			}
		}
		if d.ended {
			d.t.Fatalf("the log never said: %s", what)
		}
		d.changed.Wait()
	}
}

// Logged counts the log lines for which match holds so far.
func (d *daemon) Logged(match func(map[string]any) bool) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, l := range d.log {
		if match(l) {
			n++
		}
	}
	return n
}

func message(want string, pairs ...string) func(map[string]any) bool {
	return func(l map[string]any) bool {
		if m, _ := l["@message"].(string); !strings.Contains(m, want) {
			return false
		}
		for i := 0; i < len(pairs); i += 2 {
			if s, _ := l[pairs[i]].(string); s != pairs[i+1] {
				return false
			}
		}
		return true
	}
}

// Addr returns the address that a source listens on.
func (d *daemon) Addr(source string) string {
	d.t.Helper()
	l := d.WaitLog(source+" listens", message("listening", "source", source))
	return l["address"].(string)
}

// Kill sends a signal to the router alone.
func (d *daemon) Kill(sig syscall.Signal) { _ = d.cmd.Process.Signal(sig) }

// Stop drains the router with SIGTERM and returns its exit status.
func (d *daemon) Stop() int {
	d.t.Helper()
	d.Kill(syscall.SIGTERM)
	return d.wait()
}

func (d *daemon) wait() int {
	d.t.Helper()
	select {
	case <-d.done:
	case <-time.After(patience):
		d.Kill(syscall.SIGKILL)
		<-d.done
		d.t.Error("the router did not end")
	}
	if exit, ok := errors.AsType[*exec.ExitError](d.err); ok {
		return exit.ExitCode()
	}
	return 0
}

// Ended returns the numbers of the line that a destination ends with.
func (d *daemon) Ended(destination string) map[string]any {
	d.t.Helper()
	return d.WaitLog(destination+" ended", message("destination ended", "destination", destination))
}

// lines collects what a process prints.
type lines struct {
	mu      sync.Mutex
	changed *sync.Cond
	all     []string
	ended   bool
	r       io.Closer
}

// close stops reading, as a reader that goes away does.
func (l *lines) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.r.Close()
}

func newLines() *lines {
	l := &lines{}
	l.changed = sync.NewCond(&l.mu)
	return l
}

func (l *lines) read(r io.ReadCloser) {
	defer r.Close()
	l.mu.Lock()
	l.r = r
	l.mu.Unlock()
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 4<<20)
	for sc.Scan() {
		l.mu.Lock()
		l.all = append(l.all, sc.Text())
		l.changed.Broadcast()
		l.mu.Unlock()
	}
	l.mu.Lock()
	l.ended = true
	l.changed.Broadcast()
	l.mu.Unlock()
}

// Wait returns the first n lines.
func (l *lines) Wait(t *testing.T, n int) []string {
	t.Helper()
	timeout := time.AfterFunc(patience, func() {
		l.mu.Lock()
		l.ended = true
		l.changed.Broadcast()
		l.mu.Unlock()
	})
	defer timeout.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.all) < n && !l.ended {
		l.changed.Wait()
	}
	if len(l.all) < n {
		t.Fatalf("got %d lines of output, want %d", len(l.all), n)
	}
	return append([]string(nil), l.all[:n]...)
}

// All returns what was printed so far.
func (l *lines) All() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.all...)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
