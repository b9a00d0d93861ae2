package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skidway/skidway/core/admin"
)

// ask runs a command of the program beside a router, as a user does, and returns what it printed and its exit status.
func (d *daemon) ask(args ...string) (stdout, stderr string, status int) {
	d.t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = d.Dir
	cmd.Env = append(os.Environ(), envMain+"=1", "TMPDIR="+d.temp)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		d.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// must is ask for a command that has to succeed.
func (d *daemon) must(args ...string) string {
	d.t.Helper()
	stdout, stderr, status := d.ask(args...)
	if status != exitDone {
		d.t.Fatalf("skidway %s: exit status %d\n%s%s", strings.Join(args, " "), status, stdout, stderr)
	}
	return stdout
}

// status returns the router's state.
func (d *daemon) status() (s admin.Status) {
	d.t.Helper()
	if err := json.Unmarshal([]byte(d.must("status", "--json", "-c", d.Dir)), &s); err != nil {
		d.t.Fatal(err)
	}
	return s
}

// destination returns the state of one.
func (d *daemon) destination(address string) admin.DestinationStatus {
	d.t.Helper()
	for _, s := range d.status().Destinations {
		if s.Address == address {
			return s
		}
	}
	d.t.Fatalf("status has no %s", address)
	return admin.DestinationStatus{}
}

// startRejecting runs a router on a data_dir whose one destination rejects the record "the bad one", gives it that and
// two others, and returns it when all have arrived.
func startRejecting(t *testing.T, dataDir string) *daemon {
	t.Helper()
	d := startWithPlugin(t, "chaos", `
router {
  `+dataDir+`
}
plugin "chaos" {
  source = "./chaos"
}
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "chaos" "out" {
  path         = "out.log"
  reject_on    = "the bad one"
  reject_limit = 1

  batch {
    max_age = "10ms"
  }
}
destination "file" "other" {
  path = "other.log"
  batch {
    max_age = "10ms"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.chaos.out]
}
pipeline "other" {
  from = [source.tcp.second]
  to   = [destination.file.other]
}
source "tcp" "second" { listen = "127.0.0.1:0" }
`)
	c, err := net.Dial("tcp", d.Addr("source.tcp.app"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "good one\nthe bad one\nanother\n"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	eventually(t, "everything is settled", func() bool {
		s := d.destination("destination.chaos.out")
		return s.Delivered == 2 && s.DeadLettered == 1 && s.Backlog.Records == 0
	})
	return d
}

// contains reports an output without a text.
func contains(t *testing.T, output, want string) {
	t.Helper()
	if !strings.Contains(output, want) {
		t.Errorf("the output has no %q:\n%s", want, output)
	}
}

func TestDeadLettersOfARunningRouter(t *testing.T) {
	d := startRejecting(t, `data_dir = "data"`)
	list := d.must("dead-letter", "list", "-c", d.Dir)
	contains(t, list, "destination.chaos.out  1 ")
	contains(t, list, "rejected on purpose")
	contains(t, d.must("dead-letter", "show", "destination.chaos.out", "-c", d.Dir), `"record":"the bad one"`)
	contains(t, d.must("dead-letter", "list", "--until", "1h", "-c", d.Dir), "no dead letters")
	contains(t, d.must("dead-letter", "list", "destination.file.other", "-c", d.Dir), "no dead letters")

	var found string
	eventually(t, "find, which reads the disk, knows of the dead letter", func() bool {
		found = d.must("find", "--contains", "the bad", "-c", d.Dir)
		return strings.Contains(found, "→ destination.chaos.out: dead letter since")
	})
	contains(t, found, "→ destination.file.other: not routed there")
	contains(t, d.must("find", "--contains", "good", "-c", d.Dir), "→ destination.chaos.out: delivered")
	contains(t, d.must("find", "--contains", "no such text", "-c", d.Dir), "nothing matches")

	contains(t, d.must("dead-letter", "replay", "destination.chaos.out", "--to", "destination.file.other", "--dry-run", "-c", d.Dir),
		"1 dead letter would be sent again")
	contains(t, d.must("dead-letter", "replay", "destination.chaos.out", "--to", "destination.file.other", "-c", d.Dir), "1 dead letter sent again")
	eventually(t, "the dead letter is at the other destination", func() bool {
		b, err := os.ReadFile(filepath.Join(d.Dir, "other.log"))
		return err == nil && string(b) == "the bad one\n"
	})
	contains(t, d.must("dead-letter", "list", "-c", d.Dir), "no dead letters")
	if s := d.destination("destination.chaos.out"); s.Delivered != 2 {
		t.Errorf("the destination that did not take it has %d records delivered", s.Delivered)
	}

	// To itself it comes back as a dead letter, which a purge removes.
	c, err := net.Dial("tcp", d.Addr("source.tcp.app"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "the bad one\n"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	eventually(t, "it is given up", func() bool { return d.destination("destination.chaos.out").DeadLettered == 2 })
	d.must("dead-letter", "replay", "destination.chaos.out", "-c", d.Dir)
	eventually(t, "it is given up again", func() bool { return d.destination("destination.chaos.out").DeadLettered == 3 })
	if _, stderr, status := d.ask("dead-letter", "purge", "destination.chaos.out", "-c", d.Dir); status != exitUsage {
		t.Errorf("a purge of nothing in particular: exit status %d\n%s", status, stderr)
	}
	contains(t, d.must("dead-letter", "purge", "destination.chaos.out", "--reason", "invalid", "-c", d.Dir), "1 dead letter removed")
	if _, stderr, status := d.ask("dead-letter", "replay", "destination.none.here", "-c", d.Dir); status != exitFailed || !strings.Contains(stderr, "no destination destination.none.here runs") {
		t.Errorf("a replay of a destination that there is not: exit status %d\n%s", status, stderr)
	}
	if _, stderr, status := d.ask("dead-letter", "list", "--reason", "NONSENSE", "-c", d.Dir); status != exitUsage || !strings.Contains(stderr, "INVALID") {
		t.Errorf("a code that there is not: exit status %d\n%s", status, stderr)
	}
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d", status)
	}
}

func TestDeadLettersInMemoryAreShown(t *testing.T) {
	d := startRejecting(t, "")
	contains(t, d.must("dead-letter", "list", "-c", d.Dir), "in memory and end with the router")
	contains(t, d.must("dead-letter", "show", "-c", d.Dir), `"record":"the bad one"`)
	found := d.must("find", "--from", "1h", "--contains", "bad", "-c", d.Dir)
	contains(t, found, "dead letter since")
	contains(t, found, "the spool is in memory and is not searched")
	for _, args := range [][]string{
		{"dead-letter", "replay", "destination.chaos.out"},
		{"dead-letter", "purge", "destination.chaos.out", "--all"},
		{"spool", "status"},
		{"spool", "verify"},
		{"spool", "export"},
		{"spool", "forget", "destination.chaos.out"},
	} {
		if _, stderr, status := d.ask(append(args, "-c", d.Dir)...); status != exitFailed || !strings.Contains(stderr, "in memory") {
			t.Errorf("%s: exit status %d\n%s", args, status, stderr)
		}
	}
	d.Stop()
}

// TestSpoolReplayOfARunningRouter sends again what was delivered.
func TestSpoolReplayOfARunningRouter(t *testing.T) {
	d := startRejecting(t, `data_dir = "data"`)
	contains(t, d.must("spool", "replay", "--to", "destination.file.other", "--like", "destination.chaos.out", "--from", "1h", "--contains", "o", "--dry-run", "-c", d.Dir),
		"3 records (29 B) would be sent to destination.file.other again, positions 1 to 3")
	d.must("spool", "replay", "--to", "destination.file.other", "--like", "destination.chaos.out", "--from", "1h", "--contains", "good", "-c", d.Dir)
	eventually(t, "the record is at the other destination", func() bool {
		b, err := os.ReadFile(filepath.Join(d.Dir, "other.log"))
		return err == nil && string(b) == "good one\n"
	})
	if _, stderr, status := d.ask("spool", "replay", "--to", "destination.none.x", "--from", "1h", "-c", d.Dir); status != exitFailed || !strings.Contains(stderr, "running: destination.") {
		t.Errorf("a replay to nobody: exit status %d\n%s", status, stderr)
	}
	d.Stop()
}

// TestSecondRouterIsRefused has a router with the same configuration, in memory and on disk.
func TestSecondRouterIsRefused(t *testing.T) {
	for name, test := range map[string]struct{ router, want string }{
		"in memory": {"", "another router answers at the admin socket"},
		"on disk":   {`data_dir = "data"`, "another process uses it"},
	} {
		t.Run(name, func(t *testing.T) {
			d := start(t, `
router {
  `+test.router+`
}
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "file" "out" { path = "out.log" }
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.out]
}`)
			d.Addr("source.tcp.app")
			pid := d.status().Router.PID
			if _, stderr, status := d.ask("run", "-c", d.Dir); status != exitFailed || !strings.Contains(stderr, test.want) {
				t.Errorf("exit status %d\n%s", status, stderr)
			}
			if got := d.status().Router.PID; got != pid {
				t.Errorf("router %d answers, not %d", got, pid)
			}
			d.Stop()
		})
	}
}

// TestSocketOutlivesItsRouter kills a router; the next one takes its socket.
func TestSocketOutlivesItsRouter(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "skidway.hcl"), `
router { data_dir = "data" }
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "file" "out" { path = "out.log" }
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.out]
}`)
	d := startArgs(t, dir, "run", "-c", dir)
	d.Addr("source.tcp.app")
	d.Kill(9)
	d.wait()
	if _, stderr, status := d.ask("status", "-c", dir); status != exitFailed || !strings.Contains(stderr, "no router answers at "+filepath.Join(dir, "data", "admin.sock")) {
		t.Errorf("status of a dead router: exit status %d\n%s", status, stderr)
	}
	next := startArgs(t, dir, "run", "-c", dir)
	next.Addr("source.tcp.app")
	contains(t, next.must("status", "-c", dir), "router   accepting")
	next.Stop()
	if _, err := os.Lstat(filepath.Join(dir, "data", "admin.sock")); !os.IsNotExist(err) {
		t.Errorf("the socket is left after a drain: %v", err)
	}
}

// TestNoAnswerHasASecret asks for everything there is, of a router with secrets that its destination's server repeats.
func TestNoAnswerHasASecret(t *testing.T) {
	const secret = "s3cret-of-the-canary"
	var asked bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = asked || strings.Contains(r.Header.Get("Authorization"), secret)
		http.Error(w, "can't take "+r.Header.Get("Authorization"), http.StatusServiceUnavailable)
	}))
	defer server.Close()
	t.Setenv("SKIDWAY_TEST_TOKEN", secret)
	d := start(t, `
router { data_dir = "data" }
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "http" "out" {
  endpoint     = "`+server.URL+`"
  bearer_token = env("SKIDWAY_TEST_TOKEN")
  batch {
    max_age = "10ms"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.out]
}`)
	s := dial(t, d.Addr("source.tcp.app"), "s")
	s.send(1)
	s.close()
	eventually(t, "the destination says why", func() bool {
		o := d.destination("destination.http.out")
		return o.State == "retrying" && o.Reason != "" && o.Backlog.LimitedBy == "retrying"
	})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(d.Dir, "data", "admin.sock"))
	}}}
	for _, path := range []string{
		"/healthz", "/readyz", "/api/v1/status", "/api/v1/spool", "/api/v1/spool/verify", "/api/v1/spool/export", "/api/v1/find", "/api/v1/dead-letters",
		"/api/v1/dead-letters/show", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1", "/debug/pprof/symbol", "/debug/pprof/cmdline", "/nothing",
	} {
		resp, err := client.Get("http://localhost" + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || len(b) == 0 || bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s: %v, %d bytes: %s", path, err, len(b), b)
		}
	}
	if !asked {
		t.Error("the destination did not use the secret, so nothing was tested")
	}
	d.Kill(9)
}
