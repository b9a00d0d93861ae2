package pluginhost

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/delivery"
)

func TestDeliversAndDrains(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"by path": func(*Options) {},
		"bundled": func(o *Options) { o.Executable.Path = "" },
	} {
		t.Run(name, func(t *testing.T) {
			o, log := testOptions(t)
			change(&o)
			d := newDestination(o, fastTimings())
			s := connect(t, d)
			want := delivery.SessionInfo{Ordered: true, ResumeAfter: 41, MaxBatchBytes: 1 << 20}
			if diff := cmp.Diff(want, s.Info()); diff != "" {
				t.Errorf("Info (-want +got):\n%s", diff)
			}
			for id := uint64(1); id <= 20; id++ {
				send(t, s, testBatch(id, "a", "bb", ""))
				if v := verdict(t, s); v.BatchID != id || v.Outcome != delivery.Accepted {
					t.Fatalf("verdict %+v, want batch %d accepted", v, id)
				}
			}
			if st := d.Status(); st.State != Running || st.PID == 0 || st.Starts != 1 {
				t.Errorf("Status = %+v", st)
			}
			send(t, s, testBatch(21, "last"))
			s.CloseSend()
			if v := verdict(t, s); v.BatchID != 21 {
				t.Errorf("last verdict %+v, want batch 21", v)
			}
			if e := ended(t, s); !e.Drained {
				t.Errorf("End = %+v, want drained", e)
			}
			if d.Status().State != Idle {
				t.Errorf("Status = %+v", d.Status())
			}
			log.waitFor(t, "plugin drained")
		})
	}
}

func TestEncodesWhatTheLaneSet(t *testing.T) {
	o, _ := testOptions(t)
	s := connect(t, newDestination(o, fastTimings()))
	b := testBatch(3, "echo", strings.Repeat("x", 2000))
	more := testBatch(9, strings.Repeat("y", 3000), "z").Runs
	b.Runs = append(b.Runs, more...)
	b.Attempt, b.SettledThrough, b.RetriesSeen, b.Resolved = 2, 17, 4, map[string]string{"path": "/var/log/a"}
	send(t, s, b)
	want := "first=3000 last=9001 attempt=2 origins=2 sizes=[4 2000 3000 1] settled=17 retries=4 resolved=map[path:/var/log/a]"
	if v := verdict(t, s); v.Message != want {
		t.Errorf("the plugin saw %q, want %q", v.Message, want)
	}
}

func TestSaysHowThePluginEnded(t *testing.T) {
	tests := map[string]struct {
		args       []string
		word       string
		selfCaused bool
		reason     string
	}{
		"exit":             {word: "exit", selfCaused: true, reason: "exit status 7; last line: no space for this record"},
		"panic":            {word: "panic", selfCaused: true, reason: "exit status 2; last line: panic: the plugin's own fault"},
		"status":           {word: "status", selfCaused: true, reason: "it broke its stream: I can't go on; (sensitive) (Internal)"},
		"orderly, unasked": {args: []string{"ends-in-order"}, word: "x", reason: "it closed its stream in order, unasked"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o, log := testOptions(t, tt.args...)
			d := newDestination(o, fastTimings())
			s := connect(t, d)
			send(t, s, testBatch(1, "fine"))
			_ = s.Send(testBatch(2, tt.word)) // the session may have ended
			e := ended(t, s)
			if e.Drained || e.SelfCaused != tt.selfCaused || e.Reason != tt.reason {
				t.Errorf("End = %+v, want self-caused %t, reason %q", e, tt.selfCaused, tt.reason)
			}
			if strings.Contains(log.String(), "hunter2") {
				t.Error("the log has the secret")
			}
			if err := s.Send(testBatch(3, "late")); err == nil {
				t.Error("Send after the end succeeded")
			}
		})
	}
}

func TestKillFromOutsideIsNotSelfCaused(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			o, _ := testOptions(t)
			d := newDestination(o, fastTimings())
			s := connect(t, d)
			send(t, s, testBatch(1, "ignore"))
			if err := syscall.Kill(d.Status().PID, sig); err != nil {
				t.Fatal(err)
			}
			if e := ended(t, s); e.SelfCaused || !strings.Contains(e.Reason, "from outside") {
				t.Errorf("End = %+v, want an end from outside", e)
			}
			send(t, connect(t, d), testBatch(1, "again"))
			if st := d.Status(); st.Starts != 2 || st.Degraded {
				t.Errorf("Status = %+v, want 2 starts", st)
			}
		})
	}
}

func TestHungPluginIsEnded(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args   []string
		batch  string
		pause  bool
		reason string
	}{
		"no verdict":                      {batch: "ignore", reason: "no verdict and no sign of life about any batch for 300ms"},
		"stopped with a batch":            {batch: "ignore", pause: true, reason: "no verdict and no sign of life"},
		"stopped while idle":              {pause: true, reason: "no answer to 3 health checks in a row"},
		"reads nothing":                   {args: []string{"reads-nothing"}, batch: "x", reason: "no verdict and no sign of life"},
		"answers about other batches":     {batch: "wrong", reason: "no verdict and no sign of life"},
		"sign of life, and then no more":  {batch: "working", reason: "no verdict and no sign of life"},
		"large batches that are not read": {args: []string{"reads-nothing"}, batch: strings.Repeat("x", 3<<20), reason: "no verdict and no sign of life"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, _ := testOptions(t, tt.args...)
			o.HangTimeout = 300 * time.Millisecond
			tm := fastTimings()
			tm.health = 100 * time.Millisecond
			d := newDestination(o, tm)
			s := connect(t, d)
			pid := d.Status().PID
			if tt.pause {
				if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
			}
			if tt.batch != "" {
				for id := uint64(1); id <= 4; id++ {
					send(t, s, testBatch(id, tt.batch))
				}
			}
			e := ended(t, s)
			if e.SelfCaused || !strings.Contains(e.Reason, tt.reason) {
				t.Errorf("End = %+v, want reason %q", e, tt.reason)
			}
			if err := syscall.Kill(pid, 0); err == nil {
				t.Error("the process lives")
			}
		})
	}
}

func TestStalledLaneIsNotAHungPlugin(t *testing.T) {
	o, _ := testOptions(t)
	o.HangTimeout, o.MaxInFlight = 100*time.Millisecond, 1
	d := newDestination(o, fastTimings())
	s := connect(t, d)
	send(t, s, testBatch(1, "a"), testBatch(2, "b"), testBatch(3, "ignore"))
	eventually(t, "the receiver waits for the lane", s.delivering.Load)
	if outstanding, _ := s.activity(); outstanding {
		t.Error("the plugin counts as silent while the lane does not read")
	}
	for range 2 {
		verdict(t, s)
	}
	if e := ended(t, s); !strings.Contains(e.Reason, "it hung") {
		t.Errorf("End = %+v, want a hang once the lane reads", e)
	}
}

func TestStopEndsAtOnce(t *testing.T) {
	for name, args := range map[string][]string{"idle": nil, "reads nothing": {"reads-nothing"}} {
		t.Run(name, func(t *testing.T) {
			o, _ := testOptions(t, args...)
			d := newDestination(o, fastTimings())
			s := connect(t, d)
			pid := d.Status().PID
			send(t, s, testBatch(1, strings.Repeat("x", 3<<20)), testBatch(2, "ignore"))
			s.Stop("the drain took too long")
			if err := syscall.Kill(pid, 0); err == nil {
				t.Error("the process lives after Stop")
			}
			if e := ended(t, s); e.Drained || e.SelfCaused || e.Reason != "the drain took too long" {
				t.Errorf("End = %+v", e)
			}
			s.Stop("again")
		})
	}
}

func TestStoppedPluginIsStopped(t *testing.T) {
	o, _ := testOptions(t)
	tm := fastTimings()
	tm.stdin = 100 * time.Millisecond
	d := newDestination(o, tm)
	s := connect(t, d)
	if err := syscall.Kill(d.Status().PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s.CloseSend()
	s.Stop("drain deadline")
	if e := s.End(); e.Drained || e.Reason != "drain deadline" {
		t.Errorf("End = %+v", e)
	}
}

func TestVerdictsAreBounded(t *testing.T) {
	o, _ := testOptions(t)
	s := connect(t, newDestination(o, fastTimings()))
	send(t, s, testBatch(1, "wrong", "second"))
	v := verdict(t, s)
	if v.BatchID != 0 || v.Outcome != delivery.Partial || len(v.Records) != 3 {
		t.Fatalf("verdict of batch %d, outcome %d, %d records; want 0 for one that was never sent, partial, 3", v.BatchID, v.Outcome, len(v.Records))
	}
	if r := v.Records[0]; r.Outcome != 0 || len(r.Reason) > maxText {
		t.Errorf("record verdict with outcome %d and a reason of %d bytes", r.Outcome, len(r.Reason))
	}
	send(t, s, testBatch(2, "secret"))
	if v := verdict(t, s); v.Code != delivery.Invalid || v.Message != "bad token (sensitive)" {
		t.Errorf("verdict %+v, want the secret scrubbed", v)
	}
}

// TestAnswersToWhatWasNotSentAreAboutNoBatch has a plugin answer batches that the sender may still be reading: the lane
// would use their memory for others.
func TestAnswersToWhatWasNotSentAreAboutNoBatch(t *testing.T) {
	o, _ := testOptions(t)
	s := connect(t, newDestination(o, fastTimings()))
	send(t, s, testBatch(1, "ahead"))
	for _, want := range []uint64{1, 0, 0} {
		if v := verdict(t, s); v.BatchID != want || v.Outcome != delivery.Accepted {
			t.Errorf("verdict %+v, want batch %d accepted", v, want)
		}
	}
	if outstanding, _ := s.activity(); outstanding {
		t.Error("a batch without a verdict is left")
	}
	send(t, s, testBatch(2, "ignore"))
	if outstanding, _ := s.activity(); !outstanding {
		t.Error("the answer that came too early counts")
	}
}

func TestStandardOutputs(t *testing.T) {
	o, log := testOptions(t, "print-stdout")
	out, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	o.Stdout = out
	t.Setenv("SKIDWAY_TEST_SECRET", "not for plugins")
	s := connect(t, newDestination(o, fastTimings()))
	send(t, s, testBatch(1, "print"))
	verdict(t, s)
	log.waitFor(t, "printed by the author")
	s.CloseSend()
	if e := ended(t, s); !e.Drained {
		t.Fatalf("End = %+v", e)
	}
	log.waitFor(t, "bye")
	if got, _ := os.ReadFile(out.Name()); string(got) != "to the real stdout\n" {
		t.Errorf("the router's standard output has %q", got)
	}
	if strings.Contains(log.String(), "not for plugins") {
		t.Error("the plugin saw a variable that it was not to see")
	}
}
