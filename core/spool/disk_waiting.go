package spool

import (
	"errors"
	"io"
	"io/fs"

	"github.com/skidway/skidway/core/record"
)

// waiting returns what a segment holds for a destination behind its frontier, without what is gone, or more when it can't
// be read, and when the first of that was received.
func waiting(r reader, f *segmentFile, address string, frontier record.Position, replay *replayed, gone gone) (sum tally, oldest int64, err error) {
	sum, _, oldest, err = countWaiting(r, f, address, frontier, replay, gone)
	return sum, oldest, err
}

// countWaiting is waiting, and says how many of the records it could not read: some of those may be settled. It never
// counts too little, for what is not counted counts as settled.
func countWaiting(r reader, f *segmentFile, address string, frontier record.Position, replay *replayed, gone gone) (sum tally, unsure, oldest int64, err error) {
	own, settled := f.tallyOf(address), replay.settledBefore(frontier)
	again := replay.needs(f.header.first, f.last, frontier)
	switch {
	case !again && (own.last <= settled || gone.covers(max(f.header.first, settled+1), own.last)):
		return sum, 0, 0, nil
	case !again && f.header.first > settled && !gone.meets(f.header.first, own.last):
		return own, 0, f.oldest, nil
	}
	file, err := r.Open(f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return sum, 0, 0, nil
	}
	if err != nil {
		return sum, 0, 0, err
	}
	defer file.Close()
	members := f.header.members(address)
	var seen tally // of all that the destination may get, settled or not
	read := func(file io.ReaderAt) error {
		sum, seen, oldest = tally{}, tally{}, 0
		_, err := walk(file, &f.header, f.start, f.end, f.header.first, f.last, func(_ int64, e *logEntry) {
			member := int(e.set) < len(members) && members[e.set]
			if member || again {
				seen.records += int64(e.count)
				seen.bytes += int64(e.dataLen)
			}
			t := replay.tally(e, frontier, gone, member)
			if sum.records == 0 && t.records > 0 {
				oldest = e.received()
			}
			sum.records += t.records
			sum.bytes += t.bytes
		})
		return err
	}
	if read(steadyFile{file}) == nil {
		return sum, 0, oldest, nil
	}
	if err := read(patchedFile{file}); err != nil {
		return sum, 0, 0, err
	}
	held := own
	if again {
		held = f.all()
	}
	unsure = max(0, held.records-seen.records)
	if unsure > 0 {
		oldest = f.oldest
	}
	sum.records += unsure
	sum.bytes += max(0, held.bytes-seen.bytes)
	return sum, unsure, oldest, nil
}

// all returns what the segment holds.
func (f *segmentFile) all() (sum tally) {
	for _, t := range f.tallies {
		sum.records += t.records
		sum.bytes += t.bytes
		sum.last = max(sum.last, t.last)
	}
	return sum
}
