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
	if d.out == nil || d.out.size == 0 || now.Sub(d.out.birth) < d.opts.Rotate.MaxAge {
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
		to, err := d.archiver.rename(old.path, family, now)
		if err != nil {
			d.rotateAfter = now.Add(rotateRetry)
			d.log.Warn("file could not be rotated, writing goes on in the old one", "path", old.path, "error", err)
			return nil
		}
		d.log.Debug("rotated file", "path", old.path, "to", to, "bytes", old.size)
	}
	err := d.openLocked(now)
	// The archiver syncs and closes it, off the way of the batch that started the rotation.
	d.archiver.old <- retired{old.file, family}
	return err
}

// rename gives the file at path the name of a rotated one of the family n, and returns it.
func (a *archiver) rename(path string, n names, now time.Time) (string, error) {
	if now = now.UTC().Truncate(time.Microsecond); !now.After(a.last) {
		now = a.last.Add(time.Microsecond) // names stay in order when the clock is set back
	}
	to := n.path(now)
	if _, err := os.Lstat(to); !os.IsNotExist(err) {
		return "", fmt.Errorf("rename to %s: something of that name is there", to)
	}
	if err := os.Rename(path, to); err != nil {
		return "", err
	}
	a.last = now
	return to, nil
}
