package examples_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// buildOwnPlugin does in a folder of the test's what the README of the example says.
func buildOwnPlugin(t *testing.T, replace ...string) (dir string) {
	t.Helper()
	dir = copyExample(t, "own-plugin", replace...)
	path, err := build(module+"/examples/own-plugin", dir, "skidway-plugin-unix")
	if err != nil {
		t.Fatal(err)
	}
	description, err := exec.Command(path, "--describe").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".json", description, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// readUnix collects the lines of one connection to a Unix socket after the other. stop makes the reader go away.
func readUnix(t *testing.T, socket string) (got *lines, stop func()) {
	t.Helper()
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	got = newLines()
	var conn net.Conn
	var mu sync.Mutex
	go func() {
		c, err := l.Accept()
		if err != nil {
			close(got.done)
			return
		}
		mu.Lock()
		conn = c
		mu.Unlock()
		got.read(c)
	}()
	stop = sync.OnceFunc(func() {
		l.Close()
		mu.Lock()
		if conn != nil {
			conn.Close()
		}
		mu.Unlock()
		<-got.done
	})
	t.Cleanup(stop)
	return got, stop
}

func TestOwnPluginDeliversToAUnixSocket(t *testing.T) {
	t.Parallel()
	dir := buildOwnPlugin(t)
	socket := filepath.Join(shortTemp(t), "collector.sock")
	p := launch(t, options{}, "run", "-c", dir, "--var", "listen=127.0.0.1:0", "--var", "socket="+socket)
	address := p.Addr("source.tcp.app")
	early := numbered("before there is a collector", 100)
	send(t, address, early...)
	p.WaitLog("sent again", "destination", "destination.unix.collector")

	got, stop := readUnix(t, socket)
	if diff := cmp.Diff(early, got.Count(t, len(early))); diff != "" {
		t.Errorf("records (-sent +got):\n%s", diff)
	}
	stop()
	late := numbered("after its return", 100)
	got, _ = readUnix(t, socket)
	send(t, address, late...)
	p.Stop()
	<-got.done
	if diff := cmp.Diff(late, got.All()); diff != "" {
		t.Errorf("records (-sent +got):\n%s", diff)
	}
}

func TestTheDescriptionOfOwnPluginLetsValidateCheckItsBlocks(t *testing.T) {
	t.Parallel()
	dir := buildOwnPlugin(t)
	if r := command(t, "validate", "--strict", "-c", dir); r.Status != 0 {
		t.Errorf("validate --strict: exit status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
	}
	dir = buildOwnPlugin(t, "path = var.socket", "paht = var.socket")
	r := command(t, "validate", "-c", dir)
	if said := r.Stdout + r.Stderr; r.Status != 2 || !strings.Contains(said, "Did you mean") || !strings.Contains(said, "paht = var.socket") {
		t.Errorf("validate with a wrong attribute: exit status %d\n%s", r.Status, said)
	}
}

func TestOwnPluginIsStartedAgainWhenItsProcessIsKilled(t *testing.T) {
	t.Parallel()
	dir := buildOwnPlugin(t)
	socket := filepath.Join(shortTemp(t), "collector.sock")
	p := launch(t, options{}, "run", "-c", dir, "--var", "listen=127.0.0.1:0", "--var", "socket="+socket)
	pid, _ := p.WaitLog("plugin started", "destination", "destination.unix.collector")["pid"].(float64)
	if err := syscall.Kill(int(pid), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	got, _ := readUnix(t, socket)
	sent := numbered("after the kill", 100)
	send(t, p.Addr("source.tcp.app"), sent...)
	if diff := cmp.Diff(sent, got.Count(t, len(sent))); diff != "" {
		t.Errorf("records (-sent +got):\n%s", diff)
	}
	p.Stop()
	if n := len(p.Logged("plugin started")); n != 2 {
		t.Errorf("the plugin was started %d times, want 2", n)
	}
}

func TestOwnPluginIsShort(t *testing.T) {
	t.Parallel()
	if n := len(readLines(t, "own-plugin/main.go")); n >= 60 {
		t.Errorf("main.go has %d lines; the README says less than 60", n)
	}
}
