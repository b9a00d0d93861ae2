package deadletter

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sort"
)

// numbers is a set of entries as ranges, rising and apart. It is never changed, so it can be shared.
type numbers []span

// span is the entries from the first to the last.
type span [2]uint64

func (s numbers) has(n uint64) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i][1] >= n })
	return i < len(s) && s[i][0] <= n
}

// count returns how many numbers are in it.
func (s numbers) count() (n int64) {
	for _, r := range s {
		n += int64(r[1] - r[0] + 1)
	}
	return n
}

// with returns the set with more in it.
func (s numbers) with(more []uint64) numbers {
	all := slices.Clone(s)
	for _, n := range more {
		all = append(all, span{n, n})
	}
	slices.SortFunc(all, func(a, b span) int {
		if a[0] < b[0] {
			return -1
		}
		return 1
	})
	joined := all[:0]
	for _, next := range all {
		if n := len(joined); n > 0 && next[0] <= joined[n-1][1]+1 {
			joined[n-1][1] = max(joined[n-1][1], next[1])
			continue
		}
		joined = append(joined, next)
	}
	return joined
}

// maxRemovedBytes bounds the file that says what was removed.
const maxRemovedBytes = 16 << 20

// removedFile says which lines of a segment were removed, and how many bytes they have.
type removedFile struct {
	Removed numbers `json:"removed"`
	Bytes   int64   `json:"bytes"`
}

// readRemoved reads such a file. One that is damaged says nothing: what was removed comes back.
func readRemoved(r io.Reader) (f removedFile, err error) {
	b, err := io.ReadAll(io.LimitReader(r, maxRemovedBytes))
	if err != nil {
		return f, err
	}
	if len(b) == 0 || b[len(b)-1] != '\n' || !sealed(b[:len(b)-1]) {
		return f, errDamaged
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return removedFile{}, errDamaged
	}
	last := uint64(0)
	for _, s := range f.Removed {
		if s[0] <= last || s[1] < s[0] || s[1] > maxEntry {
			return removedFile{}, errDamaged
		}
		last = s[1]
	}
	return f, nil
}

var errDamaged = errors.New("damaged")
