package file

import (
	"crypto/sha256"
	"errors"
	"path/filepath"
	"time"
)

// adoptLocked gives the output that was just opened its state: the one it has, when the process has just begun, decides
// how much of the output stays; from then on the process knows better. Nothing may be written to the output before.
func (d *destination) adoptLocked(o *output) error {
	at := statePath(o.path)
	if d.state != nil && (d.state.path != at || !d.state.intact()) {
		d.dropStateLocked()
	}
	var (
		found  *entry
		damage error
	)
	if d.state == nil {
		var err error
		d.state, found, damage, err = openState(d.disk, at, d.boot)
		if without := (*noStateError)(nil); errors.As(err, &without) {
			if !d.stateless {
				d.stateless = true
				d.log.Warn("file has no state beside it: after a kill its last records can be there twice", "path", o.path, "state", at, "error", err)
			}
		} else if err != nil {
			return err
		}
	}
	if !d.begun && d.state != nil {
		if err := d.reconcileLocked(o, found, damage); err != nil {
			return err
		}
	}
	if err := o.endLine(); err != nil {
		return err
	}
	if err := d.recordLocked(o); err != nil {
		return err
	}
	if !d.begun && d.state != nil && d.state.synced.closed {
		// From here on what follows is ours, also for a power cut and for a sync that fails.
		e := d.entryLocked(o)
		if err := d.state.putSynced(&e); err != nil {
			return err
		}
	}
	d.begun = true
	return nil
}

// dropStateLocked lets go of the state.
func (d *destination) dropStateLocked() {
	d.state.file.Close()
	d.state = nil
}

// reconcileLocked cuts the output to what the state says, and takes its position over.
func (d *destination) reconcileLocked(o *output, e *entry, damage error) error {
	const doubled = "records that the router still has can get there a second time"
	switch {
	case damage != nil:
		d.log.Warn("state of the file can't be used: "+doubled, "path", o.path, "state", d.state.path, "reason", damage)
		return nil
	case e == nil:
		if o.size > 0 {
			d.log.Info("file has no state yet, its content stays as it is", "path", o.path, "bytes", o.size)
		}
		return nil
	case e.owner != d.owner || d.owner == [16]byte{}:
		d.log.Info("state of the file is of another block or another spool, its content stays as it is", "path", o.path)
		return nil
	}
	ours, why := true, ""
	switch {
	case e.intent != 0 && e.file != o.id && rotationDone(d.disk, o.path, e.intent):
		d.log.Info("finished the rotation of the file that an earlier process began", "path", o.path)
	case e.file != o.id || e.name != filepath.Base(o.path):
		ours, why = false, "it is another file"
	case o.size < e.size:
		ours, why = false, "it is shorter than it was left"
	case !o.endsLine(e.size):
		ours, why = false, "its content is not what it was"
	case o.size > e.size && e.closed:
		d.log.Info("another process wrote to the file since it was closed", "path", o.path, "bytes", o.size-e.size)
	case o.size > e.size && e.size == 0 && e.file.made == 0:
		// All that tells it from a file that was given the number of a removed one is its content, and there was none.
		ours, why = false, "it was empty, and the file system does not say when it was made"
	case o.size > e.size:
		had := o.size
		if err := o.truncate(e.size); err != nil {
			return err
		}
		d.log.Info("cut what an earlier process had no time to finish off the file; its records come again",
			"path", o.path, "from_bytes", had, "to_bytes", e.size)
	}
	if !ours {
		d.log.Warn("file was changed by somebody else while no process had it open: "+doubled, "path", o.path, "reason", why)
		return nil
	}
	if e.epoch == d.epoch {
		d.last, d.known = e.last, e.known
	}
	return nil
}

// rotationDone reports whether the output at path was rotated at the time, in microseconds, and left something under
// the name that goes with it.
func rotationDone(d disk, path string, at int64) bool {
	family := newNames(path)
	plain := family.path(time.UnixMicro(at))
	endings := []string{""}
	for _, c := range codecs() {
		endings = append(endings, c.ending)
	}
	for _, ending := range endings {
		if info, err := d.lstat(plain + ending); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// entryLocked returns what is to be said of o now.
func (d *destination) entryLocked(o *output) entry {
	e := entry{
		owner: d.owner, epoch: d.epoch, boot: d.boot,
		file: o.id, size: o.size, name: filepath.Base(o.path),
		last: d.last, known: d.known,
	}
	d.state.stamp(&e)
	return e
}

// recordLocked writes what is true of o now, without syncing it.
func (d *destination) recordLocked(o *output) error {
	if d.state == nil {
		return nil
	}
	if d.lost != nil {
		return d.lost // the state fell back to the last sync, and says nothing else any more
	}
	e := d.entryLocked(o)
	return d.state.put(&e)
}

// ResumeAfter returns the last position that the file holds.
func (d *destination) ResumeAfter() (position uint64, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last, d.known
}

// owner identifies whose positions a state holds: those of one block in one spool. Another block of that spool may be
// pointed to the file, and what lies below the positions of the first it may still have to deliver. Zero without a spool.
func owner(spool [16]byte, address string) [16]byte {
	if spool == [16]byte{} {
		return spool
	}
	sum := sha256.Sum256(append(spool[:], address...))
	return [16]byte(sum[:16])
}
