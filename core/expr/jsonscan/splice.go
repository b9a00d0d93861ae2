package jsonscan

import (
	"bytes"
	"slices"
)

// change is a span of the record and what takes its place. A span of no bytes is a place to insert at.
type change struct {
	start, end int32
	// order decides between changes of the same span: the higher one holds.
	order int32
	// node is whose names below are written instead of raw when writes says so.
	node   int32
	writes writes
	raw    []byte
	// outStart and outEnd bound in the new record what was written for the span.
	outStart, outEnd int32
}

type writes uint8

const (
	writesRaw     writes = iota
	writesObject         // the node as a new object
	writesFirst          // the names that the object lacks, in an object without members
	writesFurther        // the same after another member
)

// placed is a member of the object being walked.
type placed struct {
	key, start, end int32 // where its key begins, and its value's bounds
	removed         bool
}

// Append makes the edits in rec, a valid JSON object, and appends the new record to dst. When the record is as the edits
// want it, nothing is appended and changed is false: rec is the result. On an error, [ErrNotObject] or [ErrInvalid],
// nothing is appended either. The edits stay, so the same ones can be made in another record as long as none is a
// Replace.
//
// Neither the new record's size nor its depth is limited. dst must not overlap rec or a value given to Set or Replace.
func (s *Splicer) Append(dst, rec []byte) (out []byte, changed bool, err error) {
	s.changes = append(s.changes[:0], s.replaced...)
	s.members = s.members[:0]
	s.made = false
	if len(s.nodes) > 0 {
		i := space(rec, 0)
		if i >= len(rec) || rec[i] != '{' {
			return dst, false, ErrInvalid
		}
		if err := s.object(rec, i, 0); err != nil {
			return dst, false, err
		}
	}
	if len(s.changes) == 0 {
		return dst, false, nil
	}
	s.sort()
	return s.render(dst, rec), true, nil
}

// render appends rec with its changes, and keeps of them those that took place.
func (s *Splicer) render(dst, rec []byte) []byte {
	s.base = len(dst)
	pos, kept := int32(0), 0
	for i := range s.changes {
		c := &s.changes[i]
		if c.start < pos {
			continue // inside a span that an outer change has replaced
		}
		dst = append(dst, rec[pos:c.start]...)
		c.outStart = int32(len(dst) - s.base)
		switch c.writes {
		case writesRaw:
			dst = append(dst, c.raw...)
		case writesObject:
			dst = s.appendObject(dst, c.node)
		default:
			dst = s.appendLacking(dst, c.node, c.writes == writesFurther)
		}
		c.outEnd = int32(len(dst) - s.base)
		pos = c.end
		if kept < i {
			s.changes[kept] = *c
		}
		kept++
	}
	clear(s.changes[kept:])
	s.changes = s.changes[:kept]
	return append(dst, rec[pos:]...)
}

// sort brings the changes into the order in which they are rendered.
func (s *Splicer) sort() {
	if len(s.changes) > 16 {
		slices.SortFunc(s.changes, outerFirst)
		return
	}
	// A few are sorted in place of slices.SortFunc, whose calls took a twentieth of BenchmarkSplice.
	for i := 1; i < len(s.changes); i++ {
		for j := i; j > 0 && outerFirst(s.changes[j], s.changes[j-1]) < 0; j-- {
			s.changes[j], s.changes[j-1] = s.changes[j-1], s.changes[j]
		}
	}
}

// outerFirst sorts changes by place, so that an outer one comes before those inside it, and of those of the same value
// the one that holds first. No others begin at the same place.
func outerFirst(a, b change) int {
	if a.start != b.start {
		return int(a.start) - int(b.start)
	}
	return int(b.order) - int(a.order)
}

// fromTree is the order of changes that Set and Unset ask for; no replacement has a higher one.
const fromTree = 1<<31 - 1

// object finds the changes that the node's names ask for in the object that begins at rec[start].
func (s *Splicer) object(rec []byte, start int, at int32) error {
	base := len(s.members)
	defer func() { s.members = s.members[:base] }()
	names := uint64(0)
	for below := s.nodes[at].first; below != 0; below = s.nodes[below].next {
		n := &s.nodes[below]
		n.at, n.out = -1, -1
		names |= 1 << n.bit
	}
	i := space(rec, start+1)
	for i < len(rec) && rec[i] == '"' {
		m := member(rec, i)
		if m.end < 0 {
			return ErrInvalid
		}
		s.members = append(s.members, placed{key: int32(i), start: int32(m.start), end: int32(m.end)})
		if m.flags&(escaped<<keyFlags) != 0 || names>>nameBit(rec[i+1], m.keyEnd-i-2)&1 != 0 {
			if below := s.find(rec, at, i, m); below != 0 {
				if err := s.meet(rec, below); err != nil {
					return err
				}
			}
		}
		if i = m.end; i >= len(rec) || rec[i] != ',' {
			if i = space(rec, i); i >= len(rec) || rec[i] != ',' {
				break
			}
		}
		if i++; i < len(rec) && rec[i] <= ' ' {
			i = space(rec, i)
		}
	}
	if i >= len(rec) || rec[i] != '}' {
		return ErrInvalid
	}
	lacking := false
	for below := s.nodes[at].first; below != 0; below = s.nodes[below].next {
		lacks, err := s.settle(rec, below)
		if err != nil {
			return err
		}
		lacking = lacking || lacks
	}
	s.close(int32(start), base, at, lacking)
	return nil
}

// find returns the node below at with the name of the member m, which begins at rec[i]; 0 is none.
func (s *Splicer) find(rec []byte, at int32, i int, m bounds) int32 {
	if m.flags&(escaped<<keyFlags) != 0 {
		for below := s.nodes[at].first; below != 0; below = s.nodes[below].next {
			if KeyEquals(rec, m.key(i), s.nodes[below].name) {
				return below
			}
		}
		return 0
	}
	text := rec[i+1 : m.keyEnd-1]
	for below := s.nodes[at].first; below != 0; below = s.nodes[below].next {
		if s.nodes[below].name == string(text) {
			return below
		}
	}
	return 0
}

// meet treats the member on top of the stack, whose name is the node's.
func (s *Splicer) meet(rec []byte, at int32) error {
	this := int32(len(s.members) - 1)
	n := &s.nodes[at]
	switch {
	case n.does == unset:
		s.members[this].removed = true
	case n.does == set || s.creates(at):
		// What becomes of it is settled when the last one of its name is known.
		if n.at >= 0 {
			s.members[n.at].removed = true
		}
		n.at = this
	case rec[s.members[this].start] == '{':
		return s.object(rec, int(s.members[this].start), at)
	}
	return nil
}

// settle finds the changes for the node's member now that its last occurrence is known, and reports whether the object
// lacks a member that it must have.
func (s *Splicer) settle(rec []byte, at int32) (lacks bool, err error) {
	n := &s.nodes[at]
	sets := n.does == set
	if !sets && !s.creates(at) {
		return false, nil
	}
	if n.at < 0 {
		return true, nil
	}
	m := s.members[n.at]
	switch {
	case sets:
		if !bytes.Equal(rec[m.start:m.end], n.raw) {
			s.changes = append(s.changes, change{start: m.start, end: m.end, order: fromTree, raw: n.raw})
		}
		return false, nil
	case rec[m.start] == '{':
		return false, s.object(rec, int(m.start), at)
	case rec[m.start] == 'n':
		s.changes = append(s.changes, change{start: m.start, end: m.end, order: fromTree, node: at, writes: writesObject})
		return false, nil
	default:
		return false, ErrNotObject
	}
}

// close finds the changes that take out the removed members, with their commas, of the object that begins at start and
// whose members lie on the stack from base on, and the one that adds those that the object lacks.
func (s *Splicer) close(start int32, base int, at int32, lacking bool) {
	members := s.members[base:]
	kept := false
	for i := 0; i < len(members); i++ {
		if !members[i].removed {
			kept = true
			continue
		}
		first := i
		for i+1 < len(members) && members[i+1].removed {
			i++
		}
		c := change{start: members[first].key, end: members[i].end, order: fromTree}
		switch {
		case kept:
			c.start = members[first-1].end
		case i+1 < len(members):
			c.end = members[i+1].key
		}
		s.changes = append(s.changes, c)
	}
	if !lacking {
		return
	}
	c := change{start: start + 1, order: fromTree, node: at, writes: writesFirst}
	if len(members) > 0 {
		c.start = members[len(members)-1].end
	}
	if kept {
		c.writes = writesFurther
	}
	c.end = c.start
	s.changes = append(s.changes, c)
}

// appendObject appends a new object with everything that is set below the node.
func (s *Splicer) appendObject(dst []byte, at int32) []byte {
	s.made = true
	dst = append(dst, '{')
	further := false
	for below := s.nodes[at].first; below != 0; below = s.nodes[below].next {
		if n := &s.nodes[below]; n.does == set || s.creates(below) {
			dst = s.appendMember(dst, below, further)
			further = true
		}
	}
	return append(dst, '}')
}

// appendLacking appends the members below the node that were not met.
func (s *Splicer) appendLacking(dst []byte, at int32, further bool) []byte {
	for below := s.nodes[at].first; below != 0; below = s.nodes[below].next {
		if n := &s.nodes[below]; n.at < 0 && (n.does == set || s.creates(below)) {
			dst = s.appendMember(dst, below, further)
			further = true
		}
	}
	return dst
}

// appendMember appends the node as a member, after a comma when it is a further one.
func (s *Splicer) appendMember(dst []byte, at int32, further bool) []byte {
	if further {
		dst = append(dst, ',')
	}
	n := &s.nodes[at]
	dst = append(AppendQuotedString(dst, n.name), ':')
	if n.does == set {
		s.made = s.made || !isScalar(n.raw)
		n.out = int32(len(dst) - s.base)
		return append(dst, n.raw...)
	}
	return s.appendObject(dst, at)
}
