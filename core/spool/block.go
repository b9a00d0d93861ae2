package spool

import (
	"sync/atomic"
	"unsafe"

	"github.com/skidway/skidway/core/record"
)

const (
	// blockBytes is how much of the log is appended to, read and kept as one piece. What a lane holds, it holds in such
	// pieces, so they are much smaller than a segment's file.
	blockBytes = 1 << 20
	// pooledBlocks are kept for use again.
	pooledBlocks = 16
)

// block is a piece of the log in memory: whole entries, one behind the other, as they are on the disk. Those that were
// appended last are in the tail of the spool; a lane that is behind reads the others from the disk into blocks of its
// own.
type block struct {
	Segment
	spool *Disk
	buf   []byte
	// published is how many bytes the lanes may read. They never change again, but for what finishEntry writes, which no
	// lane reads.
	published atomic.Int64

	// The rest is guarded by gate.mu, and used in the tail only.
	used        int // bytes that are reserved
	unsynced    int // entries that are not durable
	first, last record.Position
}

// newBuffer returns memory that begins at a multiple of 8.
func newBuffer(bytes int64) []byte {
	words := make([]uint64, (bytes+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), bytes)
}

// blockLocked returns an empty block of at least so many bytes, with one hold.
func (d *Disk) blockLocked(bytes int64) *block {
	var b *block
	if bytes <= d.blockBytes {
		bytes = d.blockBytes
		b = pop(&d.pool)
	}
	if b == nil {
		b = &block{spool: d, buf: newBuffer(bytes)}
		b.bytes, b.keeper = bytes, b
	}
	b.Retain()
	return b
}

// free implements keeper.
func (b *block) free(bool) {
	b.spool.mu.Lock()
	defer b.spool.mu.Unlock()
	b.spool.freedLocked(b)
}

// freedLocked takes back a block that nobody has a hold on. While a loan is out it is left to the garbage collector.
func (d *Disk) freedLocked(b *block) {
	if d.poison != nil {
		d.poison(b)
	}
	if b.loans.Load() != 0 || b.bytes != d.blockBytes || len(d.pool) == pooledBlocks {
		return
	}
	b.sealed.Store(false)
	b.published.Store(0)
	b.used, b.unsynced, b.first, b.last = 0, 0, 0, 0
	d.pool = append(d.pool, b)
}

// lastHold implements keeper.
func (b *block) lastHold() {}

// private implements keeper. What a lane copied is the lane's alone: the bytes on the disk are the same.
func (b *block) private(bytes int64) *Segment { return loneSegment(bytes) }
