package delivery

import "time"

// arm makes the timer fire when there is next something to do. It is left alone when it fires early enough.
func (l *Lane) arm(now time.Time) {
	at := l.nextTime(now)
	if at.IsZero() || !l.armed.IsZero() && !l.armed.After(at) {
		return
	}
	l.timer.Reset(at.Sub(now))
	l.armed = at
}

// nextTime returns the first time after now at which something may become due; zero when there is none. What is overdue
// waits for something else to happen.
func (l *Lane) nextTime(now time.Time) time.Time {
	n := earliest{after: now}
	n.add(l.pausedUntil)
	n.add(l.session.barredUntil)
	if l.draining && l.hardening.cursor != nil {
		n.add(l.progress.Add(drainPatience))
	}
	if l.chores {
		n.add(l.choresAt)
	}
	l.parts.times(&n)
	if l.o.ExpireAfter > 0 {
		for _, b := range l.parts.open {
			n.add(l.expiry(b.youngest))
		}
	}
	if l.window.count[waiting] > 0 {
		for _, f := range l.window.open {
			if f.state == waiting {
				n.add(f.notBefore)
				n.add(l.expiry(f.youngest))
				n.add(l.deadline(f))
			}
		}
	}
	if l.reject.holding {
		n.add(l.reject.nextProbe)
	}
	if l.window.count[dying] > 0 {
		n.add(l.deaths.notBefore)
	}
	return n.at
}

// earliest finds the first of several times that lies after another.
type earliest struct{ after, at time.Time }

// add takes times of the wall, which records have, to the monotonic clock: were they compared with others there, a
// clock that is set back would delay these.
func (e *earliest) add(t time.Time) {
	if !t.After(e.after) {
		return
	}
	t = e.after.Add(t.Sub(e.after))
	if e.at.IsZero() || t.Before(e.at) {
		e.at = t
	}
}
