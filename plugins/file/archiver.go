package file

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"
)

// archiver looks after rotated files: it closes them, deletes the oldest beyond keep, and compresses the others. What
// is to be done it reads from the folder each time, so whatever was interrupted is finished by the next run.
type archiver struct {
	opts Rotate
	disk disk
	log  hclog.Logger
	// last is the time in the newest name. It belongs to the destination's mutex.
	last time.Time
	// old takes rotated files that are still open: a few, so that rotation only waits for a disk that can't sync so fast.
	old chan *retired
	// wake says whose files may need work. What does not fit is left to the next rotation.
	wake chan names
}

// retired is a file that was rotated and is still open, with its family of names.
type retired struct {
	file  *os.File
	names names
	// synced is closed when this file and all before it are durable, or failed is set.
	synced chan struct{}
	failed bool
}

// done waits for the archiver, and reports whether this file and all before it are durable. There is nothing to wait for when r is nil.
func (r *retired) done() bool {
	if r == nil {
		return true
	}
	<-r.synced
	return !r.failed
}

// newArchiver starts nothing.
func newArchiver(path string, opts Rotate, d disk, log hclog.Logger) *archiver {
	a := &archiver{opts: opts, disk: d, log: log, old: make(chan *retired, 4), wake: make(chan names, 4)}
	family := newNames(path)
	if found, err := family.list(d); err == nil && len(found) > 0 {
		a.last = found[len(found)-1].at
	}
	a.wake <- family // what the process before this one may have left
	return a
}

// closeRetired syncs and closes the files that come, until old is closed.
func (a *archiver) closeRetired() {
	defer close(a.wake)
	failed := false // for good: that a later file is durable does not bring back what this one lost
	for r := range a.old {
		r.failed = failed
		if err := a.disk.sync(r.file); err != nil {
			r.failed, failed = true, true
			a.log.Error("rotated file could not be synced", "path", r.file.Name(), "error", err)
		}
		close(r.synced)
		r.file.Close()
		select {
		case a.wake <- r.names:
		default:
		}
	}
}

// syncAt makes the rotated file at a path durable.
func syncAt(d disk, at string) error {
	f, err := d.open(at, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("sync rotated file: %w", err)
	}
	defer f.Close()
	if err := d.sync(f); err != nil {
		return fmt.Errorf("sync rotated file %s: %w", at, err)
	}
	return nil
}

// work finishes what an earlier process left, and then does what each rotation asks for, until closeRetired has ended.
// Once ctx is done it leaves the rest to a later process.
func (a *archiver) work(ctx context.Context) {
	for n := range a.wake {
		failed := map[string]bool{} // tried again at the next rotation
		for a.step(ctx, n, failed) {
		}
	}
}

// step deletes what is due among the rotated files of one output, compresses the oldest that is not and has not failed,
// and reports whether there may be more to do. It reads the folder anew each time, because a compression takes long enough for
// further rotations.
func (a *archiver) step(ctx context.Context, n names, failed map[string]bool) bool {
	found, err := n.list(a.disk)
	if err != nil {
		a.log.Warn("folder of rotated files could not be read", "folder", n.dir, "error", err)
		return false
	}
	// The room that the oldest take is free before compression needs some.
	if extra := len(found) - a.opts.Keep; a.opts.Keep > 0 && extra > 0 {
		for _, r := range found[:extra] {
			a.remove(n, r, r.endings()...)
		}
		found = found[extra:]
	}
	for _, r := range found {
		a.remove(n, r, r.partial...)
		c, ok := codecs()[a.opts.Compress]
		plain := n.path(r.at)
		if !ok || !r.plain || failed[plain] {
			continue
		}
		err := a.compress(ctx, c, plain, slices.Contains(r.compressed, c.ending))
		if ctx.Err() != nil {
			return false
		}
		if err != nil {
			failed[plain] = true
			a.log.Warn("rotated file could not be compressed, it stays as it is until the next rotation", "path", plain, "error", err)
		}
		return true
	}
	return false
}

// remove deletes the files of one rotation that have the given endings.
func (a *archiver) remove(n names, r rotated, endings ...string) {
	for _, ending := range endings {
		if err := a.disk.remove(n.path(r.at) + ending); err != nil && !os.IsNotExist(err) {
			a.log.Warn("rotated file could not be deleted", "path", n.path(r.at)+ending, "error", err)
		}
	}
}

// compress replaces the plain file by a compressed one. Both are there when the last step of an earlier process was
// interrupted, or when somebody else compresses.
func (a *archiver) compress(ctx context.Context, c codec, plain string, both bool) error {
	if !both || !c.holds(ctx, a.disk, plain+c.ending, plain) {
		if err := c.compress(ctx, a.disk, plain, plain+c.ending); err != nil {
			return err
		}
	}
	if err := a.disk.syncFolder(filepath.Dir(plain)); err != nil {
		return err
	}
	return a.disk.remove(plain)
}
