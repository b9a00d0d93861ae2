package pluginhost

import (
	"slices"
	"sync"

	"google.golang.org/grpc/mem"

	"github.com/skidway/skidway/core/spool"
)

// loans counts payload that is on its way through gRPC. The zero value is ready, and it is safe for concurrent use.
type loans struct{ free sync.Pool }

// lend returns a buffer of data, which lies in segment. The segment has a loan out until the transport has written the
// buffer; one that dies may never say so, and then the loan stays out for ever.
func (l *loans) lend(data []byte, segment *spool.Segment) mem.Buffer {
	n, _ := l.free.Get().(*loan)
	if n == nil {
		n = &loan{}
	}
	n.data, n.segment, n.loans = slices.Clip(data), segment, l
	if segment != nil {
		segment.Lend()
	}
	return mem.NewBuffer(&n.data, n)
}

// loan is one lent buffer, and the pool that gRPC gives it back to.
type loan struct {
	data    []byte
	segment *spool.Segment
	loans   *loans
}

var _ mem.BufferPool = (*loan)(nil)

// Get is part of mem.BufferPool; a loan has nothing to give.
func (n *loan) Get(length int) *[]byte {
	b := make([]byte, length)
	return &b
}

// Put takes the loan back. It comes at most once for each lend, on any goroutine, possibly late.
func (n *loan) Put(*[]byte) {
	segment, l := n.segment, n.loans
	n.data, n.segment, n.loans = nil, nil, nil
	if segment != nil {
		segment.Return()
	}
	l.free.Put(n)
}
