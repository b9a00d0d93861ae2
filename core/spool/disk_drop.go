package spool

import (
	"math"

	"github.com/skidway/skidway/core/record"
)

// expire drops records that are older than the destination's MaxAge. The caller has c.mu.
func (c *diskCursor) expire(now int64) {
	for {
		e, ok := c.entry()
		// What is sent again was asked for, whatever its age.
		if !ok || e.received()+int64(c.options.MaxAge) > now || c.replay.contains(c.at) {
			return
		}
		c.dropRest(&e, &c.droppedExpired, DropExpired)
	}
}

// dropRest drops the stretch of the entry.
func (c *diskCursor) dropRest(e *logEntry, dropped *int64, reason string) {
	c.dropRecords(e, c.stretch, c.stretchBytes(e), dropped, reason)
}

func (c *diskCursor) dropRecords(e *logEntry, n, length int, dropped *int64, reason string) {
	d := c.disk
	d.mu.Lock()
	after := record.Position(0)
	if c.dropping && c.replay == nil { // what a replay leaves out was delivered, perhaps
		after = c.droppedLast
	}
	d.noteLocked(Drop{
		Address: c.address, First: c.at, Last: c.at + record.Position(n) - 1, Count: int64(n), Reason: reason,
		UnixNano: d.now().UnixNano(),
	}, after)
	c.droppedLocked(c.at, n, dropped)
	c.passLocked(e, n, length)
	c.lessLocked(int64(n), int64(length))
	c.wake()
	d.unlock()
}

// makeRoom drops the destination's oldest records until the append that waits for room in its backlog fits, and a
// little more, so that the next ones need not wait.
func (c *diskCursor) makeRoom() {
	d := c.disk
	d.mu.Lock()
	head := c.queue.head
	if head == nil || c.options.WhenFull == Block {
		d.mu.Unlock()
		return
	}
	target := max(0, c.options.MaxBytes-int64(len(head.group.Data))-min(c.options.MaxBytes/64, d.blockBytes))
	d.mu.Unlock()

	c.mu.Lock()
	defer c.mu.Unlock()
	for c.excess(target) > 0 {
		e, ok := c.entry()
		if !ok {
			break
		}
		n, length := 0, 0
		want := c.excess(target)
		for _, size := range e.sizes(c.record)[:c.stretch] {
			if want <= int64(length) {
				break
			}
			n, length = n+1, length+int(size)+1
		}
		if n == 0 {
			break // the lane settled something meanwhile
		}
		c.dropRecords(&e, n, length, &c.droppedFull, DropFull)
	}
	d.mu.Lock()
	d.markLocked(&c.queue)
	d.unlock()
}

// yield drops what it may of the destinations of a dead letter for which no other room can be made, and lets that go on.
func (c *diskCursor) yield() {
	d := c.disk
	d.mu.Lock()
	head := c.queue.head
	if head == nil || !head.cramped || c.options.WhenFull == Block {
		d.mu.Unlock()
		return
	}
	var to []*diskCursor
	for _, b := range head.destinations.backlogs {
		if b.options.WhenFull == DropOldest {
			to = append(to, d.cursors[b.index])
		}
	}
	d.mu.Unlock()
	for _, c := range to {
		c.dropThrough(math.MaxUint64)
	}
	d.mu.Lock()
	if c.queue.head == head {
		head.yielded = true
		d.markLocked(&c.queue)
	}
	d.unlock()
}

// excess returns by how many bytes the backlog is over the target.
func (c *diskCursor) excess(target int64) int64 {
	c.disk.mu.Lock()
	defer c.disk.mu.Unlock()
	return c.bytes - target
}

// dropThrough drops what the destination's lane has not taken, up to the position.
func (c *diskCursor) dropThrough(last record.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		e, ok := c.entry()
		if !ok || c.at > last {
			break
		}
		c.dropRest(&e, &c.droppedFull, DropFull)
	}
	// What is gone may lie between the last that was dropped and this.
	c.disk.mu.Lock()
	c.place = c.at
	c.disk.mu.Unlock()
}
