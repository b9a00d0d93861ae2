package pluginhost

import (
	"context"
	"errors"
	"testing"
	"time"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestCrashingPluginIsDegradedUntilItRunsWell(t *testing.T) {
	o, log := testOptions(t)
	tm := fastTimings()
	tm.backoff.healthy = time.Minute
	d := newDestination(o, tm)
	for i := range tm.backoff.crashes {
		if d.Status().Degraded {
			t.Fatalf("degraded after %d crashes", i)
		}
		s := connect(t, d)
		send(t, s, testBatch(1, "exit"))
		ended(t, s)
	}
	s := connect(t, d)
	if st := d.Status(); !st.Degraded || st.State != Running || st.Starts != int64(tm.backoff.crashes)+1 {
		t.Errorf("Status = %+v, want degraded although it runs", st)
	}
	s.Stop("restart with a shorter minute")

	d.sup.t.backoff.healthy = 50 * time.Millisecond
	connect(t, d)
	eventually(t, "it recovers", func() bool { st := d.Status(); return !st.Degraded && st.Reason == "" })
	log.waitFor(t, "plugin recovered")
	if got := o.Restarts; got != nil {
		t.Errorf("options were changed: %v", got)
	}
	if got := d.sup.o.Restarts.Load(); got != int64(tm.backoff.crashes)+1 {
		t.Errorf("%d restarts counted, want %d", got, tm.backoff.crashes+1)
	}
}

func TestNoSuccessorBesideAStuckProcess(t *testing.T) {
	o, _ := testOptions(t)
	sup := newSupervisor(o, fastTimings(), pluginv1.Role_ROLE_DESTINATION)
	sup.stuck = &process{exited: make(chan struct{})}
	if err := sup.await(t.Context()); err != nil {
		t.Errorf("await for a plugin that is not exclusive: %v", err)
	}
	sup.exclusive = true
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := sup.await(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("await beside a stuck process: %v", err)
	}
	close(sup.stuck.exited)
	if err := sup.await(t.Context()); err != nil {
		t.Errorf("await after it has ended: %v", err)
	}
}

func TestADrainDoesNotWaitOutALongPause(t *testing.T) {
	o, _ := testOptions(t)
	tm := fastTimings()
	tm.backoff.last = time.Hour
	sup := newSupervisor(o, tm, pluginv1.Role_ROLE_DESTINATION)
	sup.set(func(st *Status) { st.NextStart = time.Now().Add(time.Hour) })
	waited := make(chan error, 1)
	go func() { waited <- sup.await(t.Context()) }()
	sup.hurry()
	select {
	case err := <-waited:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits on although time is short")
	}
	sup.set(func(st *Status) { st.NextStart = time.Now().Add(time.Hour) })
	began := time.Now()
	if err := sup.await(t.Context()); err != nil {
		t.Error(err)
	}
	if time.Since(began) < tm.backoff.first {
		t.Error("starts follow each other without a pause")
	}
}
