package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// keepInterval is how often the keeper syncs and looks at the file.
const keepInterval = time.Second

// keep does once a second what must not cost a batch its time, until ctx is done.
func (d *destination) keep(ctx context.Context) {
	tick := time.NewTicker(keepInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.tick(time.Now())
		}
	}
}

// tick is what the keeper does once a second.
func (d *destination) tick(now time.Time) {
	d.look(now)
	d.rotateByAge(now)
	d.sync()
}

// look notices that somebody else renamed, removed, truncated or wrote to the file.
func (d *destination) look(now time.Time) {
	d.mu.Lock()
	seen := d.out
	d.mu.Unlock()
	if seen == nil {
		return
	}
	current, err := seen.isAt(string(d.opts.Path))
	if err != nil {
		return // a folder that can't be searched for the moment does not make the open file worse
	}
	d.mu.Lock()
	if d.out != seen { // rotated meanwhile
		d.mu.Unlock()
		return
	}
	if current {
		d.checkSizeLocked(now)
		d.checkStateLocked()
		d.mu.Unlock()
		return
	}
	err = d.openLocked(now)
	d.mu.Unlock()
	d.finish(seen)
	if err != nil {
		d.log.Warn("file was renamed or removed and could not be opened again", "path", d.opts.Path, "error", err)
		return
	}
	d.log.Info("file was renamed or removed, opened it again", "path", d.opts.Path)
}

// checkSizeLocked notices what other processes did to the file's length.
func (d *destination) checkSizeLocked(now time.Time) {
	info, err := d.out.file.Stat()
	if err != nil || info.Size() == d.out.size {
		return
	}
	expected := d.out.size
	d.out.size = info.Size()
	d.out.torn = true
	d.noticeLocked(expected, d.out.size, now)
	if err := d.recordLocked(d.out); err != nil {
		d.log.Debug("state of the file could not be written", "path", d.out.path, "error", err)
	}
}

// noticeLocked says that the file's size is not what it should be.
func (d *destination) noticeLocked(expected, size int64, now time.Time) {
	if size < expected {
		d.log.Info("file was truncated by another process", "path", d.out.path, "from_bytes", expected, "to_bytes", size)
		d.out.birth = now
	} else if !d.foreign {
		d.foreign = true
		d.log.Warn("another process writes to the file too", "path", d.out.path)
	}
}

// checkStateLocked writes the state anew when somebody took it away.
func (d *destination) checkStateLocked() {
	if d.state == nil || d.state.intact() {
		return
	}
	if err := d.adoptLocked(d.out); err != nil {
		d.log.Warn("state of the file was removed or replaced and could not be written again; the next second tries again", "path", d.out.path, "error", err)
		return
	}
	d.log.Warn("state of the file was removed or replaced by somebody else, wrote it again", "path", d.out.path)
}

// finish syncs and closes an output that is no longer written to.
func (d *destination) finish(o *output) {
	if err := d.disk.sync(o.file); err != nil {
		d.mu.Lock()
		d.syncFailed = true
		d.mu.Unlock()
		d.log.Error("file that was written until now could not be synced", "path", o.path, "error", err)
	}
	o.file.Close()
}

// sync makes durable what was written since the last time, says so in the state, and then to the router.
func (d *destination) sync() {
	d.mu.Lock()
	o, st, rotating, due, failed := d.out, d.state, d.rotating, d.unsynced, d.syncFailed
	if o == nil || !due {
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
	if err == nil && !rotating.done() {
		err = errRotated
	}
	if err == nil && st != nil {
		err = st.putSynced(&e)
	}
	switch {
	case errors.Is(err, os.ErrClosed): // whoever closed it had it synced, and what followed it is still to come
	case err != nil:
		d.mu.Lock()
		d.unsynced, d.syncFailed = true, true
		d.mu.Unlock()
		d.log.Error("file could not be synced: records written since the last sync are lost if this machine stops now", "path", o.path, "error", err)
	case failed: // what failed before is believed once nothing has failed for a second
		d.mu.Lock()
		d.unsynced, d.syncFailed = true, false
		d.mu.Unlock()
	case known:
		d.durable(last)
	}
}

// errRotated says that a rotated file could not be synced, which the archiver logged.
var errRotated = errors.New("the rotated file before it could not be synced")

// syncOutput makes the file and its name durable.
func (d *destination) syncOutput(o *output) error {
	if err := d.disk.sync(o.file); err != nil || !o.made {
		return err
	}
	err := d.disk.syncFolder(filepath.Dir(o.path))
	o.made = err != nil // from its opening on only the keeper looks at it
	return err
}
