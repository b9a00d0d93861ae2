package spool

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// writer is the end of the log: the file of the current segment, and how much of Disk.pending is in it.
type writer struct {
	file  file // nil: the next entry begins a segment
	meta  *segmentFile
	off   int64 // where the next entry goes
	limit int64 // bytes allocated
	done  int   // of Disk.pending, written and not synced
	// unsyncedSince is when the first of those was written.
	unsyncedSince time.Time
	batch         []*pendingEntry
}

// commit writes what was appended to the log, syncs it when that is due, and publishes it. An error says that something
// is left, to be tried again: nothing is lost. After a sync that failed it begins a new segment at once, and again with
// every further call.
func (d *Disk) commit(now time.Time) error {
	err := d.advance(now)
	if err != nil && !lacksSpace(err) {
		d.complain("write the log; what is not durable is written to a new segment", err)
		err = d.advance(now)
	}
	d.mu.Lock()
	changed := (err == nil) != (d.writeErr == nil)
	d.writeErr = err
	if err == nil {
		d.markLocked(&d.flow)
	}
	d.unlock()
	switch {
	case changed && err != nil:
		d.log.Error("the spool can't be written: intake waits, delivery goes on", "error", err)
	case changed:
		d.log.Info("the spool can be written again")
	}
	return err
}

func (d *Disk) advance(now time.Time) error {
	w := &d.writer
	d.mu.Lock()
	w.batch = w.batch[:0]
	for _, e := range d.pending[w.done:] {
		if !e.written.Load() {
			break
		}
		w.batch = append(w.batch, e)
	}
	roll := d.rollWanted
	if d.publishedN == 0 && w.done == 0 {
		w.unsyncedSince = now // and not again when it is written once more
	}
	d.mu.Unlock()
	if err := d.writeBatch(w.batch); err != nil {
		return err
	}
	if d.o.Sync == SyncInterval {
		d.publish()
	}
	if d.syncDue(now) || roll && w.done > 0 {
		if err := d.sync(); err != nil {
			return err
		}
	}
	if roll {
		d.seal()
	}
	return nil
}

// syncDue reports whether what was written is to be synced now.
func (d *Disk) syncDue(now time.Time) bool {
	if d.writer.done == 0 {
		return false
	}
	if d.o.Sync == SyncBatch || now.Sub(d.writer.unsyncedSince) >= d.o.SyncInterval {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pendingBytes >= maxPending/2 // or appends would wait for the interval to end
}

// writeBatch writes entries, those that adjoin in memory with one call.
func (d *Disk) writeBatch(batch []*pendingEntry) error {
	w := &d.writer
	for len(batch) > 0 {
		if !d.takes(batch[0]) {
			n, err := d.roll(batch)
			if err != nil {
				return err
			}
			if batch = batch[n:]; n > 0 {
				continue
			}
		}
		first, n := batch[0], 0
		size := int64(0)
		synced := w.meta.end // only commit changes it
		for n < len(batch) && batch[n].block == first.block && (n == 0 || d.takesAt(batch[n], w.off+size)) {
			finishEntry(batch[n].bytes(), w.meta.seed, synced)
			size += int64(batch[n].length)
			n++
		}
		if _, err := w.file.WriteAt(first.block.buf[first.at:][:size], w.off); err != nil {
			if !lacksSpace(err) {
				d.abandon()
			}
			return fmt.Errorf("write segment %s: %w", w.metaName(), err)
		}
		w.off += size
		w.done += n
		batch = batch[n:]
	}
	return nil
}

func (w *writer) metaName() string {
	if w.meta == nil {
		return "that is given up"
	}
	return w.meta.name
}

// takes reports whether the current segment has room for the entry and knows its destinations.
func (d *Disk) takes(e *pendingEntry) bool {
	return d.writer.file != nil && d.takesAt(e, d.writer.off)
}

func (d *Disk) takesAt(e *pendingEntry, off int64) bool {
	return fits(&d.writer.meta.header, e, off, d.writer.limit)
}

// fits reports whether a segment of that size has room for the entry there, and knows its destinations.
func fits(h *segmentHeader, e *pendingEntry, off, limit int64) bool {
	sets := len(h.sets)
	return int(e.to.set) <= sets && e.last < h.end() && off+int64(e.length)+footerBytes(sets) <= limit
}

// sync makes durable what was written.
func (d *Disk) sync() error {
	w := &d.writer
	if w.done == 0 {
		return nil
	}
	if err := w.file.Sync(); err != nil {
		name := w.meta.name
		d.abandon()
		return fmt.Errorf("sync segment %s: %w", name, err)
	}
	d.mu.Lock()
	f := w.meta
	for i, e := range d.pending[:w.done] {
		f.end += int64(e.length)
		entry := entryIn(e.bytes())
		f.add(&entry)
		if i >= d.publishedN {
			d.publishLocked(e)
		}
		d.pendingBytes -= int64(e.length)
		e.block.unsynced--
		e.block, e.to = nil, nil
		e.written.Store(false)
		d.spareEntries = append(d.spareEntries, e)
	}
	rest := copy(d.pending, d.pending[w.done:])
	clear(d.pending[rest:])
	d.pending = d.pending[:rest]
	d.publishedN = max(0, d.publishedN-w.done)
	w.done = 0
	d.synced = f.last
	d.trimLocked()
	d.markLocked(&d.flow)
	d.publishedLocked()
	d.unlock()
	return nil
}

// publish gives to the lanes what was written.
func (d *Disk) publish() {
	d.mu.Lock()
	for ; d.publishedN < d.writer.done; d.publishedN++ {
		d.publishLocked(d.pending[d.publishedN])
	}
	d.publishedLocked()
	d.unlock()
}

func (d *Disk) publishLocked(e *pendingEntry) {
	e.block.published.Store(int64(e.at + e.length))
	d.published.Store(uint64(e.last))
	for _, b := range e.to.backlogs {
		c := d.cursors[b.index]
		c.unpublished -= int64(e.count)
		c.unpublishedBytes -= int64(e.data)
		b.wake()
	}
}

// publishedLocked wakes those who wait for it.
func (d *Disk) publishedLocked() {
	if d.news != nil {
		close(d.news)
		d.news = nil
	}
}

// abandon gives up a file that is not to be trusted any more. What is durable in it stays; the rest is written again, to
// the next segment, but until then it stays here too, for the process may end. Only what was never written is cut off;
// where that fails, the file takes all that was allocated for it.
func (d *Disk) abandon() {
	w := &d.writer
	const page = 4096 // what was written is not touched again
	size := min(alignUp(w.off, page), w.limit)
	if err := cutTo(w.file, size); err != nil {
		size = w.limit
	}
	_ = w.file.Close()
	d.mu.Lock()
	d.sealedLocked(w.meta, size)
	if w.meta.entries == 0 {
		// The next segment begins with the same position, so it takes the place of this one.
		d.files = d.files[:len(d.files)-1]
		d.sealedBytes -= w.meta.size
	}
	d.unlock()
	w.file, w.meta, w.done = nil, nil, 0
}

// cutTo gives back what a file has behind size. It tries a few times, because an error may pass, and a segment that can't
// be cut takes all that was allocated for it: several of them would exceed the bound of the log.
func cutTo(f file, size int64) (err error) {
	const tries = 3
	for range tries {
		if err = f.Truncate(size); err == nil {
			break
		}
	}
	return err
}

func (d *Disk) sealedLocked(f *segmentFile, size int64) {
	f.sealed, f.size = true, size
	d.sealedBytes += size
}

// seal ends the current segment, all of which is durable. A segment whose footer can't be written stays without: to open
// the spool takes longer then.
func (d *Disk) seal() {
	w := &d.writer
	if w.file == nil {
		d.mu.Lock()
		d.rollWanted = false
		d.mu.Unlock()
		return
	}
	footer := w.meta.encode(w.meta.seed)
	size := w.limit // until it is cut
	_, err := w.file.WriteAt(footer, w.off)
	if err == nil {
		err = cutTo(w.file, w.off+int64(len(footer)))
	}
	if err == nil {
		size = w.off + int64(len(footer))
		err = w.file.SyncAll()
	}
	if err != nil {
		d.log.Warn("a segment of the spool is left unsealed", "segment", w.meta.name, "error", err)
	}
	_ = w.file.Close()
	d.mu.Lock()
	d.sealedLocked(w.meta, size)
	d.rollWanted = false
	d.unlock()
	w.file, w.meta = nil, nil
	nudge(d.chores) // a new spare is needed, and perhaps the segment can go
}

// roll ends the current segment and begins one for the first entry. It returns how many entries are in it.
func (d *Disk) roll(batch []*pendingEntry) (int, error) {
	if err := d.sync(); err != nil {
		return 0, err
	}
	d.seal()
	e := batch[0]
	d.mu.Lock()
	h := segmentHeader{spool: d.id, salt: randomSalt(), first: e.first, previous: d.synced, sets: d.tableLocked()}
	published := batch[:max(1, min(d.publishedN, len(batch)))] // all of which is rescued
	d.mu.Unlock()

	d.making.Lock()
	defer d.making.Unlock()
	need := int64(len(h.encode())) + footerBytes(len(h.sets))
	for _, p := range published {
		need += int64(p.length)
	}
	limit := max(d.o.SegmentBytes, need)
	spare, err := d.takeSpare(limit)
	if small := max(need, limit/8); lacksSpace(err) && small < limit {
		// Dead letters may wait, and a small segment of them lets a large one go.
		limit = small
		spare, err = d.takeSpare(limit)
	}
	if err != nil {
		return 0, fmt.Errorf("make segment: %w", err)
	}
	// Every record takes more than one byte, so the positions that are reserved can't be used up.
	h.reserved = uint64(limit)
	head := h.encode()
	f := &segmentFile{name: segmentName(h.first), header: h, seed: h.seed(), start: int64(len(head))}
	f.end, f.last = f.start, h.previous
	n, off, err := d.rescue(spare.file, f, batch, limit)
	if err == nil {
		err = d.begin(spare, f.name, head)
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("begin segment %s: %w", f.name, err), spare.Close())
	}
	d.mu.Lock()
	d.files = append(d.files, f)
	d.mu.Unlock()
	w := &d.writer
	w.file, w.meta, w.off, w.limit, w.done = spare.file, f, off, limit, n
	return n, nil
}

// rescue writes to the file of a new segment, before it has its name, what is published and not durable: after a sync that
// failed it may take the name of the only file that has it, and the process may end at any time. It returns how many
// entries those are, and where the next one goes.
func (d *Disk) rescue(to file, f *segmentFile, batch []*pendingEntry, limit int64) (n int, off int64, err error) {
	d.mu.Lock()
	published := d.publishedN
	d.mu.Unlock()
	off = f.start
	for _, e := range batch[:min(published, len(batch))] {
		if !fits(&f.header, e, off, limit) {
			break
		}
		finishEntry(e.bytes(), f.seed, f.start)
		if _, err := to.WriteAt(e.bytes(), off); err != nil {
			return 0, 0, err
		}
		off += int64(e.length)
		n++
	}
	return n, off, nil
}

// tableLocked returns the addresses of all sets.
func (d *Disk) tableLocked() setTable {
	t := make(setTable, 0, len(d.sets))
	for _, s := range d.sets {
		var addresses []string
		for _, b := range s.backlogs {
			addresses = append(addresses, b.address)
		}
		t = append(t, addresses)
	}
	return t
}

// takeSpare returns the spare file, or makes one, with size bytes. The caller has Disk.making.
func (d *Disk) takeSpare(size int64) (prepared, error) {
	d.mu.Lock()
	p := d.spare
	d.spare = prepared{}
	if p.file == nil {
		p, d.reserve = d.reserve, prepared{}
	}
	d.mu.Unlock()
	if p.file == nil {
		return makeSpare(d.fs, spareName, size)
	}
	if size > d.o.SegmentBytes {
		if err := p.Allocate(size); err != nil {
			return p, errors.Join(err, p.Close())
		}
	}
	return p, nil
}

// begin makes the spare file a segment, durably.
func (d *Disk) begin(spare prepared, name string, head []byte) error {
	if _, err := spare.WriteAt(head, 0); err != nil {
		return err
	}
	if err := spare.SyncAll(); err != nil {
		return err
	}
	if err := d.fs.Rename(spare.name, name); err != nil {
		return err
	}
	return d.fs.SyncFolder("")
}

// makeSpare makes the file of a segment to come.
func makeSpare(fsys fileSystem, name string, size int64) (prepared, error) {
	f, err := createOver(fsys, name)
	if err != nil {
		return prepared{}, err
	}
	if err := f.Allocate(size); err != nil {
		return prepared{}, errors.Join(err, f.Close(), fsys.Remove(name))
	}
	return prepared{f, name}, nil
}

func randomSalt() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}
