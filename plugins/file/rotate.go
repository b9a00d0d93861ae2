package file

import (
	"fmt"
	"os"
	"time"
)

// rotateRetry is how long rotation rests after it failed; records go on into the old file.
const rotateRetry = time.Minute

// rotateByAge starts a new file when this one is old enough and not empty.
func (d *destination) rotateByAge(now time.Time) {
	if !d.opts.Rotate.enabled() || d.opts.Rotate.MaxAge <= 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.out == nil || d.lost != nil || d.out.size == 0 || now.Sub(d.out.birth) < d.opts.Rotate.MaxAge {
		return
	}
	if err := d.rotateLocked(now); err != nil {
		d.log.Warn("file was rotated and its successor could not be opened; the next batch tries again", "path", d.opts.Path, "error", err)
	}
}

// rotateLocked renames the file and opens a new one in its place. It returns an error when there is no file to write
// to; when the old one could not be renamed, writing goes on there.
func (d *destination) rotateLocked(now time.Time) error {
	if now.Before(d.rotateAfter) {
		return nil
	}
	old, family := d.out, newNames(d.out.path)
	if current, err := old.isAt(old.path); err == nil && current {
		to, err := d.renameLocked(old, family, now)
		if err != nil {
			d.rotateAfter = now.Add(rotateRetry)
			d.log.Warn("file could not be rotated, writing goes on in the old one", "path", old.path, "error", err)
			if err := d.recordLocked(old); err != nil { // Open sees for itself that nothing was renamed
				d.log.Debug("state of the file could not be written", "path", old.path, "error", err)
			}
			return nil
		}
		d.log.Debug("rotated file", "path", old.path, "to", to, "bytes", old.size)
	}
	err := d.openLocked(now)
	// The archiver syncs and closes it, off the way of the batch that started the rotation.
	d.rotating = &retired{file: old.file, names: family, synced: make(chan struct{})}
	d.archiver.old <- d.rotating
	return err
}

// renameLocked gives the output the name of a rotated one, and returns it. Before, it says in the state that it is about
// to: whatever happens then, the next process knows where the records are.
func (d *destination) renameLocked(o *output, family names, now time.Time) (string, error) {
	at := d.archiver.next(now)
	to := family.path(at)
	if _, err := d.disk.lstat(to); !os.IsNotExist(err) {
		return "", fmt.Errorf("rename to %s: something of that name is there", to)
	}
	if d.state != nil {
		e := d.entryLocked(o)
		e.intent = at.UnixMicro()
		if err := d.state.put(&e); err != nil {
			return "", err
		}
	}
	if err := d.disk.rename(o.path, to); err != nil {
		return "", err
	}
	d.archiver.last = at
	return to, nil
}

// next returns the time for the name of a file that is rotated now. Names stay in order when the clock is set back.
func (a *archiver) next(now time.Time) time.Time {
	if now = now.UTC().Truncate(time.Microsecond); !now.After(a.last) {
		now = a.last.Add(time.Microsecond)
	}
	return now
}
