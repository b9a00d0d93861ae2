package spool

import (
	"fmt"
	"maps"
	"slices"

	"github.com/skidway/skidway/core/record"
)

// DurableCursor is what a cursor of a spool on disk can do besides. Its methods are safe for concurrent use.
type DurableCursor interface {
	Cursor
	// Durable returns the frontier that is on the disk: within the epoch no record of the destination at or below it is
	// taken again, also after a crash.
	Durable() record.Position
	// Epoch returns the epoch of the cursor. It rises when old records are sent again on purpose.
	Epoch() uint64
	// Note returns what the lane kept with SetNote, also in an earlier process; nil when there is nothing. It is shared
	// and not to be changed.
	Note() []byte
	// SetNote keeps up to MaxNote bytes with the cursor. They are written when it returns, and durable a second later.
	SetNote(note []byte) error
	// Rewind gives again what was taken and not settled, and what was settled behind something that was not. Whoever
	// took it has released it all and uses the cursor no more.
	Rewind() error
}

// MaxNote is how many bytes a lane may keep with its cursor.
const MaxNote = 4 << 10

var _ DurableCursor = (*diskCursor)(nil)

// Durable implements DurableCursor.
func (c *diskCursor) Durable() record.Position {
	c.disk.mu.Lock()
	defer c.disk.mu.Unlock()
	return c.durable
}

// Epoch implements DurableCursor.
func (c *diskCursor) Epoch() uint64 {
	c.disk.mu.Lock()
	defer c.disk.mu.Unlock()
	return c.epoch
}

// Note implements DurableCursor.
func (c *diskCursor) Note() []byte {
	c.disk.mu.Lock()
	defer c.disk.mu.Unlock()
	return c.note
}

// SetNote implements DurableCursor.
func (c *diskCursor) SetNote(note []byte) error {
	if len(note) > MaxNote {
		return fmt.Errorf("keep a note of %s: %d bytes; at most %d", c.address, len(note), MaxNote)
	}
	c.disk.mu.Lock()
	c.note = slices.Clone(note)
	c.disk.mu.Unlock()
	return c.disk.putCursors()
}

// ParkedCursor is the place of a destination that is not configured.
type ParkedCursor struct {
	Address string
	// Frontier: it has settled everything of its own at or below it.
	Frontier record.Position
	// Records and Bytes of its own that are still there, or a little more.
	Records, Bytes int64
	// Dropped counts those that were deleted since it is parked.
	Dropped uint64
	// Replaying: records are to be sent to it again, also others'.
	Replaying bool
}

// Parked returns the destinations that have a place in the spool and no Cursor, in the order of their addresses. What
// they have not settled is kept as long as others need it.
func (d *Disk) Parked() []ParkedCursor {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []ParkedCursor
	for _, a := range slices.Sorted(maps.Keys(d.parked)) {
		r := d.parked[a]
		p := ParkedCursor{Address: a, Frontier: r.frontier, Dropped: r.dropped, Replaying: r.replay != nil && r.frontier < r.replay.end()}
		for _, f := range d.files {
			if t := f.tallyOf(a); t.last > r.frontier {
				p.Records += t.records
				p.Bytes += t.bytes
			}
		}
		all = append(all, p)
	}
	return all
}

// Forget gives up the place of a destination that has no Cursor. Should it come back, it is a new one.
func (d *Disk) Forget(address string) error {
	d.mu.Lock()
	_, ok := d.parked[address]
	delete(d.parked, address)
	d.mu.Unlock()
	if !ok {
		return fmt.Errorf("forget %s: it has no cursor that is parked", address)
	}
	return d.syncCursors()
}
