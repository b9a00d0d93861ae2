package jsonscan

import "errors"

var (
	// ErrOverlap says that an edit goes into a member that an earlier edit of the same Splicer sets or, for Set, unsets.
	// The caller renders what it has, and edits the result.
	ErrOverlap = errors.New("edit lies inside a member that another edit sets or unsets")
	// ErrNotObject says that a Set leads through a value that is no object and not null.
	ErrNotObject = errors.New("a value on the way to the member is not an object")
	// ErrInvalid says that the record to be edited is not a valid JSON object.
	ErrInvalid = errors.New("record is not a valid JSON object")
)

// Splicer collects edits of one record and renders them in one pass, in which every byte that no edit concerns stays as
// it was. The zero Splicer holds no edits. One that is reused allocates nothing once it has grown to its work. It must
// not be used by two goroutines at a time.
//
// The order of edits doesn't count beyond this: of edits of the same path the last one holds; a Set or Unset takes back
// all earlier ones below its path; and an edit below the path of an earlier Set is refused with [ErrOverlap], as is a
// Set below an earlier Unset. Set and Unset win over Replace for what they concern, and of two replaced values, one
// inside the other, the outer one wins; of the same value the last replacement holds.
type Splicer struct {
	// nodes is the tree of names that edits lead along. nodes[0] is the record's own object; empty means no edits.
	nodes []edit
	// replaced holds what Replace asks for.
	replaced []change
	// changes is replaced plus what the tree asks of the record at hand, and after Append what took place of it; members
	// is a stack of the members of the objects being walked.
	changes []change
	members []placed
	base    int  // how long dst was before Append
	made    bool // Append made an object
}

// edit is a name in an object, and what is to become of its member.
type edit struct {
	name string
	raw  []byte // the new value of set
	// first and last are the first and the last of the names below, as indexes of nodes, and next is the following one
	// beside this one; 0 is none.
	first, last, next int32
	// at is the member's last occurrence in the object being walked, as an index of members; -1 is none.
	at   int32
	out  int32 // where raw stands in the new record when the member was added, else -1
	bit  uint8 // nameBit of the name
	does action
}

type action uint8

const (
	pass action = iota // only names below it are edited
	set
	unset
)

// Reset forgets all edits. The Splicer holds no slice of its caller's afterwards.
func (s *Splicer) Reset() {
	clear(s.nodes)
	clear(s.replaced)
	clear(s.changes)
	s.nodes, s.replaced, s.changes = s.nodes[:0], s.replaced[:0], s.changes[:0]
}

// Set makes raw, which must be one valid JSON value, the value of the member at path. It takes the place of the member's
// last value, and earlier duplicates of the member and of the objects that lead to it are removed; or the member is added
// at the object's end. Objects that are missing on the way, or null, are made.
//
// The Splicer keeps raw and the names until Reset; it doesn't keep path. Set panics when path is empty.
func (s *Splicer) Set(path []string, raw []byte) error {
	at, does := s.reach(path)
	if does != pass {
		return ErrOverlap
	}
	n := &s.nodes[at]
	n.does, n.raw, n.first, n.last = set, raw, 0, 0
	return nil
}

// Unset removes the member at path: all its duplicates, in all duplicates of the objects that lead to it. What the record
// lacks is no error. The Splicer keeps the names until Reset; it doesn't keep path. Unset panics when path is empty.
func (s *Splicer) Unset(path []string) error {
	at, does := s.reach(path)
	switch does {
	case set:
		return ErrOverlap
	case unset:
		return nil
	}
	n := &s.nodes[at]
	n.does, n.raw, n.first, n.last = unset, nil, 0, 0
	return nil
}

// Replace makes raw take the place of the value v, which must come from the record that is given to Append. A v of kind
// Missing is passed over. The Splicer keeps raw until Reset.
func (s *Splicer) Replace(v Value, raw []byte) {
	if v.Kind != Missing {
		s.replaced = append(s.replaced, change{start: v.Start, end: v.End, raw: raw, order: int32(len(s.replaced))})
	}
}

// reach returns the node at the path, which it makes when there is none; or what an edit on the way to it does.
func (s *Splicer) reach(path []string) (at int32, does action) {
	if len(path) == 0 {
		panic("jsonscan: edit of an empty path")
	}
	if len(s.nodes) == 0 {
		s.nodes = append(s.nodes, edit{at: -1})
	}
	for _, name := range path {
		if s.nodes[at].does != pass {
			return at, s.nodes[at].does
		}
		below := s.nodes[at].first
		for below != 0 && s.nodes[below].name != name {
			below = s.nodes[below].next
		}
		if below == 0 {
			below = int32(len(s.nodes))
			s.nodes = append(s.nodes, edit{name: name, at: -1, bit: bitOf(name)})
			if last := s.nodes[at].last; last != 0 {
				s.nodes[last].next = below
			} else {
				s.nodes[at].first = below
			}
			s.nodes[at].last = below
		}
		at = below
	}
	return at, pass
}

// creates reports whether an edit below the node sets something, so that there must be an object for it.
func (s *Splicer) creates(at int32) bool {
	for below := s.nodes[at].first; below != 0; below = s.nodes[below].next {
		if s.nodes[below].does == set || s.creates(below) {
			return true
		}
	}
	return false
}
