package simulator

import "time"

const (
	// minWait bounds how often a fast source wakes up; what came due meanwhile is sent together.
	minWait = 5 * time.Millisecond
	// maxLag is how much time a source makes up for after it was held up. What is older than that is left out, so that
	// a router which takes records again after a long pause is not flooded.
	maxLag = time.Second
)

// pacer says how many records are due. Record n is due n/rate seconds after the start, counted from the start each
// time, so that neither rounding nor the time that sending takes adds up.
type pacer struct {
	rate  float64
	start time.Time
	taken uint64 // since start
}

// newPacer returns a pacer whose first record is due at now. rate is in records per second, above 0; with 0 only took
// may be called.
func newPacer(rate float64, now time.Time) *pacer { return &pacer{rate: rate, start: now} }

// due returns how many records are due at now, or with 0 how long to wait until some are.
func (p *pacer) due(now time.Time) (uint64, time.Duration) {
	elapsed := now.Sub(p.start)
	if lag := elapsed - p.after(p.taken); lag > maxLag {
		p.start, p.taken, elapsed = now, 0, 0
	}
	// The nanosecond makes up for the part of one that after leaves out.
	total := uint64((elapsed+time.Nanosecond).Seconds()*p.rate) + 1
	if total > p.taken {
		return total - p.taken, 0
	}
	return 0, max(p.after(p.taken)-elapsed, minWait)
}

// took says that n records were sent.
func (p *pacer) took(n uint64) { p.taken += n }

// after returns when record n is due, counted from the start.
func (p *pacer) after(n uint64) time.Duration {
	return time.Duration(float64(n) / p.rate * float64(time.Second))
}
