package file

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Sizes in bytes and places of the state's slots; README.md has the format.
const (
	slotSize   = 512
	slots      = 4
	stateSize  = slots * slotSize
	slotMagic  = "SKWFILE"
	slotFormat = 1
	nameOffset = 102
	sumOffset  = slotSize - 8
	crcOffset  = slotSize - 4
	// maxName is the longest name of an output that has a state: with what is around it, it is a file name itself.
	maxName = 255 - len(".") - len(stateSuffix)
)

const (
	flagKnown  = 1 << 0
	flagClosed = 1 << 1
)

// entry is what one slot of the state says about the output.
type entry struct {
	generation uint64
	owner      [16]byte
	epoch      uint64
	boot       [16]byte
	file       identity
	// size of the file in bytes, all of it whole batches of ours or not ours.
	size int64
	// last is the highest position that the file, or one that was rotated, holds when known is set.
	last  uint64
	known bool
	// closed: nothing of ours is behind size. For a ledger: nor behind that of any file that it names.
	closed bool
	// intent is the time in a rotated file's name, in microseconds since 1970, while the output may or may not have
	// that name already; otherwise 0.
	intent int64
	// name of the output, without its folder.
	name string
	// sum is the CRC-32C of the first size bytes of a ledger; 0 for an output, whose content is nobody's to check.
	sum uint32
}

// identity tells a file from another one of the same name. The file system gives an inode's number to another file
// once it is free, so the time at which the file was made belongs to it.
type identity struct {
	inode uint64
	// made in nanoseconds since 1970; 0: the file system does not know.
	made int64
}

var (
	errEmptySlot   = errors.New("slot is empty")
	errDamagedSlot = errors.New("slot is damaged")
	errOtherFormat = errors.New("slot has the format of another version")
)

// put writes the entry to a slot. The name has at most maxName bytes.
func (e *entry) put(b *[slotSize]byte) {
	clear(b[:])
	le := binary.LittleEndian
	copy(b[0:], slotMagic)
	b[7] = slotFormat
	le.PutUint64(b[8:], e.generation)
	copy(b[16:], e.owner[:])
	le.PutUint64(b[32:], e.epoch)
	copy(b[40:], e.boot[:])
	le.PutUint64(b[56:], e.file.inode)
	le.PutUint64(b[64:], uint64(e.file.made))
	le.PutUint64(b[72:], uint64(e.size))
	le.PutUint64(b[80:], e.last)
	le.PutUint64(b[88:], uint64(e.intent))
	flags := uint32(0)
	if e.known {
		flags |= flagKnown
	}
	if e.closed {
		flags |= flagClosed
	}
	le.PutUint32(b[96:], flags)
	le.PutUint16(b[100:], uint16(len(e.name)))
	copy(b[nameOffset:sumOffset], e.name)
	le.PutUint32(b[sumOffset:], e.sum)
	le.PutUint32(b[crcOffset:], checksum(b))
}

// parseSlot reads a slot. Whatever is in it, it returns an entry that can be believed or an error.
func parseSlot(b *[slotSize]byte) (entry, error) {
	le := binary.LittleEndian
	switch {
	case *b == [slotSize]byte{}:
		return entry{}, errEmptySlot
	case !bytes.HasPrefix(b[:], []byte(slotMagic)) || le.Uint32(b[crcOffset:]) != checksum(b):
		return entry{}, errDamagedSlot
	case b[7] != slotFormat:
		return entry{}, errOtherFormat
	}
	flags, length := le.Uint32(b[96:]), int(le.Uint16(b[100:]))
	e := entry{
		generation: le.Uint64(b[8:]),
		owner:      [16]byte(b[16:]),
		epoch:      le.Uint64(b[32:]),
		boot:       [16]byte(b[40:]),
		file:       identity{le.Uint64(b[56:]), int64(le.Uint64(b[64:]))},
		size:       int64(le.Uint64(b[72:])),
		last:       le.Uint64(b[80:]),
		intent:     int64(le.Uint64(b[88:])),
		known:      flags&flagKnown != 0,
		closed:     flags&flagClosed != 0,
		sum:        le.Uint32(b[sumOffset:]),
	}
	if length > maxName || e.size < 0 || e.intent < 0 || e.generation == 0 {
		return entry{}, errDamagedSlot
	}
	e.name = string(b[nameOffset : nameOffset+length])
	return e, nil
}

func checksum(b *[slotSize]byte) uint32 {
	return checksumOf(b[:crcOffset])
}

// checksumOf returns the CRC-32C of p.
func checksumOf(p []byte) uint32 { return crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)) }

// choose returns the entry that counts under the given boot, nil when there is none, and why an entry can't be
// believed. Once a slot is damaged no other can be: the damaged one may have been the newest, and the router may have
// forgotten what it said.
func choose(content []byte, boot [16]byte) (chosen *entry, err error) {
	if len(content) == 0 {
		return nil, nil
	}
	if len(content) != stateSize {
		return nil, errDamagedSlot
	}
	var newest, synced *entry
	for i := range slots {
		e, err := parseSlot((*[slotSize]byte)(content[i*slotSize:]))
		if err != nil {
			return nil, err
		}
		if newest == nil || e.generation > newest.generation {
			newest = &e
		}
		if i >= slots/2 && (synced == nil || e.generation > synced.generation) {
			synced = &e
		}
	}
	switch {
	case boot == [16]byte{}:
		return nil, errNoBoot
	case newest.boot == boot:
		return newest, nil
	default:
		return synced, nil
	}
}

// errNoBoot says that a kill can't be told from a power cut.
var errNoBoot = errors.New("the system does not say when it was started")
