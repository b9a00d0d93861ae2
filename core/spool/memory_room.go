package spool

// costLocked returns the bytes that the segments grow by when a's group is appended.
func (m *Memory) costLocked(a *appending) int64 {
	var cost int64
	room := m.current.room()
	if room > 0 && m.current.indexFull() {
		cost = chunkBytes
	}
	sizes, dataLen := a.group.Sizes, len(a.group.Data)
	each := recordBytes(a.group.Skips != nil)
	for {
		n, length := fit(room, each, sizes, dataLen)
		sizes, dataLen = sizes[n:], dataLen-length
		if len(sizes) == 0 {
			return cost
		}
		fresh := m.slabBytes(int64(sizes[0]) + 1 + int64(each))
		room = int(fresh)
		cost += fresh + chunkBytes
	}
}

// slabBytes returns the size of a segment for a record that takes the given bytes: one larger than a segment gets one
// of its own.
func (m *Memory) slabBytes(need int64) int64 {
	return max(m.segmentBytes, (need+sizeBytes-1)/sizeBytes*sizeBytes)
}

// rollLocked seals the current segment and makes a new one current, for a record that takes the given bytes.
func (m *Memory) rollLocked(need int64) {
	bytes := m.slabBytes(need)
	var s *memorySegment
	if bytes == m.segmentBytes {
		s = m.pool.segment()
	}
	m.bytes += bytes
	m.segments++
	if s == nil {
		m.pool.trim(m.maxBytes - m.bytes)
		s = newMemorySegment(m, bytes)
	}
	s.Retain()

	old := m.current
	s.prev, m.current = old, s
	if old == nil {
		m.oldest = s
		return
	}
	old.next = s
	old.sealed.Store(true)
	if old.waiting == 0 {
		m.unlinkLocked(old)
	}
	for _, c := range m.cursors {
		if c.records > c.untaken {
			c.wake() // what its lane holds may now be sparse in a sealed segment
		}
	}
}

// chunkLocked gives the segment room for more entries.
func (m *Memory) chunkLocked(s *memorySegment) {
	c := m.pool.chunk()
	m.bytes += chunkBytes
	if c == nil {
		m.pool.trim(m.maxBytes - m.bytes)
		c = make([]entry, chunkEntries)
	}
	s.add(c)
}

// unlinkLocked takes a segment in which nobody waits for anything from the list.
func (m *Memory) unlinkLocked(s *memorySegment) {
	if s.prev == nil {
		m.oldest = s.next
	} else {
		s.prev.next = s.next
	}
	s.next.prev = s.prev // the current segment is never unlinked, so there is a next one
	s.prev, s.next = nil, nil
	m.releaseLocked(s)
}

// releaseLocked gives the spool's own hold back.
func (m *Memory) releaseLocked(s *memorySegment) {
	if s.holds.Add(-1) == 0 {
		m.freeLocked(s, s.loans.Load() == 0)
	}
}

func (m *Memory) freeLocked(s *memorySegment, reusable bool) {
	m.bytes -= s.held
	m.segments--
	if reusable {
		m.pool.put(s, m.segmentBytes, m.maxBytes-m.bytes)
	}
	m.markRoomLocked()
}

// free implements keeper.
func (s *memorySegment) free(reusable bool) {
	s.memory.mu.Lock()
	s.memory.freeLocked(s, reusable)
	s.memory.unlock()
}

// lastHold implements keeper. A segment that only the spool still holds can be thinned.
func (s *memorySegment) lastHold() {
	m := s.memory
	if !m.starved.Load() {
		return
	}
	m.mu.Lock()
	m.markRoomLocked()
	m.unlock()
}

// roomLocked reports whether the whole spool has room for a, after making some if it must and can.
func (m *Memory) roomLocked(a *appending) bool {
	cost := m.costLocked(a)
	if cost == 0 || m.bytes+cost <= m.maxBytes && (a.over || !m.full.before(a)) {
		return true
	}
	// Before the look at the holds: a hold given back after it finds starved set.
	m.starved.Store(true)
	if a.over {
		return m.makeRoomLocked(cost) || m.bytes+cost <= m.maxBytes+overSegments*m.segmentBytes
	}
	return !m.full.before(a) && m.makeRoomLocked(cost)
}

// exceedLocked lets dead letters exceed the bound by more than overSegments when nothing else of their destinations is
// there, so that it is by one group at most; what DropOldest makes drop is dropped. Otherwise it returns the queue to
// wait in.
func (m *Memory) exceedLocked(a *appending) *queue {
	if q := a.destinations.unsettledLocked(); q != nil {
		return q
	}
	for _, b := range a.destinations.backlogs {
		if b.options.WhenFull == DropOldest {
			m.cursors[b.index].dropLocked(b.bytes)
		}
	}
	return nil
}

// makeRoomLocked makes room for cost bytes and reports whether there is: records that are too old go first, then
// segments of which little is needed are thinned, then the destinations that wait for something in the oldest segment
// lose it, if all of them have the policy DropOldest.
func (m *Memory) makeRoomLocked(cost int64) bool {
	m.held, m.squeezed = false, nil
	if m.youngest > 0 {
		m.expireAllLocked(m.now().UnixNano())
	}
	for m.bytes+cost > m.maxBytes {
		if m.thinLocked() {
			continue
		}
		last := m.oldest
		for last != m.current && last.holds.Load() > 1 {
			last = last.next // a lane holds it, so that to drop what is in it makes no room
		}
		if last == m.current {
			// Nothing is left to drop. A group larger than the bound has to go somewhere.
			if m.segments <= 1 {
				return true
			}
			m.held = true
			m.squeezeLocked()
			return false
		}
		if m.blockedLocked(last) {
			return false
		}
		m.dropThroughLocked(last)
	}
	return true
}

// squeezeLocked chooses the destination whose lane holds the oldest records of all that lanes hold. It decides what
// becomes of an Append that has no room because of them: it waits under Block, where there is never an Excess, and the
// lane drops some under DropOldest.
func (m *Memory) squeezeLocked() {
	var oldest *memoryCursor
	for _, c := range m.cursors {
		if c.records > c.untaken && (oldest == nil || c.heldFrom < oldest.heldFrom) {
			oldest = c
		}
	}
	m.squeezed = oldest
	if oldest != nil {
		oldest.wake()
	}
}

// blockedLocked reports whether a destination with the policy Block waits for something in the oldest segments, up to
// last.
func (m *Memory) blockedLocked(last *memorySegment) bool {
	for s := m.oldest; s != last.next; s = s.next {
		for _, c := range m.cursors {
			if c.place.segment == s && c.options.WhenFull == Block {
				return true
			}
		}
	}
	return false
}

// dropThroughLocked drops what any destination waits for in the oldest segments, up to last, which unlinks them.
func (m *Memory) dropThroughLocked(last *memorySegment) {
	for s := m.oldest; ; s = m.oldest {
		for _, c := range m.cursors {
			for c.place.segment == s {
				c.dropEntryLocked(&c.droppedFull)
			}
		}
		if s == last {
			return
		}
	}
}
