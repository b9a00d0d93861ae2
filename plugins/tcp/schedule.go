package tcp

import "time"

// schedule says when to try to connect: at once, then after delays that double from first to last, each shortened by
// up to a half at random so that the clients of a restarted server do not come all at once.
type schedule struct {
	first, last time.Duration
	random      func() float64 // in [0, 1)

	failed int
	next   time.Time // not before; the zero value: now
}

// fail notes a failed attempt, or a connection that ended before anything was acknowledged, and returns the delay until
// the next attempt.
func (s *schedule) fail(now time.Time) time.Duration {
	delay := s.last
	if s.failed < 32 && s.first<<s.failed < s.last {
		delay = s.first << s.failed
	}
	delay -= time.Duration(s.random() * float64(delay) / 2)
	s.failed++
	s.next = now.Add(delay)
	return delay
}

// succeed notes that the peer acknowledged something.
func (s *schedule) succeed() { s.failed, s.next = 0, time.Time{} }

// wait returns how long to wait before the next attempt.
func (s *schedule) wait(now time.Time) time.Duration { return max(s.next.Sub(now), 0) }
