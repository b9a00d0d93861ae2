package examples_test

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// lines collects what is read from a pipe or connection, line by line. Any number of goroutines may use it.
type lines struct {
	done chan struct{} // closed when a reader came to the end

	mu      sync.Mutex
	all     []string
	changed chan struct{} // closed and replaced whenever all grows
}

func newLines() *lines {
	return &lines{done: make(chan struct{}), changed: make(chan struct{})}
}

// read collects until the end of r, and then closes done.
func (l *lines) read(r io.Reader) {
	defer close(l.done)
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 8<<20)
	for sc.Scan() {
		l.add(sc.Text())
	}
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, line)
	close(l.changed)
	l.changed = make(chan struct{})
}

// All returns what there is so far.
func (l *lines) All() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clip(l.all)
}

// String returns what there is so far as text.
func (l *lines) String() string { return l.Tail(len(l.All())) }

// Tail returns the last n lines at most.
func (l *lines) Tail(n int) string {
	all := l.All()
	return strings.Join(all[max(0, len(all)-n):], "\n")
}

// Until waits until enough holds for what there is, and returns that.
func (l *lines) Until(t *testing.T, what string, enough func([]string) bool) []string {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		l.mu.Lock()
		all, changed := slices.Clip(l.all), l.changed
		l.mu.Unlock()
		if enough(all) {
			return all
		}
		select {
		case <-changed:
		case <-l.done:
			if all = l.All(); enough(all) {
				return all
			}
			t.Fatalf("the end came before: %s; there are %d lines", what, len(all))
		case <-deadline.C:
			t.Fatalf("%s: not within %s; there are %d lines", what, patience, len(all))
		}
	}
}

// Count waits for n lines at least.
func (l *lines) Count(t *testing.T, n int) []string {
	t.Helper()
	return l.Until(t, "enough lines", func(all []string) bool { return len(all) >= n })
}
