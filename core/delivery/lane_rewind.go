package delivery

import (
	"slices"
	"time"
)

// rewinding is the way back to what the destination lost.
type rewinding uint8

const (
	notRewinding rewinding = iota
	// rewindWanted: the destination lost records that it had accepted.
	rewindWanted
	// rewindReleased: the lane gave back all that it held, and the spool is to give it again.
	rewindReleased
)

// lost begins to send again what the destination accepted, had not stored for good, and does not have any more: its
// plugin ended before it had. What the plugin resumes behind it has.
func (l *Lane) lost() {
	for _, s := range l.hardening.spans[l.hardening.head:] {
		if s.last > l.resume {
			l.rewinding = rewindWanted
			l.log.Warn("plugin ended before it had stored for good what it accepted: it is sent again",
				"first_position", uint64(s.first))
			return
		}
	}
}

// rewind gives everything back that is not settled. All of it comes again from the spool, in the batches of before as
// far as they were sent, but for what was given up meanwhile.
func (l *Lane) rewind(now time.Time) {
	if l.rewinding == notRewinding || l.window.count[burying] > 0 || l.owesLetters() || now.Before(l.pausedUntil) {
		return
	}
	if l.rewinding == rewindWanted {
		l.settle()
		l.cuts.expect(l.cutAgain())
		l.giveBack()
		l.rewinding = rewindReleased
	}
	if err := l.hardening.cursor.Rewind(); err != nil {
		l.pause(now.Add(time.Second))
		l.degrade("the spool can't be read: "+err.Error(), now)
		return
	}
	l.rewinding, l.session.trusted = notRewinding, true // it has none of what comes again
}

// owesLetters reports whether there are batches that were given up and have no letter yet, and that are not to be given
// back: an ordered destination may have stored what was behind them, and would seem to have stored them as well. What has
// no values never was for it.
func (l *Lane) owesLetters() bool {
	w := &l.window
	if l.hardening.cursor == nil || !l.session.info.Ordered || w.count[dying]+w.count[burying] == 0 {
		return false
	}
	return slices.ContainsFunc(w.open, func(f *flight) bool {
		return (f.state == dying || f.state == burying) && (l.parts.resolver == nil || f.set != nil)
	})
}

// cutAgain returns the batches that are open, in front of those that were to be cut again anyway.
func (l *Lane) cutAgain() []cut {
	var again []cut
	for _, f := range l.window.open {
		if l.parts.resolver != nil && f.set == nil {
			continue // what has no values has none when it comes again
		}
		m := *f
		m.Runs = nil
		again = append(again, cut{f.First(), f.Last(), f.set.id(), &m})
	}
	for _, next := range l.cuts.next {
		again = append(again, next...)
	}
	return again
}
