package spool

import (
	"context"
	"sync/atomic"

	"github.com/skidway/skidway/core/record"
)

// maxPending bounds the bytes that are appended and not durable. The disk is busy all the time with far less. Dead
// letters may exceed it: what a lane holds while they wait may be what fills the disk.
const (
	maxPending     = 16 << 20
	maxPendingOver = 2 * maxPending
)

// pendingEntry is an entry in the tail that is not durable.
type pendingEntry struct {
	block       *block
	at, length  int
	first, last record.Position
	to          *destinations
	count, data int
	// written: its bytes are in the block.
	written atomic.Bool
}

func (e *pendingEntry) bytes() []byte { return e.block.buf[e.at : e.at+e.length] }

// Append implements Spool. It returns when the group is copied; WaitPublished says when it is accepted. It also blocks
// while the disk has no room, or is behind by some megabytes. Appending to the empty set uses up no positions.
func (d *Disk) Append(ctx context.Context, g *record.Group, s Set) (record.Position, error) {
	if _, err := groupBytes(g); err != nil {
		return 0, err
	}
	a, err := d.enter(ctx, g, s, false)
	if err != nil {
		return 0, err
	}
	return d.write(a), nil
}

// AppendOver implements Spool. It goes on while the disk has no room: then it takes memory, up to a bound, and the group
// is published when there is room again.
func (d *Disk) AppendOver(ctx context.Context, g *record.Group, s Set) (record.Position, error) {
	if _, err := groupBytes(g); err != nil {
		return 0, err
	}
	a, err := d.enter(ctx, g, s, true)
	if err != nil {
		return 0, err
	}
	return d.write(a), nil
}

// write copies the group to where it was reserved. The committer does the rest.
func (d *Disk) write(a *appending) record.Position {
	if e := a.pending; e != nil {
		encodeEntry(e.bytes(), a.group, e.first, a.destinations.set)
		e.written.Store(true)
		nudge(d.work)
	}
	last := a.last
	d.leave(a)
	return last
}

// admitLocked implements admitter.
func (d *Disk) admitLocked(a *appending) *queue {
	g, to := a.group, a.destinations
	if len(g.Sizes) == 0 || len(to.backlogs) == 0 {
		a.last = d.next - 1
		return nil
	}
	size, _ := groupBytes(g) // was asked before
	if q := d.lacksLocked(a, size); q != nil {
		return q
	}
	d.reserveLocked(a, size)
	return nil
}

// lacksLocked returns the queue of what has no room for a; nil when all have.
func (d *Disk) lacksLocked(a *appending, size int64) *queue {
	for _, b := range a.destinations.backlogs {
		if b.queue.before(a) || !b.fitsLocked(a) {
			if b.options.WhenFull == Block {
				return &b.queue
			}
			// Its records have to go first, unless none is left that could.
			if c := d.cursors[b.index]; c.untaken > c.unpublished && !a.passed {
				nudge(d.chores)
				return &b.queue
			}
		}
	}
	if a.over {
		return d.exceedLocked(a, size)
	}
	if d.flow.before(a) || d.pendingBytes > 0 && d.pendingBytes+size > maxPending {
		return &d.flow
	}
	if d.full.before(a) || d.spaceErr != nil || !d.roomLocked(size) {
		nudge(d.chores)
		return &d.full
	}
	return nil
}

// exceedLocked lets dead letters exceed the bound of the log by overSegments, and by more when nothing else of their
// destinations is there, so that it is by one group at most; the keeper drops what DropOldest makes drop. Otherwise it
// returns the queue to wait in.
func (d *Disk) exceedLocked(a *appending, size int64) *queue {
	a.cramped = false
	if d.pendingBytes > 0 && d.pendingBytes+size > maxPendingOver {
		return &d.flow
	}
	if d.roomLocked(size - overSegments*d.o.SegmentBytes) {
		return nil
	}
	q := a.destinations.unsettledLocked()
	if q == nil && !a.yielded {
		q = d.droppableLocked(a.destinations)
	}
	if q != nil {
		a.cramped = true
		nudge(d.chores)
	}
	return q
}

// droppableLocked returns the queue of a destination with DropOldest of which something can be dropped; nil: there is
// none.
func (d *Disk) droppableLocked(to *destinations) *queue {
	for _, b := range to.backlogs {
		if c := d.cursors[b.index]; b.options.WhenFull == DropOldest && c.untaken > c.unpublished {
			return &b.queue
		}
	}
	return nil
}

// usedLocked returns the bytes of the log.
func (d *Disk) usedLocked() int64 {
	used := d.sealedBytes + d.pendingBytes
	if f := d.currentLocked(); f != nil {
		used += f.end
	}
	return used
}

// currentLocked returns the segment that is written to; nil when there is none.
func (d *Disk) currentLocked() *segmentFile {
	if n := len(d.files); n > 0 && !d.files[n-1].sealed {
		return d.files[n-1]
	}
	return nil
}

// roomLocked reports whether the log may grow by size. Whatever the size, it may when the log is empty.
func (d *Disk) roomLocked(size int64) bool {
	used := d.usedLocked()
	return used == 0 || used+size <= d.o.MaxBytes
}

// reserveLocked gives the group its positions, its place in the tail, and to its destinations.
func (d *Disk) reserveLocked(a *appending, size int64) {
	g, to := a.group, a.destinations
	var b *block
	if n := len(d.tail); n > 0 && int64(d.tail[n-1].used)+size <= d.tail[n-1].bytes {
		b = d.tail[n-1]
	} else {
		b = d.growLocked(size)
	}
	e := d.pendingEntryLocked()
	e.block, e.at, e.length = b, b.used, int(size)
	e.to, e.count, e.data = to, len(g.Sizes), len(g.Data)
	e.first, e.last = d.next, d.next+record.Position(len(g.Sizes))-1
	if b.used == 0 {
		b.first = e.first
	}
	b.used += int(size)
	b.unsynced++
	b.last = e.last
	d.pending = append(d.pending, e)
	d.pendingBytes += size
	for _, l := range to.backlogs {
		c := d.cursors[l.index]
		c.frontierLocked() // as long as it has no records
		if c.untaken == 0 {
			c.oldest = g.Origin.ReceivedUnixNano
		}
		c.gaveLocked(e.count, e.data)
		c.untakenBytes += int64(e.data)
		c.unpublished += int64(e.count)
		c.unpublishedBytes += int64(e.data)
	}
	d.next = e.last + 1
	a.pending, a.last = e, e.last
}

// growLocked seals the newest block and adds another one for size bytes.
func (d *Disk) growLocked(size int64) *block {
	if n := len(d.tail); n > 0 {
		d.tail[n-1].sealed.Store(true)
		for _, c := range d.cursors {
			if c.records > c.untaken {
				c.wake() // what its lane holds may now be sparse in a sealed block
			}
		}
	}
	b := d.blockLocked(size)
	d.tail = append(d.tail, b)
	d.tailBytes += b.bytes
	d.trimLocked()
	return b
}

func (d *Disk) pendingEntryLocked() *pendingEntry {
	if e := pop(&d.spareEntries); e != nil {
		return e
	}
	return &pendingEntry{}
}

// trimLocked lets go of the oldest blocks of the tail that are durable and that no lane is still to read, and of others
// when the tail takes more than its bound. The newest block stays.
func (d *Disk) trimLocked() {
	n := 0
	for n < len(d.tail)-1 && d.tail[n].unsynced == 0 && (d.tailBytes > d.o.TailBytes || !d.wantedLocked(d.tail[n])) {
		b := d.tail[n]
		d.tail[n] = nil
		d.tailBytes -= b.bytes
		if b.holds.Add(-1) == 0 {
			d.freedLocked(b)
		}
		n++
	}
	d.tail = d.tail[n:]
}

// wantedLocked reports whether a lane is still to read something in or before the block.
func (d *Disk) wantedLocked(b *block) bool {
	for _, c := range d.cursors {
		if c.untaken > 0 && c.place <= b.last {
			return true
		}
	}
	return false
}
