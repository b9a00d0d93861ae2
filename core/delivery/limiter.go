package delivery

import "time"

// logEvery is the least distance of two log lines that say the same.
const logEvery = 30 * time.Second

// limiter lets one log line through and counts those that follow too soon. The zero value is ready.
type limiter struct {
	next    time.Time
	skipped int64
}

// allow reports whether the line about n occurrences is to be written, and with how many in all.
func (l *limiter) allow(now time.Time, n int64) (total int64, ok bool) {
	l.skipped += n
	if now.Before(l.next) {
		return 0, false
	}
	total, l.skipped = l.skipped, 0
	l.next = now.Add(logEvery)
	return total, true
}
