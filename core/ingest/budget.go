package ingest

import (
	"context"
	"errors"
	"sync"
)

// DefaultIntakeMaxBytes is the default of the router's intake_max_bytes.
const DefaultIntakeMaxBytes = 64 << 20

// sizesBytes is the memory that a read buffer's group needs for its sizes.
const sizesBytes = 4 * maxRecordsPerGroup

// errEvicted ends a connection whose unfinished record had to make room for others.
var errEvicted = errors.New("its unfinished record was the oldest when the memory for them ran out")

// Budget bounds the memory that the sources of a router use for read buffers and unfinished records together. It is
// safe for concurrent use.
//
// Every running source has an equal share. Half of it is for read buffers: who finds none free waits, in the order of
// coming, while others finish or wait for the spool. The other half is for unfinished records: once it is full, the
// connection whose record was begun first is closed, so that senders that never end a record cannot hold the memory.
// The two are apart so that neither can wait for the other.
//
// A source may always have one read buffer and one unfinished record, however small its share. When a source starts,
// the others are not made to give back at once what they hold above their new share, they only get no more. Free
// buffers that wait for the garbage collector are not counted, nor is the memory inside TLS connections.
type Budget struct {
	max  int64
	pool blockPool

	mu     sync.Mutex
	shares map[*share]struct{}
	// kept is what sources that have ended did not give back. It is 0 unless a lease was not closed.
	kept int64
}

// NewBudget returns a budget of maxBytes; 0 means DefaultIntakeMaxBytes.
func NewBudget(maxBytes int64) *Budget {
	if maxBytes <= 0 {
		maxBytes = DefaultIntakeMaxBytes
	}
	return &Budget{max: maxBytes, shares: make(map[*share]struct{})}
}

// Used returns the bytes in use by all sources.
func (b *Budget) Used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.kept
	for s := range b.shares {
		n += s.usedLocked()
	}
	return n
}

// MaxBytes returns the bound.
func (b *Budget) MaxBytes() int64 { return b.max }

// join makes a source one of those that share the budget, until leave.
func (b *Budget) join() *share {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &share{budget: b}
	b.shares[s] = struct{}{}
	return s
}

// leave ends a source's share. Its leases are closed.
func (b *Budget) leave(s *share) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.shares, s)
	b.kept += s.usedLocked()
	for other := range b.shares {
		other.grantLocked()
	}
}

// share is one source's part of a Budget, whose mutex guards it.
type share struct {
	budget *Budget
	// reading are bytes of read buffers, parked of unfinished records, leaving of those that were told to go.
	reading, parked, leaving int64
	// waiting leases want a read buffer, the first one first.
	waiting []*lease
	// unfinished lists the leases that have an unfinished record, the one that was begun first at the front.
	unfinished leaseList
}

func (s *share) usedLocked() int64 { return s.reading + s.parked + s.leaving }

// halfLocked bounds the bytes of read buffers, and those of unfinished records.
func (s *share) halfLocked() int64 {
	return s.budget.max / int64(2*max(1, len(s.budget.shares)))
}

// fitsLocked says whether a read buffer of n bytes may be taken now. One always may.
func (s *share) fitsLocked(n int64) bool {
	return s.reading == 0 || s.reading+n <= s.halfLocked()
}

// grantLocked gives read buffers to those who wait, as far as they fit.
func (s *share) grantLocked() {
	for len(s.waiting) > 0 && s.fitsLocked(s.waiting[0].wants) {
		l := s.waiting[0]
		s.waiting[0] = nil
		s.waiting = s.waiting[1:]
		s.reading += l.wants
		l.ready <- struct{}{}
	}
}

// try takes n bytes for a read buffer when they are free and nobody waits.
func (s *share) try(n int64) bool {
	s.budget.mu.Lock()
	defer s.budget.mu.Unlock()
	if len(s.waiting) > 0 || !s.fitsLocked(n) {
		return false
	}
	s.reading += n
	return true
}

// take takes n bytes for the lease's read buffer and waits for them if need be.
func (s *share) take(ctx context.Context, l *lease, n int64) error {
	if s.try(n) {
		return nil
	}
	s.budget.mu.Lock()
	l.wants = n
	s.waiting = append(s.waiting, l)
	s.grantLocked()
	s.budget.mu.Unlock()
	select {
	case <-l.ready:
		return nil
	case <-ctx.Done():
	}
	s.budget.mu.Lock()
	defer s.budget.mu.Unlock()
	for i, w := range s.waiting {
		if w == l {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			s.grantLocked()
			return ctx.Err()
		}
	}
	<-l.ready // granted meanwhile
	s.reading -= n
	s.grantLocked()
	return ctx.Err()
}

// giveLocked returns n bytes of a read buffer.
func (s *share) giveLocked(n int64) {
	s.reading -= n
	s.grantLocked()
}

// evictLocked makes room after last got an unfinished record: it takes connections off the list, the one whose record
// was begun first at first and last itself at last, until those that stay are within their half or last is alone. It
// returns them to be told.
func (s *share) evictLocked(last *lease) (told []*lease) {
	over := func() bool { return s.parked > s.halfLocked() && s.parked > last.parkedBytes }
	for l := s.unfinished.first; l != nil && over(); {
		next := l.next
		if l != last && l.parkedBytes > 0 {
			told = append(told, l)
			s.evictOneLocked(l)
		}
		l = next
	}
	if over() {
		told = append(told, last)
		s.evictOneLocked(last)
	}
	return told
}

func (s *share) evictOneLocked(l *lease) {
	s.unfinished.remove(l)
	s.parked -= l.parkedBytes
	s.leaving += l.parkedBytes
	l.evicted = true
}
