package pluginhost

import (
	"errors"
	"fmt"
	"slices"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/spool"
	"github.com/skidway/skidway/proto"
)

// Field numbers of DeliverRequest.
const (
	fieldBatchID        = 1
	fieldAttempt        = 2
	fieldFirstPosition  = 3
	fieldLastPosition   = 4
	fieldPositionSteps  = 5
	fieldResolved       = 6
	fieldOrigins        = 7
	fieldSizes          = 8
	fieldSettledThrough = 9
	fieldKey            = 10
	fieldRetriesSeen    = 11
	fieldData           = 15
)

const (
	// copyLimit is the longest payload that is copied beside the header. gRPC gives no buffer of at most this capacity
	// back, so a shorter one could not be counted as lent.
	copyLimit = 1 << 10
	// minHeaderBuffer makes gRPC use its buffer objects again, which it does not for small buffers.
	minHeaderBuffer = 2 << 10
)

var errEmptyBatch = errors.New("batch holds no records")

// encodeBatch encodes b as a DeliverRequest: standard protobuf, fields in ascending order. Payload longer than copyLimit
// is not copied: it is lent to the transport until it calls back.
func encodeBatch(b *delivery.Batch, loans *loans) (mem.BufferSlice, error) {
	l, err := layoutOf(b)
	if err != nil {
		return nil, err
	}
	pool := mem.DefaultBufferPool()
	buf := pool.Get(max(l.header+l.copied, minHeaderBuffer))
	*buf = l.appendHeader((*buf)[:0], b)

	if l.lent == 0 {
		for i := 0; i < len(b.Runs); {
			var data []byte
			data, i = nextSpan(b.Runs, i)
			*buf = append(*buf, data...)
		}
		return mem.BufferSlice{mem.NewBuffer(buf, pool)}, nil
	}

	out := make(mem.BufferSlice, 0, 2*l.lent+1)
	cut := l.firstCut
	if l.copied == 0 {
		out = append(out, mem.NewBuffer(buf, pool))
		for i := 0; i < len(b.Runs); {
			first := i
			var data []byte
			data, i = nextSpan(b.Runs, first)
			out = append(out, loans.lend(data, b.Runs[first].Segment))
		}
		return out, nil
	}

	// Copied and lent payload alternate: the buffer is filled first, and then cut where lent payload goes.
	for i := 0; i < len(b.Runs); {
		var data []byte
		data, i = nextSpan(b.Runs, i)
		if len(data) <= copyLimit {
			*buf = append(*buf, data...)
		}
	}
	whole := mem.NewBuffer(buf, pool)
	from := 0
	for i := 0; i < len(b.Runs); {
		first := i
		var data []byte
		data, i = nextSpan(b.Runs, first)
		if len(data) <= copyLimit {
			cut += len(data)
			continue
		}
		if cut > from {
			out = append(out, whole.Slice(from, cut))
			from = cut
		}
		out = append(out, loans.lend(data, b.Runs[first].Segment))
	}
	if cut > from {
		out = append(out, whole.Slice(from, cut))
	}
	whole.Free()
	return out, nil
}

// layout is the sizes of an encoded batch, in bytes.
type layout struct {
	steps, sizes, data int // contents of the fields
	dense              bool
	header             int // all but the payload
	firstCut           int // where payload begins
	copied             int // payload that is copied
	lent               int // pieces of payload that are lent
}

func layoutOf(b *delivery.Batch) (layout, error) {
	l := layout{dense: true}
	if len(b.Runs) == 0 {
		return l, errEmptyBatch
	}
	n := 0
	for i := range b.Runs {
		r := &b.Runs[i]
		n += len(r.Sizes)
		for _, s := range r.Sizes {
			l.sizes += protowire.SizeVarint(uint64(s))
		}
		l.data += len(r.Data)
		if i > 0 && r.First != b.Runs[i-1].Last()+1 {
			l.dense = false
		}
	}
	if n == 0 {
		return l, errEmptyBatch
	}
	if l.data > proto.MaxBatchBytes {
		return l, fmt.Errorf("batch of %d bytes is over the protocol's limit of %d", l.data, proto.MaxBatchBytes)
	}
	for i := 0; i < len(b.Runs); {
		var data []byte
		data, i = nextSpan(b.Runs, i)
		if len(data) <= copyLimit {
			l.copied += len(data)
		} else {
			l.lent++
		}
	}

	l.header = sizeUint(fieldBatchID, b.ID) + sizeUint(fieldAttempt, uint64(b.Attempt)) +
		sizeUint(fieldFirstPosition, uint64(b.First())) + sizeUint(fieldLastPosition, uint64(b.Last())) +
		sizeUint(fieldSettledThrough, uint64(b.SettledThrough)) + sizeUint(fieldRetriesSeen, b.RetriesSeen) +
		sizeBytes(fieldSizes, l.sizes) + sizeBytes(fieldKey, len(b.Key))
	if !l.dense {
		l.steps = sizeSteps(b.Runs)
		l.header += sizeBytes(fieldPositionSteps, l.steps)
	}
	for k, v := range b.Resolved {
		l.header += sizeBytes(fieldResolved, sizeEntry(valid(k), valid(v)))
	}
	for o := (originRuns{runs: b.Runs}); o.next(); {
		l.header += sizeBytes(fieldOrigins, o.size())
	}
	if l.data > 0 {
		l.header += protowire.SizeTag(fieldData) + protowire.SizeVarint(uint64(l.data))
	}
	l.firstCut = l.header
	return l, nil
}

func (l *layout) appendHeader(p []byte, b *delivery.Batch) []byte {
	p = appendUint(p, fieldBatchID, b.ID)
	p = appendUint(p, fieldAttempt, uint64(b.Attempt))
	p = appendUint(p, fieldFirstPosition, uint64(b.First()))
	p = appendUint(p, fieldLastPosition, uint64(b.Last()))
	if l.steps > 0 {
		p = appendLength(p, fieldPositionSteps, l.steps)
		p = appendSteps(p, b.Runs)
	}
	p = appendResolved(p, b.Resolved)
	for o := (originRuns{runs: b.Runs}); o.next(); {
		p = o.append(appendLength(p, fieldOrigins, o.size()))
	}
	p = appendLength(p, fieldSizes, l.sizes)
	for i := range b.Runs {
		for _, s := range b.Runs[i].Sizes {
			p = protowire.AppendVarint(p, uint64(s))
		}
	}
	p = appendUint(p, fieldSettledThrough, uint64(b.SettledThrough))
	p = appendLength(p, fieldKey, len(b.Key))
	p = append(p, b.Key[:]...)
	p = appendUint(p, fieldRetriesSeen, b.RetriesSeen)
	if l.data > 0 {
		p = appendLength(p, fieldData, l.data)
	}
	return p
}

// appendResolved appends the values by rising names.
func appendResolved(p []byte, resolved map[string]string) []byte {
	var few [4]string // so that a usual batch allocates nothing here
	names := few[:0]
	for name := range resolved {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		k, v := valid(name), valid(resolved[name])
		p = appendLength(p, fieldResolved, sizeEntry(k, v))
		p = appendLength(p, 1, len(k))
		p = append(p, k...)
		p = appendLength(p, 2, len(v))
		p = append(p, v...)
	}
	return p
}

// nextSpan returns the bytes of the run at i together with those of the runs behind it that lie next to them in the
// same segment, and the index of the run after.
func nextSpan(runs []spool.Run, i int) (data []byte, next int) {
	data, segment := runs[i].Data, runs[i].Segment
	for i++; i < len(runs); i++ {
		more := runs[i].Data
		end := len(data) + len(more)
		if runs[i].Segment != segment || segment == nil || len(more) == 0 || cap(data) < end ||
			&data[:end][len(data)] != &more[0] {
			break
		}
		data = data[:end]
	}
	return data, i
}

func sizeSteps(runs []spool.Run) int {
	n := 0
	for i := range runs {
		n += len(runs[i].Sizes) - 1
		if i > 0 {
			n += protowire.SizeVarint(uint64(runs[i].First - runs[i-1].Last()))
		}
	}
	return n
}

func appendSteps(p []byte, runs []spool.Run) []byte {
	for i := range runs {
		if i > 0 {
			p = protowire.AppendVarint(p, uint64(runs[i].First-runs[i-1].Last()))
		}
		for range len(runs[i].Sizes) - 1 {
			p = append(p, 1)
		}
	}
	return p
}
