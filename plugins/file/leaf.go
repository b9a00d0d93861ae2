package file

import (
	"container/list"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// leaf is one file below base_dir: it is known while it is open, or while records of it may come again. It belongs to the
// tree's mutex.
type leaf struct {
	// path below base_dir.
	path string
	now  standing
	// kept is what a power cut leaves: now, as of the last sync or of the declaration. It says nothing unless sure is set.
	kept standing
	sure bool
	// number stands for the path in the ledger; 0: the ledger does not say how much of the file is whole batches, and
	// nothing may be written to it.
	number uint64
	// intent is the time in a rotated file's name, in microseconds since 1970, while the file may or may not have it
	// already; otherwise 0. It only comes from a ledger.
	intent int64

	// out is nil while the file is closed; then used is, too, which is its place in the order of use.
	out  *output
	used *list.Element
	// writing: it is part of the write at work, until whose end it stays open.
	writing bool
	// unsynced: the file was written to since it was last synced, for the first time with the position from, or an
	// earlier process may have.
	unsynced bool
	from     uint64
	// rotations counts them.
	rotations int
	// rotateAfter is when rotation is tried again after it failed.
	rotateAfter time.Time

	// waiting is what is to be written, and failed why it could not be. added is how many bytes of it were, before what was
	// true then, and foreign that somebody else wrote to the file meanwhile.
	waiting []delivery
	failed  error
	added   int64
	before  standing
	foreign bool
}

// standing is what is true of a file at one moment.
type standing struct {
	// file is zero when there is none at the path.
	file identity
	// size in bytes, all of it whole batches of ours or not ours.
	size int64
	// marks are the last positions in the file, or in one that was rotated: of records whose path was computed to be
	// this one, and of those without a path when fallback_path is this one. They are two sets of values, and only
	// within one set positions rise.
	marks [2]mark
}

// Indexes of standing.marks.
const (
	byPath     = 0
	byFallback = 1
)

// mark is a position that need not be known.
type mark struct {
	last  uint64
	known bool
}

// delivery is a batch for a file. mark says to which set of values it belongs.
type delivery struct {
	batch *sdk.Batch
	mark  int
}

// fresh returns the index of the first record of d that the file does not have, which is that of no record when it has all.
func (l *leaf) fresh(d delivery) int {
	m := l.now.marks[d.mark]
	switch b := d.batch; {
	case !m.known || b.FirstPosition() > m.last:
		return 0
	case b.LastPosition() <= m.last:
		return b.Len()
	default:
		i := 1
		for b.Position(i) <= m.last {
			i++
		}
		return i
	}
}

// keep notes that was, which was true when a sync began, is durable.
func (l *leaf) keep(was standing) {
	l.sure = true
	for i, m := range l.kept.marks {
		if m.known && (!was.marks[i].known || m.last > was.marks[i].last) {
			return // with sync = "batch" a later batch is
		}
	}
	if l.now.file == was.file {
		l.kept = was
		return
	}
	// It was rotated, or somebody renamed it, meanwhile: its records are durable where it is now, and what was declared of
	// the file that followed stays true.
	l.kept.marks = was.marks
	if l.now.file == (identity{}) {
		l.kept.file, l.kept.size = identity{}, 0
	}
}

// over reports whether nothing of the file comes again, given what is settled.
func (l *leaf) over(settled uint64) bool {
	for _, m := range l.now.marks {
		if m.known && m.last > settled {
			return false
		}
	}
	return !l.unsynced
}
