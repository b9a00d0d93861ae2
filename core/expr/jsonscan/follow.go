package jsonscan

// Follow turns what p.Scan found in the record that the last Append changed into what it would find in the new one, out,
// which is without what dst held before. That takes a fraction of a scan's time.
//
// It reports false when only a scan can tell, after which found means nothing: when a new value is an object or an array
// or has white space before it, when an object was made, when a path leads into a replaced value, or after more than 16
// changes. The result is that of a scan only if the changed record was valid and so are the new values.
func (s *Splicer) Follow(p *Plan, found []Value, out []byte) bool {
	if s.made || len(s.changes) > 16 {
		return false
	}
	for i := range s.changes {
		if raw := s.changes[i].raw; len(raw) > 0 && !isScalar(raw) {
			return false
		}
	}
	found = found[:p.size]
	if !s.follow(&p.root, 0, found, out) {
		return false
	}
	for _, at := range p.whole {
		v := &found[at]
		v.End = s.moved(v.End)
	}
	p.copyEqual(found)
	return true
}

// isScalar reports whether a JSON value begins, without white space, as a string, a number, true, false or null.
func isScalar(raw []byte) bool {
	if len(raw) == 0 {
		return false
	}
	switch raw[0] {
	case '{', '[', ' ', '\n', '\r', '\t':
		return false
	default:
		return true
	}
}

// follow is Follow for the paths below n, an object that the edits below the node at concern.
func (s *Splicer) follow(n *node, at int32, found []Value, out []byte) bool {
	for i := range n.children {
		c := &n.children[i]
		edit := int32(0)
		if len(s.nodes) > 0 {
			edit = s.nodes[at].first
		}
		for edit != 0 && s.nodes[edit].name != c.name {
			edit = s.nodes[edit].next
		}
		if edit == 0 {
			for _, at := range c.below {
				if !s.move(&found[at], out) {
					return false
				}
			}
			if c.result >= 0 && !s.move(&found[c.result], out) {
				return false
			}
			continue
		}
		e := &s.nodes[edit]
		if e.does == pass {
			if c.result >= 0 && !s.move(&found[c.result], out) || c.node != nil && !s.follow(c.node, edit, found, out) {
				return false
			}
			if c.result >= 0 && found[c.result].Repeated && s.creates(edit) {
				found[c.result].Repeated = false // the others were removed
			}
			continue
		}
		for _, at := range c.below {
			found[at] = Value{}
		}
		switch {
		case c.result < 0:
		case e.does == unset:
			found[c.result] = Value{}
		case e.at < 0 && e.out < 0:
			return false // what it was to be added to was replaced
		case e.at < 0:
			found[c.result] = At(out, int(e.out), int(e.out)+len(e.raw))
		case !s.move(&found[c.result], out):
			return false
		default:
			found[c.result].Repeated = false // the others were removed
		}
	}
	return true
}

// move turns a value's place in the old record into that in the new one. It reports false when it lies inside a span
// that was replaced.
func (s *Splicer) move(v *Value, out []byte) bool {
	if v.Kind == Missing {
		return true
	}
	for i := range s.changes {
		switch c := &s.changes[i]; {
		case c.end <= v.Start:
		case c.start > v.Start:
			v.Start, v.End = s.moved(v.Start), s.moved(v.End)
			return true
		case c.start == v.Start && c.end == v.End:
			repeated := v.Repeated
			*v = At(out, int(c.outStart), int(c.outEnd))
			v.Repeated = repeated
			return true
		default:
			return false
		}
	}
	v.Start, v.End = s.moved(v.Start), s.moved(v.End)
	return true
}

// moved returns where a value's bound is in the new record, given that the value was not replaced.
func (s *Splicer) moved(pos int32) int32 {
	shift := int32(0)
	for i := range s.changes {
		c := &s.changes[i]
		if c.start >= pos {
			break
		}
		shift = c.outEnd - c.end
	}
	return pos + shift
}
