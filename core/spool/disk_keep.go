package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/skidway/skidway/core/record"
)

// housekeeping is the file of cursors and when what was done. Only tick uses the times.
type housekeeping struct {
	mu   sync.Mutex // before gate.mu; guards file, last and put
	file *cursorFile
	// last is what was put into the file last, encoded but for the generation, with the frontiers in it.
	last []byte
	put  []frontierOf
	// drops is the file of Disk.drops.
	drops dropFile
	// past is held while the file of the past is changed. It comes before mu.
	past sync.Mutex
	// When the cursors were written last, when what is needed no more was deleted, and when the disk was looked at.
	written, swept, checked time.Time
}

type frontierOf struct {
	cursor   *diskCursor
	position record.Position
	epoch    uint64
}

// tick does what is due: it makes room where appends wait for it, writes the cursors, deletes segments that nobody
// needs, prepares the next one, and drops what is too old.
func (d *Disk) tick(now time.Time) {
	k := &d.house
	d.relieve(now)
	if now.Sub(k.swept) >= cursorSyncEvery {
		k.swept = now
		d.complain("write the cursors", d.syncCursors())
		d.endReplays()
		d.reclaim(now, false)
	} else if now.Sub(k.written) >= cursorWriteEvery {
		k.written = now
		d.complain("write the cursors", d.putCursors())
	}
	d.thinAhead(now)
	d.mu.Lock()
	bare := (d.spare.file == nil || d.reserve.file == nil) && d.spaceErr == nil
	d.mu.Unlock()
	if bare || now.Sub(k.checked) >= troubleRetryEvery {
		k.checked = now
		d.checkSpace()
		d.makeSpace(now)
		d.remind(now)
	}
}

// complain logs an error of something that is tried again, at most every ten seconds.
func (d *Disk) complain(what string, err error) {
	const quiet = 10 * time.Second
	if err == nil {
		return
	}
	d.mu.Lock()
	d.complaints++
	n, now := d.complaints, d.now()
	again := now.Sub(d.complained) < quiet
	if !again {
		d.complaints, d.complained = 0, now
	}
	d.mu.Unlock()
	if !again {
		d.log.Error("a call to the disk of the spool failed and is tried again", "to", what, "error", err, "failures", n)
	}
}

// putCursors writes the cursors, unless they are as they were.
func (d *Disk) putCursors() error {
	d.house.mu.Lock()
	defer d.house.mu.Unlock()
	return d.putCursorsLocked()
}

func (d *Disk) putCursorsLocked() error {
	k := &d.house
	d.mu.Lock()
	s := d.cursorStateLocked()
	put := make([]frontierOf, len(d.cursors))
	for i, c := range d.cursors {
		put[i] = frontierOf{c, s.records[i].frontier, c.epoch}
	}
	d.mu.Unlock()
	b := s.encode()
	d.complain("write the drops", d.putDrops())
	if bytes.Equal(b, k.last) && k.file.file != nil {
		return nil
	}
	if err := k.file.put(&s); err != nil {
		k.last = nil // what is in the file now is not known
		return err
	}
	k.last, k.put = b, put
	return nil
}

// cursorStateLocked returns the state to be written: first the cursors in their order, then those that are parked.
func (d *Disk) cursorStateLocked() cursorState {
	s := cursorState{spool: d.id, next: d.next, synced: d.synced}
	if f := d.currentLocked(); f != nil {
		s.next = max(s.next, f.header.end())
	}
	for _, c := range d.cursors {
		r := cursorRecord{address: c.address, frontier: c.frontierLocked(), epoch: c.epoch, note: c.note}
		if c.replay != nil && r.frontier < c.replay.end() {
			r.replay = c.replay
		}
		s.records = append(s.records, r)
	}
	for _, a := range slices.Sorted(maps.Keys(d.parked)) {
		r := *d.parked[a]
		r.parked = r.parked || d.running // until Run, those that are configured may be about to come
		s.records = append(s.records, r)
	}
	return s
}

// syncCursors writes the cursors and makes them durable.
func (d *Disk) syncCursors() error {
	k := &d.house
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := d.putCursorsLocked(); err != nil {
		return err
	}
	// A record at or below a durable frontier was delivered unless it is in a range of drops, so those go first.
	d.complain("sync the drops", k.drops.sync())
	if err := k.file.sync(); err != nil {
		k.last = nil
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range k.put {
		if p.epoch == p.cursor.epoch {
			p.cursor.durable = max(p.cursor.durable, p.position)
		}
	}
	return nil
}

// reclaim deletes the oldest segments that no destination needs, and reports whether it deleted any. Settled records are
// kept for the time of Retain, unless room is wanted. The cursors are durable before a segment goes.
func (d *Disk) reclaim(now time.Time, wanted bool) bool {
	d.shaping.Lock()
	defer d.shaping.Unlock()
	d.mu.Lock()
	if d.evaluating > 0 {
		d.mu.Unlock()
		return false
	}
	n := 0
	for n < len(d.files) && d.files[n].sealed && !d.neededLocked(d.files[n]) && d.files[n].newest <= d.retainedFrom(now) {
		n++
	}
	if n == 0 && wanted && len(d.files) > 0 && d.files[0].sealed && !d.neededLocked(d.files[0]) {
		n = 1
	}
	gone := d.files[:n:n]
	d.mu.Unlock()
	if n == 0 {
		return false
	}
	// What parked cursors lose is counted, and they are behind it, before it is gone: a crash in between leaves nothing out.
	for _, f := range gone {
		parked := d.parkedWaiting(f)
		d.mu.Lock()
		d.parkedLostLocked(f, parked)
		d.mu.Unlock()
	}
	if err := d.syncCursors(); err != nil {
		d.complain("write the cursors", err)
		return false
	}
	deleted := 0
	for _, f := range gone {
		if err := d.delete(f); err != nil {
			d.complain("delete a segment", err)
			break
		}
		deleted++
	}
	if deleted == 0 {
		return false
	}
	d.complain("sync its directory", d.fs.SyncFolder(""))
	d.mu.Lock()
	for _, f := range gone[:deleted] {
		d.sealedBytes -= f.size
	}
	d.files = d.files[deleted:]
	d.markRoomLocked()
	d.unlock()
	return true
}

// retainedFrom returns the time from which on what was received is to be kept, needed or not.
func (d *Disk) retainedFrom(now time.Time) int64 {
	if d.o.Retain == 0 {
		return math.MaxInt64 // whatever the clock says
	}
	return now.Add(-d.o.Retain).UnixNano()
}

// delete removes a segment's file. One with a damage that was not copied goes to the quarantine.
func (d *Disk) delete(f *segmentFile) error {
	if f.keep {
		if err := d.fs.MakeFolder(quarantineFolder); err != nil {
			return err
		}
		return d.fs.Rename(f.name, quarantineFolder+"/"+f.name)
	}
	if err := d.fs.Remove(f.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// neededLocked reports whether a destination has not settled something in the segment. Parked cursors hold nothing back.
func (d *Disk) neededLocked(f *segmentFile) bool {
	for _, c := range d.cursors {
		if c.needsLocked(f) {
			return true
		}
	}
	return false
}

// parkedWaiting returns how many records the segment holds that parked cursors have not settled. Where that can't be read,
// those that were settled count too.
func (d *Disk) parkedWaiting(f *segmentFile) map[string]int64 {
	type place struct {
		cursorRecord
		gone gone
	}
	var places []place
	d.mu.Lock()
	for _, r := range d.parked {
		if f.tallyOf(r.address).last > r.frontier || r.replay.needs(f.header.first, f.last, r.frontier) {
			places = append(places, place{*r, d.drops.gone(r.address, r.frontier).without(r.replay)})
		}
	}
	d.mu.Unlock()
	waits := make(map[string]int64, len(places))
	for i := range places {
		p := &places[i]
		t, _, err := waiting(d.fs, f, p.address, p.frontier, p.replay, p.gone)
		if err != nil {
			t = f.tallyOf(p.address)
		}
		waits[p.address] = t.records
	}
	return waits
}

// parkedLostLocked counts what parked cursors lose with a segment.
func (d *Disk) parkedLostLocked(f *segmentFile, waits map[string]int64) {
	for _, r := range d.parked {
		t := f.tallyOf(r.address)
		if r.replay.needs(f.header.first, f.last, r.frontier) {
			t.last = f.last // also others' records
		}
		if t.last <= r.frontier {
			continue
		}
		if n := waits[r.address]; n > 0 {
			r.dropped += uint64(n)
			d.noteLocked(Drop{
				Address: r.address, First: max(f.header.first, r.frontier+1), Last: t.last, Count: n, Reason: DropParked,
				UnixNano: d.now().UnixNano(),
			}, r.frontier)
		}
		r.frontier = t.last
	}
}

// relieve makes room for the appends that wait.
func (d *Disk) relieve(now time.Time) {
	d.mu.Lock()
	cursors := d.cursors
	d.mu.Unlock()
	for _, c := range cursors {
		c.makeRoom()
	}
	for d.short() {
		if !d.reclaim(now, true) && !d.thin(math.MaxInt64) && !d.giveUpOldest() {
			break
		}
	}
	for _, c := range cursors {
		c.yield()
	}
}

// short reports whether an append waits for room in the log.
func (d *Disk) short() bool {
	d.mu.Lock()
	defer d.unlock()
	d.markRoomLocked()
	d.serveDueLocked()
	head := d.crampedLocked()
	if head == nil || d.spaceErr != nil {
		return false
	}
	size, _ := groupBytes(head.group)
	return !d.roomLocked(size)
}

// crampedLocked returns an append that waits for room in the log; nil: none does.
func (d *Disk) crampedLocked() *appending {
	if d.full.head != nil || d.overs == 0 {
		return d.full.head
	}
	for _, b := range d.backlogs {
		if head := b.queue.head; head != nil && head.cramped {
			return head
		}
	}
	return nil
}

// giveUpOldest lets the destinations that need the oldest segment decide: if all of them drop, they lose what is in it.
// It reports whether the segment can go now and could not before.
func (d *Disk) giveUpOldest() bool {
	d.mu.Lock()
	if len(d.files) == 0 || d.evaluating > 0 {
		d.mu.Unlock()
		return false
	}
	f := d.files[0]
	last := f.last
	var need []*diskCursor
	for _, c := range d.cursors {
		if !c.needsLocked(f) {
			continue
		}
		if c.options.WhenFull == Block {
			d.mu.Unlock()
			return false
		}
		need = append(need, c)
	}
	d.mu.Unlock()
	for _, c := range need {
		c.dropThrough(last)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	held := false
	for _, c := range need {
		if c.needsLocked(f) {
			c.pressure = last
			c.wake()
			held = true
		}
	}
	if !f.sealed {
		d.rollWanted = true
		nudge(d.work)
	}
	return len(need) > 0 && !held && f.sealed
}

// checkSpace sees to it that the next segment is prepared and that the file system has enough left, or else stops the
// intake until it has.
func (d *Disk) checkSpace() {
	err := d.prepare()
	d.mu.Lock()
	changed := (err == nil) != (d.spaceErr == nil)
	d.spaceErr = err
	d.markRoomLocked()
	d.unlock()
	switch {
	case changed && err != nil && !errors.As(err, new(*inTheWayError)):
		d.log.Error("the disk of the spool is full: intake waits, delivery goes on", "error", err)
	case changed && err != nil:
		d.log.Error("the spool has no room for its next segment: intake waits, delivery goes on", "error", err)
	case changed:
		d.log.Info("the disk of the spool has room again")
	}
}

// makeSpace frees what can be freed while the disk is full: also what is kept for Retain, and what nobody needs behind
// what somebody does.
func (d *Disk) makeSpace(now time.Time) {
	d.mu.Lock()
	full := d.spaceErr != nil && !errors.As(d.spaceErr, new(*inTheWayError))
	d.mu.Unlock()
	if full && (d.reclaim(now, true) || d.thin(math.MaxInt64)) {
		d.checkSpace()
	}
}

// prepare makes the spare and the reserve.
func (d *Disk) prepare() error {
	free, _, err := d.fs.Space()
	if err != nil {
		return err
	}
	if free < d.o.MinFreeBytes {
		return fmt.Errorf("the file system has %d bytes free, less than min_free (%d): free some, or lower router.spool.min_free", free, d.o.MinFreeBytes)
	}
	d.making.Lock()
	defer d.making.Unlock()
	for _, p := range []struct {
		as   *prepared
		name string
	}{{&d.spare, spareName}, {&d.reserve, reserveName}} {
		d.mu.Lock()
		there := p.as.file != nil
		d.mu.Unlock()
		if there {
			continue
		}
		made, err := makeSpare(d.fs, p.name, d.o.SegmentBytes)
		if err != nil {
			return fmt.Errorf("prepare the next segment: %w", err)
		}
		d.mu.Lock()
		*p.as = made
		d.mu.Unlock()
	}
	return nil
}

// remind drops what is too old and wakes the lanes that could not read.
func (d *Disk) remind(now time.Time) {
	d.mu.Lock()
	cursors := d.cursors
	for _, c := range cursors {
		if c.unread {
			c.unread = false
			c.wake()
		}
	}
	d.mu.Unlock()
	for _, c := range cursors {
		if c.options.MaxAge > 0 {
			c.mu.Lock()
			c.expire(now.UnixNano())
			c.mu.Unlock()
		}
	}
}
