package spool

import "sync/atomic"

// Segment is a slab of memory that holds records. It is the unit of reference: whoever uses bytes in it has a hold.
//
// Bytes that are on their way through gRPC have a loan besides: a transport that dies may never give it back, so a
// segment with a loan out is left to the garbage collector instead of being used again.
//
// The zero value is a segment that belongs to no spool. Its methods are safe for concurrent use.
type Segment struct {
	holds  atomic.Int64
	loans  atomic.Int64
	sealed atomic.Bool
	// bytes of the slab; 0 in a segment that belongs to no spool.
	bytes  int64
	keeper keeper
}

// keeper is told what becomes of the holds of a segment. Its methods are called without locks.
type keeper interface {
	// free is called when the last hold was released; reusable is false while a loan is out.
	free(reusable bool)
	// lastHold is called when one hold is left, which may be the spool's own.
	lastHold()
	// private returns a segment of that many bytes which counts in the same spool and has no hold yet.
	private(bytes int64) *Segment
}

// Retain adds a hold. The caller has one already.
func (s *Segment) Retain() { s.holds.Add(1) }

// Release gives a hold back.
func (s *Segment) Release() {
	switch n := s.holds.Add(-1); {
	case s.keeper == nil:
	case n == 0:
		s.keeper.free(s.loans.Load() == 0)
	case n == 1:
		s.keeper.lastHold()
	}
}

// Lend counts a reference that a transport holds. The caller has a hold. Whoever lends keeps the segment's pointer for
// Return: the run it was found in may have moved to another segment by then (see DetachSparse).
func (s *Segment) Lend() { s.loans.Add(1) }

// Return takes a loan back. It may come at any time, also long after the last hold was released.
func (s *Segment) Return() { s.loans.Add(-1) }

// Bytes returns how much memory a hold keeps from being used again.
func (s *Segment) Bytes() int64 { return s.bytes }

// Sealed reports whether the segment will take no more records.
func (s *Segment) Sealed() bool { return s.sealed.Load() }
