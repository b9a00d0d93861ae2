package ingest

import "context"

// lease is the memory of one connection, which its share accounts for: none while the connection is idle, a read buffer
// while it reads and hands over, a block with an unfinished record between reads. Only the connection's goroutine calls
// its methods.
type lease struct {
	share *share
	// evict closes the connection. It is called from any goroutine, at most once.
	evict func()
	// largest is the size of a block that holds every unfinished record, with room for one byte more.
	largest int
	// preferred is the size of the next read buffer.
	preferred int

	// block holds n bytes of the connection that are not consumed, from its start; nil: none.
	block *block
	n     int
	// sizes are there while block is a read buffer.
	sizes *groupSizes
	// begun says that the bytes in the block are of the record that is listed as unfinished.
	begun bool

	// ready receives when the read buffer that was waited for is granted.
	ready chan struct{}

	// The share's mutex guards the rest. parkedBytes is the size of the block while it is no read buffer and may be
	// evicted.
	parkedBytes, wants int64
	evicted, listed    bool
	prev, next         *lease
}

func newLease(s *share, maxRecordBytes int, evict func()) *lease {
	return &lease{
		share: s, evict: evict, preferred: minReadBytes, ready: make(chan struct{}, 1),
		// A record at the limit, its length or a CR that may belong to its terminator, and the LF that follows it.
		largest: max(minReadBytes, blockBytes(maxRecordBytes+maxLengthDigits+4)),
	}
}

// bytes returns what is not consumed. There is room for one byte more behind it.
func (l *lease) bytes() []byte {
	if l.block == nil {
		return nil
	}
	return l.block.data[:l.n]
}

// room returns where to read to, at least one byte. It takes or enlarges the read buffer if need be, and waits for it
// until ctx ends.
func (l *lease) room(ctx context.Context) ([]byte, error) {
	if l.sizes != nil {
		if size := l.wanted(); size > len(l.block.data) && !l.grow(size) && l.cramped() {
			l.park()
		}
	}
	if l.sizes == nil {
		if err := l.open(ctx); err != nil {
			return nil, err
		}
	}
	return l.block.data[l.n : len(l.block.data)-1], nil
}

// cramped says that the unfinished record leaves too little room in its block to read on.
func (l *lease) cramped() bool {
	return len(l.block.data) < l.largest && l.n > len(l.block.data)/4*3
}

// wanted returns the size that the read buffer should have.
func (l *lease) wanted() int {
	if l.block == nil {
		return l.preferred
	}
	if l.cramped() {
		return max(l.preferred, 2*len(l.block.data))
	}
	if len(l.block.data) >= minReadBytes {
		return max(l.preferred, len(l.block.data))
	}
	return l.preferred
}

// grow exchanges the read buffer for a larger one, if that is free at once.
func (l *lease) grow(size int) bool {
	s := l.share
	if !s.try(int64(size)) {
		return false
	}
	old := l.replace(size)
	s.budget.mu.Lock()
	s.giveLocked(int64(old))
	s.budget.mu.Unlock()
	return true
}

// replace moves the bytes to a block of another size and returns the size of the one before.
func (l *lease) replace(size int) int {
	b := l.share.budget.pool.get(size)
	old := 0
	if l.block != nil {
		copy(b.data, l.block.data[:l.n])
		old = len(l.block.data)
		l.share.budget.pool.put(l.block)
	}
	l.block = b
	return old
}

// open takes a read buffer. An unfinished record stays where it is if it has room there.
func (l *lease) open(ctx context.Context) error {
	s := l.share
	if err := l.pin(); err != nil {
		return err
	}
	size := l.wanted()
	if l.block != nil && len(l.block.data) >= minReadBytes && !l.cramped() {
		size = len(l.block.data)
	}
	if err := s.take(ctx, l, int64(size)+sizesBytes); err != nil {
		return err
	}
	parked := 0
	if l.block != nil {
		parked = len(l.block.data)
	}
	if parked != size {
		l.replace(size)
	}
	l.sizes = s.budget.pool.getSizes()
	if parked > 0 {
		s.budget.mu.Lock()
		s.parked -= int64(parked)
		s.budget.mu.Unlock()
	}
	return nil
}

// pin makes an unfinished record one that is not evicted, because its connection goes on. It keeps its place.
func (l *lease) pin() error {
	if l.block == nil {
		return nil
	}
	l.share.budget.mu.Lock()
	defer l.share.budget.mu.Unlock()
	if l.evicted {
		return errEvicted
	}
	l.parkedBytes = 0
	return nil
}

// filled says that n bytes were read into the room, and adapts the size of the next buffer to what comes.
func (l *lease) filled(n int) {
	switch size := len(l.block.data); {
	case l.n+n == size-1:
		l.preferred = min(2*l.preferred, maxReadBytes)
	case n < size/4:
		l.preferred = max(l.preferred/2, minReadBytes)
	}
	l.n += n
}

// consume forgets the first n bytes.
func (l *lease) consume(n int) {
	if n == 0 {
		return
	}
	copy(l.block.data, l.block.data[n:l.n])
	l.n -= n
	l.begun = false
}

// park gives the read buffer back. Of an unfinished record the bytes are kept, in a block of about their size, for
// which other connections may have to go.
func (l *lease) park() {
	if l.sizes == nil {
		return
	}
	s := l.share
	s.budget.pool.putSizes(l.sizes)
	l.sizes = nil
	reading := int64(len(l.block.data))
	switch {
	case l.n == 0:
		s.budget.pool.put(l.block)
		l.block = nil
	case l.n <= len(l.block.data)/4:
		// Above a quarter the block stays, so that a record that comes in small pieces is not copied for each.
		l.replace(blockBytes(l.n + 1))
	}
	s.budget.mu.Lock()
	if !l.begun || l.block == nil {
		s.unfinished.remove(l)
	}
	var told []*lease
	if l.block != nil {
		l.begun = true
		s.unfinished.append(l)
		l.parkedBytes = int64(len(l.block.data))
		s.parked += l.parkedBytes
		told = s.evictLocked(l)
	}
	s.giveLocked(reading + sizesBytes)
	s.budget.mu.Unlock()
	for _, other := range told {
		other.evict()
	}
}

// close gives everything back.
func (l *lease) close() {
	l.n, l.begun = 0, false
	s := l.share
	if l.sizes != nil {
		l.park()
		return
	}
	if l.block == nil {
		return
	}
	s.budget.mu.Lock()
	defer s.budget.mu.Unlock()
	s.unfinished.remove(l)
	if l.evicted {
		s.leaving -= int64(len(l.block.data))
	} else {
		s.parked -= int64(len(l.block.data))
	}
	l.parkedBytes = 0
	s.budget.pool.put(l.block)
	l.block = nil
}

// wasEvicted says whether the connection was closed to make room.
func (l *lease) wasEvicted() bool {
	l.share.budget.mu.Lock()
	defer l.share.budget.mu.Unlock()
	return l.evicted
}
