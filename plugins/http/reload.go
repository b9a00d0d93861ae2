package http

import (
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/plugins/internal/peer"
)

// reloader is a transport that is made anew when a server's certificate is not accepted and the files it was made from
// have changed: a certificate authority that was exchanged needs no restart. (The client certificate follows its files
// by itself.)
type reloader struct {
	build func() (*http.Transport, error)
	files []string
	log   hclog.Logger

	mu      sync.Mutex
	current *http.Transport
	seen    []fileState
}

// fileState is what tells one content of a file from another.
type fileState struct {
	size     int64
	modified time.Time
}

func watchedFiles(t *peer.TLS) []string {
	if t == nil || t.CAFile == "" {
		return nil
	}
	return []string{string(t.CAFile)}
}

func newReloader(build func() (*http.Transport, error), files []string, log hclog.Logger) (*reloader, error) {
	r := &reloader{build: build, files: files, log: log, seen: states(files)}
	var err error
	r.current, err = build()
	if err != nil {
		return nil, err
	}
	return r, nil
}

func states(files []string) []fileState {
	out := make([]fileState, len(files))
	for i, name := range files {
		if info, err := os.Stat(name); err == nil {
			out[i] = fileState{info.Size(), info.ModTime()}
		}
	}
	return out
}

// RoundTrip makes the request. The files are looked at only when it failed for the server's identity; the request's
// next attempt then uses what they hold now.
func (r *reloader) RoundTrip(q *http.Request) (*http.Response, error) {
	r.mu.Lock()
	t := r.current
	r.mu.Unlock()
	answer, err := t.RoundTrip(q)
	if err != nil && peer.IsIdentityError(err) {
		r.reload(t)
	}
	return answer, err
}

// reload replaces the failed transport when the files have changed since it was made.
func (r *reloader) reload(failed *http.Transport) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := states(r.files)
	if r.current != failed || equal(now, r.seen) {
		return
	}
	r.seen = now
	t, err := r.build()
	if err != nil {
		r.log.Warn("changed TLS files not usable; using the last ones", "error", err)
		return
	}
	r.current = t
	failed.CloseIdleConnections()
	r.log.Info("TLS files re-read")
}

func equal(a, b []fileState) bool {
	for i := range a {
		if a[i].size != b[i].size || !a[i].modified.Equal(b[i].modified) {
			return false
		}
	}
	return true
}

// CloseIdleConnections closes the connections that carry no request.
func (r *reloader) CloseIdleConnections() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current.CloseIdleConnections()
}
