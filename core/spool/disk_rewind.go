package spool

import (
	"errors"

	"github.com/skidway/skidway/core/record"
)

// Rewind implements DurableCursor.
func (c *diskCursor) Rewind() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rewind()
}

// rewind makes place the one behind the frontier. It counts again what the lane took from there on and does not have any
// more. The caller has c.mu.
func (c *diskCursor) rewind() error {
	d := c.disk
	d.mu.Lock()
	frontier, place, held := c.frontierLocked(), c.place, c.records-c.untaken
	d.mu.Unlock()
	if held == 0 {
		return nil
	}
	c.failed = false
	d.mu.Lock()
	c.gone = d.drops.gone(c.address, frontier).without(c.replay)
	d.mu.Unlock()
	c.goTo(frontier + 1)
	var again tally
	var oldest int64
	for c.at < place {
		e, ok := c.entry()
		if !ok || c.at >= place {
			break
		}
		if again.records == 0 {
			oldest = e.received()
		}
		n := int(min(record.Position(c.stretch), place-c.at))
		c.stretch = n
		length := c.stretchBytes(&e)
		again.records += int64(n)
		again.bytes += int64(length)
		c.at += record.Position(n)
		c.record += n
		c.data += length
		if c.record == e.count {
			c.next(&e)
		}
	}
	if c.failed {
		c.goTo(place)
		return errors.New("the disk can't be read now: try again")
	}
	c.goTo(frontier + 1)
	d.mu.Lock()
	defer d.unlock()
	c.place = c.at
	c.untaken += again.records
	c.untakenBytes += again.bytes
	// What it held and is not there any more is damaged. If others that were settled come again, it may be more.
	c.damaged += max(0, c.records-c.untaken)
	c.lessLocked(c.records-c.untaken, c.bytes-c.untakenBytes)
	c.dropping = false
	if again.records > 0 {
		c.oldest = oldest
		c.wake()
	}
	return nil
}

// goTo gives up what is being read and makes p the next position.
func (c *diskCursor) goTo(p record.Position) {
	if c.block != nil {
		c.drop()
	}
	c.reader.close()
	c.at = p
}
