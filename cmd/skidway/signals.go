package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"
)

// sameSignal is how long after the first signal a further one counts as the same: timeout(1) and other wrappers signal
// their child and then its process group, in which the child is too.
const sameSignal = 500 * time.Millisecond

// signals returns a channel that the first SIGTERM or SIGINT closes, or the end of the terminal that the process was
// started in, and a context that the second SIGTERM or SIGINT ends, when it comes later than sameSignal after the first.
// After the first one the context also ends when patience is over; 0: never.
func signals(parent context.Context, log hclog.Logger, patience time.Duration) (drain <-chan struct{}, ctx context.Context, release func()) {
	ctx, cancel := context.WithCancel(parent)
	draining := make(chan struct{})
	received := make(chan os.Signal, 6) // room for two of each kind, so that none is missed while one is logged
	signal.Notify(received, syscall.SIGTERM, os.Interrupt)
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signal.Notify(received, syscall.SIGHUP)
	}
	a := signalAnswer{log: log, patience: patience, draining: draining, stop: cancel, hadTerminal: hasTerminal()}
	var wg sync.WaitGroup
	wg.Go(func() { a.run(ctx, received) })
	return draining, ctx, func() {
		signal.Stop(received)
		cancel()
		wg.Wait()
	}
}

// signalAnswer does what signals ask for.
type signalAnswer struct {
	log         hclog.Logger
	patience    time.Duration
	draining    chan<- struct{} // closed by the first signal
	stop        func()
	hadTerminal bool
}

// run answers the signals received until ctx is done.
func (a signalAnswer) run(ctx context.Context, received <-chan os.Signal) {
	var first time.Time // when the first signal was answered
	var over <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-over:
			a.log.Warn("stopping at once: what is held could not be delivered in time", "patience", a.patience.String())
			a.stop()
		case s := <-received:
			hangup := s == syscall.SIGHUP
			switch {
			case hangup && !first.IsZero():
				// A shell passes on the one that it gets itself.
			case hangup && (!a.hadTerminal || hasTerminal()):
				a.log.Warn("reload is not supported yet: restart the router to use a changed configuration")
			case first.IsZero():
				what := s.String()
				if hangup {
					what = "the terminal was closed"
				}
				a.log.Info("stopping: draining what is held; a second signal stops at once", "signal", what)
				first = time.Now() // not before the log, which may have held up the second of a pair
				close(a.draining)
				if a.patience > 0 {
					over = time.After(a.patience)
				}
			case time.Since(first) < sameSignal:
				a.log.Debug("signal repeated within a moment: taken for the same one", "signal", s.String())
			default:
				a.log.Warn("stopping at once", "signal", s.String())
				a.stop()
			}
		}
	}
}

// hasTerminal reports whether the process has a controlling terminal. A terminal that was closed is none any more, which
// tells its SIGHUP from one that somebody sends.
func hasTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}
