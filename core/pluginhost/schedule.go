package pluginhost

import "time"

// backoffOptions say when a plugin is started again.
type backoffOptions struct {
	// first and last are the bounds of the delay before full jitter; it doubles from one to the other.
	first, last time.Duration
	// healthy is how long a plugin has to run for the delay to begin anew.
	healthy time.Duration
	// crashes within crashSpan make a plugin degraded.
	crashes   int
	crashSpan time.Duration
}

func defaultBackoff() backoffOptions {
	return backoffOptions{
		first: 500 * time.Millisecond, last: time.Minute,
		healthy: time.Minute,
		crashes: 5, crashSpan: 2 * time.Minute,
	}
}

// schedule decides when the next process of a plugin starts. It has no clock: times come from the caller, and chance as
// a number from 0 to 1.
type schedule struct {
	o     backoffOptions
	delay time.Duration // before jitter; 0: start anew
	// ends are the times of the last self-caused ends, oldest first, at most o.crashes.
	ends []time.Time
}

// ended notes the end of a process, or a start that failed, at now and returns how long to wait before the next start.
// ran is how long the plugin was open; selfCaused says that it ended by itself.
func (s *schedule) ended(now time.Time, ran time.Duration, selfCaused bool, chance float64) time.Duration {
	if ran >= s.o.healthy {
		s.recovered()
	}
	if selfCaused {
		if len(s.ends) == s.o.crashes {
			s.ends = s.ends[:copy(s.ends, s.ends[1:])]
		}
		s.ends = append(s.ends, now)
	}
	if s.delay == 0 {
		s.delay = s.o.first
	} else {
		s.delay = min(2*s.delay, s.o.last)
	}
	return time.Duration(chance * float64(s.delay))
}

// slow is how long to wait when only a person can mend what is wrong.
func (s *schedule) slow(chance float64) time.Duration {
	s.delay = s.o.last
	return s.o.last/2 + time.Duration(chance*float64(s.o.last/2))
}

// crashing says whether the plugin has ended itself too often.
func (s *schedule) crashing(now time.Time) bool {
	return len(s.ends) == s.o.crashes && now.Sub(s.ends[0]) <= s.o.crashSpan
}

// recovered forgets every end.
func (s *schedule) recovered() {
	s.delay = 0
	s.ends = s.ends[:0]
}
