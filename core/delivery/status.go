package delivery

import (
	"fmt"
	"time"
)

// State is what a lane is doing.
type State uint8

// States of a lane.
const (
	// Connecting: there is no session with the plugin.
	Connecting State = iota
	// Running: batches are sent as they come.
	Running
	// Retrying: batches wait for another attempt, or the plugin asked for a pause.
	Retrying
	// Degraded: the destination needs help; Reason says which.
	Degraded
	// Holding: the destination rejects too much; one batch a minute is sent as a probe.
	Holding
	// Ended: Run has returned.
	Ended
)

// String returns the state as users see it.
func (s State) String() string {
	switch s {
	case Connecting:
		return "connecting"
	case Running:
		return "running"
	case Retrying:
		return "retrying"
	case Degraded:
		return "degraded"
	case Holding:
		return "holding"
	case Ended:
		return "ended"
	default:
		return fmt.Sprintf("State(%d)", uint8(s))
	}
}

// Status is the state of a lane. Every record that was appended for its destination is counted in exactly one of
// Delivered, DeadLettered, DroppedFull, DroppedExpired, DroppedDamaged and Held.
type Status struct {
	State  State
	Reason string
	// Records.
	Delivered, DeadLettered, DroppedFull, DroppedExpired, DroppedDamaged int64
	// Held is undelivered; HeldBytes of data.
	Held, HeldBytes int64
	// WithPlugin is how many batches are with the plugin.
	WithPlugin int
	Flushes    Flushes
}

// Flushes counts batches by what closed them.
type Flushes struct{ Records, Bytes, Age, Drain, Open int64 }

// Status returns the state at this moment, and that at the end once Run has returned. It waits for the lane's
// goroutine, which never blocks for long. Before Run it is the zero Status.
func (l *Lane) Status() Status {
	if !l.started.Load() {
		return Status{}
	}
	reply := make(chan Status, 1)
	select {
	case l.ask <- reply:
		return <-reply
	case <-l.ended:
		return l.final
	}
}

func (l *Lane) status(now time.Time) Status {
	l.settle()
	l.mirror()
	b := l.cursor.Backlog()
	s := Status{
		Delivered: l.metrics.Delivered.Load(), DeadLettered: l.metrics.DeadLettered.Load(),
		DroppedFull: l.metrics.DroppedFull.Load(), DroppedExpired: l.metrics.DroppedExpired.Load(),
		DroppedDamaged: l.metrics.DroppedDamaged.Load(),
		Held:           b.Records, HeldBytes: b.Bytes,
		WithPlugin: l.window.count[sent],
		Flushes: Flushes{
			Records: l.flushes[flushRecords], Bytes: l.flushes[flushBytes],
			Age: l.flushes[flushAge], Drain: l.flushes[flushDrain],
			Open: l.flushes[flushOpen],
		},
	}
	s.State, s.Reason = l.state(now)
	return s
}

func (l *Lane) state(now time.Time) (State, string) {
	switch {
	case l.reject.holding:
		return Holding, fmt.Sprintf("%d of the last %d records were rejected; next probe in %s",
			l.reject.rejected, l.reject.records, max(l.reject.nextProbe.Sub(now), 0).Round(time.Second))
	case l.notes.degraded != "":
		return Degraded, l.notes.degraded
	case !l.session.usable():
		return Connecting, "waiting for the plugin"
	case now.Before(l.pausedUntil):
		return Retrying, "the destination asked for a pause of another " + l.pausedUntil.Sub(now).Round(time.Second).String()
	case l.window.count[waiting] > 0:
		return Retrying, l.waitReason()
	default:
		return Running, ""
	}
}

func (l *Lane) waitReason() string {
	for _, f := range l.window.open {
		if f.state == waiting && f.reason != "" {
			return f.reason
		}
	}
	return "batches are sent again"
}
