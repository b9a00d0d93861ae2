package file

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// renounceLocked gives up what was accepted since the last sync, for the reason err, as the destination of one file does.
func (t *tree) renounceLocked(err error) {
	if t.forgets {
		t.sayLost(1, err)
		return
	}
	if t.lost == nil {
		t.lost = err
		t.log.Error("files could not be synced: what was written since the last sync is given up and comes again",
			"folder", t.opts.BaseDir, "error", err)
	}
	if t.left {
		return
	}
	if err := t.compactLocked(true); err != nil {
		t.log.Debug("state of the files could not be written; the next second tries again", "folder", t.opts.BaseDir, "error", err)
		return
	}
	t.left = true
	t.exit("files could not be synced: " + t.lost.Error())
}

// sayLost says that what was written to some files may be lost, for the first of the reasons, err.
func (t *tree) sayLost(files int, err error) {
	t.log.Error("files could not be synced: a power cut may take what was written since the last sync, and the router, whose spool is in memory, can't send it again",
		"folder", t.opts.BaseDir, "failed", files, "error", err)
}

// losses are what one sync could not make durable, while the spool is in memory. They belong to the tree's mutex.
type losses struct {
	count int
	first error
}

// bear returns err, if a sync failed, unless the spool is in memory. Then it counts it, so that one file holds up no other, and
// has the next second try again, unless what was to be synced is gone. The mutex is not held.
func (t *tree) bear(missed *losses, err error, again func()) error {
	if err == nil || !t.forgets {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if missed.count++; missed.first == nil {
		missed.first = err
	}
	if !errors.Is(err, errRemoved) {
		again()
	}
	return nil
}

// isGone reports whether err, from opening what was at a path below base_dir, says that it is not there any more: something else
// is, or stands in the place of a folder on the way.
func (t *tree) isGone(path string, err error) bool {
	if err == nil {
		return false
	}
	for _, gone := range []error{os.ErrNotExist, unix.ENOTDIR, unix.ELOOP, unix.EISDIR, unix.ENXIO} {
		if errors.Is(err, gone) {
			return true
		}
	}
	for i := range len(path) {
		if path[i] != '/' {
			continue
		}
		if info, err := t.disk.lstat(path[:i]); err != nil || !info.IsDir() {
			return err == nil
		}
	}
	return false
}
