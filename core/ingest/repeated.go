package ingest

import (
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// repeatEvery is how often the same kind of event is logged at most.
const repeatEvery = 10 * time.Second

// repeated logs one kind of event, which a sender may cause as often as it likes, at most every repeatEvery, with the
// number of those left out. Its zero value is ready, and it is safe for concurrent use.
type repeated struct {
	mu   sync.Mutex
	next time.Time
	left int
}

// due counts an event at now, and says whether to log it and how many before it were left out.
func (r *repeated) due(now time.Time) (left int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.next) {
		r.left++
		return 0, false
	}
	left, r.left = r.left, 0
	r.next = now.Add(repeatEvery)
	return left, true
}

func (r *repeated) warn(log hclog.Logger, message string, args ...any) {
	left, ok := r.due(time.Now())
	if !ok {
		return
	}
	if left > 0 {
		args = append(args, "left_out", left)
	}
	log.Warn(message, args...)
}

// events are the kinds of events of one source that are logged so.
type events struct {
	notAllowed, overLimit, handshake, framing, oversize, unaccepted, evicted, accept repeated
}
