package sdk

import (
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// How a process ends once it is told to.
const (
	// grace is how long it may take in all; the author's code may hang.
	grace = 2 * time.Second
	// parting is how long a router that is still there gets to read the last verdicts and close standard input.
	parting = 500 * time.Millisecond
	// statusHung is the exit status when grace was not enough.
	statusHung = 3
)

var (
	errRouterGone = errors.New("the router is gone")
	errTerminated = errors.New("the process was asked to end by SIGTERM")
)

// life ends a process when the router is gone (end of file on standard input), when a signal asks for it, or when the
// plugin itself does.
type life struct {
	process    *process
	stopServer func()
	gone       *halt // end of file on standard input
	ended      sync.WaitGroup
}

func newLife(p *process, stopServer func()) *life {
	return &life{process: p, stopServer: stopServer, gone: newHalt()}
}

// start begins to watch. It is called once.
func (l *life) start() {
	signals := make(chan os.Signal, 1)
	// SIGINT reaches the whole group of a terminal, and is for the router alone. Without SIGPIPE here a log line
	// written after the router died would kill the process in the middle of its work. SIGHUP is left as it is: it is
	// what ends a stopped process whose router died.
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt, syscall.SIGPIPE)
	go func() {
		for s := range signals {
			if s == syscall.SIGTERM {
				l.process.stop.end(errTerminated)
			}
		}
	}()
	go func() {
		var b [64]byte
		for {
			if _, err := os.Stdin.Read(b[:]); err != nil {
				l.gone.end(errRouterGone)
				l.process.stop.end(errRouterGone)
				return
			}
		}
	}()
	l.ended.Go(l.end)
}

// end waits until the process is to end, and stops the server when the author's code has ended.
func (l *life) end() {
	<-l.process.stop.done
	// Nothing that is waited for from here on is certain to come, so this timer is never stopped.
	time.AfterFunc(grace, func() { l.leave(statusHung) })
	l.process.finish()
	if why := l.process.stop.err(); !errors.Is(why, errStopped) && !errors.Is(why, errRouterGone) {
		select {
		case <-l.gone.done:
		case <-time.After(parting):
		}
	}
	l.stopServer()
}

// leave ends the process: by the signal that asked for it, so that nobody takes the end for one of the plugin's own
// making, or else with the status.
func (l *life) leave(status int) {
	if errors.Is(l.process.stop.err(), errTerminated) {
		signal.Reset(syscall.SIGTERM)
		if syscall.Kill(os.Getpid(), syscall.SIGTERM) == nil {
			<-time.After(grace) // the signal comes first
		}
	}
	os.Exit(status)
}
