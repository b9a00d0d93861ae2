package spool

import (
	"sync/atomic"
	"unsafe"

	"github.com/skidway/skidway/core/record"
)

const (
	// chunkEntries is how many entries are allocated together.
	chunkEntries = 64
	entryBytes   = int64(unsafe.Sizeof(entry{}))
	chunkBytes   = chunkEntries * entryBytes
	sizeBytes    = 4
)

// entry is one appended group, or the part of it that lies in one segment.
type entry struct {
	entryView
	// waiting counts the destinations that have not taken or dropped all of it. Guarded by gate.mu.
	waiting int32
	// written is set when the data is in the slab. It is false in a new chunk.
	written atomic.Bool
}

// entryView is what does not change while the entry exists.
type entryView struct {
	origin record.Origin
	first  record.Position
	id     uint64 // of the first record
	set    Set
	count  int32
	data   int32 // offset in the slab
	length int32 // of the data
	sizes  int32 // index in the words; behind the sizes are the skips, if there are any
	skips  bool
}

// cost returns the bytes of memory that the entry needs.
func (e *entryView) cost() int64 {
	return int64(e.length) + int64(e.count)*int64(recordBytes(e.skips)) + entryBytes
}

// recordBytes returns what a record takes besides its data.
func recordBytes(skips bool) int {
	if skips {
		return 2 * sizeBytes
	}
	return sizeBytes
}

// memorySegment is a segment of a spool in memory. Data grows up from the start of the slab, sizes down from its end;
// what is between them is free. All but the slab's bytes and the entries' views is guarded by gate.mu.
type memorySegment struct {
	Segment
	memory *Memory

	// words and slab are the same memory.
	words []uint32
	slab  []byte
	low   int // bytes of data
	high  int // index of the lowest word in use

	chunks  [][]entry
	entries int
	// held is the bytes of the slab and of the chunks.
	held int64

	// waiting is the sum of the entries' waiting; needed the cost of those where it is not 0.
	waiting int
	needed  int64

	prev, next *memorySegment
}

// newMemorySegment returns a segment of at least the given size.
func newMemorySegment(m *Memory, bytes int64) *memorySegment {
	words := make([]uint32, (bytes+sizeBytes-1)/sizeBytes)
	s := &memorySegment{
		memory: m,
		words:  words,
		slab:   unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*sizeBytes),
		high:   len(words),
	}
	s.bytes = int64(len(s.slab))
	s.held = s.bytes
	s.keeper = s
	return s
}

// entry returns the entry at index i.
func (s *memorySegment) entry(i int) *entry { return &s.chunks[i/chunkEntries][i%chunkEntries] }

// room returns the bytes that are free for data, sizes and skips; 0 when the index is full, and for nil.
func (s *memorySegment) room() int {
	if s == nil || s.entries >= s.memory.maxEntries {
		return 0
	}
	return s.high*sizeBytes - s.low
}

// indexFull reports whether the next entry needs another chunk.
func (s *memorySegment) indexFull() bool { return s.entries == len(s.chunks)*chunkEntries }

// add gives the index another chunk.
func (s *memorySegment) add(chunk []entry) {
	s.chunks = append(s.chunks, chunk)
	s.held += int64(len(chunk)) * entryBytes
}

// push makes room for an entry of count records and length bytes and copies the sizes and skips. There is a chunk for it.
func (s *memorySegment) push(view entryView, sizes, skips []uint32) *entry {
	s.high -= len(sizes) + len(skips)
	copy(s.words[s.high:], sizes)
	copy(s.words[s.high+len(sizes):], skips)
	view.count, view.data, view.sizes, view.skips = int32(len(sizes)), int32(s.low), int32(s.high), skips != nil
	s.low += int(view.length)
	e := s.entry(s.entries)
	s.entries++
	e.entryView = view
	return e
}

// sizesOf returns the sizes of the entry's records from the given one on.
func (s *memorySegment) sizesOf(e *entry, from int32) []uint32 {
	return s.words[e.sizes+from : e.sizes+e.count : e.sizes+e.count]
}

// skipsOf returns the skips of the entry's records from the given one on; nil when there are none.
func (s *memorySegment) skipsOf(e *entry, from int32) []uint32 {
	if !e.skips {
		return nil
	}
	end := e.sizes + 2*e.count
	return s.words[e.sizes+e.count+from : end : end]
}

// firstSkips returns the skips of the first n records, and restSkips those of the others; nil when there are none.
func firstSkips(skips []uint32, n int) []uint32 {
	if skips == nil {
		return nil
	}
	return skips[:n:n]
}

func restSkips(skips []uint32, n int) []uint32 {
	if skips == nil {
		return nil
	}
	return skips[n:]
}

// pool keeps segments and chunks for use again, newest first because it is the likeliest to be in a cache.
type pool struct {
	segments []*memorySegment
	chunks   [][]entry
	// bytes of all that is in it. The spool sees to it that this and what is in use stay within MaxBytes.
	bytes int64
	// poison, given in tests, overwrites what must not be read any more.
	poison func(*memorySegment)
}

// put takes a segment that nobody refers to. Of what is not of the standard size or is above room bytes it lets go.
func (p *pool) put(s *memorySegment, standard, room int64) {
	if p.poison != nil {
		p.poison(s)
	}
	for i, c := range s.chunks {
		if len(c) == chunkEntries && p.bytes+chunkBytes <= room {
			clear(c) // lets go of the origins' strings too
			p.chunks = append(p.chunks, c)
			p.bytes += chunkBytes
		}
		s.chunks[i] = nil
	}
	s.chunks = s.chunks[:0]
	if s.bytes != standard || p.bytes+s.bytes > room {
		return
	}
	s.sealed.Store(false)
	s.low, s.high, s.entries, s.held, s.waiting, s.needed = 0, len(s.words), 0, s.bytes, 0, 0
	p.segments = append(p.segments, s)
	p.bytes += s.bytes
}

// segment returns a segment, or nil.
func (p *pool) segment() *memorySegment {
	s := pop(&p.segments)
	if s != nil {
		p.bytes -= s.bytes
	}
	return s
}

// chunk returns an empty chunk, or nil.
func (p *pool) chunk() []entry {
	c := pop(&p.chunks)
	if c != nil {
		p.bytes -= chunkBytes
	}
	return c
}

// trim lets go of what is above room bytes.
func (p *pool) trim(room int64) {
	for p.bytes > room && (p.chunk() != nil || p.segment() != nil) {
	}
}

// pop takes the last element; the zero value when there is none.
func pop[E any](list *[]E) (last E) {
	if n := len(*list); n > 0 {
		var zero E
		last, (*list)[n-1] = (*list)[n-1], zero
		*list = (*list)[:n-1]
	}
	return last
}
