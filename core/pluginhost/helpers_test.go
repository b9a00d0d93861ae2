package pluginhost

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// logBuffer collects what is logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// waitFor waits until the log has text.
func (l *logBuffer) waitFor(t *testing.T, text string) {
	t.Helper()
	eventually(t, "the log has "+text, func() bool { return strings.Contains(l.String(), text) })
}

// eventually waits for a condition that no channel tells of.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// fastTimings are for plugins that do not wait to be ended, or started again.
func fastTimings() timings {
	t := defaultTimings()
	t.stdin, t.term = 2*time.Second, 300*time.Millisecond
	t.backoff.first, t.backoff.last = time.Millisecond, 4*time.Millisecond
	return t
}

// testOptions start this binary as a plugin with the given arguments, by the path of the binary or as a bundled one.
func testOptions(t testing.TB, args ...string) (Options, *logBuffer) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	return Options{
		Address:     "destination.test.main",
		Executable:  Executable{Name: "test", Path: exe, Args: append([]string{"testplugin"}, args...), PassEnv: []string{"GORACE"}},
		Description: testDescription(),
		ConfigJSON:  []byte(`{}`),
		Secrets:     []string{"hunter2-secret"},
		RuntimeDir:  shortTempDir(t),
		Log:         hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: log}),
	}, log
}

// shortTempDir is a runtime directory whose path is short enough. When the test is over it has to be empty.
func shortTempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ph") //nolint:usetesting // the test's own directory has too long a path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, _ := filepath.Glob(filepath.Join(dir, socketDirPrefix+"*"))
		if len(left) > 0 {
			t.Errorf("socket directories left behind: %v", left)
		}
		_ = os.RemoveAll(dir)
	})
	return dir
}

// connect returns a session that is ended with the test.
func connect(t *testing.T, d *Destination) *session {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := d.Connect(ctx)
	if err != nil {
		t.Fatalf("Connect: %v (%+v)", err, d.Status())
	}
	t.Cleanup(func() { s.Stop("the test is over") })
	return s.(*session)
}

// testBatch is one batch of records that came in together.
func testBatch(id uint64, records ...string) *delivery.Batch {
	r := spool.Run{First: record.Position(id * 1000), Origin: &record.Origin{Source: "source.tcp.app", Peer: "192.0.2.7"}, ID: id * 1000, Segment: &spool.Segment{}}
	for _, s := range records {
		r.Sizes = append(r.Sizes, uint32(len(s)))
		r.Data = append(append(r.Data, s...), '\n')
	}
	return &delivery.Batch{ID: id, Attempt: 1, Runs: []spool.Run{r}, Records: len(records), Bytes: len(r.Data)}
}

func send(t *testing.T, s *session, batches ...*delivery.Batch) {
	t.Helper()
	for _, b := range batches {
		if err := s.Send(b); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
}

// verdict returns the next answer.
func verdict(t *testing.T, s *session) delivery.Verdict {
	t.Helper()
	select {
	case v, ok := <-s.Verdicts():
		if !ok {
			t.Fatalf("the session ended: %+v", s.End())
		}
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("no verdict came")
		return delivery.Verdict{}
	}
}

// ended drains a session and returns how it ended.
func ended(t *testing.T, s *session) delivery.End {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case _, ok := <-s.Verdicts():
			if !ok {
				return s.End()
			}
		case <-deadline:
			t.Fatal("the session did not end")
		}
	}
}
