package pluginhost

import "time"

const (
	// logRate and logBurst bound the lines of one plugin that are logged, per second and at once.
	logRate  = 100
	logBurst = 500
	// dropReport is the least time between two reports of dropped lines.
	dropReport = 5 * time.Second
)

// rateLimit admits lines by a token bucket and counts the others. It takes now from the caller. The zero value starts
// with a full bucket.
type rateLimit struct {
	used     float64 // tokens taken and not yet refilled
	last     time.Time
	dropped  int64
	reported time.Time
}

// admit says whether a line at now is within the limit.
func (r *rateLimit) admit(now time.Time) bool {
	if gone := now.Sub(r.last).Seconds(); gone > 0 {
		r.used = max(0, r.used-gone*logRate)
		r.last = now
	}
	if r.used+1 > logBurst {
		r.dropped++
		return false
	}
	r.used++
	return true
}

// report returns how many lines were dropped since the last report, when it is time for one.
func (r *rateLimit) report(now time.Time) int64 {
	if r.dropped == 0 || now.Sub(r.reported) < dropReport {
		return 0
	}
	n := r.dropped
	r.dropped, r.reported = 0, now
	return n
}
