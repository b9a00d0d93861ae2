package ingest

import (
	"math/bits"
	"sync"
)

const (
	// minBlockBytes is the smallest block, for unfinished records.
	minBlockBytes = 512
	// minReadBytes and maxReadBytes bound the block that a busy connection reads into, as far as its records fit.
	minReadBytes = 64 << 10
	maxReadBytes = 256 << 10
	// blockClasses is the number of sizes that blocks have: powers of two from minBlockBytes to 8 MiB, twice what the
	// largest record needs.
	blockClasses = 15
)

// blockBytes returns the size of the smallest block that holds n bytes.
func blockBytes(n int) int {
	return max(minBlockBytes, 1<<bits.Len(uint(max(n-1, 0))))
}

// block is memory for bytes from a connection. It is a pointer's target so that a pool can hold it without allocating.
type block struct{ data []byte }

// blockPool keeps free blocks and free sizes until the garbage collector wants them. Its zero value is ready, and it is
// safe for concurrent use.
type blockPool struct {
	classes [blockClasses]sync.Pool
	sizes   sync.Pool
}

func blockClass(size int) int { return bits.Len(uint(size)) - bits.Len(uint(minBlockBytes)) }

// get returns a block of a size that blockBytes returned.
func (p *blockPool) get(size int) *block {
	if b, ok := p.classes[blockClass(size)].Get().(*block); ok {
		return b
	}
	return &block{data: make([]byte, size)}
}

func (p *blockPool) put(b *block) { p.classes[blockClass(len(b.data))].Put(b) }

// groupSizes is the memory for the sizes of one group.
type groupSizes [maxRecordsPerGroup]uint32

func (p *blockPool) getSizes() *groupSizes {
	if s, ok := p.sizes.Get().(*groupSizes); ok {
		return s
	}
	return new(groupSizes)
}

func (p *blockPool) putSizes(s *groupSizes) { p.sizes.Put(s) }
