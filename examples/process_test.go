package examples_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// options say how a program is launched.
type options struct {
	Dir string   // working directory; empty: a new one
	Env []string // beyond PATH, HOME and TMPDIR
}

// process is a running program in a process group of its own, as a shell would start it.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	Out, Err *lines
	done     chan struct{}
	err      error // of Wait, after done
}

// launch starts skidway.
func launch(t *testing.T, o options, args ...string) *process {
	t.Helper()
	path, err := skidway()
	if err != nil {
		t.Fatal(err)
	}
	return launchProgram(t, o, path, args...)
}

// launchProgram starts a program. Whatever happens, it is gone at the end of the test.
func launchProgram(t *testing.T, o options, path string, args ...string) *process {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	p := &process{t: t, cmd: exec.Command(path, args...), Out: newLines(), Err: newLines(), done: make(chan struct{})}
	p.cmd.Dir = o.Dir
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + o.Dir, "TMPDIR=" + shortTemp(t)}, o.Env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.Out.read(stdout)
	go func() {
		p.Err.read(stderr)
		<-p.Out.done
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		p.Wait()
		if t.Failed() {
			t.Logf("%s %s said:\n%s", filepath.Base(path), strings.Join(args, " "), p.Err.Tail(60))
		}
	})
	return p
}

// shortTemp returns a folder whose path is short enough for the sockets in it. It has to be empty of files in the end.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "skex") //nolint:usetesting // a path made of the test's name is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !t.Failed() {
				t.Errorf("left behind: %s", path)
			}
			return err
		})
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Wait returns the exit status, or -1 for a process that a signal ended.
func (p *process) Wait() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.done
		p.t.Errorf("%s did not end within %s", filepath.Base(p.cmd.Path), patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

// Interrupt does what Ctrl+C does: the whole process group gets a SIGINT.
func (p *process) Interrupt() {
	p.t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT); err != nil {
		p.t.Fatal(err)
	}
}

// Stop interrupts and expects that everything was delivered.
func (p *process) Stop() {
	p.t.Helper()
	p.Interrupt()
	if status := p.Wait(); status != 0 {
		p.t.Errorf("exit status %d after Ctrl+C, want 0", status)
	}
}

// entry is a line of the router's log.
type entry map[string]any

// is reports whether the message contains want and the keys and values that follow are in the line.
func (e entry) is(want string, pairs ...string) bool {
	if m, _ := e["@message"].(string); !strings.Contains(m, want) {
		return false
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if s, _ := e[pairs[i]].(string); !strings.Contains(s, pairs[i+1]) {
			return false
		}
	}
	return true
}

// Logged returns the lines logged so far that say want.
func (p *process) Logged(want string, pairs ...string) []entry {
	return entries(p.Err.All(), want, pairs...)
}

func entries(all []string, want string, pairs ...string) []entry {
	var found []entry
	for _, line := range all {
		var e entry
		if json.Unmarshal([]byte(line), &e) == nil && e.is(want, pairs...) {
			found = append(found, e)
		}
	}
	return found
}

// WaitLog waits for a line of the log, and returns the first one.
func (p *process) WaitLog(want string, pairs ...string) entry {
	p.t.Helper()
	return p.WaitLogs(1, want, pairs...)[0]
}

// WaitLogs waits for n such lines.
func (p *process) WaitLogs(n int, want string, pairs ...string) []entry {
	p.t.Helper()
	var found []entry
	p.Err.Until(p.t, "logged: "+want, func(all []string) bool {
		found = entries(all, want, pairs...)
		return len(found) >= n
	})
	return found
}

// Addr returns the address that a source listens on.
func (p *process) Addr(source string) string {
	p.t.Helper()
	address, _ := p.WaitLog("listening", "source", source)["address"].(string)
	return address
}

// Ended returns the counts that a destination ends with.
func (p *process) Ended(destination string) map[string]int {
	p.t.Helper()
	counts := map[string]int{}
	for key, value := range p.WaitLog("destination ended", "destination", destination) {
		if n, ok := value.(float64); ok {
			counts[key] = int(n)
		}
	}
	return counts
}
