package pipeline

import "github.com/skidway/skidway/core/record"

// Output is what became of some consecutive records of a group. It and all it holds belong to the Runner, or are the
// group's: they are valid until the function that they were given to returns.
type Output struct {
	// Parts are to be appended to the spool in this order.
	Parts []Part
	// DeadLetters are to be stored before the parts are appended.
	DeadLetters []Letter
}

// Part is consecutive records that go to the same targets, not none. Their ids follow one another: a record that was
// dropped or goes elsewhere ends a part.
type Part struct {
	Group record.Group
	To    TargetSet
}

// Letter is a record that a transform gives up.
type Letter struct {
	// Transform is the transform's index.
	Transform int
	// Record is the record as it came to the transform, without a terminator.
	Record []byte
	// Index is its place in the group: its id is the group's plus Index.
	Index int
	// Reason says what was wrong.
	Reason string
}

// span is a part while it is being made: records first to first+n of the group. Their data and sizes are in the group's
// buffers, or copied to the builder's.
type span struct {
	to                    TargetSet
	first, n              int
	copied                bool
	data, end             int
	firstSize, afterSizes int
}

// builder makes parts out of records.
type builder struct {
	spans   []span
	data    []byte
	sizes   []uint32
	letters []letterSpan
	out     Output
}

type letterSpan struct {
	Letter
	start, end int
}

// fullBytes is how many bytes the builder collects before they are given away. It bounds the memory of a runner whose
// transforms make records longer.
const fullBytes = 1 << 20

func (b *builder) reset() {
	b.spans, b.letters = b.spans[:0], b.letters[:0]
	b.data, b.sizes = b.data[:0], b.sizes[:0]
}

func (b *builder) full() bool { return len(b.data) >= fullBytes }

// add adds record i of the group, whose bytes begin at offset in its data. changed, unless nil, are its new bytes.
func (b *builder) add(g *record.Group, i, offset int, changed []byte, to *TargetSet) {
	var last *span
	if n := len(b.spans); n > 0 {
		last = &b.spans[n-1]
	}
	if last == nil || last.first+last.n != i || last.to != *to {
		b.spans = append(b.spans, span{to: *to, first: i, data: offset, end: offset})
		last = &b.spans[len(b.spans)-1]
	}
	last.n++
	switch {
	case changed == nil && !last.copied:
		last.end = offset + int(g.Sizes[i]) + 1
		return
	case !last.copied:
		// The records of the part up to here are the group's: the changed one comes after their copies.
		data, end := last.data, last.end
		last.copied, last.data, last.firstSize = true, len(b.data), len(b.sizes)
		b.data = append(b.data, g.Data[data:end]...)
		b.sizes = append(b.sizes, g.Sizes[last.first:i]...)
	}
	if changed == nil {
		b.data = append(b.data, g.Data[offset:offset+int(g.Sizes[i])+1]...)
		b.sizes = append(b.sizes, g.Sizes[i])
	} else {
		b.data = append(append(b.data, changed...), '\n')
		b.sizes = append(b.sizes, uint32(len(changed)))
	}
	last.end, last.afterSizes = len(b.data), len(b.sizes)
}

// letter adds a dead letter; data is copied.
func (b *builder) letter(l Letter, data []byte) {
	start := len(b.data)
	// A part that goes on after the letter would hold its bytes: a letter always ends a part, for its record is in none.
	b.data = append(b.data, data...)
	b.letters = append(b.letters, letterSpan{Letter: l, start: start, end: len(b.data)})
}

// output returns the parts and letters of what was added.
func (b *builder) output(g *record.Group) *Output {
	b.out.Parts, b.out.DeadLetters = b.out.Parts[:0], b.out.DeadLetters[:0]
	for i := range b.spans {
		s := &b.spans[i]
		p := Part{To: s.to, Group: record.Group{Origin: g.Origin}}
		p.Group.Origin.ID += uint64(s.first)
		if s.copied {
			p.Group.Data = b.data[s.data:s.end:s.end]
			p.Group.Sizes = b.sizes[s.firstSize:s.afterSizes:s.afterSizes]
		} else {
			p.Group.Data = g.Data[s.data:s.end:s.end]
			p.Group.Sizes = g.Sizes[s.first : s.first+s.n : s.first+s.n]
		}
		b.out.Parts = append(b.out.Parts, p)
	}
	for i := range b.letters {
		l := &b.letters[i]
		l.Record = b.data[l.start:l.end:l.end]
		b.out.DeadLetters = append(b.out.DeadLetters, l.Letter)
	}
	return &b.out
}
