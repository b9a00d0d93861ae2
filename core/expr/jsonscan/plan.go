package jsonscan

import (
	"encoding/binary"
	"math"
	"slices"
)

// Plan is a set of paths to find in records. It does not change once made and is safe for concurrent use.
type Plan struct {
	root  node
	whole []int32 // the results of empty paths
	equal []int32 // pairs: this result is a copy of that one
	size  int
}

// node is one object on the way of paths: the names that they go on with.
type node struct {
	// names has the nameBit of each child's name set, so that most other names are passed over at once.
	names uint64
	// heads holds for each hash the 1-based index of the first child with it; 0 is none.
	heads    [1 << hashBits]int32
	children []child
}

// child is a name in an object.
type child struct {
	word   uint64 // wordOf(name)
	name   string
	result int32   // of the path that ends here, or -1
	next   int32   // the 1-based index of the next child with the same hash; 0 is none
	below  []int32 // the results of all paths that go on from here
	node   *node   // nil when none does
}

const hashBits = 5

// nameBit is where a name stands in node.names, by its length and its first byte, which is the closing quote when the
// name is empty.
func nameBit(first byte, size int) uint64 { return (uint64(first) + 11*uint64(size)) & 63 }

// bitOf is nameBit of a name that is not in a record.
func bitOf(name string) uint8 {
	if name == "" {
		return uint8(nameBit('"', 0))
	}
	return uint8(nameBit(name[0], len(name)))
}

// hash spreads names by their first eight bytes and their length.
func hash(word uint64, n int) uint64 {
	return (word + uint64(n)) * 0x9E3779B97F4A7C15 >> (64 - hashBits)
}

// wordOf returns the first eight bytes of a name as a little-endian number, zeros for those that it lacks.
func wordOf[T string | []byte](name T) uint64 {
	var b [8]byte
	copy(b[:], name)
	return binary.LittleEndian.Uint64(b[:])
}

// NewPlan returns the plan that finds paths. A path is the names of members from the record's object down; result i of
// a scan belongs to paths[i]. One path may be the beginning of another, the same path may stand more than once, and the
// empty path is the whole record. A path never leads into an array. NewPlan keeps the names, not the slices.
func NewPlan(paths [][]string) *Plan {
	p := &Plan{size: len(paths)}
	for i, path := range paths {
		p.add(int32(i), path)
	}
	return p
}

// Len returns the number of paths.
func (p *Plan) Len() int { return p.size }

func (p *Plan) add(result int32, path []string) {
	if len(path) == 0 {
		p.whole = append(p.whole, result)
		return
	}
	n := &p.root
	var way []int32 // indexes of the children passed
	for _, name := range path[:len(path)-1] {
		at := n.ensure(name)
		way = append(way, at)
		c := &n.children[at]
		if c.node == nil {
			c.node = &node{}
		}
		n = c.node
	}
	last := &n.children[n.ensure(path[len(path)-1])]
	if last.result >= 0 {
		p.equal = append(p.equal, result, last.result)
		return
	}
	last.result = result
	n = &p.root
	for _, at := range way {
		c := &n.children[at]
		c.below = append(c.below, result)
		n = c.node
	}
}

// ensure returns the index of the child with the name, which it makes when there is none.
func (n *node) ensure(name string) int32 {
	if at := slices.IndexFunc(n.children, func(c child) bool { return c.name == name }); at >= 0 {
		return int32(at)
	}
	word := wordOf(name)
	n.names |= 1 << bitOf(name)
	head := &n.heads[hash(word, len(name))]
	n.children = append(n.children, child{word: word, name: name, result: -1, next: *head})
	*head = int32(len(n.children))
	return *head - 1
}

// plain returns the child whose name is the unescaped key b[start:end], nil when there is none.
func (n *node) plain(b []byte, start, end int) *child {
	size := end - start
	var word uint64
	if start+8 <= len(b) {
		word = binary.LittleEndian.Uint64(b[start:])
		if size < 8 {
			word &= 1<<(8*size) - 1
		}
	} else {
		word = wordOf(b[start:end])
	}
	return n.find(b[start:end], word)
}

// find returns the child whose name is the unescaped key, nil when there is none. word is wordOf(key).
func (n *node) find(key []byte, word uint64) *child {
	for at := n.heads[hash(word, len(key))]; at != 0; {
		c := &n.children[at-1]
		if c.word == word && len(c.name) == len(key) && (len(key) <= 8 || c.name == string(key)) {
			return c
		}
		at = c.next
	}
	return nil
}

// lookup returns the child with the name of the member m, which begins at rec[i]; nil when there is none.
func (n *node) lookup(rec []byte, i int, m bounds) *child {
	switch {
	case m.flags&(escaped<<keyFlags) != 0:
		return n.findEscaped(rec, m.key(i))
	case n.names>>nameBit(rec[i+1], m.keyEnd-i-2)&1 != 0:
		return n.plain(rec, i+1, m.keyEnd-1)
	default:
		return nil
	}
}

// findEscaped is find for a key with escape sequences.
func (n *node) findEscaped(rec []byte, key Value) *child {
	for i := range n.children {
		if KeyEquals(rec, key, n.children[i].name) {
			return &n.children[i]
		}
	}
	return nil
}

// Scan reports whether rec is one valid JSON object, and finds the values of the plan's paths in it. found has one
// element for each path and is overwritten: with a path's value, or with the zero Value when the record lacks it or is
// not valid.
//
// Of duplicate names the last one counts at each level, and its value is Repeated: a later duplicate replaces an earlier
// one whole, so that a path below it is missing when the later one lacks it. A record whose first byte after white space is no opening brace is
// answered at once. A record of 2 GiB or more is not valid. Scan keeps neither slice and allocates nothing.
func (p *Plan) Scan(rec []byte, found []Value) bool {
	found = found[:p.size]
	clear(found)
	i := space(rec, 0)
	if i >= len(rec) || rec[i] != '{' || len(rec) > math.MaxInt32 {
		return false
	}
	end := object(rec, i, 1, &p.root, found)
	if end < 0 || space(rec, end) != len(rec) {
		clear(found)
		return false
	}
	for _, at := range p.whole {
		found[at] = Value{Kind: Object, Start: int32(i), End: int32(end)}
	}
	p.copyEqual(found)
	return true
}

// copyEqual gives paths that stand more than once the value of the first.
func (p *Plan) copyEqual(found []Value) {
	for at := 0; at+1 < len(p.equal); at += 2 {
		found[p.equal[at]] = found[p.equal[at+1]]
	}
}
