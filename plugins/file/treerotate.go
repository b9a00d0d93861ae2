package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"
)

// rotationDue reports whether a new file is to be started before a write of size bytes.
func (t *tree) rotationDue(l *leaf, size int64, now time.Time) bool {
	r := t.opts.Rotate
	if !r.enabled() || l.out.size == 0 || now.Before(l.rotateAfter) {
		return false
	}
	return r.MaxBytes > 0 && l.out.size+size > int64(r.MaxBytes) || r.MaxAge > 0 && now.Sub(l.out.birth) >= r.MaxAge
}

// rotateByAge starts a new file when the open one of l is old enough and not empty.
func (t *tree) rotateByAge(l *leaf, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.out == nil || t.lost != nil || !t.rotationDue(l, 0, now) {
		return
	}
	if t.opts.Rotate.MaxAge <= 0 || now.Sub(l.out.birth) < t.opts.Rotate.MaxAge {
		return // it is larger than one write of its own, and has room until the next
	}
	t.declareLocked(l)
	err := t.commitLocked()
	if err == nil {
		err = t.rotateLocked(l, now)
	}
	if err != nil {
		t.log.Warn("file was not rotated; the next batch tries again", "path", l.path, "error", err)
	}
}

// rotateLocked renames the file of l, which is open and declared, and opens a new one in its place. It returns an error
// when there is no file to write to; when the old one could not be renamed, writing goes on there.
func (t *tree) rotateLocked(l *leaf, now time.Time) error {
	old, family := l.out, newNames(l.path)
	if current, err := old.isAt(l.path); err == nil && current {
		if err := t.renameLocked(l, family, now); err != nil {
			l.rotateAfter = now.Add(rotateRetry)
			t.log.Warn("file could not be rotated, writing goes on in the old one", "path", l.path, "error", err)
			return nil
		}
	}
	t.open.Remove(l.used)
	l.out, l.used = nil, nil
	l.rotations++
	t.dropInodeLocked(l)
	l.now.file, l.now.size = identity{}, 0
	err := t.reachLocked(l, now)
	if err == nil {
		t.declareLocked(l)
		err = t.commitLocked()
	} else {
		t.ledger.notes = appendFile(t.ledger.notes, l.number, l.path, identity{})
		t.ledger.notes = appendSize(t.ledger.notes, l.number, &l.now)
	}
	// The archiver syncs and closes it, off the way of the batch that started the rotation.
	t.rotating = &retired{file: old.file, names: family, synced: make(chan struct{})}
	t.archiver.old <- t.rotating
	return err
}

// renameLocked gives the file of l the name of a rotated one. Before, it says in the ledger that it is about to: whatever
// happens then, the next process knows where the records are.
func (t *tree) renameLocked(l *leaf, family names, now time.Time) error {
	at := t.archiver.next(now)
	to := family.path(at)
	if _, err := t.disk.lstat(to); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("rename to %s: something of that name is there", to)
	}
	t.ledger.notes = appendIntent(t.ledger.notes, l.number, at.UnixMicro())
	if err := t.commitLocked(); err != nil {
		return err
	}
	if err := t.disk.rename(l.path, to); err != nil {
		return err
	}
	t.archiver.last = at
	t.folders[folderOf(l.path)] = true
	return nil
}

// familyOf returns the names of the output whose rotated file, in one form or another, has the name.
func familyOf(folder, name string) (n names, ok bool) {
	for i := range len(name) - len(stamp) {
		if name[i] != '-' {
			continue
		}
		rest := name[i+1:]
		ext := strings.TrimSuffix(rest[len(stamp):], partial)
		for _, c := range []string{".gz", ".zst"} {
			ext = strings.TrimSuffix(ext, c)
		}
		n := newNames(path.Join(folder, name[:i]+ext))
		if _, _, ok := n.parse(name); ok && name[:i]+ext != "" {
			return n, true
		}
	}
	return names{}, false
}

// sweep finishes what an earlier process left to do for the rotated files in a folder and those in it.
func (a *archiver) sweep(ctx context.Context, folder string) {
	entries, err := a.disk.readDir(folder)
	if err != nil {
		a.log.Warn("folder of rotated files could not be read", "folder", folder, "error", err)
		return
	}
	done := map[names]bool{}
	for _, e := range entries {
		if ctx.Err() != nil {
			return
		}
		if e.IsDir() {
			a.sweep(ctx, path.Join(folder, e.Name()))
			continue
		}
		n, ok := familyOf(folder, e.Name())
		if !ok || done[n] {
			continue
		}
		done[n] = true
		failed := map[string]bool{}
		for a.step(ctx, n, failed) {
		}
	}
}
