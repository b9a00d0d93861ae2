package wire

import (
	"google.golang.org/grpc/mem"
)

// Batch is a DeliverRequest as it came off the wire. Its slices are reused from one message to the next, and Key and
// Data alias one pooled buffer until Release. The zero value is ready. It is not safe for concurrent use while a
// message is decoded into it.
type Batch struct {
	ID             uint64
	Attempt        uint32
	First, Last    uint64
	Steps          []uint64
	Resolved       []Pair
	Origins        []Origin
	Sizes          []uint32
	SettledThrough uint64
	Key            []byte
	RetriesSeen    uint64
	Data           []byte

	// Strings interns what repeats from batch to batch; nil: every string is made anew.
	Strings *Strings

	// alike is what lies between the count and the id of the last origin; nil: they are elsewhere. It aliases the message.
	alike []byte

	buf mem.Buffer
}

// Pair is one entry of the map of resolved values.
type Pair struct{ Name, Value string }

// Slices that grew beyond these lengths are given up by Release, so that one unusual batch doesn't pin memory for the
// life of the process.
const (
	keepRecords = 8192
	keepOrigins = 1024
)

// Release gives the buffer back. Key and Data are nil afterwards.
func (b *Batch) Release() {
	b.Key, b.Data, b.alike = nil, nil, nil
	if b.buf != nil {
		b.buf.Free()
		b.buf = nil
	}
	if cap(b.Sizes) > keepRecords {
		b.Sizes = nil
	}
	if cap(b.Steps) > keepRecords {
		b.Steps = nil
	}
	if cap(b.Origins) > keepOrigins {
		b.Origins = nil
	}
}

func (b *Batch) reset() {
	b.ID, b.Attempt, b.First, b.Last = 0, 0, 0, 0
	b.SettledThrough, b.RetriesSeen = 0, 0
	b.Key, b.Data, b.alike = nil, nil, nil
	b.Steps, b.Sizes = b.Steps[:0], b.Sizes[:0]
	b.Resolved, b.Origins = b.Resolved[:0], b.Origins[:0]
}
