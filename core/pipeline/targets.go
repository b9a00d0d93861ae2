package pipeline

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
)

// MaxTargets is how many different addresses the records of one pipeline may go to.
const MaxTargets = 256

// TargetSet is a set of a pipeline's targets: bit i, counted through the words, is Targets()[i]. It is comparable, so
// that it can be the key of a map. The zero value is the empty set.
type TargetSet [MaxTargets / 64]uint64

// Has reports whether target i is in the set.
func (s *TargetSet) Has(i int) bool { return s[i>>6]>>(i&63)&1 != 0 }

// Empty reports whether nothing is in the set.
func (s *TargetSet) Empty() bool { return *s == TargetSet{} }

// All yields the indexes of the targets in the set, in order.
func (s TargetSet) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for w, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(w<<6 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

// meets reports whether a target is in both sets.
func (s *TargetSet) meets(o *TargetSet) bool {
	return s[0]&o[0]|s[1]&o[1]|s[2]&o[2]|s[3]&o[3] != 0
}

func (s *TargetSet) add(o *TargetSet) {
	for i := range s {
		s[i] |= o[i]
	}
}

// targets numbers addresses in the order in which they are first seen.
type targets struct{ addresses []string }

func (t *targets) set(addresses []string) (s TargetSet, err error) {
	for _, a := range addresses {
		i := slices.Index(t.addresses, a)
		if i < 0 {
			i = len(t.addresses)
			if i == MaxTargets {
				return s, fmt.Errorf("leads to more than %d destinations and pipelines; split it into several pipelines", MaxTargets)
			}
			t.addresses = append(t.addresses, a)
		}
		s[i>>6] |= 1 << (i & 63)
	}
	return s, nil
}
