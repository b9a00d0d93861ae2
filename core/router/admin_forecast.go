package router

import "time"

const (
	// forecastEvery is how often a size is noted, forecastSamples how many are kept: five minutes of them.
	forecastEvery   = 5 * time.Second
	forecastSamples = 60
	// forecastLeast is how long something has to grow before that says when it is full.
	forecastLeast = 15 * time.Second
	// forecastMost is the longest time that is told.
	forecastMost = 365 * 24 * time.Hour
)

// forecast foretells when something that grows is full. The zero value knows nothing.
type forecast struct {
	samples [forecastSamples]sample
	n       int // that were noted, ever
}

type sample struct {
	at    time.Time
	bytes int64
}

// note keeps the size at a time. Times rise.
func (f *forecast) note(now time.Time, bytes int64) {
	f.samples[f.n%forecastSamples] = sample{now, bytes}
	f.n++
}

// fullIn returns how long it takes from the size of now to the size of max; false when it is not growing. It goes on from
// the last time in the window at which the size was lowest, so what began to grow a minute ago is told by the rate of
// that minute, and what goes up and down tells nothing.
func (f *forecast) fullIn(now time.Time, bytes, limit int64) (time.Duration, bool) {
	var low sample
	for i := max(0, f.n-forecastSamples); i < f.n; i++ {
		if s := f.samples[i%forecastSamples]; low.at.IsZero() || s.bytes <= low.bytes {
			low = s
		}
	}
	passed := now.Sub(low.at)
	grown := bytes - low.bytes
	switch {
	case low.at.IsZero() || passed < forecastLeast || grown <= 0:
		return 0, false
	case bytes >= limit:
		return 0, false // it is full
	}
	seconds := float64(limit-bytes) / (float64(grown) / passed.Seconds())
	if seconds >= forecastMost.Seconds() {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}
