package spool

import (
	"sort"

	"github.com/skidway/skidway/core/record"
)

// sparse reports whether what is needed is so little of what is held that it is worth a copy.
func sparse(needed, held int64) bool { return needed*4 < held }

// thinLocked copies what is needed of the oldest segment that is sparse and that nobody else holds to one of the right
// size, and frees the old one. It reports whether it found one.
func (m *Memory) thinLocked() bool {
	for s := m.oldest; s != m.current; s = s.next {
		// A writer has a hold too, so all entries are written.
		if sparse(s.needed, s.held) && s.holds.Load() == 1 {
			m.replaceLocked(s, m.compactLocked(s))
			return true
		}
	}
	return false
}

// compactLocked returns a sealed segment with those entries of s that some destination waits for.
func (m *Memory) compactLocked(s *memorySegment) *memorySegment {
	count := 0
	for i := range s.entries {
		if s.entry(i).waiting > 0 {
			count++
		}
	}
	thin := newMemorySegment(m, s.needed-int64(count)*entryBytes)
	for left := count; left > 0; left -= chunkEntries {
		thin.add(make([]entry, min(left, chunkEntries)))
	}
	for i := range s.entries {
		e := s.entry(i)
		if e.waiting == 0 {
			continue
		}
		at := thin.low
		copied := thin.push(e.entryView, s.sizesOf(e, 0), s.skipsOf(e, 0))
		copy(thin.slab[at:], s.slab[e.data:e.data+e.length])
		copied.waiting = e.waiting
		copied.written.Store(true)
	}
	thin.waiting, thin.needed = s.waiting, s.needed
	thin.sealed.Store(true)
	thin.Retain()
	m.bytes += thin.held
	m.segments++
	return thin
}

// replaceLocked puts thin in the place of s, for the list and for the cursors.
func (m *Memory) replaceLocked(s, thin *memorySegment) {
	for _, c := range m.cursors {
		if c.place.segment == s {
			c.place.segment, c.place.index = thin, thin.find(s.entry(c.place.index).first)
		}
	}
	if s.prev == nil {
		m.oldest = thin
	} else {
		s.prev.next = thin
	}
	thin.prev, thin.next = s.prev, s.next
	s.next.prev = thin
	s.prev, s.next = nil, nil
	m.releaseLocked(s)
}

// find returns the index of the entry that begins with the position.
func (s *memorySegment) find(first record.Position) int {
	return sort.Search(s.entries, func(i int) bool { return s.entry(i).first >= first })
}
