package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/skidway/skidway/core/record"
)

const (
	cursorMagic = "SKWCURS\n"
	cursorName  = "cursors"
	cursorTemp  = "cursors.new"
	minSlot     = 64 << 10
	maxSlot     = 1 << 30
)

// cursorState is what the file of cursors holds.
type cursorState struct {
	generation uint64
	spool      [16]byte
	// next is a position that was never used, nor any above it.
	next record.Position
	// synced is the last position that was durable.
	synced  record.Position
	records []cursorRecord
}

// cursorRecord is the durable part of a destination's cursor.
type cursorRecord struct {
	address string
	// frontier: all records of the destination at or below it are settled.
	frontier record.Position
	// epoch rises when old positions are sent again on purpose.
	epoch uint64
	// parked: the destination was not configured when this was written.
	parked bool
	// dropped counts the records that were deleted while it was parked.
	dropped uint64
	// note is the lane's.
	note []byte
	// replay is under way; nil: none is. In the file is only its base, at first.
	replay *replayed
}

func (s *cursorState) encode() []byte {
	var e encoder
	e.u64(s.generation)
	e.b = append(e.b, s.spool[:]...)
	e.u64(uint64(s.next))
	e.u64(uint64(s.synced))
	e.u32(uint32(len(s.records)))
	for i := range s.records {
		r := &s.records[i]
		e.bytes([]byte(r.address))
		e.u64(uint64(r.frontier))
		e.u64(r.epoch)
		e.u16(boolBit(r.parked))
		e.u64(r.dropped)
		e.bytes(r.note)
	}
	var under encoder
	n := 0
	for i := range s.records {
		if r := s.records[i].replay; r != nil {
			under.u32(uint32(i))
			under.u64(uint64(r.base))
			n++
		}
	}
	if n > 0 {
		e.u32(uint32(n))
		e.b = append(e.b, under.b...)
	}
	return sealSheet(cursorMagic, formatVersion, 0, e.b)
}

func decodeCursorState(b []byte) (s cursorState, ok bool) {
	d := decoder{b: b}
	s.generation = d.u64()
	copy(s.spool[:], d.next(16))
	s.next = record.Position(d.u64())
	s.synced = record.Position(d.u64())
	for range d.u32() {
		s.records = append(s.records, cursorRecord{
			address:  string(d.bytes()),
			frontier: record.Position(d.u64()),
			epoch:    d.u64(),
			parked:   d.u16() != 0,
			dropped:  d.u64(),
			note:     slices.Clone(d.bytes()),
		})
		if d.short || s.records[len(s.records)-1].frontier >= s.next {
			return s, false
		}
	}
	if !d.short && len(d.b) > 0 {
		for range d.u32() {
			i, base := int(d.u32()), record.Position(d.u64())
			if d.short || i >= len(s.records) || base >= s.next {
				return s, false
			}
			s.records[i].replay = &replayed{base: base}
		}
	}
	return s, !d.short && s.next <= maxPosition && s.synced < s.next
}

// cursorFile keeps the cursors of all destinations in two slots. What is synced stays as it is until the other slot is
// synced too, so that at any time one of them is intact. A write that is not synced can be lost; then records are sent
// again.
type cursorFile struct {
	fs   fileSystem
	file file
	slot int64 // bytes of one slot
	// write is the slot to write to, 0 or 1: not the one that was synced last.
	write      int64
	generation uint64
	unsynced   bool
}

// openCursors reads the file. ok is false when it holds no intact state; damaged says that it is there nevertheless.
func openCursors(fsys fileSystem) (c *cursorFile, s cursorState, ok, damaged bool, err error) {
	c = &cursorFile{fs: fsys}
	f, err := fsys.Open(cursorName)
	if errors.Is(err, fs.ErrNotExist) {
		return c, s, false, false, nil
	}
	if err != nil {
		return nil, s, false, false, fmt.Errorf("open cursors: %w", err)
	}
	s, slot, which, ok, err := readSlots(steadyFile{f})
	if err != nil {
		return nil, s, false, false, errors.Join(fmt.Errorf("read cursors: %w", err), f.Close())
	}
	if !ok {
		return c, s, false, true, f.Close() // the first write makes a new file
	}
	// What was read may be in the system's memory only, and the next write goes to the other slot.
	if err := f.Sync(); err != nil {
		return nil, s, false, false, errors.Join(fmt.Errorf("sync cursors: %w", err), f.Close())
	}
	c.file, c.slot, c.write, c.generation = f, slot, 1-which, s.generation
	return c, s, true, false, nil
}

// readSlots returns the newest intact state, the size of the slots, and which one it is in.
func readSlots(f file) (s cursorState, slot, which int64, ok bool, err error) {
	size, err := f.Size()
	if err != nil {
		return s, 0, 0, false, err
	}
	b := make([]byte, min(size, 2*maxSlot))
	if _, err := readFull(f, b, 0); err != nil {
		return s, 0, 0, false, err
	}
	look := func(at int64) (cursorState, bool, error) {
		if at >= int64(len(b)) {
			return cursorState{}, false, nil
		}
		contents, version, ok := openSheet(cursorMagic, 0, b[at:])
		if ok && version > formatVersion {
			return cursorState{}, false, &newerError{name: cursorName, version: version}
		}
		if !ok {
			return cursorState{}, false, nil
		}
		s, ok := decodeCursorState(contents)
		return s, ok, nil
	}
	first, ok, err := look(0)
	if err != nil {
		return s, 0, 0, false, err
	}
	if ok {
		s = first
	}
	slot = max(minSlot, size/2)
	// A file that was cut has its second slot where it always was.
	for at := int64(minSlot); at <= maxSlot && at < size; at *= 2 {
		second, also, err := look(at)
		if err != nil {
			return s, 0, 0, false, err
		}
		if also && (!ok || second.generation > s.generation) {
			return second, at, 1, true, nil
		}
	}
	return s, slot, 0, ok, nil
}

// put writes the state, without making it durable.
func (c *cursorFile) put(s *cursorState) error {
	s.generation = c.generation + 1
	b := s.encode()
	if c.file == nil || int64(len(b)) > c.slot {
		return c.replace(s, b)
	}
	if _, err := c.file.WriteAt(b, c.write*c.slot); err != nil {
		return fmt.Errorf("write cursors: %w", err)
	}
	c.generation, c.unsynced = s.generation, true
	return nil
}

// sync makes durable what was put. After a failure the file is not trusted: the next put makes a new one.
func (c *cursorFile) sync() error {
	if !c.unsynced {
		return nil
	}
	if err := c.file.Sync(); err != nil {
		_ = c.file.Close()
		c.file = nil
		return fmt.Errorf("sync cursors: %w", err)
	}
	c.write, c.unsynced = 1-c.write, false
	return nil
}

// replace makes a new file, with slots that are large enough, and puts it in the place of the old one.
func (c *cursorFile) replace(s *cursorState, b []byte) error {
	slot := max(c.slot, minSlot)
	for slot < 2*int64(len(b)) {
		slot *= 2
	}
	if slot > maxSlot {
		return fmt.Errorf("write cursors: %d bytes; at most %d", len(b), maxSlot/2)
	}
	f, err := createOver(c.fs, cursorTemp)
	if err != nil {
		return fmt.Errorf("make cursors: %w", err)
	}
	if err := fill(f, b, 2*slot); err != nil {
		return errors.Join(fmt.Errorf("make cursors: %w", err), f.Close())
	}
	if c.file != nil {
		_ = c.file.Close()
		c.file = nil // whichever file has the name now
	}
	err = c.fs.Rename(cursorTemp, cursorName)
	if err == nil {
		err = c.fs.SyncFolder("")
	}
	if err != nil {
		return errors.Join(fmt.Errorf("make cursors: %w", err), f.Close())
	}
	c.file, c.slot, c.write, c.generation, c.unsynced = f, slot, 1, s.generation, false
	return nil
}

// fill gives a new file its first bytes and makes it durable.
func fill(f file, b []byte, size int64) error {
	if err := f.Allocate(size); err != nil {
		return err
	}
	if _, err := f.WriteAt(b, 0); err != nil {
		return err
	}
	return f.SyncAll()
}

func (c *cursorFile) close() error {
	if c.file == nil {
		return nil
	}
	return c.file.Close()
}
