package spool

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"unsafe"

	"github.com/skidway/skidway/core/record"
)

// An entry is one group in the log, in memory and on disk alike. README.md draws it.
const (
	entryMagic = 0x45574b53 // SKWE
	entryHead  = 72
	entryAlign = 8
	// maxEntryBytes is the most that a group may take.
	maxEntryBytes = 1 << 30

	flagTruncated = 1 << 0
	// flagFiller: the entry has no records and its contents mean nothing. It stands where a write was not finished.
	flagFiller = 1 << 1
	// flagSkips: behind the sizes are the records' skips.
	flagSkips = 1 << 2

	knownFlags = flagTruncated | flagFiller | flagSkips
)

// logEntry is an entry in a buffer that holds all of it.
type logEntry struct {
	buf     []byte // from the first byte of its head to the last of its padding
	first   record.Position
	count   int
	set     Set
	sizesAt int
	dataAt  int
	dataLen int
}

// last returns the position of the last record.
func (e *logEntry) last() record.Position { return e.first + record.Position(e.count) - 1 }

// sizes returns the sizes of the records from the given one on. They alias the buffer.
func (e *logEntry) sizes(from int) []uint32 {
	if e.count == 0 {
		return nil
	}
	// The buffer begins at a multiple of 8 and holds the bytes as this machine does: OpenDisk refuses any other.
	all := unsafe.Slice((*uint32)(unsafe.Pointer(&e.buf[e.sizesAt])), e.count)
	return all[from:]
}

// skips returns the skips of the records from the given one on; nil when there are none. They alias the buffer.
func (e *logEntry) skips(from int) []uint32 {
	if !e.has(flagSkips) {
		return nil
	}
	all := unsafe.Slice((*uint32)(unsafe.Pointer(&e.buf[e.sizesAt+e.count*sizeBytes])), e.count)
	return all[from:]
}

// recordID returns the id of record i.
func (e *logEntry) recordID(i int) uint64 { return record.ID(e.id(), e.skips(0), i) }

func (e *logEntry) has(flag uint16) bool { return binary.LittleEndian.Uint16(e.buf[62:])&flag != 0 }

func (e *logEntry) received() int64 { return int64(binary.LittleEndian.Uint64(e.buf[32:])) }
func (e *logEntry) id() uint64      { return binary.LittleEndian.Uint64(e.buf[24:]) }
func (e *logEntry) synced() int64   { return int64(binary.LittleEndian.Uint64(e.buf[16:])) }

// origin returns the records' origin. It shares the strings of like, where they are the same.
func (e *logEntry) origin(like *record.Origin) *record.Origin {
	source, peer, client := e.names()
	text := e.buf[entryHead:]
	o := &record.Origin{
		Source:           same(like.Source, text[:source]),
		Peer:             same(like.Peer, text[source:][:peer]),
		ClientName:       same(like.ClientName, text[source+peer:][:client]),
		PeerPort:         binary.LittleEndian.Uint32(e.buf[52:]),
		ReceivedUnixNano: e.received(),
		Truncated:        e.has(flagTruncated),
		ID:               e.id(),
	}
	return o
}

func same(s string, b []byte) string {
	if s == string(b) {
		return s
	}
	return string(b)
}

func (e *logEntry) names() (source, peer, client int) {
	le := binary.LittleEndian
	return int(le.Uint16(e.buf[56:])), int(le.Uint16(e.buf[58:])), int(le.Uint16(e.buf[60:]))
}

// groupBytes returns how many bytes the group takes in the log.
func groupBytes(g *record.Group) (int64, error) {
	o := &g.Origin
	for _, name := range []string{o.Source, o.Peer, o.ClientName} {
		if len(name) > math.MaxUint16 {
			return 0, fmt.Errorf("append group: a name of %d bytes in its origin; at most %d", len(name), math.MaxUint16)
		}
	}
	n := alignUp(int64(entryHead+len(o.Source)+len(o.Peer)+len(o.ClientName)), sizeBytes) +
		int64(len(g.Sizes))*int64(recordBytes(g.Skips != nil)) + int64(len(g.Data))
	if n = alignUp(n, entryAlign); n > maxEntryBytes {
		return 0, fmt.Errorf("append group: %d bytes; at most %d", n, maxEntryBytes)
	}
	return n, nil
}

func alignUp(n, to int64) int64 { return (n + to - 1) / to * to }

// encodeEntry writes the group to buf, which is as long as groupBytes says, but for what finishEntry adds.
func encodeEntry(buf []byte, g *record.Group, first record.Position, set Set) {
	le, o := binary.LittleEndian, &g.Origin
	le.PutUint32(buf[0:], entryMagic)
	le.PutUint32(buf[4:], uint32(len(buf)))
	le.PutUint64(buf[8:], uint64(first))
	le.PutUint64(buf[24:], o.ID)
	le.PutUint64(buf[32:], uint64(o.ReceivedUnixNano))
	le.PutUint32(buf[40:], uint32(len(g.Sizes)))
	le.PutUint32(buf[44:], uint32(set))
	le.PutUint32(buf[48:], uint32(len(g.Data)))
	le.PutUint32(buf[52:], o.PeerPort)
	le.PutUint16(buf[56:], uint16(len(o.Source)))
	le.PutUint16(buf[58:], uint16(len(o.Peer)))
	le.PutUint16(buf[60:], uint16(len(o.ClientName)))
	var flags uint16
	if o.Truncated {
		flags |= flagTruncated
	}
	if g.Skips != nil {
		flags |= flagSkips
	}
	le.PutUint16(buf[62:], flags)
	at := entryHead
	at += copy(buf[at:], o.Source)
	at += copy(buf[at:], o.Peer)
	at += copy(buf[at:], o.ClientName)
	for ; at%sizeBytes != 0; at++ {
		buf[at] = 0
	}
	at += copy(buf[at:], bytesOf(g.Sizes))
	at += copy(buf[at:], bytesOf(g.Skips))
	at += copy(buf[at:], g.Data)
	clear(buf[at:])
	le.PutUint32(buf[64:], checksum(0, buf[entryHead:]))
}

// bytesOf returns the numbers as they lie in memory.
func bytesOf(n []uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(n))), len(n)*sizeBytes)
}

// finishEntry makes the entry one of the file with the given seed, of which everything below synced is durable.
func finishEntry(buf []byte, seed uint32, synced int64) {
	binary.LittleEndian.PutUint64(buf[16:], uint64(synced))
	binary.LittleEndian.PutUint32(buf[68:], checksum(seed, buf[:68]))
}

// checksum goes on with a CRC-32C.
func checksum(sum uint32, b []byte) uint32 {
	return crc32.Update(sum, crc32.MakeTable(crc32.Castagnoli), b)
}

// fillerEntry returns the head of an entry of that length that has no records. What comes behind it begins with position
// first.
func fillerEntry(length int64, first record.Position) []byte {
	b := make([]byte, entryHead)
	le := binary.LittleEndian
	le.PutUint32(b[0:], entryMagic)
	le.PutUint32(b[4:], uint32(length))
	le.PutUint64(b[8:], uint64(first))
	le.PutUint16(b[62:], flagFiller)
	return b
}

// filler reports whether the entry has no records.
func (e *logEntry) filler() bool { return e.has(flagFiller) }

// soundness is what parseEntry says about bytes.
type soundness uint8

const (
	sound soundness = iota
	// torn: the buffer ends before the entry does.
	torn
	// broken: there is an entry and its length is right, but its contents are not what was appended.
	broken
	// noise: there is no entry.
	noise
)

// parseEntry looks at the entry at the start of buf. need is how long it is; when it is torn, at least so long.
func parseEntry(buf []byte, seed uint32) (e logEntry, need int64, s soundness) {
	le := binary.LittleEndian
	if len(buf) < entryHead {
		return e, entryHead, torn
	}
	if le.Uint32(buf) != entryMagic || le.Uint32(buf[68:]) != checksum(seed, buf[:68]) {
		return e, 0, noise
	}
	e = headOf(buf)
	need = int64(le.Uint32(buf[4:]))
	filler := e.filler()
	switch {
	case need%entryAlign != 0 || need < entryHead:
		return e, 0, noise
	case !filler && (alignUp(int64(e.dataAt)+int64(e.dataLen), entryAlign) != need || e.count == 0 || e.set == 0):
		return e, 0, noise
	case int64(len(buf)) < need:
		return e, need, torn
	}
	e.buf = buf[:need:need]
	if e.has(^uint16(knownFlags)) || !filler && (le.Uint32(buf[64:]) != checksum(0, e.buf[entryHead:]) || !e.adds()) {
		return e, need, broken
	}
	return e, need, sound
}

// adds reports whether the sizes are those of the data.
func (e *logEntry) adds() bool {
	sum := int64(e.count)
	for _, n := range e.sizes(0) {
		sum += int64(n)
	}
	return sum == int64(e.dataLen)
}

// headOf reads the head of an entry that is known to be sound, or at least its head. The rest need not be there.
func headOf(buf []byte) logEntry {
	le := binary.LittleEndian
	e := logEntry{
		buf:     buf,
		first:   record.Position(le.Uint64(buf[8:])),
		count:   int(le.Uint32(buf[40:])),
		set:     Set(le.Uint32(buf[44:])),
		dataLen: int(le.Uint32(buf[48:])),
	}
	source, peer, client := e.names()
	e.sizesAt = int(alignUp(int64(entryHead+source+peer+client), sizeBytes))
	e.dataAt = e.sizesAt + e.count*recordBytes(e.has(flagSkips))
	return e
}

// entryIn returns the sound entry at the start of buf.
func entryIn(buf []byte) logEntry {
	e := headOf(buf)
	e.buf = buf[:binary.LittleEndian.Uint32(buf[4:])]
	return e
}
