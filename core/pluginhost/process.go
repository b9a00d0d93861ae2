package pluginhost

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// readersGrace is how long the readers of a plugin's output go on after its end, for what is still in the pipes: a
// process that the plugin left behind may hold them open for ever.
const readersGrace = 200 * time.Millisecond

// processSpec says what to start.
type processSpec struct {
	path string
	args []string // with argv[0]
	env  []string
	// extra become descriptors 3 and up of the child.
	extra []*os.File
}

// process is a child in a process group of its own. Its standard input is a pipe that is never written to: end of file
// tells the child that the router has gone.
//
// One goroutine, locked to its thread, starts the child and waits for it, because on Linux the child is killed when the
// thread that started it ends. It ends with the child.
type process struct {
	pid            int
	stdin          *os.File // write end; closed once, by closeStdin
	stdout, stderr *os.File // read ends, owned by their readers

	// exited is closed when the child is reaped and what was left of its group killed. state is valid from then on.
	exited chan struct{}
	state  *os.ProcessState

	// mu orders signals with the reaping, so that none goes to a group whose number is used again.
	mu     sync.Mutex
	reaped bool
	// sent says that the host sent the group a signal.
	sent bool

	closeStdin func()
}

// startProcess starts a child. The caller reads stdout and stderr until they end, closes them, and calls closeStdin.
func startProcess(spec processSpec) (*process, error) {
	var pipes [6]*os.File // read and write end of stdin, stdout, stderr
	closeAll := func() {
		for _, f := range pipes {
			if f != nil {
				f.Close()
			}
		}
	}
	for i := 0; i < len(pipes); i += 2 {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll()
			return nil, fmt.Errorf("make pipe: %w", err)
		}
		pipes[i], pipes[i+1] = r, w
	}
	cmd := &exec.Cmd{
		Path: spec.path, Args: spec.args, Env: spec.env, ExtraFiles: spec.extra,
		Stdin: pipes[0], Stdout: pipes[3], Stderr: pipes[5],
		SysProcAttr: childAttributes(),
	}
	p := &process{stdin: pipes[1], stdout: pipes[2], stderr: pipes[4], exited: make(chan struct{})}
	p.closeStdin = sync.OnceFunc(func() { p.stdin.Close() })

	started := make(chan error, 1)
	go p.live(cmd, started)
	if err := <-started; err != nil {
		closeAll()
		return nil, err
	}
	pipes[0].Close()
	pipes[3].Close()
	pipes[5].Close()
	return p, nil
}

func (p *process) live(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread() // the child has ended by then
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	p.pid = cmd.Process.Pid
	started <- nil

	awaitExit(p.pid)
	p.mu.Lock()
	_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	p.state, _ = cmd.Process.Wait()
	p.reaped = true
	p.mu.Unlock()

	close(p.exited)
	p.limitReaders()
}

// limitReaders gives the readers of the output their last deadline.
func (p *process) limitReaders() {
	deadline := time.Now().Add(readersGrace)
	_ = p.stdout.SetReadDeadline(deadline)
	_ = p.stderr.SetReadDeadline(deadline)
}

// hasExited says whether the process is gone.
func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// signal sends sig to the process and its group. Once the process is reaped it does nothing.
func (p *process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return
	}
	p.sent = true
	_ = syscall.Kill(-p.pid, sig)
}

// signaled says whether the host has sent the process a signal.
func (p *process) signaled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}

// kill ends the process and waits for it, for at most the given time.
func (p *process) kill(within time.Duration) error {
	p.signal(syscall.SIGKILL)
	if !p.exitsWithin(within) {
		return errors.New("process does not die after SIGKILL; it is stuck in the kernel")
	}
	return nil
}

// exitsWithin waits for the exit.
func (p *process) exitsWithin(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.exited:
		return true
	case <-t.C:
		return false
	}
}

// end closes standard input and, as far as the process needs it, sends SIGTERM and SIGKILL, each after its time.
func (p *process) end(t timings) error {
	p.closeStdin()
	if p.exitsWithin(t.stdin) {
		return nil
	}
	p.signal(syscall.SIGTERM)
	if p.exitsWithin(t.term) {
		return nil
	}
	return p.kill(t.kill)
}
