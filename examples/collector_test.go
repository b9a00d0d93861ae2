package examples_test

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// request is what a collector was sent.
type request struct {
	Header  http.Header
	Records []string
}

// collector is an HTTP server that takes records.
type collector struct {
	URL string
	Got *lines // the records of the requests answered 200

	// answer returns the status for a request; n counts them from 0.
	answer func(n int, r request) int

	mu       sync.Mutex
	requests []request
}

// collect starts a collector. It is gone at the end of the test.
func collect(t *testing.T, answer func(n int, r request) int) *collector {
	t.Helper()
	c := &collector{Got: newLines(), answer: answer}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	c.URL = s.URL + "/ingest"
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = z
	}
	got := request{Header: r.Header.Clone()}
	sc := bufio.NewScanner(body)
	for sc.Scan() {
		got.Records = append(got.Records, sc.Text())
	}
	if err := sc.Err(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	n := len(c.requests)
	c.requests = append(c.requests, got)
	c.mu.Unlock()
	status := c.answer(n, got)
	if status != http.StatusOK {
		http.Error(w, http.StatusText(status), status)
		return
	}
	for _, record := range got.Records {
		c.Got.add(record)
	}
}

// Requests returns what came so far.
func (c *collector) Requests() []request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]request(nil), c.requests...)
}
