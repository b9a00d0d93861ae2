package spool

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/skidway/skidway/core/record"
)

const (
	dropMagic = "SKWDROP\n"
	dropName  = "drops"
)

// dropFile keeps a dropLog in two slots, as cursorFile does the cursors.
type dropFile struct {
	fs         fileSystem
	file       file
	write      int64 // the slot to write to: not the one that was synced last
	generation uint64
	unsynced   bool
	changes    int // of the log when it was written
}

func encodeDrops(l *dropLog, spool [16]byte, generation uint64) []byte {
	var e encoder
	e.u64(generation)
	e.b = append(e.b, spool[:]...)
	e.u32(uint32(len(l.ranges)))
	for _, r := range l.ranges {
		e.bytes([]byte(r.Address))
		e.bytes([]byte(r.Reason))
		e.u64(uint64(r.First))
		e.u64(uint64(r.Last))
		e.u64(uint64(r.Count))
		e.u64(uint64(r.UnixNano))
	}
	return sealSheet(dropMagic, formatVersion, 0, e.b)
}

func decodeDrops(b []byte) (l dropLog, spool [16]byte, generation uint64, ok bool) {
	d := decoder{b: b}
	generation = d.u64()
	copy(spool[:], d.next(16))
	for range d.u32() {
		r := Drop{
			Address: string(d.bytes()), Reason: string(d.bytes()),
			First: record.Position(d.u64()), Last: record.Position(d.u64()), Count: int64(d.u64()), UnixNano: int64(d.u64()),
		}
		if d.short || r.Last < r.First || r.Last > maxPosition || len(l.ranges) == maxDrops {
			return dropLog{}, spool, 0, false
		}
		l.put(len(l.ranges), r)
	}
	return l, spool, generation, !d.short
}

// readDrops returns the newest intact drops in the file that are of a spool which is ours, and the slot they are in.
func readDrops(r reader, ours func(spool [16]byte) bool) (l dropLog, slot int64, generation uint64, ok bool, err error) {
	f, err := r.Open(dropName)
	if err != nil {
		return l, 0, 0, false, err
	}
	defer f.Close()
	b := make([]byte, 2*dropSlot)
	n, err := readFull(steadyFile{f}, b, 0)
	if err != nil {
		return l, 0, 0, false, err
	}
	for i := range int64(2) {
		contents, version, intact := openSheet(dropMagic, 0, b[min(n, int(i)*dropSlot):min(n, int(i+1)*dropSlot)])
		if !intact || version > formatVersion {
			continue
		}
		if log, spool, g, good := decodeDrops(contents); good && ours(spool) && (!ok || g > generation) {
			l, slot, generation, ok = log, i, g, true
		}
	}
	return l, slot, generation, ok, nil
}

// openDrops reads the drops of an earlier process. Without them it is not known what was dropped before.
func (r *recovery) openDrops() error {
	d := r.Disk
	d.house.drops = dropFile{fs: d.fs}
	l, slot, generation, ok, err := readDrops(d.fs, func(id [16]byte) bool { return id == r.id || r.past.knows(id) })
	if ok {
		noted := d.drops.ranges // what was found missing or damaged just now
		d.drops = l
		d.drops.cut(d.next - 1)
		for _, n := range noted {
			d.drops.damaged(n.First, n.Last, n.UnixNano, d.waitsLocked)
		}
		d.house.drops.write, d.house.drops.generation = 1-slot, generation
		// What was read may be in the system's memory only, and the next write goes to the other slot.
		return d.house.drops.makeDurable()
	}
	if len(r.chain) == 0 && r.state.next <= 1 {
		return nil // the spool is new
	}
	if !errors.Is(err, fs.ErrNotExist) {
		d.log.Warn("the ranges of dropped records can't be read: which of the records before now were dropped is not known", "file", dropName, "error", err)
	}
	d.drops.put(0, Drop{Last: max(r.floor, r.state.next) - 1, UnixNano: d.now().UnixNano()})
	return nil
}

func (f *dropFile) makeDurable() error {
	opened, err := f.fs.Open(dropName)
	if err != nil {
		return fmt.Errorf("open drops: %w", err)
	}
	f.file, f.unsynced = opened, false
	if err := opened.SyncAll(); err != nil {
		return fmt.Errorf("sync drops: %w", err)
	}
	return nil
}

// putDrops writes the drops, unless they are as they were. The caller has house.mu.
func (d *Disk) putDrops() error {
	f := &d.house.drops
	d.mu.Lock()
	if f.changes == d.drops.changes {
		d.mu.Unlock()
		return nil
	}
	changes := d.drops.changes
	b := encodeDrops(&d.drops, d.id, f.generation+1)
	early := d.drops.early
	d.drops.early = 0
	d.mu.Unlock()
	if early > 0 {
		d.log.Warn("there are too many ranges of dropped records to remember them all; should the router start again before "+
			"older records are delivered, some of what was dropped may be delivered after all", "ranges", maxDrops)
	}
	if err := f.put(b); err != nil {
		return err
	}
	f.changes = changes
	return nil
}

// syncDrops makes the drops durable. It tries twice: the spool ends.
func (d *Disk) syncDrops() error {
	d.house.mu.Lock()
	defer d.house.mu.Unlock()
	var err error
	for range 2 {
		if err = d.putDrops(); err == nil {
			err = d.house.drops.sync()
		}
		if err == nil {
			return nil
		}
	}
	return err
}

func (f *dropFile) put(b []byte) error {
	if f.file == nil {
		opened, err := f.fs.Open(dropName)
		if errors.Is(err, fs.ErrNotExist) {
			if opened, err = f.fs.Create(dropName); err == nil {
				err = f.fs.SyncFolder("")
			}
		}
		if err != nil {
			return fmt.Errorf("open drops: %w", err)
		}
		f.file = opened
	}
	if _, err := f.file.WriteAt(b, f.write*dropSlot); err != nil {
		return fmt.Errorf("write drops: %w", err)
	}
	f.generation++
	f.unsynced = true
	return nil
}

// sync makes durable what was put. After a failure the next put goes to the same slot of the file, opened anew.
func (f *dropFile) sync() error {
	if !f.unsynced {
		return nil
	}
	if err := f.file.SyncAll(); err != nil {
		_ = f.file.Close()
		f.file, f.changes = nil, -1
		f.unsynced = false
		return fmt.Errorf("sync drops: %w", err)
	}
	f.write, f.unsynced = 1-f.write, false
	return nil
}

func (f *dropFile) close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
