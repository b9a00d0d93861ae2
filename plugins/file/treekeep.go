package file

import (
	"context"
	"errors"
	"os"
	"time"
)

// keep does once a second what must not cost a batch its time, until ctx is done.
func (t *tree) keep(ctx context.Context) {
	tick := time.NewTicker(keepInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			t.tick(time.Now())
		}
	}
}

// tick is what the keeper does once a second.
func (t *tree) tick(now time.Time) {
	t.mu.Lock()
	lost := t.lost
	if lost != nil {
		t.renounceLocked(lost)
	}
	open := make([]*leaf, 0, t.open.Len())
	for e := t.open.Front(); e != nil; e = e.Next() {
		open = append(open, e.Value.(*leaf))
	}
	t.mu.Unlock()
	if lost != nil {
		return
	}
	for _, l := range open {
		t.look(l)
		t.rotateByAge(l, now)
	}
	if t.opts.Sync == "batch" {
		t.syncNames()
	} else {
		_ = t.sync(false) // it logs what it can't do, and the next second tries again
	}
	t.tidy()
}

// syncNames makes durable the names that no batch made so: those of files that were rotated by their age, or made for a batch that
// was refused. It is for sync = "batch", and holds the mutex: a batch that came meanwhile would be accepted without its name.
func (t *tree) syncNames() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.folders) == 0 {
		return
	}
	err := t.keepLocked(nil)
	if errors.Is(err, errRotated) { // no batch would ever be accepted again
		t.rotatedLost = t.forgets
		t.renounceLocked(err)
		return
	}
	if err != nil {
		t.log.Warn("names of files could not be synced; the next batch or second tries again", "folder", t.opts.BaseDir, "error", err)
	}
}

// look notices that somebody else renamed, removed, truncated or wrote to an open file.
func (t *tree) look(l *leaf) {
	t.mu.Lock()
	seen := l.out
	t.mu.Unlock()
	if seen == nil {
		return
	}
	current, err := seen.isAt(l.path)
	if err != nil {
		return // it was closed, or a folder can't be searched for the moment
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.out != seen || t.lost != nil {
		return
	}
	if current {
		t.checkSizeLocked(l)
		return
	}
	if l.unsynced {
		err := seen.checkLinked()
		if err == nil {
			err = t.disk.sync(seen.file) // its last chance
		}
		if err != nil {
			t.renounceLocked(err)
			if !t.forgets {
				return
			}
		}
	}
	t.log.Info("file was renamed or removed, its next record makes it anew", "path", l.path)
	if l.number > 0 {
		t.strayLocked(l)
	}
	t.closeLocked(l)
}

// checkSizeLocked notices what other processes did to an open file's length.
func (t *tree) checkSizeLocked(l *leaf) {
	info, err := l.out.file.Stat()
	if err != nil || info.Size() == l.out.size {
		return
	}
	t.log.Info("another process changed the size of a file", "path", l.path, "from_bytes", l.out.size, "to_bytes", info.Size())
	if info.Size() < l.out.size {
		l.out.birth = time.Now()
	}
	l.out.size, l.out.torn = info.Size(), true
	if l.number > 0 {
		l.now.size = info.Size()
		t.ledger.notes = appendSize(t.ledger.notes, l.number, &l.now)
	}
}

// tidy forgets files of which nothing comes again, and keeps the ledger short and where it belongs.
func (t *tree) tidy() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost != nil {
		return
	}
	for _, l := range t.leaves {
		if l.number == 0 || !l.over(t.settled) {
			continue
		}
		t.ledger.notes = appendForget(t.ledger.notes, l.number)
		t.dropInodeLocked(l)
		l.number, l.now, l.kept, l.sure = 0, standing{}, standing{}, false
		t.dropUnknownLocked(l)
	}
	whole := t.state.intact() && t.ledgerIntactLocked()
	if whole && t.ledger.size+int64(len(t.ledger.notes)) <= 2*t.ledger.begun+compactAfter {
		if err := t.commitLocked(); err != nil {
			t.log.Debug("ledger could not be written; the next second tries again", "error", err)
		}
		return
	}
	if !whole {
		t.log.Warn("state of the files was removed or replaced by somebody else, writing it again", "state", t.state.path)
		if err := t.renewStateLocked(); err != nil {
			t.log.Warn("state of the files could not be written again; the next second tries again", "state", t.state.path, "error", err)
			return
		}
	}
	if err := t.compactLocked(false); err != nil {
		t.log.Warn("ledger could not be written anew; the next second tries again", "state", t.state.path, "error", err)
	}
}

// ledgerIntactLocked reports whether the ledger is still where it was made.
func (t *tree) ledgerIntactLocked() bool {
	have, err := t.ledger.file.Stat()
	if err != nil {
		return false
	}
	there, err := t.disk.lstat(t.ledger.name)
	return err == nil && os.SameFile(have, there) && have.Size() >= t.ledger.size
}

// renewStateLocked opens or makes the state again, unless it is where it was.
func (t *tree) renewStateLocked() error {
	if t.state.intact() {
		return nil
	}
	renewed, _, _, err := openState(t.disk, t.state.path, t.boot)
	if err != nil {
		return err
	}
	t.state.file.Close()
	t.state = renewed
	return nil
}
