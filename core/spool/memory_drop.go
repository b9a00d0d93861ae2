package spool

import (
	"time"

	"github.com/skidway/skidway/core/record"
)

// dropLocked drops the oldest untaken records until they are at least want bytes, or none is left.
func (c *memoryCursor) dropLocked(want int64) {
	for want > 0 && c.untaken > 0 {
		s, p := c.place.segment, c.place
		e := s.entry(p.index)
		n, length := int(e.count-p.record), int(e.length-p.data)
		if int64(length) > want {
			n, length = 0, 0
			for _, size := range s.sizesOf(e, p.record) {
				n, length = n+1, length+int(size)+1
				if int64(length) >= want {
					break
				}
			}
		}
		want -= int64(length)
		c.dropRecordsLocked(n, length, &c.droppedFull)
	}
}

// dropEntryLocked drops what is left of the next entry, and counts it in dropped.
func (c *memoryCursor) dropEntryLocked(dropped *int64) {
	e := c.place.segment.entry(c.place.index)
	c.dropRecordsLocked(int(e.count-c.place.record), int(e.length-c.place.data), dropped)
}

func (c *memoryCursor) dropRecordsLocked(n, length int, dropped *int64) {
	first := c.place.segment.entry(c.place.index).first + record.Position(c.place.record)
	c.droppedLocked(first, n, dropped)
	c.passLocked(n, length)
	c.lessLocked(int64(n), int64(length))
	c.wake()
}

// expireLocked drops records that are older than the destination's MaxAge.
func (c *memoryCursor) expireLocked(now int64) {
	if c.options.MaxAge == 0 {
		return
	}
	for c.untaken > 0 && c.expiryLocked() <= now {
		c.dropEntryLocked(&c.droppedExpired)
	}
}

// expiryLocked returns when the next record gets too old. There is one.
func (c *memoryCursor) expiryLocked() int64 {
	return c.place.segment.entry(c.place.index).origin.ReceivedUnixNano + int64(c.options.MaxAge)
}

func (m *Memory) expireAllLocked(now int64) {
	for _, c := range m.cursors {
		c.expireLocked(now)
	}
}

// expires reports whether some destination has a MaxAge.
func (m *Memory) expires() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.youngest > 0
}

// expire drops all records that are too old, and returns how long it takes until the next can be.
func (m *Memory) expire() time.Duration {
	m.mu.Lock()
	defer m.unlock()
	now := m.now().UnixNano()
	m.expireAllLocked(now)
	next := now + int64(m.youngest)
	for _, c := range m.cursors {
		if c.options.MaxAge > 0 && c.untaken > 0 {
			next = min(next, c.expiryLocked())
		}
	}
	return time.Duration(next - now)
}
