package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"
)

const toWaitingServer = `
router {
  log_level = "debug"
}
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "http" "out" {
  endpoint = "%s/in"
  format   = "raw"

  batch {
    max_records = 10
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.out]
}`

// startHolding starts a router that holds 100 records, because its server has not answered the first request yet.
func startHolding(t *testing.T) (d *daemon, answer func()) {
	t.Helper()
	asked := make(chan struct{}, 100) // more than there are batches, retries included
	released := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // until it is read, the server does not notice that the client went away
		asked <- struct{}{}
		select {
		case <-released:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	d = start(t, fmt.Sprintf(toWaitingServer, server.URL))
	s := dial(t, d.Addr("source.tcp.app"), "s")
	s.send(100)
	s.close()
	within(t, "the first request", asked)
	return d, func() { close(released) }
}

func TestRepeatedSignalDrains(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			d, answer := startHolding(t)
			// As timeout(1) does it: the process, and then its group.
			d.Kill(sig)
			d.WaitLog("it drains", message("stopping: draining what is held"))
			if err := syscall.Kill(-d.cmd.Process.Pid, sig); err != nil {
				t.Fatal(err)
			}
			d.WaitLog("the second signal is the first one", message("signal repeated within a moment"))
			answer()
			if status := d.wait(); status != exitDone {
				t.Errorf("exit status %d, want %d", status, exitDone)
			}
			if e := d.Ended("destination.http.out"); e["delivered"] != 100.0 || e["held"] != 0.0 {
				t.Errorf("at the end: %v", e)
			}
		})
	}
}

func TestLaterSignalStopsAtOnce(t *testing.T) {
	t.Parallel()
	d, _ := startHolding(t)
	d.Kill(syscall.SIGINT)
	d.WaitLog("it drains", message("stopping: draining what is held"))
	<-time.After(2 * sameSignal)
	d.Kill(syscall.SIGINT)
	d.WaitLog("it stops", message("stopping at once"))
	if status := d.wait(); status != exitFailed {
		t.Errorf("exit status %d, want %d: records are left", status, exitFailed)
	}
	if e := d.Ended("destination.http.out"); e["held"] != 100.0 {
		t.Errorf("at the end: %v", e)
	}
}
