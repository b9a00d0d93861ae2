package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestDeadDestinationHoldsItsOwnRecordsOnly lets far more than the spool's size pass to one destination, while another
// one that gets a hundredth of it is dead. The first is never blocked, and the second gets all of its own in the end, in
// order.
func TestDeadDestinationHoldsItsOwnRecordsOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("gigabytes of records")
	}
	var up atomic.Bool
	var mu sync.Mutex
	var got bytes.Buffer
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		got.Write(body)
	}))
	defer server.Close()
	d := start(t, `
router {
  data_dir = "data"
  spool { max_bytes = "256MiB" }
}
source "tcp" "all" { listen = "127.0.0.1:0" }
source "tcp" "some" { listen = "127.0.0.1:0" }
destination "file" "a" {
  path = "a.log"
  rotate {
    max_bytes = "64MiB"
    keep      = 1
  }
}
destination "http" "b" {
  endpoint      = "`+server.URL+`"
  format        = "raw"
  max_in_flight = 1
  retry { max_delay = "1s" }
}
pipeline "a" {
  from = [source.tcp.all]
  to   = [destination.file.a]
}
pipeline "b" {
  from = [source.tcp.some]
  to   = [destination.http.b]
}`)
	all, some := dial(t, d.Addr("source.tcp.all"), "a"), dial(t, d.Addr("source.tcp.some"), "b")
	const share = 1 << 20
	line := []byte(strings.Repeat("x", 1023) + "\n")
	chunk := bytes.Repeat(line, share/len(line))
	total := span[int64](1<<30, 10<<30)
	longest := time.Duration(0)
	for sent := int64(0); sent < total; sent += share {
		began := time.Now()
		if _, err := all.conn.Write(chunk); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(began))
		some.send(share / 100 / (len(padding) + 8))
	}
	all.close()
	up.Store(true)
	eventually(t, "the dead destination has all of its records", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return bytes.Count(got.Bytes(), []byte("\n")) >= some.next
	})
	some.close()
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	readLedger(t, got.Bytes()).exact(t, 1, some.next)
	if e := d.Ended("destination.file.a"); e["delivered"] != float64(total/int64(len(line))) || e["dropped"] != 0.0 {
		t.Errorf("the other destination ended with %v", e)
	}
	t.Logf("%d MiB passed, the longest wait was %s; %d records waited", total>>20, longest, some.next)
}
