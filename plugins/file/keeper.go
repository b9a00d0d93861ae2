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
			now := time.Now()
			d.look(now)
			d.rotateByAge(now)
			d.sync()
		}
	}
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
	if info.Size() < d.out.size {
		d.log.Info("file was truncated by another process", "path", d.out.path, "from_bytes", d.out.size, "to_bytes", info.Size())
		d.out.birth = now
	} else if !d.foreign {
		d.foreign = true
		d.log.Warn("another process writes to the file too", "path", d.out.path)
	}
	d.out.size = info.Size()
	d.out.torn = true
}

// finish syncs and closes an output that is no longer written to.
func (d *destination) finish(o *output) {
	if err := d.syncFile(o.file); err != nil {
		d.log.Error("file that was written until now could not be synced", "path", o.path, "error", err)
	}
	o.file.Close()
}

// sync makes durable what was written since the last time.
func (d *destination) sync() {
	d.mu.Lock()
	o, due := d.out, d.unsynced
	d.unsynced = false
	d.mu.Unlock()
	if o == nil || !due {
		return
	}
	err := d.syncFile(o.file)
	if err == nil && o.made {
		err = syncFolder(filepath.Dir(o.path))
		o.made = err != nil // from its opening on only the keeper looks at it
	}
	if err == nil || errors.Is(err, os.ErrClosed) { // whoever closed it had it synced
		return
	}
	d.mu.Lock()
	d.syncFailed = true
	d.mu.Unlock()
	d.log.Error("file could not be synced: records written since the last sync are lost if this machine stops now", "path", o.path, "error", err)
}
