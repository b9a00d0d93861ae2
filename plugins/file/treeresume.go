package file

import (
	"errors"
	"fmt"
	"os"
	"path"
	"time"
)

// restore takes over what an earlier process left. With sync = "batch" that is durable afterwards: a batch that it holds is
// accepted as it comes.
func (t *tree) restore(address string) error {
	t.mu.Lock()
	err := t.restoreLocked(address)
	t.mu.Unlock()
	if err != nil || t.opts.Sync != "batch" {
		return err
	}
	if err := t.sync(false); err != nil && !t.forgets { // what can't come again is as durable as it can be
		return fmt.Errorf("sync what an earlier process left: %w", err)
	}
	return nil
}

// restoreLocked opens the state and takes over what it says: files are cut to what is whole batches of an earlier
// process, and their positions are known. Then it begins a ledger of its own.
func (t *tree) restoreLocked(address string) error {
	at := treeStatePath(address)
	state, found, damage, err := openState(t.disk, at, t.boot)
	if err != nil {
		return err
	}
	t.state = state
	if found != nil {
		t.ledgers, _ = ledgerNumber(at, found.name)
	}
	if n, ok := ledgerNumber(at, state.synced.name); ok {
		t.ledgers = max(t.ledgers, n)
	}
	for n := t.ledgers; n > 0 && n+1 >= t.ledgers; n-- { // the state may refer to the last two
		t.useless = append(t.useless, ledgerName(at, n))
	}
	var leaves map[uint64]*leaf
	if damage == nil && found != nil {
		leaves, err = t.readLocked(found)
		if errors.Is(err, errLedger) {
			damage, err = err, nil
		}
		if err != nil {
			return err
		}
	}
	if damage != nil {
		t.log.Warn("state of the files can't be used: records that the router still has can get there a second time",
			"state", at, "reason", damage)
	}
	var changed changes
	for _, l := range leaves {
		if err := t.reconcileLocked(l, found, &changed); err != nil {
			return err
		}
	}
	changed.log(t)
	if err := t.inheritLocked(); err != nil {
		return err
	}
	if err := t.compactLocked(false); err != nil {
		return err
	}
	return nil
}

// readLocked returns the files that the state speaks of, by the numbers of the ledger.
func (t *tree) readLocked(found *entry) (map[uint64]*leaf, error) {
	if found.owner != t.owner || t.owner == [16]byte{} {
		t.log.Info("state of the files is of another block or another spool, their content stays as it is", "state", t.state.path)
		return nil, nil
	}
	notes, err := readLedger(t.disk, found)
	if err != nil {
		return nil, err
	}
	leaves, err := replay(notes)
	if err != nil {
		return nil, err
	}
	synced := t.state.synced
	if synced.name != found.name || synced.size > found.size || checksumOf(notes[:synced.size]) != synced.sum {
		return leaves, nil
	}
	before, err := replay(notes[:synced.size])
	if err != nil {
		return nil, err
	}
	for number, l := range before {
		if now := leaves[number]; now != nil && now.path == l.path {
			now.kept, now.sure = l.now, true
		}
	}
	return leaves, nil
}

// changes are what was found at the start, to be logged once.
type changes struct {
	cut, strange, grown int
	first               string // of the strange ones, with the reason
}

func (c *changes) log(t *tree) {
	if c.cut > 0 {
		t.log.Info("cut what an earlier process had no time to finish off files; its records come again", "files", c.cut)
	}
	if c.grown > 0 {
		t.log.Info("another process wrote to files since they were closed", "files", c.grown)
	}
	if c.strange > 0 {
		t.log.Warn("files were changed by somebody else while no process had them open: records that the router still has can get there a second time",
			"files", c.strange, "first", c.first)
	}
}

// reconcileLocked cuts a file to what the state says, and takes its positions over.
func (t *tree) reconcileLocked(l *leaf, e *entry, c *changes) error {
	if e.epoch != t.epoch {
		l.now.marks, l.kept.marks = [2]mark{}, [2]mark{}
	}
	why := ""
	cut := false
	switch o, err := t.inspectLocked(l); {
	case err != nil:
		return err
	case o == nil:
		if l.now.file != (identity{}) && (l.intent == 0 || !rotationDone(t.disk, l.path, l.intent)) {
			why = "it is gone"
		}
		l.now.file, l.now.size = identity{}, 0
	default:
		defer o.file.Close()
		switch {
		case l.intent != 0 && l.now.file != o.id && rotationDone(t.disk, l.path, l.intent), l.now.file == identity{}:
			l.now.file, l.now.size = identity{}, 0
		case l.now.file != o.id:
			why = "it is another file"
		case o.size < l.now.size:
			why = "it is shorter than it was left"
		case !o.endsLine(l.now.size):
			why = "its content is not what it was"
		case o.size > l.now.size && e.closed:
			c.grown++
			l.now.size = o.size
			if err := o.endLine(); err != nil {
				return err
			}
			l.now.size = o.size
		case o.size > l.now.size && l.now.size == 0 && l.now.file.made == 0:
			why = "it was empty, and the file system does not say when it was made"
		case o.size > l.now.size:
			if err := o.truncate(l.now.size); err != nil {
				return err
			}
			cut = true
		}
	}
	if why != "" {
		if c.strange++; c.strange == 1 {
			c.first = l.path + ": " + why
		}
		return nil
	}
	if cut {
		c.cut++
	}
	t.leaves[l.path] = l
	if l.now.file != (identity{}) {
		t.inodes[l.now.file.inode] = l
	}
	if cut || !l.sure || l.kept != l.now {
		t.markUnsyncedLocked(l, 0) // by nobody who says since when
		if l.now.file != (identity{}) {
			t.nameLocked(l.path)
		}
	}
	return nil
}

// inheritLocked finds the rotated files of those that an earlier process left unsynced: their positions are those of both.
func (t *tree) inheritLocked() error {
	families, folders := map[names]bool{}, map[string]bool{}
	for _, l := range t.unsynced {
		families[newNames(l.path)], folders[folderOf(l.path)] = true, true
	}
	for folder := range folders {
		entries, err := t.disk.readDir(folder)
		if t.isGone(folder+"/", err) {
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range entries {
			n, ok := familyOf(folder, e.Name())
			if !ok || !families[n] || !e.Type().IsRegular() {
				continue
			}
			if _, ending, _ := n.parse(e.Name()); ending == "" {
				t.inherited = append(t.inherited, path.Join(folder, e.Name()))
				t.folders[folder] = true
			}
		}
	}
	return nil
}

// inspectLocked opens the file of l if there is one that could be its own.
func (t *tree) inspectLocked(l *leaf) (*output, error) {
	info, err := t.disk.lstat(l.path)
	if errors.Is(err, os.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	o, err := openResolved(t.disk, l.path, t.perm, time.Now())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", l.path, err)
	}
	return o, nil
}
