package file

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
)

// compactAfter is how much longer than when it was begun a ledger may be before it is written anew, in bytes.
const compactAfter = 1 << 20

// treeStatePath returns the path, below base_dir, of a block's state.
func treeStatePath(address string) string {
	if len(address) > 200 || !regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(address) {
		sum := sha256.Sum256([]byte(address))
		address = hex.EncodeToString(sum[:16])
	}
	return stateSuffix + "-" + address
}

// entryLocked returns what the state has to say of the first size bytes of the ledger, which have the checksum.
func (t *tree) entryLocked(l *ledger, size int64, sum uint32) entry {
	e := entry{
		owner: t.owner, epoch: t.epoch, boot: t.boot,
		size: size, sum: sum, name: l.name, last: t.high, known: t.high > 0,
	}
	t.state.stamp(&e)
	return e
}

// commitLocked makes the notes count. When it fails they do not, and wait.
func (t *tree) commitLocked() error {
	if len(t.ledger.notes) == 0 {
		return nil
	}
	if t.lost != nil {
		return t.lost // the state fell back to the last sync, and says nothing else any more
	}
	size, sum, notes := t.ledger.size, t.ledger.sum, t.ledger.notes
	err := t.ledger.write()
	if err == nil {
		e := t.entryLocked(t.ledger, t.ledger.size, t.ledger.sum)
		err = t.state.put(&e)
	}
	if err != nil {
		t.ledger.size, t.ledger.sum, t.ledger.notes = size, sum, notes
		return err
	}
	t.written += int64(len(notes)) + slotSize
	return nil
}

// compactLocked begins a new ledger with what is true now, and has the state refer to that. With fallBack it says what
// a power cut would leave instead.
func (t *tree) compactLocked(fallBack bool) error {
	var notes []byte
	numbered := uint64(0)
	numbers := make(map[*leaf]uint64, len(t.leaves))
	number := func(l *leaf) uint64 {
		if numbers[l] == 0 {
			numbered++
			numbers[l] = numbered
		}
		return numbers[l]
	}
	for _, l := range t.leaves {
		if l.number > 0 && l.sure {
			notes = appendFile(notes, number(l), l.path, l.kept.file)
			notes = appendSize(notes, number(l), &l.kept)
		}
	}
	synced := int64(len(notes))
	for _, l := range t.leaves {
		if l.number == 0 || fallBack || l.sure && l.kept == l.now {
			continue
		}
		if !l.sure || l.kept.file != l.now.file {
			notes = appendFile(notes, number(l), l.path, l.now.file)
		}
		notes = appendSize(notes, number(l), &l.now)
	}
	syncedSum := checksumOf(notes[:synced])
	name := ledgerName(t.state.path, t.ledgers+1)
	fresh, err := beginLedger(t.disk, name, notes)
	if err != nil {
		return fmt.Errorf("begin ledger: %w", err)
	}
	// Were the process killed between the two, the one with the higher generation would count.
	after := t.entryLocked(fresh, synced, syncedSum)
	now := t.entryLocked(fresh, fresh.size, fresh.sum)
	if !t.state.whole { // it was just made: until here it has said nothing
		err = t.state.put(&after)
	}
	if err == nil {
		err = t.state.put(&now)
	}
	if err != nil {
		fresh.file.Close()
		return err
	}
	t.ledgers++
	if t.ledger != nil {
		t.ledger.file.Close()
		t.useless = append(t.useless, t.ledger.name)
	}
	t.ledger, t.numbered = fresh, numbered
	t.written += int64(len(notes)) + slotSize
	for l, n := range numbers {
		l.number = n
	}
	if err := t.state.putSynced(&after); err != nil {
		return err
	}
	t.removeUseless()
	return nil
}

// trustLocked begins a new ledger in the place of one that a sync can't make durable any more.
func (t *tree) trustLocked() error {
	if !t.ledger.doubtful {
		return nil
	}
	return t.compactLocked(false)
}

// removeUseless removes the ledgers that the state does not refer to any more.
func (t *tree) removeUseless() {
	for _, name := range t.useless {
		if err := t.disk.remove(name); err != nil {
			t.log.Debug("old ledger could not be removed", "path", name, "error", err)
		}
	}
	t.useless = t.useless[:0]
}
