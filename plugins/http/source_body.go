package http

import (
	"errors"
	"io"
	"sync/atomic"
)

// firstBuffer is how much of a body's memory is reserved before anything of it has come, in bytes. From there on it
// grows with what has come, so that a sender who promises a large body and sends none holds little.
const firstBuffer = 16 << 10

var (
	errNoMemory = errors.New("the memory for bodies is used up")
	errTooLarge = errors.New("the body is larger than max_body_bytes")
)

// memory is what the bodies of all requests may take together. It is safe for concurrent use, and never blocks.
type memory struct {
	limit int64
	used  atomic.Int64
}

// reserve reports whether there was room for n bytes, which then are the caller's until release.
func (m *memory) reserve(n int) bool {
	if m.used.Add(int64(n)) <= m.limit {
		return true
	}
	m.used.Add(int64(-n))
	return false
}

func (m *memory) release(n int) { m.used.Add(int64(-n)) }

// buffer is memory that is accounted for. The zero value with a memory is ready. It is not safe for concurrent use.
type buffer struct {
	memory *memory
	data   []byte
	held   int // bytes reserved
}

// ensure makes the capacity n at least, and keeps the data.
func (b *buffer) ensure(n int) error {
	if n <= cap(b.data) {
		return nil
	}
	if !b.memory.reserve(n) {
		return errNoMemory
	}
	grown := make([]byte, len(b.data), n)
	copy(grown, b.data)
	b.memory.release(b.held)
	b.data, b.held = grown, n
	return nil
}

// free gives the memory back. The buffer can be used again.
func (b *buffer) free() {
	b.memory.release(b.held)
	b.data, b.held = nil, 0
}

// fill appends everything r has, limit bytes at most, and leaves room for one byte more. expect is how many bytes will
// probably come; -1: unknown. The errors are errNoMemory, errTooLarge, or r's.
func (b *buffer) fill(r io.Reader, expect int64, limit int) error {
	// One byte more than the limit tells a body that is too large; another one is for the last record's terminator.
	most := limit + 2
	if expect >= 0 && expect < int64(limit) {
		most = int(expect) + 2
	}
	for size := min(firstBuffer, most); ; size = grown(size, most) {
		if err := b.ensure(size); err != nil {
			return err
		}
		for room := cap(b.data) - 1; len(b.data) < room; {
			n, err := r.Read(b.data[len(b.data):room])
			b.data = b.data[:len(b.data)+n]
			if len(b.data) > limit {
				return errTooLarge
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		if size == most {
			most = limit + 2 // More came than was expected.
		}
	}
}

// grown returns the next size of a buffer: the double, or all that may be needed when that is near, so that the last
// and largest step, during which there are two buffers, begins from a small one.
func grown(size, most int) int {
	if size > most/4 {
		return most
	}
	return 2 * size
}
