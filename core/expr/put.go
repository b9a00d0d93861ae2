package expr

import "github.com/skidway/skidway/core/expr/jsonscan"

// Member is a member of the record's root that can be put there.
type Member struct {
	Slot int    // of Watch
	Name []byte // as JSON: in quotes, escaped as it is to be written
}

// Watch makes scans look for a member of the record's root, and returns its number for Put. It is called before the
// unit's first Record is made; ok is false when that is too late.
func (u *Unit) Watch(name string) (slot int, ok bool) {
	path := []string{name}
	if u.plan != nil {
		return 0, false
	}
	return u.inputs[u.inputName(input{kind: inputPath}, path)].slot, true
}

// put is a span of a record and the member whose value takes its place.
type put struct {
	start, end int32 // both the end of the last member: the member is new
	member     int32
	outStart   int32 // of the value, in the new record
	outEnd     int32
}

// Put appends to dst, which must be empty, the record with other values for some members of its root, and makes the
// result the record. values are those of members, in text, as AppendPlaced tells them; a member whose value is Missing or
// Null is left as it is. A member that the record lacks is added after its last one; all other bytes stay. When the
// record is as the members want it, nothing is appended, and changed is false.
//
// It takes what the last scan found, and says where the fields are now without another one, unless an expression looks
// inside one of the members. That is only possible in a JSON object that has each of the members once or not at all, and
// when the result has at most limit bytes: else done is false, nothing is appended and nothing changes. No two of the
// members may have the same name. The record's data is out from then on.
func (r *Record) Put(dst []byte, members []Member, values []jsonscan.Value, text []byte, limit int) (out []byte, done, changed bool) {
	if !r.Object() {
		return dst, false, false
	}
	r.puts = r.puts[:0]
	size := len(r.data)
	for i := range members {
		value, found := &values[i], &r.found[members[i].Slot]
		p := put{start: found.Start, end: found.End, member: int32(i)}
		switch {
		case value.Kind <= jsonscan.Null:
			continue
		case found.Kind == jsonscan.Missing:
			p.start = int32(r.afterMembers())
			p.end = p.start
			size += len(members[i].Name) + len(",:")
		case found.Repeated:
			return dst, false, false
		case string(r.data[found.Start:found.End]) == string(text[value.Start:value.End]):
			continue
		}
		r.puts = append(r.puts, p)
		size += int(value.End - value.Start)
	}
	switch {
	case len(r.puts) == 0:
		return dst, true, false
	case size > limit:
		return dst, false, false
	}
	r.sortPuts()
	out, inside := r.render(dst, members, values, text)
	if !inside {
		r.follow(members, values)
	}
	r.Replace(out)
	if !inside {
		r.state = isObject
	}
	return out, true, true
}

// afterMembers returns the place after the last member of an object, or after its opening brace.
func (r *Record) afterMembers() int {
	at := len(r.data) - 1
	for r.data[at] != '}' {
		at--
	}
	for r.data[at-1] <= ' ' {
		at--
	}
	return at
}

// sortPuts brings the puts into the order of the record; those of new members stay in theirs.
func (r *Record) sortPuts() {
	for i := 1; i < len(r.puts); i++ {
		for j := i; j > 0 && r.puts[j].start < r.puts[j-1].start; j-- {
			r.puts[j], r.puts[j-1] = r.puts[j-1], r.puts[j]
		}
	}
}

// render appends the record with the puts. inside: only a scan can tell where the fields are.
func (r *Record) render(dst []byte, members []Member, values []jsonscan.Value, text []byte) (out []byte, inside bool) {
	pos := int32(0)
	for i := range r.puts {
		p := &r.puts[i]
		m, v := &members[p.member], &values[p.member]
		dst = append(dst, r.data[pos:p.start]...)
		if p.start == p.end {
			if dst[len(dst)-1] != '{' {
				dst = append(dst, ',')
			}
			dst = append(append(dst, m.Name...), ':')
		}
		p.outStart = int32(len(dst))
		dst = append(dst, text[v.Start:v.End]...)
		p.outEnd = int32(len(dst))
		pos = p.end
		inside = inside || r.unit.inside[m.Slot]
	}
	return append(dst, r.data[pos:]...), inside
}

// follow computes where the fields lie after the puts from where they lay.
func (r *Record) follow(members []Member, values []jsonscan.Value) {
	for slot := range r.found {
		v := &r.found[slot]
		shift := int32(0)
		for i := range r.puts {
			if r.puts[i].start >= v.Start {
				break
			}
			shift = r.puts[i].outEnd - r.puts[i].end
		}
		v.Start += shift
		v.End += shift
	}
	// The new bytes are not looked at: reading in words what was just written in bytes takes 25 ns for a value.
	for i := range r.puts {
		p := &r.puts[i]
		v := &r.found[members[p.member].Slot]
		*v = values[p.member]
		v.Start, v.End = p.outStart, p.outEnd
	}
}
