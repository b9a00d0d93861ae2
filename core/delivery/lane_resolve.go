package delivery

import (
	"time"

	"github.com/skidway/skidway/core/spool"
)

// lostRecords and lostBytes are how many records without values are handed to the store together.
const lostRecords, lostBytes = 1000, 1 << 20

// distribute takes the next records of equal values to the batch that gathers them, or gives up on records without
// values. It reports whether to go on: then something was done, or the partitions are blocked until something is sent.
func (l *Lane) distribute(now time.Time) bool {
	c, p := &l.cuts, &l.parts
	if len(c.aside) == 0 {
		r, ok := l.cursor.Take(resolveRecords, resolveBytes, true)
		if !ok {
			l.more = false
			return false
		}
		l.lastTaken, l.takenBytes = r.Last(), l.takenBytes+int64(len(r.Data))
		c.passed(r.First, p.open)
		c.aside = append(c.aside, r)
		p.resolution.evaluate(p.resolver, &c.aside[0])
	}
	s, encoded := p.resolution.first()
	n := min(s.records, c.aside[0].Len())
	if s.reason != "" {
		return l.lose(n, s.reason)
	}
	b := p.find(encoded)
	if b == nil {
		return true
	}
	if b.empty() {
		l.usualRoom(b)
	}
	sizes := c.aside[0].Sizes[:n]
	if _, bytes := b.room(); !b.empty() && int(sizes[0])+1 > bytes {
		p.close(b)
		return true
	}
	if n = c.upTo(b, b.fits(sizes)); n == 0 {
		p.close(b)
		return true
	}
	r, taken := l.takeAside(n)
	p.resolution.take(n)
	l.gathered(b, r, taken, now)
	return true
}

// lose gives up on n records that have no values. While the store is slow it does not, and reports false: they are
// evaluated, and wait.
func (l *Lane) lose(n int, reason string) bool {
	p, w := &l.parts, &l.window
	f := p.lost
	if f == nil || f.Records >= lostRecords || f.Bytes >= lostBytes {
		if w.count[dying]+w.count[burying] >= max(l.o.MaxInFlight/2, 1) {
			return false
		}
		f = l.fresh()
		f.state, f.code, f.reason = dying, Invalid, reason
	}
	r, taken := l.takeAside(n)
	p.resolution.take(n)
	f.add(r, reason)
	if f != p.lost {
		f.taken = taken
		p.lost = f
		w.insert(f)
	}
	return true
}

// add adds a run that is given up for the reason.
func (f *flight) add(r spool.Run, reason string) {
	f.Runs = append(f.Runs, r)
	f.Records += r.Len()
	f.Bytes += len(r.Data)
	f.youngest = max(f.youngest, r.Origin.ReceivedUnixNano)
	for range r.Sizes {
		f.reasons = append(f.reasons, reason)
	}
}
