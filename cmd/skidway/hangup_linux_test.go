package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal returns both ends of a new pseudo terminal. Closing the first closes the terminal, as the window of a
// terminal emulator does.
func openTerminal(t *testing.T) (window, tty *os.File) {
	t.Helper()
	window, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	t.Cleanup(func() { window.Close() })
	// Not through Fd, which may make it a file whose reads outlive Close.
	raw, err := window.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	number := 0
	var ioctlErr error
	if err := raw.Control(func(fd uintptr) {
		if ioctlErr = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); ioctlErr == nil {
			number, ioctlErr = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	}); err != nil || ioctlErr != nil {
		t.Fatal(err, ioctlErr)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return window, tty
}

// screen collects what a terminal shows until a text stands on it.
type screen struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func watch(window io.Reader) *screen {
	s := &screen{changed: make(chan struct{}, 1)} // one: a change that nobody looked at yet stands for all
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := window.Read(buf)
			s.mu.Lock()
			s.text.Write(buf[:n])
			s.mu.Unlock()
			select {
			case s.changed <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return s
}

func (s *screen) wait(t *testing.T, want string) string {
	t.Helper()
	timeout := time.After(patience)
	for {
		s.mu.Lock()
		text := s.text.String()
		s.mu.Unlock()
		if strings.Contains(text, want) {
			return text
		}
		select {
		case <-s.changed:
		case <-timeout:
			t.Fatalf("the terminal shows %q, and not %q", text, want)
		}
	}
}

// runInTerminal runs the router as the first process of a terminal.
func runInTerminal(t *testing.T, tty *os.File, config string, env ...string) (*exec.Cmd, string) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "skidway.hcl"), config)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "run")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), envMain+"=1", "TMPDIR="+shortTemp(t), "NO_COLOR=")
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close() // the router's are the only ones left
	return cmd, dir
}

const toFileAndTerminal = `
source "tcp" "app" { listen = "127.0.0.1:%s" }
destination "file" "out" { path = "out.log" }
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.out, destination.stdout.console]
}
`

func TestClosedTerminalDrains(t *testing.T) {
	window, tty := openTerminal(t)
	port := freePort(t)
	cmd, dir := runInTerminal(t, tty, fmt.Sprintf(toFileAndTerminal, port))
	shown := watch(window)
	shown.wait(t, "listening")

	// Somebody who asks for a reload, which is not there yet, does not end it.
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	shown.wait(t, "reload is not supported yet")

	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	window.Close()
	_ = cmd.Wait() // with an error, because the terminal's own destination could not deliver
	out, err := os.ReadFile(filepath.Join(dir, "out.log"))
	if err != nil || string(out) != "hello\n" {
		t.Errorf("out.log = %q, %v, want the record", out, err)
	}
}

func TestLogOnATerminal(t *testing.T) {
	for name, test := range map[string]struct {
		env  string
		want bool
	}{
		"in colours": {"TERM=xterm", true},
		"NO_COLOR":   {"NO_COLOR=1", false},
		"dumb":       {"TERM=dumb", false},
	} {
		t.Run(name, func(t *testing.T) {
			window, tty := openTerminal(t)
			cmd, _ := runInTerminal(t, tty, fmt.Sprintf(toFileAndTerminal, freePort(t)), test.env)
			shown := watch(window)
			shown.wait(t, "listening")
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			text := shown.wait(t, "destination ended")
			if err := cmd.Wait(); err != nil {
				t.Errorf("the router ended with %v", err)
			}
			if strings.Contains(text, "\x1b[") != test.want {
				t.Errorf("colours: %v, want %v:\n%q", !test.want, test.want, text)
			}
			if strings.Contains(text, `"@message"`) {
				t.Errorf("the log is JSON:\n%q", text)
			}
		})
	}
}
