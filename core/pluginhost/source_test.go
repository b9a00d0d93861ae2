package pluginhost

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skidway/skidway/core/record"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// groups is a Appender that keeps copies.
type groups struct {
	mu   sync.Mutex
	got  []record.Group
	fail error
	full bool // Append blocks
	// hangs: nothing is accepted; unaccepted is why nothing can be.
	hangs      bool
	unaccepted error
}

func (s *groups) Append(ctx context.Context, g *record.Group) (func(context.Context) error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		s.mu.Unlock()
		<-ctx.Done()
		s.mu.Lock()
		return nil, ctx.Err()
	}
	s.got = append(s.got, record.Group{Origin: g.Origin, Sizes: append([]uint32(nil), g.Sizes...), Data: append([]byte(nil), g.Data...)})
	return s.accepted, s.fail
}

// accepted blocks until ctx ends when the disk hangs.
func (s *groups) accepted(ctx context.Context) error {
	s.mu.Lock()
	hangs, err := s.hangs, s.unaccepted
	s.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (s *groups) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}

func sourceOptions(t *testing.T, args ...string) (Options, *logBuffer) {
	o, log := testOptions(t, args...)
	o.Address = "source.test.main"
	o.IDs = record.NewIDs(time.Unix(0, 0))
	return o, log
}

func TestSourceRunsToItsEnd(t *testing.T) {
	o, _ := sourceOptions(t, "ten")
	appender := &groups{}
	src := newSource(o, fastTimings())
	if err := src.Run(t.Context(), appender); err != nil {
		t.Fatal(err)
	}
	if len(appender.got) != 20 {
		t.Fatalf("%d groups, want 20", len(appender.got))
	}
	want := []record.Group{
		{Origin: record.Origin{Source: "source.test.main", Peer: "192.0.2.1", ID: 1}, Sizes: []uint32{1}, Data: []byte("a\n")},
		{Origin: record.Origin{Source: "source.test.main", PeerPort: 99, ReceivedUnixNano: 5, ID: 2}, Sizes: []uint32{3, 0}, Data: []byte("b\nc\n\n")},
	}
	got := appender.got[:2]
	if got[0].Origin.ReceivedUnixNano == 0 {
		t.Error("the host did not fill in when the record was received")
	}
	got[0].Origin.ReceivedUnixNano = 0
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if st := src.Status(); st.State != Finished || st.PID != 0 {
		t.Errorf("Status = %+v, want finished", st)
	}
}

// drainedSource runs a source until some groups have come, drains it, and waits until Run has returned.
func drainedSource(t *testing.T, o Options, appender *groups) *Source {
	t.Helper()
	src := newSource(o, fastTimings())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ran := make(chan error, 1)
	go func() { ran <- src.Run(ctx, appender) }()
	if appender.full {
		eventually(t, "it runs", func() bool { return src.Status().State == Running })
	} else {
		eventually(t, "many groups came", func() bool { return appender.len() > 100 })
	}
	cancel()
	select {
	case err := <-ran:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Run does not return")
	}
	return src
}

func TestSourceDrainsWithAcknowledgements(t *testing.T) {
	o, log := sourceOptions(t)
	o.DrainTimeout = time.Hour // it does not come to that
	appender := &groups{}
	src := drainedSource(t, o, appender)
	log.waitFor(t, "everything is acknowledged")
	log.waitFor(t, "plugin drained")
	if strings.Contains(log.String(), "half-closed") {
		t.Error("the host closed its side before the plugin had ended its stream")
	}
	if got := string(appender.got[len(appender.got)-1].Data); got != "held\n" {
		t.Errorf("the last group is %q, want what the source held when the drain began", got)
	}
	if st := src.Status(); st.State != Idle || st.Degraded {
		t.Errorf("Status = %+v, want idle", st)
	}
}

func TestSourceThatIgnoresItsDrain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arg     string
		full    bool
		timeout time.Duration
		want    string
	}{
		"ends when the host closes its side": {"ignores-drain", false, 4 * time.Second, "plugin drained"},
		"ends never":                         {"deaf", false, time.Second, "it did not end within 1s of the drain"},
		"or waits for a full appender":       {"", true, time.Second, "it did not end within 1s of the drain"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, log := sourceOptions(t, tt.arg)
			o.DrainTimeout = tt.timeout
			drainedSource(t, o, &groups{full: tt.full})
			log.waitFor(t, tt.want)
			log.waitFor(t, "half-closed; drained before: true")
		})
	}
}

func TestSourceIsStartedAgain(t *testing.T) {
	for arg, reason := range map[string]string{
		"crash-after-three": "exit status 6",
		"gap":               "it broke the protocol: batch 2 followed batch 0",
	} {
		t.Run(arg, func(t *testing.T) {
			o, log := sourceOptions(t, arg)
			src := newSource(o, fastTimings())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ran := make(chan error, 1)
			go func() { ran <- src.Run(ctx, &groups{}) }()
			eventually(t, "it is degraded", func() bool { return src.Status().Degraded })
			cancel()
			if err := <-ran; err != nil {
				t.Errorf("Run: %v", err)
			}
			log.waitFor(t, reason)
		})
	}
}

func TestSourceEndsWhenItsRecordsCannotBeAppended(t *testing.T) {
	o, _ := sourceOptions(t)
	broken := errors.New("spool is closed")
	err := newSource(o, fastTimings()).Run(t.Context(), &groups{fail: broken})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "append records of source.test.main") {
		t.Errorf("Run: %v", err)
	}
}

func TestSourceIsNotToldOfWhatIsNotAccepted(t *testing.T) {
	o, _ := sourceOptions(t)
	broken := errors.New("the disk is broken")
	err := newSource(o, fastTimings()).Run(t.Context(), &groups{unaccepted: broken})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "append records of source.test.main") {
		t.Errorf("Run: %v", err)
	}
}

func TestSourceEndsWhileItsRecordsWaitForTheDisk(t *testing.T) {
	o, _ := sourceOptions(t)
	o.DrainTimeout = 200 * time.Millisecond
	appender := &groups{hangs: true}
	ctx, drain := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- newSource(o, fastTimings()).Run(ctx, appender) }()
	eventually(t, "a group is in the spool", func() bool { return appender.len() > 0 })
	drain()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestCollectedBatchesAreChecked(t *testing.T) {
	origin := func(counts ...uint32) (o []*pluginv1.Origin) {
		for _, n := range counts {
			o = append(o, &pluginv1.Origin{Count: n})
		}
		return o
	}
	tests := map[string]struct {
		m    *pluginv1.CollectResponse
		want string
	}{
		"good":                      {&pluginv1.CollectResponse{BatchId: 1, Origins: origin(2), Sizes: []uint32{1, 0}, Data: []byte("a\n\n")}, ""},
		"line feed inside a record": {&pluginv1.CollectResponse{BatchId: 1, Origins: origin(1), Sizes: []uint32{3}, Data: []byte("a\nb\n")}, ""},
		"wrong id":                  {&pluginv1.CollectResponse{BatchId: 3}, "batch 3 followed batch 0"},
		"empty":                     {&pluginv1.CollectResponse{BatchId: 1}, "no records"},
		"size too large":            {&pluginv1.CollectResponse{BatchId: 1, Origins: origin(1), Sizes: []uint32{1 << 31}, Data: []byte("a\n")}, "size of record 0"},
		"no terminator":             {&pluginv1.CollectResponse{BatchId: 1, Origins: origin(1), Sizes: []uint32{2}, Data: []byte("abc")}, "size of record 0"},
		"terminator missing at end": {&pluginv1.CollectResponse{BatchId: 1, Origins: origin(1), Sizes: []uint32{2}, Data: []byte("ab")}, "size of record 0"},
		"data left over":            {&pluginv1.CollectResponse{BatchId: 1, Origins: origin(1), Sizes: []uint32{1}, Data: []byte("a\nb\n")}, "do not cover the data"},
		"origins too few":           {&pluginv1.CollectResponse{BatchId: 1, Origins: origin(1), Sizes: []uint32{0, 0}, Data: []byte("\n\n")}, "cover 1 of 2"},
		"origins too many":          {&pluginv1.CollectResponse{BatchId: 1, Origins: origin(1, 1<<32-1), Sizes: []uint32{0}, Data: []byte("\n")}, "cover 4294967296 of 1"},
		"empty origin":              {&pluginv1.CollectResponse{BatchId: 1, Origins: origin(0, 1), Sizes: []uint32{0}, Data: []byte("\n")}, "covers no record"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := collected{}
			err := c.take(tt.m)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("take: %v, want %q", err, tt.want)
			}
		})
	}
}
