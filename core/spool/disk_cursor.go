package spool

import (
	"errors"
	"io/fs"
	"slices"
	"sort"
	"sync"

	"github.com/skidway/skidway/core/record"
)

// diskCursor is a destination's place in a spool on disk. What is in backlog, and what is said to be, is guarded by
// gate.mu; the rest by mu, which is taken first: it is held while the disk is read.
type diskCursor struct {
	backlog
	disk *Disk

	// Guarded by gate.mu.

	// unpublished are those of untaken that no lane may take yet; untakenBytes are the data of untaken.
	unpublished, unpublishedBytes, untakenBytes int64
	// frontier: the lane has settled everything of the destination at or below it.
	frontier record.Position
	// durable is the frontier that is on the disk.
	durable record.Position
	// place is at, for those who do not have mu.
	place record.Position
	// oldest is when the record at place was received, or one of the destination before it.
	oldest int64
	// pressure: the spool is full, and what the lane holds at or below this position is in the way.
	pressure record.Position
	damaged  int64
	// unsure are those of untaken that may be none: their segment could not be read when they were counted.
	unsure int64
	// unread: a read failed; the lane is to be woken to try again.
	unread bool
	epoch  uint64
	note   []byte
	// replay is what is sent once more; nil when nothing is. It is changed with both locks.
	replay *replayed
	// gone is what was dropped behind the frontier as it was when the cursor was made or rewound last. It is changed with
	// both locks.
	gone gone

	mu sync.Mutex
	// failed: a read failed since Rewind began.
	failed bool
	// at: everything of the destination below it was taken or dropped.
	at record.Position
	// block is what is read just now, with a hold of its own; nil when that is yet to be found. off is where the next
	// entry lies in it, record and data where in the entry the next record does.
	block  *block
	tail   bool // the block is one of the spool's tail
	off    int
	record int
	data   int
	// stretch is how many records of the entry, from the next one on, the destination gets before one that it does not.
	stretch int
	// members says for each Set of the block whether the destination is in it.
	members []bool
	reader  diskReader
	// stuck outlives the reader, which Rewind gives up: else what can't be read would never count as damaged.
	stuck  stuck
	origin *record.Origin // of the entry that is being taken
	like   record.Origin  // whose strings are shared
}

// diskReader is the segment that a lane reads.
type diskReader struct {
	meta *segmentFile
	file file
	off  int64
	// want is the position that should be at off.
	want record.Position
}

// stuck counts the reads that failed at an offset of a segment, in a row.
type stuck struct {
	meta     *segmentFile
	off      int64
	failures int
}

func (r *diskReader) close() {
	if r.file != nil {
		_ = r.file.Close()
	}
	*r = diskReader{}
}

// Take implements Cursor. It reads the disk when the records are not in memory any more.
func (c *diskCursor) Take(maxRecords, maxBytes int, always bool) (r Run, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.options.MaxAge > 0 {
		c.expire(c.disk.now().UnixNano())
	}
	e, ok := c.entry()
	if !ok {
		return Run{}, false
	}
	sizes := e.sizes(c.record)[:c.stretch]
	n, length := take(sizes, c.stretchBytes(&e), maxRecords, maxBytes, always)
	if n == 0 {
		return Run{}, false
	}
	if c.origin == nil {
		c.origin = e.origin(&c.like)
		c.like = *c.origin
	}
	c.block.Retain()
	at := c.off + e.dataAt + c.data
	r = Run{
		First:   c.at,
		Origin:  c.origin,
		ID:      e.id() + uint64(c.record),
		Skips:   firstSkips(e.skips(c.record), n),
		Sizes:   sizes[:n:n],
		Data:    c.block.buf[at : at+length],
		Segment: &c.block.Segment,
	}
	c.disk.mu.Lock()
	c.dropping = false
	c.passLocked(&e, n, length)
	c.disk.unlock()
	return r, true
}

// entry returns the entry with the destination's next record, and makes at, record and data those of that record. ok is
// false when there is none that is published, or none can be read now.
func (c *diskCursor) entry() (e logEntry, ok bool) {
	for {
		if c.block == nil && !c.find() {
			return e, false
		}
		for c.off < int(c.block.published.Load()) {
			e = entryIn(c.block.buf[c.off:])
			if e.last() >= c.at {
				if first, n := c.gone.stretch(c.replay, &e, c.at, c.member(e.set)); n > 0 {
					c.seek(&e, first)
					c.stretch = n
					return e, true
				}
			}
			c.next(&e)
		}
		if !c.leave() {
			return e, false
		}
	}
}

// member reports whether the destination is in the set. In a block of the tail the set may be newer than members.
func (c *diskCursor) member(s Set) bool {
	if int(s) >= len(c.members) {
		if !c.tail {
			return false
		}
		c.disk.mu.Lock()
		c.members = c.backlog.member
		c.disk.mu.Unlock()
	}
	return c.members[s]
}

// seek moves at, record and data to the record of the entry.
func (c *diskCursor) seek(e *logEntry, to record.Position) {
	c.at = to
	for e.first+record.Position(c.record) < c.at {
		c.data += int(e.sizes(c.record)[0]) + 1
		c.record++
	}
}

// stretchBytes returns the bytes of data of the stretch.
func (c *diskCursor) stretchBytes(e *logEntry) int {
	if c.record+c.stretch == e.count {
		return e.dataLen - c.data
	}
	sum := c.stretch
	for _, n := range e.sizes(c.record)[:c.stretch] {
		sum += int(n)
	}
	return sum
}

// next goes behind the entry.
func (c *diskCursor) next(e *logEntry) {
	c.at = max(c.at, e.last()+1)
	c.off += len(e.buf)
	c.record, c.data, c.origin = 0, 0, nil
}

// passLocked counts the next n records of the entry, which have length bytes of data, out of untaken.
func (c *diskCursor) passLocked(e *logEntry, n, length int) {
	c.untaken -= int64(n)
	c.untakenBytes -= int64(length)
	c.at += record.Position(n)
	c.record += n
	c.data += length
	c.oldest = e.received()
	if c.record == e.count {
		c.next(e)
	}
	c.place = c.at
}

// leave gives a block back that is read to its end. It returns false when all that is published was looked at.
func (c *diskCursor) leave() bool {
	d := c.disk
	if c.tail {
		d.mu.Lock()
		more := c.off < int(c.block.published.Load()) // since it was looked at
		open := !c.block.Sealed() || c.off < c.block.used
		if !more && open {
			c.caughtUpLocked()
		}
		d.mu.Unlock()
		if more || open {
			return more
		}
	}
	c.drop()
	return true
}

// drop gives the block back.
func (c *diskCursor) drop() {
	c.block.Release()
	c.block, c.members, c.off, c.record, c.data, c.origin = nil, nil, 0, 0, 0, nil
}

// caughtUpLocked is called when the destination's lane took all that is published. What it should have got besides was
// lost to damage.
func (c *diskCursor) caughtUpLocked() {
	c.at = max(c.at, record.Position(c.disk.published.Load())+1)
	c.place = c.at
	lost, bytes, unsure := c.untaken-c.unpublished, c.untakenBytes-c.unpublishedBytes, c.unsure
	c.unsure = 0
	if lost == 0 && bytes == 0 {
		return
	}
	c.untaken -= lost
	c.untakenBytes -= bytes
	c.damaged += max(0, lost-unsure)
	c.lessLocked(lost, bytes)
}

// find makes block the one in which the destination's next record is looked for. It returns false when all that is
// published was looked at, or the disk can't be read now.
func (c *diskCursor) find() bool {
	d := c.disk
	for {
		d.mu.Lock()
		if record.Position(d.published.Load()) < c.at {
			c.caughtUpLocked()
			d.mu.Unlock()
			c.reader.close()
			return false
		}
		if len(d.tail) > 0 && c.at >= d.tail[0].first {
			i := sort.Search(len(d.tail), func(i int) bool { return d.tail[i].last >= c.at })
			c.block, c.tail, c.members = d.tail[i], true, c.backlog.member
			c.block.Retain()
			d.mu.Unlock()
			c.reader.close()
			return true
		}
		i := sort.Search(len(d.files), func(i int) bool { return d.files[i].last >= c.at })
		if i == len(d.files) {
			// What lies between the files and the tail is gone.
			c.at = d.tailFirstLocked()
			d.mu.Unlock()
			continue
		}
		f := d.files[i]
		here, end, last := f.tallyOf(c.address), f.end, f.last
		d.mu.Unlock()
		if here.last < c.at && !c.replay.needs(c.at, last, 0) || c.reader.meta == f && c.reader.off >= end {
			c.at = last + 1
			continue
		}
		return c.read(f, end)
	}
}

// tailFirstLocked returns the first position that is in the tail, or else the next one.
func (d *Disk) tailFirstLocked() record.Position {
	if len(d.tail) > 0 {
		return d.tail[0].first
	}
	return d.next
}

// read makes block a piece of the segment, whose entries end there.
func (c *diskCursor) read(f *segmentFile, end int64) bool {
	d, r := c.disk, &c.reader
	if r.meta != f {
		r.close()
		file, err := d.open(f)
		if err != nil {
			return c.readFailed(f, err)
		}
		if file == nil {
			return c.find() // it was replaced
		}
		*r = diskReader{meta: f, file: file, off: f.start, want: f.header.first}
	}
	d.mu.Lock()
	b := d.blockLocked(d.blockBytes)
	d.mu.Unlock()
	for r.off < end {
		if known, ok := d.damageAt(f, r.off); ok {
			r.off, r.want = known.next, known.last+1
			continue
		}
		n, last, need, s, err := readEntries(r.file, f.seed, b.buf, r.off, end)
		if err != nil {
			b.Release()
			return c.readFailed(f, err)
		}
		switch s {
		case sound:
			c.movesOn()
			r.off, r.want = r.off+int64(n), last+1
			b.sealed.Store(true)
			b.published.Store(int64(n))
			c.block, c.tail, c.members = b, false, f.header.members(c.address)
			return true
		case torn:
			b.Release()
			d.mu.Lock()
			b = d.blockLocked(need)
			d.mu.Unlock()
		default:
			if err := d.findDamage(f, r.file, r.off, end, r.want); err != nil {
				b.Release()
				return c.readFailed(f, err)
			}
			c.movesOn()
		}
	}
	b.Release()
	return c.find() // in what follows this segment
}

// open opens a segment's file, unless it is not in the log any more.
func (d *Disk) open(f *segmentFile) (file, error) {
	d.renaming.RLock()
	defer d.renaming.RUnlock()
	d.mu.Lock()
	there := slices.Contains(d.files, f)
	d.mu.Unlock()
	if !there {
		return nil, nil //nolint:nilnil // there is no file and that is no error
	}
	return d.fs.Open(f.name)
}

// readFailed is called when a segment can't be read. The keeper wakes the lane to try again. When the same read failed
// again and again, what can't be read counts as damaged; so does a segment that is not there any more.
func (c *diskCursor) readFailed(f *segmentFile, err error) bool {
	const patience = 5
	d := c.disk
	d.mu.Lock()
	gone := !slices.Contains(d.files, f)
	end, last := f.end, f.last
	d.mu.Unlock()
	if gone {
		c.reader.close()
		return c.find()
	}
	if errors.Is(err, fs.ErrNotExist) {
		d.report(f, damage{at: f.start, next: end, first: max(c.at, f.header.first), last: last}, nil)
		c.at = last + 1
		return c.find()
	}
	d.complain("read segment "+f.name+" for "+c.address, err)
	if r := &c.reader; r.meta == f {
		if c.stuck.meta != f || c.stuck.off != r.off {
			c.stuck = stuck{meta: f, off: r.off}
		}
		c.stuck.failures++
		if _, patched := r.file.(patchedFile); !patched && c.stuck.failures >= patience {
			r.file = patchedFile{r.file}
			return c.find()
		}
	}
	c.failed = true
	d.mu.Lock()
	c.unread = true
	d.mu.Unlock()
	return false
}

// movesOn is called before the reader leaves its offset. Where only patches helped they are needed again at once.
func (c *diskCursor) movesOn() {
	r := &c.reader
	if _, patched := r.file.(patchedFile); !patched && c.stuck.meta == r.meta && c.stuck.off == r.off {
		c.stuck = stuck{}
	}
}

// Settle implements Cursor.
func (c *diskCursor) Settle(through record.Position, records, bytes int64) {
	d := c.disk
	d.mu.Lock()
	c.frontier = max(c.frontier, through)
	c.lessLocked(records, bytes)
	if d.full.head != nil || d.overs > 0 {
		nudge(d.chores) // a segment may be free now
	}
	d.unlock()
}

// Excess implements Cursor. A spool that is full and can't drop anything else takes what the lane holds of its oldest
// segment for excess too.
func (c *diskCursor) Excess() int64 {
	if c.options.WhenFull == Block {
		return 0
	}
	c.disk.mu.Lock()
	defer c.disk.mu.Unlock()
	if over := c.bytes - c.options.MaxBytes; over > 0 && c.untaken == c.unpublished {
		return over
	}
	if c.records > c.untaken && c.frontier < c.pressure {
		return 1
	}
	return 0
}

// Backlog implements Cursor. Unlike the other methods it may be called by anyone.
func (c *diskCursor) Backlog() Backlog {
	c.disk.mu.Lock()
	defer c.disk.mu.Unlock()
	b := c.stateLocked()
	b.DroppedDamaged = c.damaged
	if c.untaken > 0 {
		b.OldestUnixNano = c.oldest
	}
	return b
}

// frontierLocked returns the highest position with everything of the destination at or below it settled. When the lane
// holds nothing, that goes beyond what it said last: records were dropped, or there are none.
func (c *diskCursor) frontierLocked() record.Position {
	switch c.records {
	case 0:
		c.frontier = max(c.frontier, c.disk.next-1)
	case c.untaken:
		c.frontier = max(c.frontier, c.place-1)
	}
	return c.frontier
}

// needsLocked reports whether the segment holds something that the destination has not settled.
func (c *diskCursor) needsLocked(f *segmentFile) bool {
	if c.records == 0 {
		return false
	}
	frontier := c.frontierLocked()
	return f.tallyOf(c.address).last > c.replay.settledBefore(frontier) || c.replay.needs(f.header.first, f.last, frontier)
}
