package file

import (
	"context"
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
	if d.checkLost() {
		return
	}
	d.look(now)
	d.rotateByAge(now)
	d.sync()
}

// checkLost reports whether what was accepted was given up, and tries what is left to do about that.
func (d *destination) checkLost() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost != nil {
		d.renounceLocked(d.lost)
	}
	return d.lost != nil
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
	rest := d.unsynced
	if err := seen.checkLinked(); err != nil && rest {
		d.renounceLocked(err)
		if !d.forgets {
			d.mu.Unlock()
			return
		}
		rest = false // that it is lost was said
	}
	err = d.openLocked(now)
	d.mu.Unlock()
	d.finish(seen, rest)
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
