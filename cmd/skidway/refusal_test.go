package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestAnEndpointThatRefusesEverything: what is the user's to mend is kept and shown as degraded; what looks like bad data
// is given up only until it is plain that everything is refused.
func TestAnEndpointThatRefusesEverything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		log    string
		// deadAtMost is how many of 1000 records may be dead-lettered; the others are held.
		deadAtMost float64
	}{
		{http.StatusNotFound, "destination degraded", 0},
		{http.StatusUnauthorized, "destination degraded", 0},
		{http.StatusRequestEntityTooLarge, "destination rejects too much: holding", 500},
		{http.StatusBadRequest, "destination rejects too much: holding", 500},
	} {
		t.Run(fmt.Sprint(c.status), func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "no", c.status)
			}))
			defer server.Close()
			d := start(t, fmt.Sprintf(`
router {
  drain_timeout = "1s"
}
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "http" "out" {
  endpoint = "%s/in"
  format   = "raw"

  batch {
    max_records = 100
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.out]
}`, server.URL))
			s := dial(t, d.Addr("source.tcp.app"), "s")
			s.send(1000)
			s.close()
			l := d.WaitLog(c.log, message(c.log, "destination", "destination.http.out"))
			if l["reason"] == nil && l["rejected"] == nil {
				t.Errorf("the log does not say why: %v", l)
			}
			if status := d.Stop(); status != exitFailed {
				t.Errorf("exit status %d, want %d: records are left", status, exitFailed)
			}
			e := d.Ended("destination.http.out")
			dead, held := e["dead_lettered"].(float64), e["held"].(float64)
			if dead > c.deadAtMost || dead+held != 1000 || e["delivered"] != 0.0 || e["dropped"] != 0.0 {
				t.Errorf("at the end: %v", e)
			}
		})
	}
}
