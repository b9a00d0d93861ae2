package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/delivery"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// State of a plugin.
type State uint8

// States of a plugin.
const (
	// Idle: nobody has asked for a process.
	Idle State = iota
	// Starting: a process is being started and opened.
	Starting
	// Running: the plugin is open.
	Running
	// Waiting for the next start.
	Waiting
	// Finished: a source came to its end.
	Finished
)

// String returns the state as people read it.
func (s State) String() string {
	return [...]string{"idle", "starting", "running", "waiting", "finished"}[s]
}

// Status is the state of one plugin process.
type Status struct {
	State State
	// Since is when the state began.
	Since time.Time
	// PID of the process; 0 when there is none.
	PID int
	// Starts counts processes started.
	Starts int64
	// Degraded: the plugin does not work although it is tried again and again; Reason says why.
	Degraded bool
	// Reason of the last end or failed start; empty after a healthy minute.
	Reason string
	// NextStart is when the next process is started, in state Waiting.
	NextStart time.Time
}

// supervisor starts the processes of one block, one after the other. It is safe for concurrent use; connect is called
// by one goroutine at a time, and not while a plugin it returned runs.
type supervisor struct {
	o    Options
	t    timings
	role pluginv1.Role
	log  hclog.Logger
	// sweep removes what dead routers left, once.
	sweep func()
	// hurried is closed when there is little time left.
	hurried   chan struct{}
	hurryOnce sync.Once

	mu     sync.Mutex
	sched  schedule
	status Status
	// startFailing: the plugin is degraded because it could not be started, so a start mends it.
	startFailing bool
	// stuck is a process that did not die; exclusive says that no other may run beside it.
	stuck     *process
	exclusive bool
}

func newSupervisor(o Options, t timings, role pluginv1.Role) *supervisor {
	o = o.withDefaults()
	s := &supervisor{
		o: o, t: t, role: role,
		log:   o.Log.With(o.addressKey(), o.Address, "plugin", o.Executable.Name),
		sched: schedule{o: t.backoff}, hurried: make(chan struct{}),
	}
	s.sweep = sync.OnceFunc(func() {
		if err := sweepRuntimeDir(o.RuntimeDir, time.Now()); err != nil {
			s.log.Warn("stale socket directories not removed", "error", err)
		}
	})
	return s
}

// connect returns a plugin that is open, or ctx's error. It tries until it succeeds.
func (s *supervisor) connect(ctx context.Context) (*opened, error) {
	s.sweep()
	for {
		if err := s.await(ctx); err != nil {
			return nil, err
		}
		s.starting()
		op, err := open(ctx, &s.o, s.t, s.role)
		if ctx.Err() != nil {
			if err == nil {
				_ = op.end(s.t)
			}
			s.set(func(st *Status) { st.State, st.PID = Idle, 0 })
			return nil, ctx.Err()
		}
		if err == nil {
			s.running(op)
			return op, nil
		}
		s.failed(err)
	}
}

// await waits until it is time for the next start.
func (s *supervisor) await(ctx context.Context) error {
	s.mu.Lock()
	next, stuck, exclusive := s.status.NextStart, s.stuck, s.exclusive
	s.mu.Unlock()
	if wait := time.Until(next); wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		case <-s.hurried:
			t.Reset(min(time.Until(next), s.t.backoff.first))
			select {
			case <-t.C:
			case <-ctx.Done():
			}
		}
	}
	if stuck != nil && exclusive {
		select {
		case <-stuck.exited:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// hurry cuts waits before a start short, now and from now on.
func (s *supervisor) hurry() { s.hurryOnce.Do(func() { close(s.hurried) }) }

func (s *supervisor) starting() {
	s.set(func(st *Status) {
		st.State, st.NextStart = Starting, time.Time{}
		if st.Starts++; st.Starts > 1 {
			s.o.Restarts.Add(1)
		}
	})
}

func (s *supervisor) running(op *opened) {
	c := op.description.GetDestination().GetCapabilities()
	s.set(func(st *Status) {
		s.stuck = nil
		s.exclusive = c.GetResume()
		if c != nil && c.Exclusive != nil {
			s.exclusive = c.GetExclusive()
		}
		st.State, st.PID = Running, op.proc.pid
		if st.Degraded && s.startFailing {
			st.Degraded, st.Reason = false, ""
			s.log.Info("plugin recovered")
		}
		s.startFailing = false
	})
	s.log.Info("plugin started", "pid", op.proc.pid, "version", op.log.clean(shorten(op.description.GetVersion(), 64), false))
}

// failed notes a start that failed.
func (s *supervisor) failed(err error) {
	var e *StartError
	errors.As(err, &e)
	now := time.Now()
	s.set(func(st *Status) {
		var wait time.Duration
		if e != nil && e.UserOnly {
			wait = s.sched.slow(rand.Float64())
		} else {
			wait = s.sched.ended(now, 0, true, rand.Float64())
		}
		s.startFailing = s.startFailing || !st.Degraded
		s.waiting(st, now, wait, err.Error(), e != nil && e.UserOnly)
	})
	st := s.current()
	s.log.Error("plugin not started", "error", err, "degraded", st.Degraded, "retry_in", time.Until(st.NextStart).Round(time.Millisecond).String())
}

// ended notes the end of a plugin that was open since the given time. stuck says that its process is still there.
func (s *supervisor) ended(e delivery.End, how manner, since time.Time, op *opened, stuck bool) {
	now := time.Now()
	finished := how == orderly && s.role == pluginv1.Role_ROLE_SOURCE
	// One that ends itself on purpose does not work either, although no batch is to blame.
	own := e.SelfCaused || how == orderly || how == left
	s.set(func(st *Status) {
		switch {
		case how == asked:
			st.State, st.PID, st.Reason = Idle, 0, ""
		case finished:
			st.State, st.PID, st.Reason, st.Degraded = Finished, 0, "", false
		default:
			wait := s.sched.ended(now, now.Sub(since), own, rand.Float64())
			s.waiting(st, now, wait, e.Reason, false)
		}
		if stuck {
			s.stuck = op.proc
		}
	})
	switch {
	case e.Drained:
		s.log.Info("plugin drained")
		return
	case how == asked:
		s.log.Info("plugin stopped", "reason", e.Reason)
		return
	case finished:
		s.log.Info("source finished")
		return
	}
	st := s.current()
	s.log.Warn("plugin ended", "reason", e.Reason, "self_caused", e.SelfCaused, "degraded", st.Degraded,
		"retry_in", time.Until(st.NextStart).Round(time.Millisecond).String(), "last_lines", op.log.lastLines())
}

func (s *supervisor) waiting(st *Status, now time.Time, wait time.Duration, reason string, degraded bool) {
	st.State, st.PID, st.Reason, st.NextStart = Waiting, 0, reason, now.Add(wait)
	if s.sched.crashing(now) {
		degraded = true
		st.Reason = fmt.Sprintf("it failed %d times within %s, last: %s", s.t.backoff.crashes, s.t.backoff.crashSpan, reason)
	}
	st.Degraded = st.Degraded || degraded
}

// healthy notes that the plugin has run long enough to forget its past.
func (s *supervisor) healthy() {
	recovered := false
	s.set(func(st *Status) {
		s.sched.recovered()
		recovered = st.Degraded
		st.Degraded, st.Reason = false, ""
	})
	if recovered {
		s.log.Info("plugin recovered")
	}
}

// set changes the status.
func (s *supervisor) set(change func(st *Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.status.State
	change(&s.status)
	if s.status.State != before {
		s.status.Since = time.Now()
	}
}

func (s *supervisor) current() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}
