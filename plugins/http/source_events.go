package http

import (
	"bytes"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// repeatEvery is how often the same kind of event is logged at most.
const repeatEvery = 10 * time.Second

// repeated logs kinds of events that senders may cause as often as they like, each at most every repeatEvery, with the
// number of those left out. It is safe for concurrent use.
type repeated struct {
	log hclog.Logger

	mu    sync.Mutex
	kinds map[any]*recent
}

// recent is one kind of event.
type recent struct {
	next time.Time
	left int
}

func newRepeated(log hclog.Logger) *repeated { return &repeated{log: log, kinds: map[any]*recent{}} }

// warn logs an event. There may be only a few kinds.
func (r *repeated) warn(kind any, message string, args ...any) {
	left, due := r.due(kind, time.Now())
	if !due {
		return
	}
	if left > 0 {
		args = append(args, "left_out", left)
	}
	r.log.Warn(message, args...)
}

// due counts an event at now, and says whether to log it and how many before it were left out.
func (r *repeated) due(kind any, now time.Time) (left int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.kinds[kind]
	if k == nil {
		k = &recent{}
		r.kinds[kind] = k
	}
	if now.Before(k.next) {
		k.left++
		return 0, false
	}
	left, k.left = k.left, 0
	k.next = now.Add(repeatEvery)
	return left, true
}

// Write logs a line of net/http's own log, which is about connections that failed.
func (r *repeated) Write(line []byte) (int, error) {
	r.warn("connection", "connection failed", "error", string(bytes.TrimSpace(line)))
	return len(line), nil
}
