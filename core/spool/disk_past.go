package spool

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/record"
)

// Maintain opens the spool in a directory for a tool, while no router runs: the tool calls Rename, Forget or Replay, and
// then Close; it calls neither Cursor nor Run. Unlike OpenDisk it makes no spool where there is none.
func Maintain(directory string, log hclog.Logger) (*Disk, error) {
	all, err := osDirectory(directory).List("")
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	if !slices.ContainsFunc(all, func(f found) bool { return f.name == cursorName || f.name == lockName }) {
		return nil, fmt.Errorf("open spool: %s holds none: give the folder spool of a data_dir", directory)
	}
	d, err := OpenDisk(directory, DiskOptions{MaxBytes: diskMaxBytes, Log: log})
	if errors.Is(err, errLocked) {
		return nil, err
	}
	return d, err
}

// errRunning says that something needs a spool that only a tool has open.
var errRunning = errors.New("the router has to be stopped for that")

// Rename gives the place of a destination, and its records, to another address that has no place. It is for a spool
// opened with Maintain.
func (d *Disk) Rename(from, to string) error {
	if err := d.rename(from, to); err != nil {
		return fmt.Errorf("rename %s to %s: %w", from, to, err)
	}
	return nil
}

func (d *Disk) rename(from, to string) error {
	d.mu.Lock()
	r, err := d.renameableLocked(from, to)
	p := d.past.clone()
	through := d.next - 1
	d.mu.Unlock()
	if err != nil {
		return err
	}
	// What an earlier destination of that address dropped says nothing of the records that it gets now.
	d.mu.Lock()
	d.drops.forgetAll(to)
	d.mu.Unlock()
	if err := d.syncDrops(); err != nil {
		return err
	}
	// First the past, then the cursor, then that both are done: opening finishes what a crash interrupts.
	p.renames = append(p.renames, renamed{from: from, to: to, through: through})
	if err := writePast(d.fs, &p); err != nil {
		return err
	}
	d.mu.Lock()
	d.past = p
	for _, f := range d.files {
		(&past{renames: p.renames[len(p.renames)-1:]}).apply(&f.header)
	}
	d.renameLocked(r, to)
	d.mu.Unlock()
	return d.finishRenames()
}

// renameableLocked returns the cursor that is to be renamed.
func (d *Disk) renameableLocked(from, to string) (*cursorRecord, error) {
	r := d.parked[from]
	switch {
	case d.running || d.addresses[from] != nil || d.addresses[to] != nil:
		return nil, errRunning
	case to == "" || len(to) > maxAddress:
		return nil, fmt.Errorf("an address has 1 to %d bytes", maxAddress)
	case r == nil:
		return nil, fmt.Errorf("the spool knows no %s", from)
	case r.replay != nil:
		return nil, errors.New("a replay to it is under way: let the router finish that first")
	case d.parked[to] != nil:
		return nil, fmt.Errorf("%s has a place in the spool already: forget it first if its records are not needed", to)
	}
	for _, f := range d.files {
		if f.tallyOf(to).last > r.frontier {
			return nil, fmt.Errorf("the spool still holds records of an earlier %s, which would be sent to it again: "+
				"wait until segment %s is deleted, or choose another address", to, f.name)
		}
	}
	return r, nil
}

const maxAddress = 1 << 10

func (d *Disk) renameLocked(r *cursorRecord, to string) {
	delete(d.parked, r.address)
	d.drops.rename(r.address, to)
	r.address = to
	d.parked[to] = r
}

// finishRenames makes the cursors durable, and then notes that they have the new addresses.
func (d *Disk) finishRenames() error {
	if err := d.syncCursors(); err != nil {
		return err
	}
	d.mu.Lock()
	p := d.past.clone()
	d.mu.Unlock()
	for i := range p.renames {
		p.renames[i].done = true
	}
	if err := writePast(d.fs, &p); err != nil {
		return err
	}
	d.mu.Lock()
	d.past = p
	d.mu.Unlock()
	return nil
}

// resumeRenames goes on with renames that were interrupted, and forgets those of which no segment is left.
func (r *recovery) resumeRenames() error {
	d := r.Disk
	oldest := d.next
	if len(d.files) > 0 {
		oldest = d.files[0].header.first
	}
	open, old := false, false
	for _, n := range d.past.renames {
		old = old || n.through < oldest
		if n.done {
			continue
		}
		open = true
		switch c := d.parked[n.from]; {
		case c != nil && d.parked[n.to] == nil:
			d.renameLocked(c, n.to)
			d.log.Warn("a rename that was interrupted is finished", "from", n.from, "to", n.to)
		case c == nil && d.parked[n.to] != nil:
			d.drops.rename(n.from, n.to) // the cursors may have got to the disk without the drops
		}
	}
	if open {
		return d.finishRenames()
	}
	if old {
		p := d.past.clone()
		p.renames = slices.DeleteFunc(p.renames, func(n renamed) bool { return n.through < oldest })
		if err := writePast(d.fs, &p); err != nil {
			d.complain("forget renames", err) // they do no harm
			return nil
		}
		d.past = p
	}
	return nil
}

// maxJump bounds how far a destination can make the spool jump: further than that no router has got.
const maxJump = 1 << 48

// RolledBack is called when a destination has a position that the spool has never given to a record: the directory is an
// older one than the destination knows, restored from a copy. What is appended from now on gets positions behind that
// one, and a new spool id, since the positions before it may name other records there. What lies in the spool and is not
// delivered stays, and is sent under the new id, some of it perhaps for the second time.
//
// The caller has never sent that position to the destination. It asks ID again and opens every session anew that it
// opened with the old one. RolledBack reports false, and changes nothing, when the position is one that an earlier process
// may have given to a record, or that was there when the spool was found rolled back before. A position that only this
// process gave to a record is another record's at the destination. It is safe for concurrent use.
func (d *Disk) RolledBack(p record.Position) (bool, error) {
	d.house.past.Lock()
	defer d.house.past.Unlock()
	d.mu.Lock()
	next, given, old, history := d.next, d.givenBefore, d.id, d.past.clone()
	d.mu.Unlock()
	if p <= given {
		return false, nil
	}
	if p >= next && p-next >= maxJump || p >= maxPosition-maxJump {
		return false, fmt.Errorf("a destination says that it has position %d, and the spool is at %d: that can't be right", p, next)
	}
	if !history.knows(old) {
		history.ids = append(history.ids, old)
	}
	var id [16]byte
	rand.Read(id[:]) // never fails
	history.ids = append(history.ids, id)
	// Segments of the new id are known from here on, before there are any.
	if err := writePast(d.fs, &history); err != nil {
		return false, fmt.Errorf("begin a new spool id: %w", err)
	}
	d.mu.Lock()
	d.id, d.past = id, history
	d.next = max(d.next, p+1)
	d.givenBefore = d.next - 1
	d.rollWanted = true
	d.mu.Unlock()
	nudge(d.work)
	d.log.Error("the spool's directory is older than what a destination has received: it was rolled back, and goes on under a new spool id; "+
		"records may reach destinations twice", "position", p, "next_position_was", next, "spool_id", hex.EncodeToString(id[:]), "spool_id_was", hex.EncodeToString(old[:]))
	if err := d.syncCursors(); err != nil {
		return true, fmt.Errorf("begin a new spool id: %w", err)
	}
	return true, nil
}
