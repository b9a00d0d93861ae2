package spool

import (
	"encoding/binary"
	"fmt"

	"github.com/skidway/skidway/core/record"
)

const (
	headerMagic = "SKWSEGM\n"
	footerMagic = "SKWFOOT\n"
	// formatVersion is what this program writes, and the newest that it reads.
	formatVersion = 1
	// Format is the newest version of the files; every file is written in it.
	Format = formatVersion
	// headerAlign: the header is there twice, each copy in sectors of its own.
	headerAlign    = 512
	maxHeaderBytes = 4 << 20
	// maxPosition is beyond what is ever reached: at a billion records a second, in a hundred years.
	maxPosition = 1 << 62
	// footerTail ends a sealed segment: where the footer begins.
	footerTail = 8
)

// segmentHeader begins a segment's file.
type segmentHeader struct {
	spool [16]byte
	salt  uint64
	// first is the first position that may be in the segment, and reserved how many from there on are never given to
	// another segment.
	first    record.Position
	reserved uint64
	// previous is the last position in the log before this segment: everything after that and before first was never
	// used.
	previous record.Position
	// thinned: positions may be missing, because those were done with.
	thinned bool
	sets    setTable
}

// setTable holds the addresses of the destinations of Set i at i-1.
type setTable [][]string

// seed begins all checksums in the segment but the header's.
func (h *segmentHeader) seed() uint32 {
	return checksum(checksum(0, h.spool[:]), binary.LittleEndian.AppendUint64(nil, h.salt))
}

// end returns the first position behind those that are reserved.
func (h *segmentHeader) end() record.Position { return h.first + record.Position(h.reserved) }

// encode returns both copies.
func (h *segmentHeader) encode() []byte {
	var e encoder
	e.b = append(e.b, h.spool[:]...)
	e.u64(h.salt)
	e.u64(uint64(h.first))
	e.u64(h.reserved)
	e.u64(uint64(h.previous))
	e.u16(boolBit(h.thinned))
	h.sets.encode(&e)
	sheet := sealSheet(headerMagic, formatVersion, 0, e.b)
	n := alignUp(int64(len(sheet)), headerAlign)
	b := make([]byte, 2*n)
	copy(b, sheet)
	copy(b[n:], sheet)
	return b
}

func boolBit(v bool) int {
	if v {
		return 1
	}
	return 0
}

// encode writes each address once and the sets as their numbers.
func (t setTable) encode(e *encoder) {
	numbers := map[string]int{}
	var addresses []string
	for _, set := range t {
		for _, a := range set {
			if _, ok := numbers[a]; !ok {
				numbers[a] = len(addresses)
				addresses = append(addresses, a)
			}
		}
	}
	e.u32(uint32(len(addresses)))
	for _, a := range addresses {
		e.bytes([]byte(a))
	}
	e.u32(uint32(len(t)))
	for _, set := range t {
		e.u32(uint32(len(set)))
		for _, a := range set {
			e.u32(uint32(numbers[a]))
		}
	}
}

func decodeSetTable(d *decoder) setTable {
	var addresses []string
	for range d.u32() {
		if d.short {
			return nil
		}
		addresses = append(addresses, string(d.bytes()))
	}
	var t setTable
	for range d.u32() {
		var set []string
		for range d.u32() {
			n := int(d.u32())
			if d.short || n >= len(addresses) {
				d.short = true
				return nil
			}
			set = append(set, addresses[n])
		}
		if d.short {
			return nil
		}
		t = append(t, set)
	}
	return t
}

// newerError says that files were written by a program that knows more than this one.
type newerError struct {
	name    string
	version uint32
}

func (e *newerError) Error() string {
	return fmt.Sprintf("%s has format version %d and this program reads up to %d: run the version that wrote it, or a newer one",
		e.name, e.version, formatVersion)
}

// readHeader reads a segment's header, from the second copy when the first is damaged, and returns where the entries
// begin. ok is false when there is none.
func readHeader(f file, name string) (h segmentHeader, start int64, ok bool, err error) {
	size, err := f.Size()
	if err != nil {
		return h, 0, false, err
	}
	b := make([]byte, min(size, 2*maxHeaderBytes))
	n, err := readFull(f, b[:min(len(b), 64<<10)], 0)
	if err != nil {
		return h, 0, false, err
	}
	if h, start, ok, err = headerIn(b[:n], name); ok || err != nil {
		return h, start, ok, err
	}
	if n, err = readFull(f, b, 0); err != nil {
		return h, 0, false, err
	}
	return headerIn(b[:n], name)
}

// headerIn looks for the second copy wherever it could be.
func headerIn(b []byte, name string) (h segmentHeader, start int64, ok bool, err error) {
	for at := 0; at < len(b) && at <= maxHeaderBytes; at += headerAlign {
		contents, version, ok := openSheet(headerMagic, 0, b[at:])
		if !ok {
			continue
		}
		if version > formatVersion {
			return h, 0, false, &newerError{name: name, version: version}
		}
		copyBytes := alignUp(int64(sheetHead+len(contents)), headerAlign)
		if at != 0 && int64(at) != copyBytes {
			continue
		}
		d := decoder{b: contents}
		copy(h.spool[:], d.next(16))
		h.salt = d.u64()
		h.first = record.Position(d.u64())
		h.reserved = d.u64()
		h.previous = record.Position(d.u64())
		h.thinned = d.u16() != 0
		h.sets = decodeSetTable(&d)
		if d.short || h.first == 0 || h.previous >= h.first || h.reserved > maxPosition || h.end() > maxPosition {
			continue
		}
		return h, 2 * copyBytes, true, nil
	}
	return h, 0, false, nil
}

// summary says what is in a segment. A sealed one ends with it.
type summary struct {
	entries int64
	// last position; that before the first when there are no entries.
	last record.Position
	// end is the offset behind the last entry.
	end int64
	// oldest and newest are when the first entry and the newest record were received, in nanoseconds since 1970.
	oldest, newest int64
	// recovered: the segment was not sealed when it was opened again. More positions than last may have been used.
	recovered bool
	tallies   []tally // of Set i at i-1
}

// tally is what a segment holds for one set of destinations.
type tally struct {
	records, bytes int64
	last           record.Position
}

// add counts an entry in.
func (s *summary) add(e *logEntry) {
	s.last = e.last()
	if e.filler() {
		return
	}
	for len(s.tallies) < int(e.set) {
		s.tallies = append(s.tallies, tally{})
	}
	t := &s.tallies[e.set-1]
	t.records += int64(e.count)
	t.bytes += int64(e.dataLen)
	t.last = e.last()
	if s.entries == 0 {
		s.oldest = e.received()
	}
	s.entries++
	s.newest = max(s.newest, e.received())
}

// footerBytes returns how long the footer of a segment with so many sets is at most.
func footerBytes(sets int) int64 { return int64(sheetHead + 5*8 + 2 + 4 + 3*8*sets + footerTail) }

// encode returns the footer.
func (s *summary) encode(seed uint32) []byte {
	var e encoder
	e.u64(uint64(s.entries))
	e.u64(uint64(s.last))
	e.u64(uint64(s.end))
	e.u64(uint64(s.oldest))
	e.u64(uint64(s.newest))
	e.u16(boolBit(s.recovered))
	e.u32(uint32(len(s.tallies)))
	for _, t := range s.tallies {
		e.u64(uint64(t.records))
		e.u64(uint64(t.bytes))
		e.u64(uint64(t.last))
	}
	b := sealSheet(footerMagic, formatVersion, seed, e.b)
	return binary.LittleEndian.AppendUint64(b, uint64(s.end))
}

// readFooter reads the summary at the end of a sealed segment. ok is false when there is none that is intact and in its
// place.
func readFooter(f file, h *segmentHeader, start int64) (s summary, ok bool, err error) {
	size, err := f.Size()
	if err != nil {
		return s, false, err
	}
	var tail [footerTail]byte
	if size < start+footerTail {
		return s, false, nil
	}
	if _, err := readFull(f, tail[:], size-footerTail); err != nil {
		return s, false, err
	}
	at := int64(binary.LittleEndian.Uint64(tail[:]))
	if at < start || at > size-footerTail-sheetHead || size-at > footerBytes(len(h.sets)) {
		return s, false, nil
	}
	b := make([]byte, size-at-footerTail)
	if _, err := readFull(f, b, at); err != nil {
		return s, false, err
	}
	contents, _, ok := openSheet(footerMagic, h.seed(), b)
	if !ok || len(contents)+sheetHead != len(b) {
		return s, false, nil
	}
	d := decoder{b: contents}
	s.entries = int64(d.u64())
	s.last = record.Position(d.u64())
	s.end = int64(d.u64())
	s.oldest = int64(d.u64())
	s.newest = int64(d.u64())
	s.recovered = d.u16() != 0
	for range min(int(d.u32()), len(h.sets)) {
		s.tallies = append(s.tallies, tally{int64(d.u64()), int64(d.u64()), record.Position(d.u64())})
	}
	return s, !d.short && s.end == at, nil
}
