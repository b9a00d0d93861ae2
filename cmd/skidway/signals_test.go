package main

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
)

// logLines is a log that can be waited for.
type logLines chan string

func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func newLogLines() (logLines, hclog.Logger) {
	l := make(logLines, 100) // more than any of these tests logs
	return l, hclog.New(&hclog.LoggerOptions{Output: l, DisableTime: true})
}

func kill(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(syscall.Getpid(), sig); err != nil {
		t.Fatal(err)
	}
}

func within[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
		panic("unreachable")
	}
}

func TestSignalsDrainAndThenStop(t *testing.T) {
	lines, log := newLogLines()
	drain, ctx, release := signals(t.Context(), log, 0)
	defer release()

	kill(t, syscall.SIGHUP) // no terminal was closed
	if line := within(t, "the answer to SIGHUP", lines); !strings.Contains(line, "reload is not supported yet") {
		t.Errorf("SIGHUP is answered with %q", line)
	}
	select {
	case <-drain:
		t.Error("SIGHUP drained")
	default:
	}

	kill(t, syscall.SIGTERM)
	within(t, "the drain", drain)
	if ctx.Err() != nil {
		t.Error("the first signal stopped at once")
	}
	<-time.After(2 * sameSignal)
	kill(t, syscall.SIGINT)
	within(t, "the stop", ctx.Done())
}

func TestSecondSignal(t *testing.T) {
	for name, test := range map[string]struct {
		after time.Duration
		stops bool
	}{
		"in the same moment":   {0, false},
		"a moment later":       {sameSignal - time.Millisecond, false},
		"when the moment ends": {sameSignal, true},
		"much later":           {time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				draining := make(chan struct{})
				received := make(chan os.Signal)
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					signalAnswer{log: hclog.NewNullLogger(), draining: draining, stop: cancel}.run(ctx, received)
				}()
				received <- syscall.SIGTERM
				<-draining
				<-time.After(test.after)
				received <- syscall.SIGTERM
				synctest.Wait()
				if stopped := ctx.Err() != nil; stopped != test.stops {
					t.Errorf("stopped: %v, want %v", stopped, test.stops)
				}
				cancel()
				<-ended
			})
		})
	}
}

func TestPatienceEndsADrain(t *testing.T) {
	lines, log := newLogLines()
	drain, ctx, release := signals(t.Context(), log, time.Millisecond)
	defer release()
	kill(t, syscall.SIGTERM)
	within(t, "the drain", drain)
	within(t, "the stop", ctx.Done())
	within(t, "the line about the signal", lines)
	if line := within(t, "the line about the end", lines); !strings.Contains(line, "patience=1ms") {
		t.Errorf("the end is told with %q", line)
	}
}
