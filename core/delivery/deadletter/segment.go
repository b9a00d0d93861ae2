package deadletter

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

const (
	lockName = "lock"
	// tempName is a file that replaces another one once it is whole.
	tempName      = "rewrite"
	segmentSuffix = ".ndjson"
	removedSuffix = ".removed"
	// maxEntry keeps numbers that somebody made up from running over.
	maxEntry = 1 << 62
	// maxNext leaves more numbers below maxEntry than a process gives away: what is above would not be read again.
	maxNext = maxEntry / 2
)

// segment is a file of entries.
type segment struct {
	// first is at most the number of its first entry, and names it.
	first uint64
	// size is how many bytes it takes, and gone how many of these are removed entries.
	size, gone int64
	removed    numbers
	// listed says that there is a file which says what was removed; unlistable, that its name is somebody else's.
	listed, unlistable bool
	// pending says that something in removed is not in that file yet.
	pending bool
}

func segmentName(first uint64) string { return fmt.Sprintf("%012d%s", first, segmentSuffix) }
func removedName(first uint64) string { return fmt.Sprintf("%012d%s", first, removedSuffix) }

// firstOf returns the number in a name with the suffix.
func firstOf(name, suffix string) (first uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	if !ok {
		return 0, false
	}
	first, err := strconv.ParseUint(digits, 10, 64)
	return first, err == nil && first > 0 && first <= maxEntry && fmt.Sprintf("%012d", first) == digits
}

// listing is what lies in the folder.
type listing struct {
	segments []*segment // oldest first
	removed  []uint64   // of which segments there is a list of what was removed
	temp     bool
	foreign  []string
	// taken is the highest number in a name that is not ours, and unlistable are the numbers in the names of such lists.
	taken      uint64
	unlistable []uint64
}

func list(fsys fileSystem) (l listing, err error) {
	all, err := fsys.List()
	if err != nil {
		return l, err
	}
	for _, f := range all {
		first, isSegment := firstOf(f.name, segmentSuffix)
		of, isRemoved := firstOf(f.name, removedSuffix)
		switch {
		case f.regular && isSegment:
			l.segments = append(l.segments, &segment{first: first, size: f.size})
		case f.regular && isRemoved:
			l.removed = append(l.removed, of)
		case f.regular && f.name == tempName:
			l.temp = true
		case f.regular && f.name == lockName:
		default:
			l.foreign = append(l.foreign, f.name)
			l.taken = max(l.taken, first, of)
			if isRemoved {
				l.unlistable = append(l.unlistable, of)
			}
		}
	}
	for _, g := range l.segments {
		g.listed = slices.Contains(l.removed, g.first)
		g.unlistable = slices.Contains(l.unlistable, g.first)
	}
	slices.SortFunc(l.segments, func(a, b *segment) int { return cmp.Compare(a.first, b.first) })
	slices.Sort(l.foreign)
	return l, nil
}

// loadRemoved reads what was removed of a segment.
func loadRemoved(fsys fileSystem, first uint64) (removedFile, error) {
	f, err := fsys.Open(removedName(first))
	if errors.Is(err, fs.ErrNotExist) {
		return removedFile{}, nil
	}
	if err != nil {
		return removedFile{}, err
	}
	defer f.Close()
	removed, err := readRemoved(f)
	if err != nil {
		return removedFile{}, fmt.Errorf("read %s: %w", removedName(first), err)
	}
	return removed, nil
}
