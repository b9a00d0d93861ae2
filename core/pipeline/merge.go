package pipeline

import "github.com/skidway/skidway/core/expr/jsonscan"

// merger merges fields whose names are known only at run time into an object, in time that grows with the sum of both.
// Its memory is used again.
type merger struct {
	text   []byte
	index  map[string]int // name → index in fields
	fields []mergedField
	edits  []mergeEdit
}

// mergedField is a field by its last value, and what the object has under its name.
type mergedField struct {
	value   int // in the list
	members int // how many there are of its name, less those that were visited by replacements
	last    jsonscan.Kind
}

// mergeEdit replaces a span of the object with a value of the list; with nothing when value is -1.
type mergeEdit struct {
	start, end int32
	value      int
}

// merge appends to dst the object with the fields of f merged in. A field takes the place of what the object has under
// its name, duplicates included, when overwrite says so or when that is null; other bytes stay as they are. Of fields
// with one name the last counts. object is a Value of the valid record rec; of any kind but Object the result is a new
// object.
func (m *merger) merge(dst, rec []byte, object jsonscan.Value, f *fieldList, overwrite bool) []byte {
	m.collect(f)
	if object.Kind != jsonscan.Object {
		dst = append(dst, '{')
		return append(m.appendNew(dst, f, false), '}')
	}
	m.count(rec, object)
	end := m.replace(rec, object, overwrite)
	pos := object.Start
	for _, e := range m.edits {
		dst = append(dst, rec[pos:e.start]...)
		if e.value >= 0 {
			dst = append(dst, f.value(e.value)...)
		}
		pos = e.end
	}
	dst = append(dst, rec[pos:end]...)
	dst = m.appendNew(dst, f, end > object.Start+1)
	return append(dst, rec[end:object.End]...)
}

// collect indexes the fields by name.
func (m *merger) collect(f *fieldList) {
	if m.index == nil {
		m.index = map[string]int{}
	}
	clear(m.index)
	m.fields, m.edits = m.fields[:0], m.edits[:0]
	for i := range f.list {
		if at, ok := m.index[string(f.name(i))]; ok {
			m.fields[at].value = i
			continue
		}
		m.index[string(f.name(i))] = len(m.fields)
		m.fields = append(m.fields, mergedField{value: i})
	}
}

// count looks at what the object has under the fields' names.
func (m *merger) count(rec []byte, object jsonscan.Value) {
	jsonscan.Members(rec, object, func(key, value jsonscan.Value) bool {
		if f := m.find(rec, key); f != nil {
			f.members++
			f.last = value.Kind
		}
		return true
	})
}

// replace makes the edits inside the object. It returns where its last member ends, or the place after its opening
// brace.
func (m *merger) replace(rec []byte, object jsonscan.Value, overwrite bool) (end int32) {
	end = object.Start + 1
	removing := int32(-1)
	jsonscan.Members(rec, object, func(key, value jsonscan.Value) bool {
		if removing >= 0 {
			m.edits = append(m.edits, mergeEdit{start: removing, end: key.Start, value: -1})
			removing = -1
		}
		end = value.End
		f := m.find(rec, key)
		if f == nil || !overwrite && f.last != jsonscan.Null {
			return true
		}
		if f.members--; f.members > 0 {
			removing = key.Start // a duplicate: one that stays follows it
			return true
		}
		m.edits = append(m.edits, mergeEdit{start: value.Start, end: value.End, value: f.value})
		return true
	})
	return end
}

// find returns the field with the key's text.
func (m *merger) find(rec []byte, key jsonscan.Value) *mergedField {
	text := rec[key.Start+1 : key.End-1]
	if key.Escaped {
		m.text = jsonscan.AppendText(m.text[:0], rec, key)
		text = m.text
	}
	if at, ok := m.index[string(text)]; ok {
		return &m.fields[at]
	}
	return nil
}

// appendNew appends the fields that the object has no member for, after a comma when further says so.
func (m *merger) appendNew(dst []byte, f *fieldList, further bool) []byte {
	for i := range m.fields {
		at := &m.fields[i]
		if at.last != jsonscan.Missing {
			continue
		}
		if further {
			dst = append(dst, ',')
		}
		further = true
		dst = append(jsonscan.AppendQuoted(dst, f.name(at.value)), ':')
		dst = append(dst, f.value(at.value)...)
	}
	return dst
}

// appendMembers appends the fields as the members of an object, without its braces.
func (f *fieldList) appendMembers(dst []byte) []byte {
	var m merger
	m.collect(f)
	return m.appendNew(dst, f, false)
}
