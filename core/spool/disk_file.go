package spool

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/skidway/skidway/core/record"
)

// segmentFile is one file of the log. Its header never changes; the rest is guarded by gate.mu.
type segmentFile struct {
	name   string
	header segmentHeader
	seed   uint32
	start  int64 // of the entries
	// summary is of what is durable.
	summary
	// sealed: nothing is added any more.
	sealed bool
	// size of the file when it is sealed.
	size int64
	// keep: a damage in it could not be copied, so it goes to the quarantine itself.
	keep bool
	// misread counts how often it could not be read to be thinned. Guarded by Disk.shaping.
	misread int
	// damages that were found in it, by rising offset.
	damages []damage
}

// damage is a piece of a segment in which no record can be read.
type damage struct {
	at, next int64 // the piece's first byte and the first one behind it
	// first and last position that is lost; last is lower than first when none is.
	first, last record.Position
}

const segmentSuffix = ".seg"

func segmentName(first record.Position) string { return fmt.Sprintf("%020d%s", first, segmentSuffix) }

// segmentFirst returns the first position of the segment of that name; ok is false for any other name.
func segmentFirst(name string) (first record.Position, ok bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return record.Position(n), err == nil && n > 0 && n <= maxPosition
}

// tallyOf returns what the segment holds for the destination.
func (f *segmentFile) tallyOf(address string) tally {
	var sum tally
	for i, t := range f.tallies {
		if t.records > 0 && i < len(f.header.sets) && slices.Contains(f.header.sets[i], address) {
			sum.records += t.records
			sum.bytes += t.bytes
			sum.last = max(sum.last, t.last)
		}
	}
	return sum
}

// members returns, for the Set at each index, whether the destination is in it.
func (h *segmentHeader) members(address string) []bool {
	m := make([]bool, len(h.sets)+1)
	for i, set := range h.sets {
		m[i+1] = slices.Contains(set, address)
	}
	return m
}

// readFull reads up to len(b) bytes; fewer only at the end of the file.
func readFull(f io.ReaderAt, b []byte, off int64) (int, error) {
	n, err := f.ReadAt(b, off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}
