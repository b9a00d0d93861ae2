package pluginhost

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runTestHost is a router that opens one plugin and says its process number. It lives until it is killed.
func runTestHost(args []string) {
	exe, _ := os.Executable()
	d := NewDestination(Options{
		Address:    "destination.test.main",
		Executable: Executable{Name: "test", Path: exe, Args: []string{"testplugin"}},
		RuntimeDir: args[0],
	})
	s, err := d.Connect(context.Background())
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		exit(1)
	}
	_ = s.Send(testBatch(1, "ignore"))
	_, _ = fmt.Fprintln(os.Stderr, "plugin", d.Status().PID)
	select {}
}

func TestNothingOutlivesAKilledHost(t *testing.T) {
	for _, stop := range []bool{false, true} {
		t.Run("plugin stopped: "+strconv.FormatBool(stop), func(t *testing.T) {
			dir := shortTempDir(t)
			exe, _ := os.Executable()
			host := exec.CommandContext(t.Context(), exe, "testhost", dir)
			said, err := host.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := host.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(said).ReadString('\n')
			word, number, _ := strings.Cut(strings.TrimSpace(line), " ")
			pid, _ := strconv.Atoi(number)
			if err != nil || word != "plugin" || pid == 0 {
				t.Fatalf("the host said %q, %v", line, err)
			}
			if stop {
				if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
			}
			if err := host.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = host.Wait()
			deadline := time.Now().Add(2 * time.Second)
			for alive(pid) {
				if time.Now().After(deadline) {
					_ = syscall.Kill(pid, syscall.SIGKILL)
					t.Fatal("the plugin outlives its host")
				}
			}

			left, _ := filepath.Glob(filepath.Join(dir, socketDirPrefix+"*"))
			if len(left) != 1 {
				t.Fatalf("socket directories %v, want the one of the killed host", left)
			}
			o, _ := testOptions(t)
			o.RuntimeDir = dir
			s := connect(t, newDestination(o, fastTimings()))
			if _, err := os.Stat(left[0]); !os.IsNotExist(err) {
				t.Errorf("the next host left %s: %v", left[0], err)
			}
			s.Stop("done")
		})
	}
}

// alive says whether a process runs; one that is dead and not reaped does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

func TestSweepLeavesWhatIsInUse(t *testing.T) {
	dir := shortTempDir(t)
	mk := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	used, dead, fresh, foreign := mk(socketDirPrefix+"1"), mk(socketDirPrefix+"2"), mk(socketDirPrefix+"3"), mk("data")
	owner, err := lockSocketDir(used)
	if err != nil {
		t.Fatal(err)
	}
	gone, err := lockSocketDir(dead)
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	check := func(when time.Time, want ...string) {
		t.Helper()
		if err := sweepRuntimeDir(dir, when); err != nil {
			t.Fatal(err)
		}
		left, _ := filepath.Glob(filepath.Join(dir, "*"))
		if got := strings.Join(left, " "); got != strings.Join(want, " ") {
			t.Errorf("left %s, want %s", got, want)
		}
	}
	check(time.Now(), foreign, used, fresh)
	check(time.Now().Add(2*time.Minute), foreign, used)
	owner.Close()
	check(time.Now(), foreign)
}

func TestNoDescriptorAndNoThreadLeaks(t *testing.T) {
	o, _ := testOptions(t)
	d := newDestination(o, fastTimings())
	cycle := func(word string) {
		s := connect(t, d)
		send(t, s, testBatch(1, word))
		if word == "exit" {
			ended(t, s)
			return
		}
		verdict(t, s)
		s.CloseSend()
		ended(t, s)
	}
	cycle("a")
	cycle("exit")
	before := descriptors(t)
	for range 3 {
		cycle("a")
		cycle("exit")
	}
	eventually(t, "the descriptors are closed", func() bool { return descriptors(t) <= before })
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("no list of descriptors here: %v", err)
	}
	return len(entries)
}
