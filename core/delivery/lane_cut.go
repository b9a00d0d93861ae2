package delivery

import (
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// cut is a batch that the destination may know, which is cut again as it was.
type cut struct {
	first, last record.Position
	// memory is the batch as it was, of which its failures count; nil: an earlier process had it.
	memory *flight
}

// cuts are the batches that come again, by rising positions.
type cuts struct {
	next []cut
	// aside is what of a run belongs behind the next boundary, or did not fit: at most one.
	aside []spool.Run
}

// take returns the lane's next records: one run within the batcher's room, none of it behind the next boundary. ok is
// false when there is none for this batch.
func (l *Lane) take() (r spool.Run, taken int64, ok bool) {
	c, b := &l.cuts, &l.batcher
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
	r, taken = c.aside[0], l.takenBytes-int64(len(c.aside[0].Data))
	boundary := c.boundary(b, r.First)
	n := b.fits(&r)
	switch {
	case boundary > 0 && r.First >= boundary:
		b.closed = true
		return r, 0, false
	case boundary > 0 && r.First+record.Position(n) >= boundary:
		b.closed = true
		n = int(boundary - r.First)
	}
	if n == r.Len() {
		c.aside = slices.Delete(c.aside, 0, 1)
		return r, taken, true
	}
	rest := after(&r, r.First+record.Position(n)-1)
	rest.Segment.Retain()
	c.aside[0] = rest
	return slice(&r, 0, n, 0, len(r.Data)-len(rest.Data)), taken, true
}

// boundary returns the first position that does not belong in the batch, whose next record is at p; 0: there is none. A
// boundary lies before the first and behind the last record of a cut.
func (c *cuts) boundary(b *batcher, p record.Position) record.Position {
	for b.empty() && len(c.next) > 0 && c.next[0].last < p {
		c.next = c.next[1:] // it is settled
	}
	switch {
	case len(c.next) == 0:
		return 0
	case !b.empty() && b.runs[0].First >= c.next[0].first, b.empty() && p >= c.next[0].first:
		return c.next[0].last + 1
	default:
		return c.next[0].first
	}
}

// gathered adds a run to the batch. One that is cut again has all the room there is, and ends where it did.
func (l *Lane) gathered(r spool.Run, taken int64, now time.Time) {
	c, b := &l.cuts, &l.batcher
	if len(c.next) > 0 && b.empty() && r.First >= c.next[0].first {
		b.maxRecords, b.maxBytes = math.MaxInt, l.session.maxBatchBytes()+1
	}
	b.add(r, taken, now)
	b.closed = b.closed || len(c.next) > 0 && r.Last() == c.next[0].last
}

// usualRoom gives the next batch the room of the policy.
func (l *Lane) usualRoom() {
	l.batcher.maxRecords = l.o.MaxRecords
	l.batcher.maxBytes = min(l.o.MaxBytes, l.session.maxBatchBytes())
}

// remember gives f, which was just flushed, what is known of it from before.
func (l *Lane) remember(f *flight) {
	c := &l.cuts
	if len(c.next) == 0 || f.Last() < c.next[0].last {
		return
	}
	again := c.next[0]
	c.next = c.next[1:]
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

// noteCuts keeps, with the cursor, which batches are about to be with a plugin that knows them by their keys. They are
// cut again like that by the next process.
func (l *Lane) noteCuts(fresh *flight) {
	if l.hardening.cursor == nil || !l.session.info.StableBatches || fresh.Attempt > 0 {
		return
	}
	fresh.noted = true // so it goes into the note, and stays there until it is settled
	var note []byte
	var at record.Position
	for _, f := range l.window.open {
		if !f.noted {
			continue
		}
		n := binary.AppendUvarint(note, uint64(f.First()-at))
		n = binary.AppendUvarint(n, uint64(f.Last()-f.First()))
		if len(n) > spool.MaxNote {
			break
		}
		note, at = n, f.First()
	}
	if err := l.hardening.cursor.SetNote(note); err != nil {
		l.log.Debug("the batches in flight are not noted: after a crash they may get other keys", "error", err)
	}
}

// readCuts returns the batches that an earlier process noted. What it can't read it leaves out.
func readCuts(note []byte) []cut {
	var all []cut
	var at record.Position
	for len(note) > 0 {
		step, n := binary.Uvarint(note)
		if n <= 0 {
			break
		}
		length, m := binary.Uvarint(note[n:])
		if m <= 0 || step > math.MaxInt64 || length > math.MaxInt64 {
			break
		}
		note = note[n+m:]
		at += record.Position(step)
		if len(all) > 0 && at <= all[len(all)-1].last {
			break
		}
		all = append(all, cut{first: at, last: at + record.Position(length)})
	}
	return all
}
