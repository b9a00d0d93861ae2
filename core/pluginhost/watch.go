package pluginhost

import "time"

// missedHealth is how many health checks in a row stay without an answer before an idle plugin counts as hung.
const missedHealth = 3

// watch decides whether a plugin hangs. It has no clock: its owner calls tick at the given distance. Time in which the
// router itself stood still does not count: a distance that is much longer than it should be says so.
type watch struct {
	hang     time.Duration
	distance time.Duration
	health   time.Duration

	last   time.Time
	quiet  time.Duration
	signs  uint64
	missed int
}

// tick notes that at now batches are outstanding or not, and how many signs of life came so far. It returns whether the
// plugin hangs.
func (w *watch) tick(now time.Time, outstanding bool, signs uint64) bool {
	gone := now.Sub(w.last)
	first := w.last.IsZero()
	w.last = now
	if first || !outstanding || signs != w.signs {
		w.signs, w.quiet = signs, 0
		return false
	}
	w.quiet += min(max(gone, 0), 2*w.distance)
	return w.quiet >= w.hang
}

// checked notes a health check that took the given time and was answered or not. It returns whether the plugin hangs.
func (w *watch) checked(answered bool, took time.Duration) bool {
	switch {
	case answered:
		w.missed = 0
	case took <= w.health+w.health/2:
		w.missed++
	}
	return w.missed >= missedHealth
}
