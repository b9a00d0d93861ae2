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

// signals returns a channel that the first SIGTERM or SIGINT closes, or the end of the terminal that the process was
// started in, and a context that the second SIGTERM or SIGINT ends. After the first one it also ends when patience is
// over; 0: never.
func signals(parent context.Context, log hclog.Logger, patience time.Duration) (drain <-chan struct{}, ctx context.Context, release func()) {
	ctx, cancel := context.WithCancel(parent)
	draining := make(chan struct{})
	received := make(chan os.Signal, 6) // room for two of each kind, so that none is missed while one is logged
	signal.Notify(received, syscall.SIGTERM, os.Interrupt)
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signal.Notify(received, syscall.SIGHUP)
	}
	hadTerminal := hasTerminal()
	var wg sync.WaitGroup
	wg.Go(func() {
		first := true
		var over <-chan time.Time
		for {
			select {
			case <-ctx.Done():
				return
			case <-over:
				log.Warn("stopping at once: what is held could not be delivered in time", "patience", patience.String())
				cancel()
			case s := <-received:
				hangup := s == syscall.SIGHUP
				switch {
				case hangup && !first:
					// A shell passes on the one that it gets itself.
				case hangup && (!hadTerminal || hasTerminal()):
					log.Warn("reload is not supported yet: restart the router to use a changed configuration")
				case first:
					first = false
					what := s.String()
					if hangup {
						what = "the terminal was closed"
					}
					log.Info("stopping: draining what is held; a second signal stops at once", "signal", what)
					close(draining)
					if patience > 0 {
						over = time.After(patience)
					}
				default:
					log.Warn("stopping at once", "signal", s.String())
					cancel()
				}
			}
		}
	})
	return draining, ctx, func() {
		signal.Stop(received)
		cancel()
		wg.Wait()
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
