package delivery

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// cut is a batch that the destination may know, which is cut again as it was.
type cut struct {
	first, last record.Position
	// set stands for the values of its records; 0 for a destination without RECORD attributes. With such attributes the
	// batch is what lies between the two positions and has these values.
	set uint64
	// memory is the batch as it was, of which its failures count; nil: an earlier process had it.
	memory *flight
}

// cuts are the batches that come again.
type cuts struct {
	// next are, for each set of values, those to come, by rising positions. There are no empty lists.
	next map[uint64][]cut
	// end is the last position of all of them.
	end record.Position
	// aside is what of a run belongs behind the next boundary, did not fit, or waits to be distributed: at most one.
	aside []spool.Run
}

// expect has the batches cut again like that, in place of those expected so far. Those of one set of values rise; one that
// begins in the one before it is left out, because pieces of one batch may lie between each other.
func (c *cuts) expect(all []cut) {
	c.forget()
	for _, x := range all {
		list := c.next[x.set]
		if n := len(list); n > 0 && x.first <= list[n-1].last {
			continue
		}
		if c.next == nil {
			c.next = map[uint64][]cut{}
		}
		c.next[x.set] = append(list, x)
		c.end = max(c.end, x.last)
	}
}

// forget has nothing cut again.
func (c *cuts) forget() { c.next, c.end = nil, 0 }

// shift takes out the first one of a set.
func (c *cuts) shift(set uint64) {
	if list := c.next[set]; len(list) > 1 {
		c.next[set] = list[1:]
	} else {
		delete(c.next, set)
	}
}

// passed takes out what can no longer be cut again when p is next: that of values that nothing is gathered for. What is
// gathered need not wait for more of the batch that it was.
func (c *cuts) passed(p record.Position, open []*batcher) {
	if len(c.next) == 0 || p <= c.end {
		return
	}
	for _, b := range open {
		b.again = false
	}
	maps.DeleteFunc(c.next, func(set uint64, _ []cut) bool {
		return !slices.ContainsFunc(open, func(b *batcher) bool { return b.set.id() == set })
	})
}

// take returns the lane's next records: one run within the batcher's room, none of it behind the next boundary. ok is
// false when there is none for this batch.
func (l *Lane) take() (r spool.Run, taken int64, ok bool) {
	c, b := &l.cuts, &l.parts.only
	if len(c.aside) == 0 {
		// Always at least one record: one that does not fit is carried over, which is how the batcher learns of it.
		records, bytes := b.room()
		if r, ok = l.cursor.Take(records, bytes, true); !ok {
			l.more = false
			return r, 0, false
		}
		taken = l.takenBytes
		l.lastTaken, l.takenBytes = r.Last(), taken+int64(len(r.Data))
		if len(c.next) == 0 {
			return r, taken, true
		}
		c.aside = append(c.aside, r)
	}
	n := c.upTo(b, b.fits(c.aside[0].Sizes))
	if n == 0 {
		return r, 0, false
	}
	r, taken = l.takeAside(n)
	return r, taken, true
}

// upTo returns how many of n records at the front of aside belong in the batch, which is closed when these are all that
// do.
func (c *cuts) upTo(b *batcher, n int) int {
	p := c.aside[0].First
	boundary := c.boundary(b, p)
	switch {
	case boundary == 0 || p+record.Position(n) < boundary:
		return n
	case p >= boundary:
		b.closed = true
		return 0
	default:
		b.closed = true
		return int(boundary - p)
	}
}

// takeAside takes n records from the front of aside.
func (l *Lane) takeAside(n int) (r spool.Run, taken int64) {
	c := &l.cuts
	r, taken = c.aside[0], l.takenBytes-int64(len(c.aside[0].Data))
	if n == r.Len() {
		c.aside[0] = spool.Run{}
		c.aside = c.aside[:0]
		return r, taken
	}
	rest := after(&r, r.First+record.Position(n)-1)
	rest.Segment.Retain()
	c.aside[0] = rest
	return slice(&r, 0, n, 0, len(r.Data)-len(rest.Data)), taken
}

// boundary returns the first position that does not belong in the batch, whose next record is at p; 0: there is none. A
// boundary lies before the first and behind the last record of a cut.
func (c *cuts) boundary(b *batcher, p record.Position) record.Position {
	if len(c.next) == 0 {
		return 0
	}
	set := b.set.id()
	for b.empty() && len(c.next[set]) > 0 && c.next[set][0].last < p {
		c.shift(set) // it is settled
	}
	next := c.next[set]
	switch {
	case len(next) == 0:
		return 0
	case !b.empty() && b.first() >= next[0].first, b.empty() && p >= next[0].first:
		return next[0].last + 1
	default:
		return next[0].first
	}
}

// gathered adds a run to the batch. One that is cut again has all the room there is, and ends where it did.
func (l *Lane) gathered(b *batcher, r spool.Run, taken int64, now time.Time) {
	if len(l.cuts.next) > 0 {
		if next := l.cuts.next[b.set.id()]; len(next) > 0 {
			l.roomAgain(b, &next[0], r.First)
			b.closed = b.closed || r.Last() == next[0].last
		}
	}
	l.parts.add(b, r, taken, now)
}

// roomAgain gives b, when it is to have a first record at p, the room of a batch that is cut again.
func (l *Lane) roomAgain(b *batcher, c *cut, p record.Position) {
	if b.empty() && p >= c.first && p <= c.last {
		b.maxRecords, b.maxBytes, b.again = math.MaxInt, l.session.maxBatchBytes()+1, true
	}
}

// usualRoom gives the next batch of b the room of the policy.
func (l *Lane) usualRoom(b *batcher) {
	b.maxRecords = l.o.MaxRecords
	b.maxBytes = min(l.o.MaxBytes, l.session.maxBatchBytes())
}

// newRoom gives batches the room of the policy in a session that may take more or less. Those that are cut again keep
// theirs.
func (l *Lane) newRoom() {
	if l.parts.only.empty() || len(l.cuts.next) == 0 {
		l.usualRoom(&l.parts.only)
	}
	for _, b := range l.parts.open {
		if !b.again {
			l.usualRoom(b)
		}
	}
}

// remember gives f, which was just flushed, what is known of it from before.
func (l *Lane) remember(f *flight) {
	c := &l.cuts
	if len(c.next) == 0 {
		return
	}
	set := f.set.id()
	next := c.next[set]
	if len(next) == 0 || f.Last() < next[0].last {
		return
	}
	again := next[0]
	c.shift(set)
	m := again.memory
	if m == nil || again.first != f.First() || again.last != f.Last() {
		return
	}
	f.Attempt, f.first, f.last, f.notBefore = m.Attempt, m.first, m.last, m.notBefore
	f.backoff, f.poison, f.crash, f.kept = m.backoff, m.poison, m.crash, m.kept
	f.code, f.reason, f.noted = m.code, m.reason, m.noted
	if f.crash.stuck {
		l.deaths.stuck++
	}
}
