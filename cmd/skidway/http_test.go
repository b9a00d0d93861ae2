package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// flakyServer answers 503 to a fifth of the requests, takes its time, and can be down. It keeps what it accepted, in
// the order of acceptance.
type flakyServer struct {
	t     *testing.T
	addr  string
	delay time.Duration

	mu       sync.Mutex
	server   *http.Server
	requests int
	refused  int
	content  bytes.Buffer
}

func (s *flakyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender went away
	}
	s.mu.Lock()
	s.requests++
	refuse := s.requests%5 == 0
	if refuse {
		s.refused++
	}
	s.mu.Unlock()
	select {
	case <-time.After(s.delay):
	case <-r.Context().Done():
		return
	}
	if refuse {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	s.mu.Lock()
	s.content.Write(body)
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// up starts to listen, on the same address each time.
func (s *flakyServer) up() {
	s.t.Helper()
	var ln net.Listener
	eventually(s.t, "the server's address is free", func() (ok bool) {
		var err error
		var lc net.ListenConfig
		ln, err = lc.Listen(s.t.Context(), "tcp", s.addr)
		return err == nil
	})
	s.addr = ln.Addr().String()
	server := &http.Server{Handler: s, ReadHeaderTimeout: patience}
	s.mu.Lock()
	s.server = server
	s.mu.Unlock()
	go func() { _ = server.Serve(ln) }()
}

// down refuses and breaks connections.
func (s *flakyServer) down() {
	s.mu.Lock()
	server := s.server
	s.mu.Unlock()
	server.Close()
}

func (s *flakyServer) lines() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.content.Bytes())
}

// httpOutage sends records while the server refuses a fifth of the requests, delays, and is down for a while in
// the middle; all of them arrive.
func httpOutage(t *testing.T, inFlight int) *ledger {
	t.Helper()
	const senders, each = 4, 20_000
	server := &flakyServer{t: t, addr: "127.0.0.1:0", delay: 2 * time.Millisecond}
	server.up()
	defer server.down()
	d := start(t, fmt.Sprintf(`
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "http" "out" {
  endpoint      = "http://%s/in"
  format        = "raw"
  max_in_flight = %d

  batch {
    max_records = 100
  }
  retry {
    initial_delay = "10ms"
    max_delay     = "500ms"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.out]
}`, server.addr, inFlight))
	addr := d.Addr("source.tcp.app")
	half := make(chan struct{})
	var first, all sync.WaitGroup
	for i := range senders {
		first.Add(1)
		all.Go(func() {
			s := dial(t, addr, fmt.Sprintf("s%d", i))
			s.send(each / 2)
			first.Done()
			<-half
			s.send(each / 2)
			s.close()
		})
	}
	first.Wait()
	server.down()
	close(half)
	<-time.After(span(2*time.Second, 10*time.Second)) // the outage itself
	server.up()
	all.Wait()
	eventually(t, "every record has arrived", func() bool {
		return bytes.Count(server.lines(), []byte("\n")) >= senders*each
	})
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	if server.refused == 0 {
		t.Error("the server refused nothing, so the test shows nothing")
	}
	if e := d.Ended("destination.http.out"); e["dead_lettered"] != 0.0 || e["held"] != 0.0 {
		t.Errorf("at the end: %v", e)
	}
	return readLedger(t, server.lines())
}

func TestEveryRecordReachesAnHTTPServerThatFails(t *testing.T) {
	if testing.Short() {
		t.Skip("an outage of ten seconds")
	}
	l := httpOutage(t, 8)
	for name, numbers := range l.numbers {
		seen := map[int]bool{}
		for _, n := range numbers {
			seen[n] = true
		}
		if len(seen) != 20_000 {
			t.Errorf("sender %s: %d records arrived, want 20000", name, len(seen))
		}
	}
}

func TestOneInFlightKeepsTheOrderAtAnHTTPServerThatFails(t *testing.T) {
	if testing.Short() {
		t.Skip("an outage of ten seconds")
	}
	httpOutage(t, 1).firstCopies(t, 4, 20_000)
}
