package spool

import (
	"iter"
	"unsafe"

	"github.com/skidway/skidway/core/record"
)

// DetachSparse moves runs that keep far more memory than they need to memory of their own, and returns how many bytes it
// copied. held yields all runs that a lane holds, those of all its batches; it is ranged over twice and must yield the
// same pointers.
//
// A run is moved when its segment is sealed and all runs in this segment together need less than a quarter of it. The
// run's Skips, Sizes, Data, Origin and Segment are then replaced, their contents stay the same, and its hold with them: the
// run still owns one hold, to be released on whatever Segment it names then. So a lane must not call it while another
// goroutine reads its runs.
func DetachSparse(held iter.Seq[*Run]) (copied int64) { return detach(held, true) }

// DetachBatch is DetachSparse for the runs of one batch of which the lane knows that they are few among many others'. It
// also moves them from a segment that is not sealed yet: while the batch is with the plugin the lane can't.
func DetachBatch(held iter.Seq[*Run]) (copied int64) { return detach(held, false) }

func detach(held iter.Seq[*Run], onlySealed bool) (copied int64) {
	var pins []pin
	for r := range held {
		if r.Segment == nil || r.Segment.bytes == 0 || onlySealed && !r.Segment.Sealed() {
			continue
		}
		p := find(pins, r.Segment)
		if p == nil {
			pins = append(pins, pin{segment: r.Segment})
			p = &pins[len(pins)-1]
		}
		p.add(r)
	}
	for i := range pins {
		if p := &pins[i]; sparse(p.cost(), p.segment.bytes) {
			p.allocate()
			copied += p.cost()
		}
	}
	if copied == 0 {
		return 0
	}
	for r := range held {
		if p := find(pins, r.Segment); p != nil && p.private != nil {
			p.move(r)
		}
	}
	return copied
}

const originBytes = int64(unsafe.Sizeof(record.Origin{}))

// pin is what a lane holds of one segment.
type pin struct {
	segment                *Segment
	data, records, origins int
	skips                  int
	origin                 *record.Origin // of the last run

	private   *Segment
	dataCopy  []byte
	sizesCopy []uint32
	skipsCopy []uint32
	origCopy  []record.Origin
}

// find returns the pin of the segment, or nil. Runs come in their order, so it is mostly the last one.
func find(pins []pin, s *Segment) *pin {
	for i := len(pins) - 1; i >= 0; i-- {
		if pins[i].segment == s {
			return &pins[i]
		}
	}
	return nil
}

func (p *pin) add(r *Run) {
	p.data += len(r.Data)
	p.records += len(r.Sizes)
	p.skips += len(r.Skips)
	if r.Origin != p.origin {
		p.origin = r.Origin
		p.origins++
	}
}

func (p *pin) cost() int64 {
	return int64(p.data) + int64(p.records+p.skips)*sizeBytes + int64(p.origins)*originBytes
}

func (p *pin) allocate() {
	if k := p.segment.keeper; k != nil {
		p.private = k.private(p.cost())
	} else {
		p.private = loneSegment(p.cost())
	}
	p.dataCopy = make([]byte, 0, p.data)
	p.sizesCopy = make([]uint32, 0, p.records)
	p.skipsCopy = make([]uint32, 0, p.skips)
	p.origCopy = make([]record.Origin, 0, p.origins)
	p.origin = nil
}

func (p *pin) move(r *Run) {
	if r.Origin != p.origin {
		p.origin = r.Origin
		p.origCopy = append(p.origCopy, *r.Origin)
	}
	at, sizeAt, skipAt := len(p.dataCopy), len(p.sizesCopy), len(p.skipsCopy)
	p.dataCopy = append(p.dataCopy, r.Data...)
	p.sizesCopy = append(p.sizesCopy, r.Sizes...)
	p.skipsCopy = append(p.skipsCopy, r.Skips...)
	p.private.Retain()
	moved := Run{
		First: r.First, ID: r.ID,
		Origin:  &p.origCopy[len(p.origCopy)-1],
		Sizes:   p.sizesCopy[sizeAt:len(p.sizesCopy):len(p.sizesCopy)],
		Data:    p.dataCopy[at:],
		Segment: p.private,
	}
	if r.Skips != nil {
		moved.Skips = p.skipsCopy[skipAt:len(p.skipsCopy):len(p.skipsCopy)]
	}
	*r = moved
	p.segment.Release()
}

// loneSegment returns memory that a lane copied runs to and that no spool counts. It has no keeper.
func loneSegment(bytes int64) *Segment {
	s := &Segment{bytes: bytes}
	s.sealed.Store(true)
	return s
}

// privateSegment is memory that a lane copied runs to.
type privateSegment struct {
	Segment
	memory *Memory
}

// private implements keeper.
func (s *memorySegment) private(bytes int64) *Segment { return s.memory.private(bytes) }

func (s *privateSegment) private(bytes int64) *Segment { return s.memory.private(bytes) }

func (m *Memory) private(bytes int64) *Segment {
	s := &privateSegment{memory: m}
	s.bytes, s.keeper = bytes, s
	s.sealed.Store(true)
	m.mu.Lock()
	m.bytes += bytes
	m.segments++
	m.mu.Unlock()
	return &s.Segment
}

// free implements keeper. The memory is left to the garbage collector.
func (s *privateSegment) free(bool) {
	m := s.memory
	m.mu.Lock()
	m.bytes -= s.bytes
	m.segments--
	m.markRoomLocked()
	m.unlock()
}

// lastHold implements keeper: the spool has no hold on it.
func (s *privateSegment) lastHold() {}
