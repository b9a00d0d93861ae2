package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// stored returns the records that the store of dead letters of a destination holds, with the code of each, in its order.
func stored(t *testing.T, dir, address string) (records, codes []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "data", "dead-letter", address, "*.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files { // in the order of their names
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		for line := range bytes.Lines(read(t, path)) {
			var l struct{ Record, Code, Reason, Destination string }
			if err := json.Unmarshal(line, &l); err != nil {
				t.Errorf("a line of %s: %v", path, err)
				continue
			}
			if l.Reason == "" || l.Destination != address {
				t.Errorf("a dead letter says %s", line)
			}
			records, codes = append(records, l.Record), append(codes, l.Code)
		}
	}
	return records, codes
}

// TestRejectedRecordsAreInTheStoreBeforeTheCursorMoves kills the router as soon as something is known of the rejects: each
// of them is in the store, the others are delivered, none is in neither.
func TestRejectedRecordsAreInTheStoreBeforeTheCursorMoves(t *testing.T) {
	t.Parallel()
	x := newTroubled(t)
	x.configure([]string{troubleA}, x.destination(`
  reject_on     = "bad"
  retry_on      = "later"
  reject_limit  = 1
  max_in_flight = 4
  batch {
    max_age     = "10ms"
    max_records = 10
  }`))
	var bad, good []string
	rounds := span(6, 60)
	for round := range rounds {
		d := x.run()
		var body strings.Builder
		for i := range 100 {
			kind, list := "good", &good
			switch {
			case i%7 == 3:
				kind, list = "bad", &bad
			case i%5 == 2:
				kind = "later"
			}
			record := fmt.Sprintf("%s %d %d", kind, round, i)
			*list = append(*list, record)
			body.WriteString(record + "\n")
		}
		if !x.p.raw(body.String()) {
			t.Fatal("the records were not accepted")
		}
		if round%2 == 0 {
			d.WaitLog("something is rejected", message("records dead-lettered"))
		} else {
			waitHolds(t, x.out(), fmt.Sprintf("good %d 99", round))
		}
		d.killed()
	}
	d := x.run()
	d.stopped()
	d.has(troubleA, "held", 0, "dropped", 0)
	records, codes := stored(t, x.dir, troubleA)
	same(t, "the store", records, bad)
	for _, c := range codes {
		if c != "INVALID" {
			t.Errorf("a dead letter has the code %s", c)
		}
	}
	same(t, "the file", strings.Split(strings.TrimSuffix(string(read(t, x.out())), "\n"), "\n"), good)
}

// same checks that all of want is there, at least once, and nothing else.
func same(t *testing.T, where string, got, want []string) {
	t.Helper()
	wanted := map[string]bool{}
	for _, w := range want {
		wanted[w] = false
	}
	wrong := 0
	for _, g := range got {
		if _, ok := wanted[g]; !ok {
			if wrong++; wrong < 10 {
				t.Errorf("%s has %.60q, which does not belong there", where, g)
			}
			continue
		}
		wanted[g] = true
	}
	for w, there := range wanted {
		if !there {
			if wrong++; wrong < 10 {
				t.Errorf("%s lacks %q", where, w)
			}
		}
	}
}

// scripted is a server that answers with what it is told, and keeps what it saw.
type scripted struct {
	*httptest.Server
	mu       sync.Mutex
	status   int // of answers; 0: none is given
	after    string
	requests []request
	taken    bytes.Buffer
}

type request struct {
	key, body string
	at        time.Time
	status    int
}

func newScripted(t *testing.T, status int, after string) *scripted {
	t.Helper()
	s := &scripted{status: status, after: after}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender went away
	}
	s.mu.Lock()
	status, after := s.status, s.after
	s.requests = append(s.requests, request{r.Header.Get("Idempotency-Key"), string(body), time.Now(), status})
	if status == http.StatusNoContent {
		s.taken.Write(body)
	}
	s.mu.Unlock()
	if status == 0 {
		<-r.Context().Done()
		return
	}
	if after != "" {
		w.Header().Set("Retry-After", after)
	}
	w.WriteHeader(status)
}

// answer says how requests are answered from now on.
func (s *scripted) answer(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.after = status, ""
}

func (s *scripted) seen() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.requests...)
}

func (s *scripted) content() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.taken.Bytes())
}

// waitLast blocks until the server took what was accepted last.
func (s *scripted) waitLast(t *testing.T, p *poster) {
	t.Helper()
	eventually(t, "the server took what was accepted", func() bool {
		_, there := throughLine(s.content(), p.last())
		return there
	})
}

const httpOut = "destination.http.out"

// httpTo is a configuration whose records go to the server.
func httpTo(t *testing.T, s *scripted, more string) (dir string) {
	t.Helper()
	return lay(t, routerOnDisk+postedTo(httpOut)+fmt.Sprintf(`
destination "http" "out" {
  endpoint = "%s/in"
  format   = "raw"
  batch {
    max_age     = "20ms"
    max_records = 10
  }
  retry {
    initial_delay = "10ms"
    max_delay     = "100ms"
  }
  %s
}
`, s.URL, more))
}

// TestServerThatRefusesForAWhile: what may succeed later is kept, over kill -9 and however long, and the server is left
// alone for as long as it asks for.
func TestServerThatRefusesForAWhile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		after  string
		log    string
	}{
		{http.StatusTooManyRequests, "2", "batch is to be sent again"},
		{http.StatusServiceUnavailable, "2", "batch is to be sent again"},
		{http.StatusServiceUnavailable, "", "batch is to be sent again"},
		{http.StatusUnauthorized, "", "destination degraded"},
		{http.StatusForbidden, "", "destination degraded"},
	} {
		t.Run(fmt.Sprint(c.status, c.after), func(t *testing.T) {
			t.Parallel()
			s := newScripted(t, c.status, c.after)
			dir := httpTo(t, s, "max_in_flight = 1")
			p := newPoster(t, 100)
			d := runIn(t, dir)
			p.to(d)
			for range 10 {
				p.must(10)
			}
			d.WaitLog("the refusal is said", message(c.log, "destination", httpOut))
			if c.after != "" {
				eventually(t, "the server is asked again", func() bool { return len(s.seen()) > 1 })
				r := s.seen()
				if pause := r[1].at.Sub(r[0].at); pause < 1900*time.Millisecond {
					t.Errorf("the server was asked again after %s; it asked for 2 s", pause)
				}
			}
			d.killed()
			s.answer(http.StatusNoContent)
			d = runIn(t, dir)
			p.to(d)
			p.must(1)
			s.waitLast(t, p)
			d.stopped()
			d.has(httpOut, "delivered", 101, "held", 0, "dropped", 0, "dead_lettered", 0)
			exactlyOnce(t, s.content(), p.accepted, p.size)
			if records, _ := stored(t, dir, httpOut); len(records) > 0 {
				t.Errorf("%d records are dead letters", len(records))
			}
		})
	}
}

// TestServerThatRefusesForGood: what it says is bad is in the store of dead letters, also after kill -9.
func TestServerThatRefusesForGood(t *testing.T) {
	t.Parallel()
	s := newScripted(t, http.StatusBadRequest, "")
	dir := httpTo(t, s, "reject_limit = 1")
	p := newPoster(t, 100)
	d := runIn(t, dir)
	p.to(d)
	p.must(50)
	eventually(t, "the server refused all", func() bool { return len(s.seen()) >= 5 })
	d.killed()
	d = runIn(t, dir)
	p.to(d)
	p.must(50)
	d.stopped()
	d.has(httpOut, "delivered", 0, "held", 0, "dropped", 0)
	records, codes := stored(t, dir, httpOut)
	var want []string
	for run, n := range p.accepted {
		for i := range n {
			want = append(want, fmt.Sprintf("%d:%d %s", run, i, strings.Repeat("x", p.size)))
		}
	}
	same(t, "the store", records, want)
	for _, c := range codes {
		if c != "INVALID" {
			t.Errorf("a dead letter has the code %s", c)
		}
	}
}

// TestBatchesKeepTheirKeysOverAKill: what a server may have taken without an answer comes again as the same batches under
// the same keys.
func TestBatchesKeepTheirKeysOverAKill(t *testing.T) {
	t.Parallel()
	s := newScripted(t, 0, "")
	dir := httpTo(t, s, "max_in_flight = 4")
	p := newPoster(t, 100)
	d := runIn(t, dir)
	p.to(d)
	p.must(7) // a batch that was cut by its age
	eventually(t, "one request is under way", func() bool { return len(s.seen()) == 1 })
	p.must(43)
	eventually(t, "four requests are under way", func() bool { return len(s.seen()) == 4 })
	before := s.seen()
	for range 3 {
		d.killed()
		n := len(s.seen())
		d = runIn(t, dir)
		p.to(d)
		eventually(t, "four requests are under way", func() bool { return len(s.seen()) >= n+4 })
	}
	d.killed()
	s.answer(http.StatusNoContent)
	d = runIn(t, dir)
	p.to(d)
	p.must(1)
	s.waitLast(t, p)
	d.stopped()
	keys, bodies := map[string]string{}, map[string]string{}
	for _, r := range s.seen() {
		if old, ok := keys[r.body]; ok && old != r.key {
			t.Errorf("one body came under the keys %s and %s", old, r.key)
		}
		if old, ok := bodies[r.key]; ok && old != r.body {
			t.Errorf("the key %s came with different bodies", r.key)
		}
		keys[r.body], bodies[r.key] = r.key, r.body
	}
	for _, r := range before {
		times := 0
		for _, again := range s.seen() {
			if again.key == r.key {
				times++
			}
		}
		if times != 5 {
			t.Errorf("the key %s came %d times, want 5", r.key, times)
		}
	}
	exactlyOnce(t, sorted(s), p.accepted, p.size)
}

// sorted returns what the server took in the order of the records: requests overtake each other.
func sorted(s *scripted) []byte {
	lines := bytes.SplitAfter(s.content(), []byte("\n"))
	slices.SortFunc(lines, func(a, b []byte) int {
		var run [2]int
		var n [2]int
		for i, line := range [][]byte{a, b} {
			if _, err := fmt.Sscanf(string(line), "%d:%d ", &run[i], &n[i]); err != nil {
				run[i] = math.MaxInt // what is behind the last line feed
			}
		}
		return cmp.Or(run[0]-run[1], n[0]-n[1])
	})
	return bytes.Join(lines, nil)
}
