package jsonscan

// Members calls yield for each member of an object, in order, duplicates included, until yield returns false. The key is
// a String. object must be a Value of a valid record rec; of any other kind than Object it has no members.
func Members(rec []byte, object Value, yield func(key, value Value) bool) {
	if object.Kind != Object {
		return
	}
	b := rec[:object.End]
	for i := space(b, int(object.Start)+1); i < len(b) && b[i] == '"'; {
		m := member(b, i)
		if m.end < 0 || !yield(m.key(i), m.value(b)) {
			return
		}
		i = next(b, m.end)
	}
}

// bounds is where the parts of a member lie, its key beginning where the caller knows.
// It has no more than four fields, as the compiler keeps no larger struct in registers: a fifth made
// BenchmarkOccurrences half as slow again.
type bounds struct {
	keyEnd, start, end int   // end is bad when the member is not valid
	flags              uint8 // of the value, and those of the key shifted by keyFlags
}

const keyFlags = 4

func (m bounds) key(start int) Value { return place(String, start, m.keyEnd, m.flags>>keyFlags) }

func (m bounds) value(b []byte) Value { return place(kindOf(b[m.start]), m.start, m.end, m.flags) }

// member returns the parts of the member whose key begins at b[i].
func member(b []byte, i int) (m bounds) {
	flags := uint8(0)
	keyEnd := plain(b, i+1)
	if keyEnd < len(b) && b[keyEnd] == '"' {
		keyEnd++
	} else if keyEnd, flags = stringEnd(b, i+1); keyEnd < 0 {
		return bounds{end: bad}
	}
	i = keyEnd
	if i >= len(b) || b[i] != ':' {
		if i = space(b, i); i >= len(b) || b[i] != ':' {
			return bounds{end: bad}
		}
	}
	i++
	if i < len(b) && b[i] <= ' ' {
		i = space(b, i)
	}
	if i >= len(b) {
		return bounds{end: bad}
	}
	flags <<= keyFlags
	if b[i] == '"' {
		if end := plain(b, i+1); end < len(b) && b[end] == '"' {
			return bounds{keyEnd, i, end + 1, flags}
		}
	}
	end, valueFlags := value(b, i, 0, nil, nil)
	return bounds{keyEnd, i, end, flags | valueFlags}
}

// element returns the value that begins at b[i], missing when b is not valid.
func element(b []byte, i int) Value {
	if i >= len(b) {
		return Value{}
	}
	end, flags := value(b, i, 0, nil, nil)
	if end < 0 {
		return Value{}
	}
	return place(kindOf(b[i]), i, end, flags)
}

// next returns where the next member or element begins after the one that ends at i, or a place where none does.
func next(b []byte, i int) int {
	if i >= len(b) || b[i] != ',' {
		if i = space(b, i); i >= len(b) || b[i] != ',' {
			return len(b)
		}
	}
	if i++; i < len(b) && b[i] <= ' ' {
		i = space(b, i)
	}
	return i
}

// Elements calls yield for each element of an array, in order, until yield returns false. array must be a Value of a
// valid record rec; of any other kind than Array it has no elements.
func Elements(rec []byte, array Value, yield func(element Value) bool) {
	if array.Kind != Array {
		return
	}
	b := rec[:array.End]
	i := space(b, int(array.Start)+1)
	for i < len(b) && b[i] != ']' {
		val := element(b, i)
		if val.Kind == Missing || !yield(val) {
			return
		}
		i = next(b, int(val.End))
	}
}

// place returns the Value with these bounds and flags.
func place(k Kind, start, end int, flags uint8) Value {
	return Value{
		Kind:     k,
		Escaped:  flags&escaped != 0,
		NonASCII: flags&nonASCII != 0,
		Start:    int32(start),
		End:      int32(end),
	}
}

// Occurrences calls yield for each value of the plan's paths in rec, a valid JSON object, in the order of the record,
// until yield returns false: for every duplicate, at every level of the path, not only for the one that Scan finds. path
// is the index of the path. A value inside another one comes after it.
func (p *Plan) Occurrences(rec []byte, yield func(path int, v Value) bool) {
	i := space(rec, 0)
	if i >= len(rec) || rec[i] != '{' {
		return
	}
	if len(p.whole) > 0 {
		v := element(rec, i)
		for _, at := range p.whole {
			if v.Kind == Missing || !yield(int(at), v) {
				return
			}
		}
	}
	p.occurrences(rec, i, &p.root, yield)
}

// occurrences is Occurrences for the object that begins at rec[i]. It reports whether to go on.
func (p *Plan) occurrences(rec []byte, i int, n *node, yield func(path int, v Value) bool) bool {
	for i = space(rec, i+1); i < len(rec) && rec[i] == '"'; {
		m := member(rec, i)
		if m.end < 0 {
			return false
		}
		if c := n.lookup(rec, i, m); c != nil {
			if c.result >= 0 && !p.yield(c.result, m.value(rec), yield) {
				return false
			}
			if rec[m.start] == '{' && c.node != nil && !p.occurrences(rec, m.start, c.node, yield) {
				return false
			}
		}
		i = next(rec, m.end)
	}
	return true
}

// yield calls yield for the result and for those of equal paths.
func (p *Plan) yield(result int32, v Value, yield func(path int, v Value) bool) bool {
	if !yield(int(result), v) {
		return false
	}
	for at := 0; at+1 < len(p.equal); at += 2 {
		if p.equal[at+1] == result && !yield(int(p.equal[at]), v) {
			return false
		}
	}
	return true
}

// Scalars calls yield for each string and number in v, at any depth, v itself included, in the order of the record,
// until yield returns false. Keys are not values and are passed over, as are true, false and null. v must be a Value of
// a valid record rec.
func Scalars(rec []byte, v Value, yield func(v Value) bool) {
	b := rec[:v.End]
	for i := int(v.Start); i < len(b); {
		switch c := b[i]; {
		case c == '"':
			end, flags := stringEnd(b, i+1)
			if end < 0 {
				return
			}
			if colon := space(b, end); colon < len(b) && b[colon] == ':' {
				i = colon + 1
				continue
			}
			if !yield(place(String, i, end, flags)) {
				return
			}
			i = end
		case c == '-' || c-'0' <= 9:
			end := numberEnd(b, i)
			if end < 0 || !yield(place(Number, i, end, 0)) {
				return
			}
			i = end
		default:
			i++
		}
	}
}
