package delivery

import (
	"time"

	"github.com/skidway/skidway/core/record"
)

// state is where an open batch is.
type state uint8

const (
	// waiting: between attempts; the only state in which a batch may be dropped.
	waiting state = iota
	// sent: with the plugin.
	sent
	// dying: to be dead-lettered.
	dying
	// burying: being dead-lettered.
	burying
	states
)

// flight is a batch that was sent at least once, or is a piece of one that was, with what the lane knows of it. It is
// used again once it is settled.
type flight struct {
	Batch
	state state
	// set is what Resolved is made of.
	set *values
	// taken is how many bytes the lane had taken before the batch's first record.
	taken int64
	// youngest is when the last received record was received, in nanoseconds since 1970.
	youngest int64

	// first and last are when the batch was first and last sent; OUT_OF_ORDER makes it as if it had not been.
	first, last time.Time
	// notBefore is when it may be sent again.
	notBefore time.Time
	// backoff counts failures for the delay.
	backoff int
	poison  poison
	crash   crash
	// urgent: nothing newer is sent before it.
	urgent bool
	// probe: it was sent while the lane holds because of rejections.
	probe bool
	// held: the plugin has it on top of the window.
	held bool
	// noted: it is to be cut again like this by the next process.
	noted bool
	// gaps: records of the destination that were between these may have been accepted.
	gaps bool
	// kept: the last failure was one that only the user can mend.
	kept bool

	// code and reason of the last failure. reasons, when not nil, are those of each record.
	code    Code
	reason  string
	reasons []string
}

// reset makes f ready for other records, keeping its memory.
func (f *flight) reset() {
	clear(f.Runs)
	*f = flight{Batch: Batch{Runs: f.Runs[:0]}}
}

// piece returns a batch of the records at which keep holds, or nil when there are none, with a hold of its own on each
// run. It inherits the attempts so far.
func (f *flight) piece(keep func(i int) bool) *flight {
	runs, records, bytes := pick(f.Runs, keep)
	if records == 0 {
		return nil
	}
	return &flight{
		Batch: Batch{Attempt: f.Attempt, Runs: runs, Records: records, Bytes: bytes, Resolved: f.Resolved},
		set:   f.set, taken: f.taken, youngest: f.youngest,
		first: f.first, last: f.last, notBefore: f.notBefore,
		backoff: f.backoff, poison: f.poison, crash: f.crash, kept: f.kept, gaps: f.gaps,
		code: f.code, reason: f.reason,
	}
}

// messageBytes returns no less than the batch has on its way to the plugin, where its records came from included.
func (f *flight) messageBytes() int {
	const perBatch, perOrigin, perRecord, perValue = 1 << 10, 80, 5, 16
	n := perBatch + f.Bytes + perRecord*f.Records
	for i := range f.Runs {
		r := &f.Runs[i]
		n += (perOrigin + len(r.Origin.Source) + len(r.Origin.Peer) + len(r.Origin.ClientName)) * idRuns(r.Skips)
	}
	for name, value := range f.Resolved {
		n += perValue + len(name) + len(value)
	}
	return n
}

// idRuns returns how many runs of consecutive ids there are.
func idRuns(skips []uint32) int {
	n := 1
	for i := 1; i < len(skips); i++ {
		if skips[i] != skips[i-1] {
			n++
		}
	}
	return n
}

// position returns the position of the record at index i.
func (f *flight) position(i int) record.Position {
	for k := range f.Runs {
		if n := f.Runs[k].Len(); i >= n {
			i -= n
			continue
		}
		return f.Runs[k].First + record.Position(i)
	}
	return 0
}
