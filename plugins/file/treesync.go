package file

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// syncers is how many files are synced at once: a file system writes the journal once for those that wait together.
const syncers = 8

// pending is a file that is being synced.
type pending struct {
	leaf      *leaf
	file      *os.File // nil: it was closed
	was       standing
	from      uint64
	rotations int
	failed    error // why it could not be synced
}

// sync makes durable what was written since the last time, says so in the state, and then to the router. closing: nothing
// is written any more.
func (t *tree) sync(closing bool) error {
	t.mu.Lock()
	if t.lost != nil {
		err := t.lost
		t.renounceLocked(err)
		t.mu.Unlock()
		return err
	}
	err := t.trustLocked()
	if err == nil {
		err = t.commitLocked()
	}
	if err != nil {
		t.log.Debug("ledger could not be written; the next second tries again", "error", err)
		t.mu.Unlock()
		return err
	}
	if len(t.unsynced) == 0 && len(t.folders) == 0 && len(t.inherited) == 0 && !closing {
		t.sayLocked(t.high)
		t.mu.Unlock()
		return nil
	}
	work := make([]pending, 0, len(t.unsynced))
	for _, l := range t.unsynced {
		p := pending{leaf: l, was: l.now, from: l.from, rotations: l.rotations}
		if l.out != nil {
			p.file = l.out.file
		}
		work = append(work, p)
		l.unsynced = false
	}
	clear(t.unsynced)
	t.unsynced = t.unsynced[:0]
	folders := slices.Collect(maps.Keys(t.folders))
	clear(t.folders)
	inherited := t.inherited
	t.inherited = nil
	ledger, high := t.ledger, t.high
	e := t.entryLocked(ledger, ledger.size, ledger.sum)
	e.closed = closing
	t.mu.Unlock()

	var missed losses
	err = inParallel(len(work), func(i int) error {
		p := &work[i]
		p.failed = t.syncLeaf(p)
		return t.bear(&missed, p.failed, func() { t.markUnsyncedLocked(p.leaf, p.from) })
	})
	if err == nil {
		err = inParallel(len(inherited), func(i int) error {
			return t.bear(&missed, t.syncInherited(inherited[i]), func() { t.inherited = append(t.inherited, inherited[i]) })
		})
	}
	if err == nil {
		err = inParallel(len(folders), func(i int) error {
			return t.bear(&missed, t.syncFolder(folders[i]), func() { t.folders[folders[i]] = true })
		})
	}
	// The system tells of a failure only once: if a file was rotated meanwhile, that may have been the archiver.
	t.mu.Lock()
	rotating, said := t.rotating, t.rotatedLost
	t.mu.Unlock()
	if !rotating.done() && !said && err == nil {
		err = t.bear(&missed, errRotated, func() { t.rotatedLost = true })
	}
	if err != nil {
		t.mu.Lock()
		t.againLocked(work, folders)
		t.renounceLocked(err)
		t.mu.Unlock()
		return err
	}
	err = t.disk.sync(ledger.file)
	doubtful := err != nil
	if err == nil {
		err = t.state.putSynced(&e)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	ledger.doubtful = ledger.doubtful || doubtful
	if missed.count > 0 {
		t.sayLost(missed.count, missed.first)
	}
	if t.lost != nil {
		return t.lost // a write gave up meanwhile what would be called durable here: the state fell back from it
	}
	if t.ledger != ledger {
		t.againLocked(work, folders) // a batch began another one meanwhile, which says less of these files
		return nil
	}
	if err != nil {
		t.againLocked(work, folders)
		t.log.Error("state of the files could not be synced, so the router keeps what the files have: the next second tries again",
			"state", t.state.path, "error", err)
		return err
	}
	t.removeUseless()
	for _, p := range work {
		if p.failed == nil {
			p.leaf.keep(p.was)
		}
	}
	t.sayLocked(high)
	return missed.first
}

// inParallel calls f for 0 to n-1, a few at a time, and returns one of the errors.
func inParallel(n int, f func(i int) error) error {
	if n == 1 {
		return f(0)
	}
	var (
		mu     sync.Mutex
		next   int
		failed error
		all    sync.WaitGroup
	)
	for range min(n, syncers) {
		all.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				stop := i >= n || failed != nil
				mu.Unlock()
				if stop {
					return
				}
				if err := f(i); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	return failed
}

// syncLeaf makes a file durable, which it opens again if it was closed. One that is rotated is the archiver's.
func (t *tree) syncLeaf(p *pending) error {
	if p.file != nil {
		err := t.disk.sync(p.file)
		if err == nil {
			err = checkLinked(p.file)
		}
		if !errors.Is(err, os.ErrClosed) {
			return err
		}
	}
	t.mu.Lock()
	rotated := p.leaf.rotations != p.rotations
	t.mu.Unlock()
	if rotated || p.was.file == (identity{}) {
		return nil
	}
	// A failure to write that came before this opening is told to whoever opens the file next.
	f, err := t.disk.open(p.leaf.path, os.O_WRONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	for (errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)) && t.closeOne() {
		f, err = t.disk.open(p.leaf.path, os.O_WRONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	}
	if t.isGone(p.leaf.path, err) {
		err = errRemoved
	}
	if err != nil {
		return fmt.Errorf("sync %s: %w", p.leaf.path, err)
	}
	defer f.Close()
	id, err := identityOf(f)
	if err == nil && id != p.was.file {
		err = fmt.Errorf("%s: %w", p.leaf.path, errRemoved)
	}
	if err != nil {
		return err
	}
	return t.disk.sync(f)
}

// syncInherited makes a file durable that an earlier process rotated. The archiver may compress or delete it meanwhile. The mutex
// is not held.
func (t *tree) syncInherited(at string) error {
	err := syncAt(t.disk, at)
	for (errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)) && t.closeOne() {
		err = syncAt(t.disk, at)
	}
	if t.isGone(at, err) {
		return nil
	}
	return err
}

// syncFolder makes the names in a folder durable. The mutex is not held.
func (t *tree) syncFolder(folder string) error {
	err := t.disk.syncFolder(folder)
	for (errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)) && t.closeOne() {
		err = t.disk.syncFolder(folder)
	}
	if t.isGone(folder+"/", err) {
		err = fmt.Errorf("sync folder %s: %w", folder, errRemoved)
	}
	return err
}

// closeOne closes the file used longest ago, and reports whether there was one.
func (t *tree) closeOne() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open.Len() == 0 {
		return false
	}
	t.closeLocked(t.oldestLocked())
	return true
}

// againLocked has the next second sync what could not be synced now.
func (t *tree) againLocked(work []pending, folders []string) {
	for _, p := range work {
		t.markUnsyncedLocked(p.leaf, p.from)
	}
	for _, f := range folders {
		t.folders[f] = true
	}
}

// sayLocked tells the router what is durable: everything up to high but for what is not synced. The mutex is held, so that
// nothing that is accepted meanwhile is taken to be part of it.
func (t *tree) sayLocked(high uint64) {
	for _, l := range t.unsynced {
		high = min(high, max(l.from, 1)-1)
	}
	t.durable(high)
}

// syncNowLocked makes durable what was just written to the files.
func (t *tree) syncNowLocked(part []*leaf) error {
	folders := slices.Collect(maps.Keys(t.folders))
	err := inParallel(len(part), func(i int) error {
		if part[i].added == 0 {
			return nil
		}
		err := t.disk.sync(part[i].out.file)
		if err == nil {
			err = checkLinked(part[i].out.file)
		}
		if err != nil {
			err = fmt.Errorf("sync %s: %w", part[i].path, err)
		}
		return err
	})
	if err == nil {
		err = inParallel(len(folders), func(i int) error {
			err := t.disk.syncFolder(folders[i])
			if t.isGone(folders[i]+"/", err) {
				return nil // what it held is, too, or has another name
			}
			return err
		})
	}
	if err == nil && !t.rotating.done() && !t.rotatedLost {
		err = errRotated
	}
	if err == nil {
		clear(t.folders)
	}
	return err
}

// stateNowLocked makes durable what the ledger says.
func (t *tree) stateNowLocked() error {
	if err := t.trustLocked(); err != nil {
		return err
	}
	if err := t.disk.sync(t.ledger.file); err != nil {
		t.ledger.doubtful = true
		return fmt.Errorf("sync %s: %w", t.ledger.name, err)
	}
	e := t.entryLocked(t.ledger, t.ledger.size, t.ledger.sum)
	return t.state.putSynced(&e)
}
