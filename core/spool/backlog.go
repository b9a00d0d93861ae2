package spool

import (
	"fmt"

	"github.com/skidway/skidway/core/record"
)

// backlog is what one destination has not settled, and what its policy says about it: the part of a cursor that does
// not depend on where records lie. Guarded by gate.mu.
type backlog struct {
	gate    *gate
	address string
	index   int // in gate.backlogs
	options BacklogOptions
	ready   chan struct{}
	member  []bool // of the Set at that index
	chosen  bool   // used by gate.Set

	records, bytes, untaken int64

	droppedFull, droppedExpired int64
	droppedFirst, droppedLast   record.Position
	dropping                    bool // the last that happened at the destination's place was a drop

	queue queue // of appends that wait for room in the backlog
}

// withDefaults returns the options of a destination's backlog in a spool of spoolBytes.
func (o BacklogOptions) withDefaults(address string, spoolBytes int64) (BacklogOptions, error) {
	switch {
	case o.MaxBytes == 0:
		o.MaxBytes = spoolBytes / 5 * 4
	case o.MaxBytes < 0:
		return o, fmt.Errorf("register destination %s: backlog of %d bytes", address, o.MaxBytes)
	}
	if o.MaxAge < 0 {
		return o, fmt.Errorf("register destination %s: max_age is %s", address, o.MaxAge)
	}
	if o.WhenFull > DropOldest {
		return o, fmt.Errorf("register destination %s: unknown policy %d", address, o.WhenFull)
	}
	return o, nil
}

// Ready implements Cursor.
func (b *backlog) Ready() <-chan struct{} { return b.ready }

func (b *backlog) wake() {
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

// fitsLocked reports whether the backlog has room for a.
func (b *backlog) fitsLocked(a *appending) bool {
	return b.bytes == 0 || b.bytes+int64(len(a.group.Data)) <= b.options.MaxBytes || a.passed && b.bytes <= b.options.MaxBytes
}

// gaveLocked counts n records of length bytes in.
func (b *backlog) gaveLocked(n, length int) {
	b.records += int64(n)
	b.bytes += int64(length)
	b.untaken += int64(n)
}

// lessLocked counts records out.
func (b *backlog) lessLocked(records, bytes int64) {
	b.records -= records
	b.bytes -= bytes
	b.gate.markLocked(&b.queue)
}

// droppedLocked counts n records from first on as dropped, in one of the counters.
func (b *backlog) droppedLocked(first record.Position, n int, dropped *int64) {
	if !b.dropping {
		b.dropping, b.droppedFirst = true, first
	}
	b.droppedLast = first + record.Position(n) - 1
	*dropped += int64(n)
}

// stateLocked returns the state without the time of the oldest record.
func (b *backlog) stateLocked() Backlog {
	return Backlog{
		Records: b.records, Bytes: b.bytes, MaxBytes: b.options.MaxBytes, Untaken: b.untaken,
		DroppedFull: b.droppedFull, DroppedExpired: b.droppedExpired,
		DroppedFirst: b.droppedFirst, DroppedLast: b.droppedLast,
	}
}
