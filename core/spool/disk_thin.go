package spool

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/skidway/skidway/core/record"
)

// thin replaces the oldest segment of which little is needed by one that holds just that, positions unchanged, and
// reports whether it did. It must have been received before the given time. So a destination that is far behind holds
// back its own records, not everybody's. A segment that can't be read keeps no other from being thinned: it comes last
// from then on.
func (d *Disk) thin(before int64) bool {
	d.shaping.Lock()
	defer d.shaping.Unlock()
	var tried []*segmentFile
	for {
		f := d.sparseSegment(before, tried)
		if f == nil {
			return false
		}
		misread := f.misread
		err := d.replace(f)
		if err == nil {
			return true
		}
		d.complain("thin segment "+f.name, err)
		if f.misread == misread {
			return false // another segment would fare no better
		}
		tried = append(tried, f)
	}
}

// thinAhead thins when the log is nearly full, so that no append has to wait for it.
func (d *Disk) thinAhead(now time.Time) {
	d.mu.Lock()
	nearly := d.usedLocked() > d.o.MaxBytes/8*7
	d.mu.Unlock()
	if nearly {
		d.thin(d.retainedFrom(now))
	}
}

// sparseSegment returns a sealed segment, not one of those tried, of which destinations need less than a quarter: the
// oldest of those that could be read best so far; nil: there is none.
func (d *Disk) sparseSegment(before int64, tried []*segmentFile) (best *segmentFile) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.files {
		if !f.sealed || f.newest > before || best != nil && best.misread <= f.misread || slices.Contains(tried, f) {
			continue
		}
		if needed, held := d.weighLocked(f); sparse(needed, held) && !d.replaysLocked(f) {
			best = f
		}
	}
	return best
}

// replaysLocked reports whether something in the segment is to be sent again to somebody: then it stays whole.
func (d *Disk) replaysLocked(f *segmentFile) bool {
	if d.evaluating > 0 {
		return true
	}
	for _, c := range d.cursors {
		if c.replay.needs(f.header.first, f.last, c.frontierLocked()) {
			return true
		}
	}
	return false
}

// weighLocked returns how many bytes of records the segment holds, and how many of them are of sets of which some
// destination has not settled all.
func (d *Disk) weighLocked(f *segmentFile) (needed, held int64) {
	for i, t := range f.tallies {
		if t.records == 0 || i >= len(f.header.sets) {
			continue
		}
		weight := t.bytes + t.records*sizeBytes
		held += weight
		for _, a := range f.header.sets[i] {
			if b := d.addresses[a]; b != nil && b.records > 0 && t.last > d.cursors[b.index].frontierLocked() {
				needed += weight
				break
			}
		}
	}
	return needed, held
}

// replace makes the thin segment and puts it in the place of f.
func (d *Disk) replace(f *segmentFile) error {
	keeps, parked := d.keeps(f)
	// What is not kept is settled by these frontiers, so they are durable first.
	if err := d.syncCursors(); err != nil {
		return err
	}
	old, err := d.fs.Open(f.name)
	if err != nil {
		if !lacksSpace(err) {
			f.misread++
		}
		return err
	}
	defer old.Close()
	was, _, ok, err := readHeader(old, f.name)
	if err == nil && !ok {
		err = errors.New("its header can't be read any more")
	}
	if err != nil {
		f.misread++
		return err
	}
	file, err := createOver(d.fs, thinName)
	if err != nil {
		return err
	}
	defer file.Close()
	thin := &segmentFile{name: f.name, header: f.header, sealed: true, keep: f.keep}
	thin.header.salt, thin.header.thinned = randomSalt(), true
	thin.seed = thin.header.seed()
	if err := writeThinHeader(thin, file, was.sets); err != nil {
		return errors.Join(err, d.fs.Remove(thinName))
	}
	if err := d.copyEntries(f, old, thin, file, keeps, parked); err != nil {
		return errors.Join(err, d.fs.Remove(thinName))
	}
	d.renaming.Lock()
	defer d.renaming.Unlock()
	if err := d.fs.Rename(thinName, f.name); err != nil {
		return err
	}
	d.mu.Lock()
	if i := slices.Index(d.files, f); i >= 0 {
		d.files[i] = thin
	}
	for r, p := range parked {
		if n := p.lost; n > 0 {
			d.noteLocked(Drop{
				Address: r.address, First: max(f.header.first, r.frontier+1), Last: f.last, Count: int64(n), Reason: DropParked,
				UnixNano: d.now().UnixNano(),
			}, 0)
		}
	}
	d.sealedBytes += thin.size - f.size
	for r, p := range parked {
		r.dropped += p.lost
	}
	d.markRoomLocked()
	d.unlock()
	if len(parked) > 0 {
		d.complain("write the cursors", d.putCursors()) // what parked ones lost: killed now, it would be counted nowhere
	}
	return d.fs.SyncFolder("")
}

// parkedLoss is what a parked cursor loses of a segment, without what it had dropped itself.
type parkedLoss struct {
	gone gone
	lost uint64
}

// keeps returns, for the Set at each index, the position behind which the segment's entries are kept, and the cursors
// that are parked, which lose what is not.
func (d *Disk) keeps(f *segmentFile) (behind []record.Position, parked map[*cursorRecord]*parkedLoss) {
	d.mu.Lock()
	defer d.mu.Unlock()
	behind = make([]record.Position, len(f.header.sets)+1)
	parked = make(map[*cursorRecord]*parkedLoss)
	for _, r := range d.parked {
		if r.replay.needs(f.header.first, f.last, r.frontier) { // also others' records
			parked[r] = &parkedLoss{gone: d.drops.gone(r.address, r.frontier).without(r.replay)}
		}
	}
	for i, set := range f.header.sets {
		behind[i+1] = f.last
		for _, a := range set {
			if b := d.addresses[a]; b != nil {
				behind[i+1] = min(behind[i+1], d.cursors[b.index].frontierLocked())
			} else if r := d.parked[a]; r != nil && parked[r] == nil {
				parked[r] = &parkedLoss{gone: d.drops.gone(a, r.frontier).without(r.replay)}
			}
		}
	}
	return behind, parked
}

// writeThinHeader begins the file of the thin segment. The addresses in it are those of the old file: the past changes
// them again with every reading.
func writeThinHeader(thin *segmentFile, to file, addresses [][]string) error {
	h := thin.header
	h.sets = addresses
	head := h.encode()
	thin.start = int64(len(head))
	thin.end = thin.start
	_, err := to.WriteAt(head, 0)
	return err
}

// copyEntries fills the file of the thin segment and seals it.
func (d *Disk) copyEntries(f *segmentFile, from file, thin *segmentFile, to file, behind []record.Position, parked map[*cursorRecord]*parkedLoss) error {
	var buf []byte
	var failed error
	flush := func() {
		if failed == nil && len(buf) > 0 {
			_, failed = to.WriteAt(buf, thin.end-int64(len(buf)))
		}
		buf = buf[:0]
	}
	gaps, err := walk(from, &f.header, f.start, f.end, f.header.first, f.last, func(_ int64, e *logEntry) {
		if e.filler() || int(e.set) >= len(behind) {
			return
		}
		if e.last() <= behind[e.set] {
			for r, p := range parked {
				member := slices.Contains(f.header.sets[e.set-1], r.address)
				p.lost += uint64(r.replay.tally(e, r.frontier, p.gone, member).records)
			}
			return
		}
		finishEntry(e.buf, thin.seed, 0)
		buf = append(buf, e.buf...)
		thin.end += int64(len(e.buf))
		thin.add(e)
		if len(buf) >= blockBytes {
			flush()
		}
	})
	if err != nil {
		f.misread++
		return err
	}
	for _, g := range gaps {
		d.report(f, g, from)
	}
	flush()
	if failed != nil {
		return failed
	}
	thin.last, thin.recovered = f.last, f.recovered
	footer := thin.encode(thin.seed)
	if _, err := to.WriteAt(footer, thin.end); err != nil {
		return err
	}
	thin.size = thin.end + int64(len(footer))
	if err := to.SyncAll(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}
