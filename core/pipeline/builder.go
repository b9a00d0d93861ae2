package pipeline

import "github.com/skidway/skidway/core/record"

// builder makes parts out of records.
//
// A record joins the last part with its targets, over records that are dropped or go elsewhere, as long as no part that may
// come to one of its destinations was begun since: each destination gets its records in their order.
type builder struct {
	p      *Pipeline
	spans  []span
	open   []int // spans that more may join, the oldest first
	pieces []piece
	// data, sizes and indexes (in the group) of changed records, one after the other.
	data    []byte
	sizes   []uint32
	indexes []uint32
	// joined are the spans of several pieces, and skips those of all spans.
	joined struct {
		data         []byte
		sizes, skips []uint32
	}
	letters []letterSpan
	out     Output
}

// span is a part while it is being made.
type span struct {
	to          TargetSet
	n           int // records
	first, last int // pieces
}

// piece is consecutive records of the group as they came, or changed records that lie behind one another in the builder.
type piece struct {
	changed   bool
	first, n  int // of the group's records, or of the builder's
	data, end int // in the data of the one or of the other
	next      int // of the same span; 0: none
}

type letterSpan struct {
	Letter
	start, end int
}

// fullBytes is how many bytes the builder collects before they are given away. It bounds the memory of a runner whose
// transforms make records longer.
const fullBytes = 1 << 20

// maxOpen bounds the spans that a record may join, for they are looked through.
const maxOpen = 32

func (b *builder) reset() {
	b.spans, b.pieces, b.letters = b.spans[:0], b.pieces[:0], b.letters[:0]
	b.data, b.sizes, b.indexes = b.data[:0], b.sizes[:0], b.indexes[:0]
	j := &b.joined
	j.data, j.sizes, j.skips = j.data[:0], j.sizes[:0], j.skips[:0]
	b.open = b.open[:0]
}

// shrink lets go of buffers that large groups made.
func (b *builder) shrink() {
	if cap(b.data) > 2*fullBytes {
		b.data = nil
	}
	if cap(b.joined.data) > 2*fullBytes {
		b.joined.data = nil
	}
}

func (b *builder) full() bool { return len(b.data) >= fullBytes }

// add adds record i of the group, whose bytes begin at offset in its data. changed, unless nil, are its new bytes.
func (b *builder) add(g *record.Group, i, offset int, changed []byte, to *TargetSet) {
	s := b.span(to)
	s.n++
	var last *piece
	if s.n > 1 {
		last = &b.pieces[s.last]
	}
	if changed == nil {
		end := offset + int(g.Sizes[i]) + 1
		if last != nil && !last.changed && last.first+last.n == i {
			last.n, last.end = last.n+1, end
			return
		}
		b.piece(s, piece{first: i, n: 1, data: offset, end: end})
		return
	}
	from, at := len(b.data), len(b.sizes)
	b.data = append(append(b.data, changed...), '\n')
	b.sizes, b.indexes = append(b.sizes, uint32(len(changed))), append(b.indexes, uint32(i))
	if last != nil && last.changed && last.end == from {
		last.n, last.end = last.n+1, len(b.data)
		return
	}
	b.piece(s, piece{changed: true, first: at, n: 1, data: from, end: len(b.data)})
}

// span returns the span that a record for the targets joins.
func (b *builder) span(to *TargetSet) *span {
	if n := len(b.spans); n > 0 && b.spans[n-1].to == *to {
		return &b.spans[n-1] // nothing was begun since
	}
	for _, i := range b.open {
		if b.spans[i].to == *to {
			return &b.spans[i]
		}
	}
	meets := b.p.meetsOf(to)
	still := b.open[:0]
	for _, i := range b.open {
		if !b.spans[i].to.meets(&meets) {
			still = append(still, i)
		}
	}
	if len(still) == maxOpen {
		still = append(still[:0], still[1:]...)
	}
	b.open = append(still, len(b.spans))
	b.spans = append(b.spans, span{to: *to})
	return &b.spans[len(b.spans)-1]
}

// piece adds a piece to a span.
func (b *builder) piece(s *span, p piece) {
	at := len(b.pieces)
	b.pieces = append(b.pieces, p)
	if s.n == 1 {
		s.first = at
	} else {
		b.pieces[s.last].next = at
	}
	s.last = at
}

// letter adds a dead letter; data is copied.
func (b *builder) letter(l Letter, data []byte) {
	start := len(b.data)
	b.data = append(b.data, data...)
	b.letters = append(b.letters, letterSpan{Letter: l, start: start, end: len(b.data)})
}

// output returns the parts and letters of what was added.
func (b *builder) output(g *record.Group) *Output {
	b.out.Parts, b.out.DeadLetters = b.out.Parts[:0], b.out.DeadLetters[:0]
	for i := range b.spans {
		s := &b.spans[i]
		b.out.Parts = append(b.out.Parts, Part{To: s.to, Group: b.group(g, s)})
	}
	for i := range b.letters {
		l := &b.letters[i]
		l.Record = b.data[l.start:l.end:l.end]
		b.out.DeadLetters = append(b.out.DeadLetters, l.Letter)
	}
	return &b.out
}

// group returns the records of a span.
func (b *builder) group(g *record.Group, s *span) record.Group {
	part := record.Group{Origin: g.Origin}
	p := &b.pieces[s.first]
	part.Origin.ID += uint64(b.index(p, 0))
	if p.next == 0 {
		data, sizes := g.Data, g.Sizes
		if p.changed {
			data, sizes = b.data, b.sizes
			part.Skips = b.skips(g, s)
		} else if g.Skips != nil {
			part.Skips = g.Skips[p.first : p.first+p.n : p.first+p.n]
		}
		part.Data, part.Sizes = data[p.data:p.end:p.end], sizes[p.first:p.first+p.n:p.first+p.n]
		return part
	}
	part.Skips = b.skips(g, s)
	j := &b.joined
	dataAt, sizeAt := len(j.data), len(j.sizes)
	for at := s.first; ; at = p.next {
		p = &b.pieces[at]
		data, sizes := g.Data, g.Sizes
		if p.changed {
			data, sizes = b.data, b.sizes
		}
		j.data = append(j.data, data[p.data:p.end]...)
		j.sizes = append(j.sizes, sizes[p.first:p.first+p.n]...)
		if p.next == 0 {
			break
		}
	}
	part.Data, part.Sizes = j.data[dataAt:len(j.data):len(j.data)], j.sizes[sizeAt:len(j.sizes):len(j.sizes)]
	return part
}

// index returns the index in the group of record k of a piece.
func (b *builder) index(p *piece, k int) int {
	if p.changed {
		return int(b.indexes[p.first+k])
	}
	return p.first + k
}

// skips returns the skips of a span; nil when there are none.
func (b *builder) skips(g *record.Group, s *span) []uint32 {
	j := &b.joined
	from := len(j.skips)
	p := &b.pieces[s.first]
	next, skipped := b.index(p, 0), 0 // the record that skips nothing, and how many were
	for {
		for k := range p.n {
			i := b.index(p, k)
			skipped += i - next
			next = i + 1
			skip := uint32(skipped)
			if g.Skips != nil {
				skip += g.Skips[i]
			}
			j.skips = append(j.skips, skip)
		}
		if p.next == 0 {
			break
		}
		p = &b.pieces[p.next]
	}
	if skipped == 0 && g.Skips == nil {
		j.skips = j.skips[:from]
		return nil
	}
	return j.skips[from:len(j.skips):len(j.skips)]
}
