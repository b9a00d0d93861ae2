package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// crashProgram builds skidway so that it can be killed at a call to the spool's file system.
func crashProgram(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := filepath.Join(t.TempDir(), "skidway")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "crashpoint", "-o", program, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("build with the crash point: %v\n%s", err, out)
	}
	return program
}

// mortal is a router in one directory that lives again and again.
type mortal struct {
	t            *testing.T
	program, dir string
	p            *poster
	checked      int // bytes of the file
	before       int // runs that are in it
}

func newMortal(t *testing.T, program string) *mortal {
	t.Helper()
	return &mortal{
		t: t, program: program, dir: lay(t, routerOnDisk+postedTo("destination.file.out")+fileOut("out")),
		p: newPoster(t, 2000),
	}
}

func (m *mortal) out() string { return filepath.Join(m.dir, "out.log") }

// begin starts the router so that it dies at a call; 0: at none.
func (m *mortal) begin(at int, env ...string) *daemon {
	m.t.Helper()
	return startProgram(m.t, m.dir, m.program, append(env, fmt.Sprint("SKIDWAY_CRASH_AT=", at)), "run", "-c", m.dir)
}

// live is a whole life, with several segments, that ends by itself unless the router dies. It reports whether it died.
func (m *mortal) live(at int, env ...string) (died bool) {
	m.t.Helper()
	d := m.begin(at, env...)
	if m.p.to(d) {
		ok := true
		for i := 0; ok && i < 5; i++ {
			ok = m.p.post(1 + 7*i)
		}
		if ok {
			m.settled(d)
		}
		if ok && span(false, true) {
			m.swept(d)
		}
		d.Kill(syscall.SIGTERM)
	}
	d.wait()
	return m.died(d, at)
}

// settled waits until what was accepted is in the file, or the router has died.
func (m *mortal) settled(d *daemon) {
	m.t.Helper()
	eventually(m.t, "what was accepted is in the file", func() bool {
		content, _ := os.ReadFile(m.out())
		_, there := throughLine(content, m.p.last())
		return there || d.over()
	})
}

// swept waits until the segments that nobody needs are deleted, or the router has died.
func (m *mortal) swept(d *daemon) {
	m.t.Helper()
	eventually(m.t, "what nobody needs is deleted", func() bool {
		segments, err := filepath.Glob(filepath.Join(m.dir, "data", "spool", "*.seg"))
		return err == nil && len(segments) < 2 || d.over()
	})
}

// died reports whether the router was killed, and fails the test if it ended in any other way than in order.
func (m *mortal) died(d *daemon, at int) bool {
	m.t.Helper()
	if d.err == nil {
		return false
	}
	if s, ok := d.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || s.Signal() != syscall.SIGKILL {
		m.t.Fatalf("at %d: the router ended with %v", at, d.err)
	}
	return true
}

// check starts the router undisturbed, and checks that what was accepted is in the file once. Then it is killed, so that
// the next one finds the directory as it was in use.
func (m *mortal) check(at int) {
	m.t.Helper()
	d := m.begin(0)
	if !m.p.to(d) || !m.p.post(1) {
		m.t.Fatalf("at %d: the router that was killed does not start again", at)
	}
	content := m.p.waitLast(m.out())
	accepted := map[int]int{}
	for run, n := range m.p.accepted {
		if run >= m.before {
			accepted[run] = n
		}
	}
	exactlyOnce(m.t, content[m.checked:], accepted, m.p.size)
	m.checked, m.before = len(content), m.p.run+1
	if n := d.Logged(message("damaged")) + d.Logged(message("missing")); n > 0 {
		m.t.Errorf("at %d: damage is reported after a kill", at)
	}
	d.killed()
	if m.t.Failed() {
		m.t.Fatalf("it was killed at call %d", at)
	}
}

// TestRouterKilledAtACallToTheDiskLosesNothing kills the router before and after calls that its spool makes to the file
// system, and starts it again each time. What was accepted is in the file once. With SKIDWAY_LONG_TESTS it is every call.
func TestRouterKilledAtACallToTheDiskLosesNothing(t *testing.T) {
	m := newMortal(t, crashProgram(t))
	m.check(0) // the first life in an empty directory is another one
	calls := filepath.Join(t.TempDir(), "calls")
	m.live(0, "SKIDWAY_CRASH_LOG="+calls)
	m.check(0)
	total := bytes.Count(read(t, calls), []byte("\n"))
	step := span(max(1, total/10), 1)
	began := time.Now()
	lives := 0
	for n, untouched := 1, false; !untouched; n += step {
		for _, at := range []int{n, -n} {
			lives++
			untouched = !m.live(at)
			m.check(at)
		}
	}
	t.Logf("%d calls in a life, %d lives in %s, %d records accepted", total, lives, time.Since(began).Round(time.Millisecond), m.p.known())
	if lives < 4 {
		t.Errorf("%d lives: that shows nothing", lives)
	}
}

// TestRouterKilledAgainAndAgainWhileItStarts: what a start does to a directory in use can be cut short anywhere, as
// often as it happens.
func TestRouterKilledAgainAndAgainWhileItStarts(t *testing.T) {
	m := newMortal(t, crashProgram(t))
	write(t, filepath.Join(m.dir, "skidway.hcl"), routerOnDisk+postedTo("destination.file.out")+`
destination "file" "out" {
  path = "nowhere/out.log"
}`)
	write(t, filepath.Join(m.dir, "nowhere"), "in the way of a folder")
	d := m.begin(0)
	if !m.p.to(d) {
		t.Fatal("the router did not start")
	}
	for range 10 {
		m.p.must(20)
	}
	d.killed()
	deaths := 0
	for at := 1; at <= 20; at++ {
		sign := 1 - at%2*2
		d := m.begin(at * sign)
		// One that gets so far is killed by the test.
		d.sees(message("listening", "source", "source.http.app"))
		if !d.over() {
			d.Kill(syscall.SIGKILL)
		}
		d.wait()
		if m.died(d, at) {
			deaths++
		}
	}
	if deaths != 20 {
		t.Errorf("%d deaths of 20", deaths)
	}
	segments, err := filepath.Glob(filepath.Join(m.dir, "data", "spool", "*.seg"))
	if err != nil || len(segments) < 4 {
		t.Errorf("%d segments are left: %v", len(segments), err)
	}
	write(t, filepath.Join(m.dir, "skidway.hcl"), routerOnDisk+postedTo("destination.file.out")+fileOut("out"))
	m.check(20)
	if n := m.p.known(); n != 201 {
		t.Errorf("%s records were accepted", strconv.Itoa(n))
	}
}
