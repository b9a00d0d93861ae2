package delivery

import (
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// flushReason says why a batch was closed.
type flushReason uint8

const (
	flushRecords flushReason = iota
	flushBytes
	flushAge
	flushDrain
	flushOpen
	flushReasons
)

// batcher gathers runs into the next batch. It holds one batch at a time and has no clock.
type batcher struct {
	maxRecords, maxBytes int
	maxAge               time.Duration
	// set is the values of all its records.
	set *values

	runs           []spool.Run
	records, bytes int
	// since is when the first record was taken, and taken how many bytes the lane had taken before it.
	since time.Time
	taken int64
	// youngest is when the last received record was received, in nanoseconds since 1970.
	youngest int64

	// carry is a record that did not fit. It is the first of the next batch. carried says that there is one.
	carry      spool.Run
	carrySince time.Time
	carryTaken int64
	carried    bool
	// closed: nothing more is to be read for now.
	closed bool
	// again: the batch is being cut again as it was, so it is not sent before all of it was read.
	again bool
	// at is its place in partitions.idle.
	at int
}

func (b *batcher) empty() bool { return b.records == 0 }

// first returns the position of the first record of a batcher that is not empty.
func (b *batcher) first() record.Position { return b.runs[0].First }

// full reports whether the batch takes no more.
func (b *batcher) full() bool {
	return b.records >= b.maxRecords || b.records > 0 && (b.carried || b.closed || b.bytes >= b.maxBytes)
}

// room returns what the batch still takes; it is not full.
func (b *batcher) room() (records, bytes int) {
	return b.maxRecords - b.records, max(b.maxBytes-b.bytes, 0)
}

// fits returns how many records of the sizes the batch takes, at least one.
func (b *batcher) fits(sizes []uint32) int {
	records, bytes := b.room()
	n, length := 0, 0
	for _, size := range sizes {
		if length += int(size) + 1; n > 0 && (n == records || length > bytes) {
			break
		}
		n++
	}
	return n
}

// add appends a run that is within room, or is one record that is larger than room: that becomes the first of the next
// batch, except when this one is empty. The batcher owns the run's hold from here on. taken is how many bytes the lane
// had taken before it.
func (b *batcher) add(r spool.Run, taken int64, now time.Time) {
	if b.records > 0 && b.bytes+len(r.Data) > b.maxBytes {
		b.carry, b.carrySince, b.carryTaken, b.carried = r, now, taken, true
		return
	}
	if b.records == 0 {
		b.since, b.taken, b.youngest = now, taken, r.Origin.ReceivedUnixNano
	}
	b.runs = append(b.runs, r)
	b.records += len(r.Sizes)
	b.bytes += len(r.Data)
	b.youngest = max(b.youngest, r.Origin.ReceivedUnixNano)
}

// due reports whether the batch is to be sent, and why.
func (b *batcher) due(now time.Time, draining bool) (flushReason, bool) {
	switch {
	case b.records == 0:
		return 0, false
	case b.records >= b.maxRecords:
		return flushRecords, true
	case b.full():
		return flushBytes, true
	case draining:
		return flushDrain, true
	default:
		return flushAge, !now.Before(b.since.Add(b.maxAge))
	}
}

// moveTo hands the batch over to f, which holds none, and takes f's slice of runs for the next one.
func (b *batcher) moveTo(f *flight) {
	f.Runs, b.runs = b.runs, f.Runs[:0]
	f.Records, f.Bytes = b.records, b.bytes
	f.youngest, f.taken = b.youngest, b.taken
	f.set, f.Resolved = b.set, b.set.byName()
	b.next()
}

// filter leaves out the runs for which keep, which may shorten a run from its front or take its hold, returns false.
func (b *batcher) filter(keep func(*spool.Run) bool) {
	runs := b.runs
	if b.carried {
		runs = append(runs, b.carry)
	}
	kept, records, bytes := runs[:0], 0, 0
	for _, r := range runs {
		if keep(&r) {
			kept = append(kept, r)
			records, bytes = records+r.Len(), bytes+len(r.Data)
		}
	}
	clear(runs[len(kept):])
	b.runs, b.records, b.bytes, b.closed = kept, records, bytes, b.closed && records > 0
	if b.carried = b.carried && records > 1 && bytes > b.maxBytes; b.carried {
		last := len(kept) - 1
		b.carry = kept[last]
		b.runs, b.records, b.bytes = kept[:last], records-b.carry.Len(), bytes-len(b.carry.Data)
	} else {
		b.carry = spool.Run{}
	}
}

// next begins the next batch. The runs of this one are no longer the batcher's.
func (b *batcher) next() {
	b.runs, b.records, b.bytes, b.closed, b.again = b.runs[:0], 0, 0, false, false
	if b.carried {
		r := b.carry
		b.carry, b.carried = spool.Run{}, false
		b.add(r, b.carryTaken, b.carrySince)
	}
}
