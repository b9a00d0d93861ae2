package file

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

var (
	// errRotated says that a rotated file could not be synced, which the archiver logged.
	errRotated = errors.New("a rotated file before it could not be synced")
	// errRemoved says that no name leads to the file any more.
	errRemoved = errors.New("somebody removed the file while it was written to")
)

// sync makes durable what was written since the last time, says so in the state, and then to the router.
func (d *destination) sync() {
	d.mu.Lock()
	o, st, due := d.out, d.state, d.unsynced
	if o == nil || !due || d.lost != nil {
		d.mu.Unlock()
		return
	}
	d.unsynced = false
	var e entry
	if st != nil {
		e = d.entryLocked(o)
	}
	last, known := d.last, d.known
	d.mu.Unlock()

	err := d.syncOutput(o)
	if errors.Is(err, os.ErrClosed) {
		return // it was rotated, and what followed it is still to come
	}
	// The system tells of a failure only once: if the file was rotated meanwhile, that may have been the archiver.
	d.mu.Lock()
	rotating, said := d.rotating, d.rotatedLost
	d.mu.Unlock()
	if err == nil && !rotating.done() && !said {
		err = errRotated
	}
	if err != nil {
		d.mu.Lock()
		d.renounceLocked(err)
		d.mu.Unlock()
		return
	}
	if st != nil {
		if err := st.putSynced(&e); err != nil {
			d.putAgain(st, err)
			return
		}
	}
	if known {
		d.durable(last)
	}
}

// putAgain has the next second say in the state what could not be said now, for the reason err. What was synced before
// is still true, so nothing is lost.
func (d *destination) putAgain(st *state, err error) {
	if errors.Is(err, os.ErrClosed) {
		return // it was replaced by another one
	}
	d.mu.Lock()
	d.unsynced = true
	d.mu.Unlock()
	d.log.Error("state of the file could not be synced, so the router keeps what the file has: the next second tries again",
		"path", d.opts.Path, "state", st.path, "error", err)
}

// syncOutput makes the file and its name durable.
func (d *destination) syncOutput(o *output) error {
	if err := d.disk.sync(o.file); err != nil {
		return err
	}
	if err := o.checkLinked(); err != nil {
		return err
	}
	return d.syncName(o)
}

// syncFoundLocked makes durable what an earlier process left: the files that it rotated since its last sync, and with sync = "batch"
// the file, of which the router sends nothing again.
func (d *destination) syncFoundLocked(o *output) error {
	err := d.syncInheritedLocked(o)
	if err == nil && d.opts.Sync == "batch" {
		err = d.disk.sync(o.file)
	}
	if err != nil {
		d.renounceLocked(err)
		if !d.forgets {
			return err
		}
	}
	if d.state == nil || d.opts.Sync != "batch" {
		return nil
	}
	e := d.entryLocked(o)
	return d.state.putSynced(&e)
}

// syncInheritedLocked syncs the rotated files from the newest to the one that was o's at the last sync.
func (d *destination) syncInheritedLocked(o *output) error {
	if d.state == nil || d.state.synced.file == o.id {
		return nil
	}
	family := newNames(o.path)
	found, err := family.list(d.disk)
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(found) {
		if !r.plain {
			continue // it was synced as it was compressed
		}
		at := family.path(r.at)
		if err := syncAt(d.disk, at); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if info, err := d.disk.lstat(at); err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Ino == d.state.synced.file.inode {
				return nil
			}
		}
	}
	return nil
}

// syncName makes the file's name durable, unless it is.
func (d *destination) syncName(o *output) error {
	if o.named { // from its opening on only the keeper looks at it
		return nil
	}
	err := d.disk.syncFolder(filepath.Dir(o.path))
	o.named = err == nil
	return err
}

// finish syncs and closes an output that is no longer written to. unsynced: it was since it was last synced.
func (d *destination) finish(o *output, unsynced bool) {
	err := d.disk.sync(o.file)
	if err == nil && unsynced {
		err = o.checkLinked()
	}
	if err != nil {
		d.mu.Lock()
		d.renounceLocked(err)
		d.mu.Unlock()
	}
	o.file.Close()
}

// renounceLocked gives up what was accepted since the last sync, for the reason err. After a failed sync the system may
// have dropped what was written, and calls the next sync a success. So the state falls back to the last sync, and the
// process ends: the next one cuts the file to that, and the router sends the rest again.
//
// With a spool in memory the rest would not come again: then what was written stays as it is, whatever the disk has of it.
func (d *destination) renounceLocked(err error) {
	if d.forgets {
		d.unsynced = true // it is tried again
		d.rotatedLost = d.rotatedLost || errors.Is(err, errRotated)
		d.log.Error("file could not be synced: a power cut may take what was written since the last sync, and the router, whose spool is in memory, can't send it again",
			"path", d.opts.Path, "error", err)
		return
	}
	if d.lost == nil {
		d.lost = err
		d.log.Error("file could not be synced: what was written since the last sync is given up and comes again",
			"path", d.opts.Path, "error", err)
	}
	if d.left {
		return
	}
	if d.state != nil {
		if err := d.state.fallBack(d.boot); err != nil {
			d.log.Debug("state of the file could not be written; the next second tries again", "path", d.opts.Path, "error", err)
			return
		}
	}
	d.left = true
	d.exit("file could not be synced: " + d.lost.Error())
}

// parkLocked makes everything durable, and says in the state that nothing of ours follows.
func (d *destination) parkLocked() error {
	if d.lost != nil {
		d.renounceLocked(d.lost)
		return d.lost
	}
	if d.out == nil {
		return nil
	}
	err := d.disk.sync(d.out.file)
	if err == nil && d.unsynced {
		err = d.out.checkLinked()
	}
	if err == nil {
		err = d.syncName(d.out)
	}
	if err == nil && !d.rotating.done() && !d.rotatedLost {
		err = errRotated
	}
	if err != nil {
		d.renounceLocked(err)
		return err
	}
	if d.state != nil {
		e := d.entryLocked(d.out)
		e.closed = true
		if err := d.state.putSynced(&e); err != nil {
			return err
		}
	}
	if d.known {
		d.durable(d.last)
	}
	return nil
}
