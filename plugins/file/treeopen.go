package file

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// reachLocked opens the file of l, unless it is open, and closes those that were used longest ago when there are too many.
// Afterwards it is the one that was used last.
func (t *tree) reachLocked(l *leaf, now time.Time) error {
	if l.out != nil {
		t.open.MoveToFront(l.used)
		return nil
	}
	for t.open.Len() >= t.opts.MaxOpenFiles {
		t.closeLocked(t.oldestLocked()) // not one of this write: those were used last, and are fewer
	}
	o, err := t.openLocked(l, now)
	for errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
		if t.open.Len() == 0 || t.oldestLocked().writing {
			break
		}
		t.closeLocked(t.oldestLocked())
		o, err = t.openLocked(l, now)
	}
	if err != nil {
		return err
	}
	if l.number > 0 && l.now.file != o.id && l.now.file != (identity{}) {
		t.strayLocked(l)
	}
	same := l.number > 0 && l.now.file == o.id
	if same {
		o.torn = o.size != l.now.size
		if o.torn {
			t.log.Debug("another process changed the size of a file", "path", l.path, "from_bytes", l.now.size, "to_bytes", o.size)
		}
	}
	if err := o.endLine(); err != nil {
		o.file.Close()
		return fmt.Errorf("open %s: %w", l.path, err)
	}
	if same && o.size != l.now.size {
		l.now.size = o.size
		t.ledger.notes = appendSize(t.ledger.notes, l.number, &l.now)
	}
	if o.unlocked && !t.unlocked {
		t.unlocked = true
		t.log.Warn("file system has no locks, so nothing keeps a second writer away", "path", l.path)
	}
	l.out, l.used = o, t.open.PushFront(l)
	return nil
}

// openLocked opens or makes the file of l, and the folders that it lies in.
func (t *tree) openLocked(l *leaf, now time.Time) (*output, error) {
	if err := t.enterLocked(l.path); err != nil {
		return nil, err
	}
	info, err := t.disk.lstat(l.path)
	if err == nil {
		err = t.checkLocked(l, info)
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	o, err := openResolved(t.disk, l.path, t.perm, now)
	if err != nil {
		return nil, err
	}
	if o.made {
		t.folders[folderOf(l.path)] = true
	} else if o.size == 0 {
		t.nameLocked(l.path)
	}
	if current, err := o.isAt(l.path); err != nil || !current {
		o.file.Close()
		return nil, fmt.Errorf("open %s: it was replaced by somebody else meanwhile", l.path)
	}
	return o, nil
}

// folderOf returns the folder of a path below base_dir.
func folderOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return "."
}

// nameLocked has the whole path of a file synced that an earlier process may have made.
func (t *tree) nameLocked(path string) {
	for path != "." {
		path = folderOf(path)
		t.folders[path] = true
	}
}

// enterLocked makes the folders of a path, and refuses what stands in their place. A symbolic link is refused although it
// could not lead out of base_dir: nobody who may write there is to choose for others where their records go.
func (t *tree) enterLocked(path string) error {
	for i := 0; ; i++ {
		next := strings.IndexByte(path[i:], '/')
		if next < 0 {
			return nil
		}
		i += next
		folder := path[:i]
		info, err := t.disk.lstat(folder)
		if errors.Is(err, os.ErrNotExist) {
			if err = t.disk.mkdir(folder, 0o750); err == nil {
				t.folders[folderOf(folder)] = true
				continue
			}
			if errors.Is(err, os.ErrExist) {
				info, err = t.disk.lstat(folder)
			}
		}
		switch {
		case err != nil:
			return err
		case info.Mode()&os.ModeSymlink != 0:
			return &hostileError{folder + " is a symbolic link, which no path below base_dir may lead through"}
		case !info.IsDir():
			return &hostileError{folder + " is no folder, so no file can lie in it"}
		}
	}
}

// checkLocked refuses what has the name of l's file and is not a file of its own.
func (t *tree) checkLocked(l *leaf, info os.FileInfo) error {
	if info.Mode()&os.ModeSymlink != 0 {
		return &hostileError{l.path + " is a symbolic link, which no path below base_dir may be"}
	}
	if !info.Mode().IsRegular() {
		return notRegular(l.path, info.Mode())
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if other := t.inodes[st.Ino]; other != nil && other != l {
		if there, err := t.disk.lstat(other.path); err == nil && os.SameFile(info, there) {
			return &hostileError{l.path + " is the same file as " + other.path + ": the file system takes the two names for one"}
		}
	}
	if st.Nlink > 1 {
		return &hostileError{l.path + " has a second name (a hard link), which could lie outside of base_dir"}
	}
	return nil
}

// strayLocked notes that the file of l is no longer at its path: somebody renamed or removed it. What was written to it
// since the last sync can only be synced while it is open.
func (t *tree) strayLocked(l *leaf) {
	if l.unsynced && l.out == nil {
		t.renounceLocked(fmt.Errorf("%s: %w", l.path, errRemoved))
	}
	t.dropInodeLocked(l)
	l.now.file, l.now.size = identity{}, 0
	t.ledger.notes = appendFile(t.ledger.notes, l.number, l.path, identity{})
	t.ledger.notes = appendSize(t.ledger.notes, l.number, &l.now)
}

// declareLocked has the ledger say how the file of l is, before the first write to it.
func (t *tree) declareLocked(l *leaf) {
	if l.number > 0 && l.now.file == l.out.id {
		return
	}
	if l.number == 0 {
		t.numbered++
		l.number = t.numbered
	}
	l.now.file, l.now.size = l.out.id, l.out.size
	// Nothing of it is ours, or what is ours is durable.
	l.kept.file, l.kept.size, l.sure = l.now.file, l.now.size, true
	t.inodes[l.now.file.inode] = l
	t.ledger.notes = appendFile(t.ledger.notes, l.number, l.path, l.now.file)
	t.ledger.notes = appendSize(t.ledger.notes, l.number, &l.now)
}

// dropInodeLocked forgets which inode l's file has.
func (t *tree) dropInodeLocked(l *leaf) {
	if t.inodes[l.now.file.inode] == l {
		delete(t.inodes, l.now.file.inode)
	}
}

// oldestLocked returns the open file that was used longest ago.
func (t *tree) oldestLocked() *leaf { return t.open.Back().Value.(*leaf) }

// closeLocked closes a file. What was written to it stays unsynced until the keeper opens it again.
func (t *tree) closeLocked(l *leaf) {
	l.out.file.Close()
	t.open.Remove(l.used)
	l.out, l.used = nil, nil
	t.dropUnknownLocked(l)
}

// dropUnknownLocked forgets a file of which nothing needs to be known.
func (t *tree) dropUnknownLocked(l *leaf) {
	if l.out == nil && l.number == 0 && len(l.waiting) == 0 {
		delete(t.leaves, l.path)
	}
}
