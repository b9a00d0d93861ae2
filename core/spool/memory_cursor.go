package spool

import "github.com/skidway/skidway/core/record"

// memoryCursor is a destination's place in a spool in memory. Everything that changes is guarded by gate.mu.
type memoryCursor struct {
	backlog
	memory *Memory
	// heldFrom is the lowest position that the lane holds; meaningless when it holds none.
	heldFrom record.Position
	// place is the next record of the destination, whether it is written yet or not; zero when untaken is 0.
	place place
}

// place is a record in a segment.
type place struct {
	segment *memorySegment
	index   int   // of the entry
	record  int32 // in the entry
	data    int32 // where in the entry's data it begins
}

// Take implements Cursor.
func (c *memoryCursor) Take(maxRecords, maxBytes int, always bool) (r Run, ok bool) {
	m := c.memory
	m.mu.Lock()
	defer m.unlock()
	if c.options.MaxAge > 0 {
		c.expireLocked(m.now().UnixNano())
	}
	if c.untaken == 0 {
		return Run{}, false
	}
	p := c.place
	e := p.segment.entry(p.index)
	if !e.written.Load() {
		return Run{}, false // its append wakes the lane when it is
	}
	sizes := p.segment.sizesOf(e, p.record)
	n, length := take(sizes, int(e.length-p.data), maxRecords, maxBytes, always)
	if n == 0 {
		return Run{}, false
	}
	p.segment.Retain()
	r = Run{
		First:   e.first + record.Position(p.record),
		Origin:  &e.origin,
		ID:      e.id + uint64(p.record),
		Skips:   firstSkips(p.segment.skipsOf(e, p.record), n),
		Sizes:   sizes[:n:n],
		Data:    p.segment.slab[e.data+p.data:][:length],
		Segment: &p.segment.Segment,
	}
	if c.records == c.untaken {
		c.heldFrom = r.First
	}
	c.dropping = false
	c.passLocked(n, length)
	return r, true
}

// take returns how many of the records to take, and the length of their data.
func take(sizes []uint32, dataLen, maxRecords, maxBytes int, always bool) (n, length int) {
	if len(sizes) <= maxRecords && dataLen <= maxBytes {
		return len(sizes), dataLen
	}
	for n < min(len(sizes), maxRecords) {
		more := length + int(sizes[n]) + 1
		if more > maxBytes {
			break
		}
		n, length = n+1, more
	}
	if n == 0 && always {
		return 1, int(sizes[0]) + 1
	}
	return n, length
}

// Settle implements Cursor. A spool in memory forgets a segment once all that is in it was taken and released; the
// position tells it only whose lane holds the oldest records.
func (c *memoryCursor) Settle(through record.Position, records, bytes int64) {
	m := c.memory
	m.mu.Lock()
	c.heldFrom = max(c.heldFrom, through+1)
	c.lessLocked(records, bytes)
	if m.held {
		m.squeezeLocked()
	}
	m.unlock()
}

// Excess implements Cursor.
func (c *memoryCursor) Excess() int64 {
	if c.options.WhenFull == Block {
		return 0
	}
	m := c.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	over := c.bytes - c.options.MaxBytes
	if m.squeezed == c {
		over = max(over, 1)
	}
	return max(over, 0)
}

// Backlog implements Cursor. Unlike the other methods it may be called by anyone.
func (c *memoryCursor) Backlog() Backlog {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	b := c.stateLocked()
	if c.untaken > 0 {
		b.OldestUnixNano = c.place.segment.entry(c.place.index).origin.ReceivedUnixNano
	}
	return b
}

// giveLocked counts n records, the entry at index of s, in.
func (c *memoryCursor) giveLocked(s *memorySegment, index, n, length int) {
	if c.untaken == 0 {
		c.place = place{segment: s, index: index}
	}
	c.gaveLocked(n, length)
}

// passLocked moves the place behind the next n records of its entry, which have length bytes of data.
func (c *memoryCursor) passLocked(n, length int) {
	m, s, e := c.memory, c.place.segment, c.place.segment.entry(c.place.index)
	c.untaken -= int64(n)
	c.place.record += int32(n)
	c.place.data += int32(length)
	if c.place.record < e.count {
		return
	}
	if c.untaken == 0 {
		c.place = place{}
	} else {
		c.place = c.after(s, c.place.index)
	}
	e.waiting--
	s.waiting--
	if e.waiting == 0 {
		s.needed -= e.cost()
	}
	if s.waiting == 0 && s != m.current {
		m.unlinkLocked(s)
	}
	if c.place.segment != s || sparse(s.needed, s.held) {
		m.markRoomLocked() // the segment may go, decide otherwise, or be thinned
	}
}

// after returns the place of the destination's next entry behind the one at index of s. There is one.
func (c *memoryCursor) after(s *memorySegment, index int) place {
	for {
		for index++; index < s.entries; index++ {
			if c.member[s.entry(index).set] {
				return place{segment: s, index: index}
			}
		}
		s, index = s.next, -1
	}
}
