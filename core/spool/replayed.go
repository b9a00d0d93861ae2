package spool

import (
	"sort"

	"github.com/skidway/skidway/core/record"
)

// replayed is what a destination gets once more: settled records, and others' records. It never changes. A nil one is of
// a destination that gets what it was routed, once.
type replayed struct {
	// base: the destination's own records at or below it were settled before the replay, so it gets only those of them
	// that are in runs.
	base record.Position
	runs []positions // by rising position, not empty, and not adjoining
	file string      // that holds the runs
}

// positions is a range of them.
type positions struct{ first, last record.Position }

// first returns the first position of the replay.
func (r *replayed) first() record.Position { return r.runs[0].first }

// end returns the frontier at which the destination is where it would be without the replay.
func (r *replayed) end() record.Position { return max(r.base, r.runs[len(r.runs)-1].last) }

// from returns the index of the first run that does not end before p.
func (r *replayed) from(p record.Position) int {
	return sort.Search(len(r.runs), func(i int) bool { return r.runs[i].last >= p })
}

// contains reports whether the record at p is sent again.
func (r *replayed) contains(p record.Position) bool {
	if r == nil {
		return false
	}
	i := r.from(p)
	return i < len(r.runs) && r.runs[i].first <= p
}

// stretch returns the first records of the entry, at or behind position at, that the destination gets: n records from
// first on; n is 0 when there are none. member says whether the entry was routed to it.
func (r *replayed) stretch(e *logEntry, at record.Position, member bool) (first record.Position, n int) {
	at = max(at, e.first)
	end := e.first + record.Position(e.count) // the position behind the entry
	if at >= end {
		return 0, 0
	}
	if r == nil {
		if !member {
			return 0, 0
		}
		return at, int(end - at)
	}
	own := end // the first of the destination's own records that follow the replay
	if member {
		own = min(end, max(at, r.base+1))
	}
	first, last := own, end
	if i := r.from(at); i < len(r.runs) && r.runs[i].first < own {
		first, last = max(at, r.runs[i].first), min(end, r.runs[i].last+1)
		if last >= own {
			last = end
		}
	}
	return first, int(last - min(first, last))
}

// needs reports whether a replay that is settled up to the frontier needs something between two positions.
func (r *replayed) needs(first, last, frontier record.Position) bool {
	if r == nil {
		return false
	}
	i := r.from(max(first, frontier+1))
	return i < len(r.runs) && r.runs[i].first <= last
}

// settledBefore returns the position up to which the destination's own records count as settled.
func (r *replayed) settledBefore(frontier record.Position) record.Position {
	if r == nil {
		return frontier
	}
	return max(frontier, r.base)
}

// addRun adds a position behind all others to runs.
func addRun(runs []positions, p record.Position) []positions {
	if n := len(runs); n > 0 && runs[n-1].last+1 == p {
		runs[n-1].last = p
		return runs
	}
	return append(runs, positions{p, p})
}

func (r *replayed) encode(e *encoder) {
	e.u64(uint64(r.base))
	e.u32(uint32(len(r.runs)))
	for _, run := range r.runs {
		e.u64(uint64(run.first))
		e.u64(uint64(run.last))
	}
}

func decodeReplayed(d *decoder) (*replayed, bool) {
	r := &replayed{base: record.Position(d.u64())}
	n := int(d.u32())
	if d.short || n == 0 || n > len(d.b)/16 {
		return nil, false
	}
	for range n {
		r.runs = append(r.runs, positions{record.Position(d.u64()), record.Position(d.u64())})
	}
	last := record.Position(0)
	for _, run := range r.runs {
		if run.first <= last || run.last < run.first || run.last > maxPosition {
			return nil, false
		}
		last = run.last
	}
	return r, r.base <= maxPosition
}

// tally counts what of the entry the destination gets behind the frontier, without what is gone.
func (r *replayed) tally(e *logEntry, frontier record.Position, gone gone, member bool) (t tally) {
	for at := frontier + 1; ; {
		first, n := gone.stretch(r, e, at, member)
		if n == 0 {
			return t
		}
		for _, size := range e.sizes(int(first - e.first))[:n] {
			t.bytes += int64(size) + 1
		}
		t.records += int64(n)
		at = first + record.Position(n)
		t.last = at - 1
	}
}
