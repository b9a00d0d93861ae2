package delivery

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
)

// values are one set of values of a destination's RECORD attributes. Nil stands for those of a destination without any.
type values struct {
	encoded  string
	resolved map[string]string
	// keyed is what of the values goes into the keys of batches, and digest stands for them in the lane's note.
	keyed  []byte
	digest uint64
}

// newValues decodes what a Resolution encoded.
func newValues(names []string, encoded []byte) *values {
	v := &values{encoded: string(encoded), resolved: make(map[string]string, len(names))}
	for _, name := range names {
		n, used := binary.Uvarint(encoded)
		encoded = encoded[used:]
		if n > 0 {
			v.resolved[name], encoded = string(encoded[:n-1]), encoded[n-1:]
		}
	}
	v.keyed = binary.BigEndian.AppendUint64(nil, uint64(len(v.resolved)))
	for _, name := range slices.Sorted(maps.Keys(v.resolved)) {
		v.keyed = appendString(v.keyed, name)
		v.keyed = appendString(v.keyed, v.resolved[name])
	}
	sum := sha256.Sum256(v.keyed)
	v.digest = binary.BigEndian.Uint64(sum[:]) | 1
	return v
}

// id stands for the values among those of one destination; 0 for nil.
func (v *values) id() uint64 {
	if v == nil {
		return 0
	}
	return v.digest
}

// byName returns the values by the names of their attributes; nil for nil.
func (v *values) byName() map[string]string {
	if v == nil {
		return nil
	}
	return v.resolved
}

// same reports whether v and w are equal.
func (v *values) same(w *values) bool {
	return v == w || v != nil && w != nil && v.encoded == w.encoded
}
