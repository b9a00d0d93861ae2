package delivery

import (
	"cmp"
	"slices"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// beyond is what was given up while something before it was not settled. Should that be taken again, this is taken with
// it and is not to be sent.
type beyond struct {
	ranges [][2]record.Position // first and last, in any order
	last   record.Position
}

// reaches reports whether something at or above p may be in it.
func (b *beyond) reaches(p record.Position) bool { return p <= b.last }

func (b *beyond) add(runs []spool.Run) {
	for i := range runs {
		b.ranges = append(b.ranges, [2]record.Position{runs[i].First, runs[i].Last()})
		b.last = max(b.last, runs[i].Last())
	}
}

// tidy sorts the ranges and forgets those at or below the frontier.
func (b *beyond) tidy(frontier record.Position) {
	slices.SortFunc(b.ranges, func(x, y [2]record.Position) int { return cmp.Compare(x[0], y[0]) })
	kept := b.ranges[:0]
	for _, r := range b.ranges {
		switch n := len(kept); {
		case r[1] <= frontier:
		case n > 0 && kept[n-1][1]+1 >= r[0]:
			kept[n-1][1] = max(kept[n-1][1], r[1])
		default:
			kept = append(kept, r)
		}
	}
	b.ranges = kept
}

// gaveUp remembers runs that were dropped or dead-lettered, if they may be taken again.
func (l *Lane) gaveUp(runs []spool.Run) {
	const many = 1024
	if l.hardening.cursor == nil {
		return
	}
	if l.beyond.last <= l.frontier() {
		l.beyond = beyond{}
	}
	l.beyond.add(runs)
	if n := len(l.beyond.ranges); n >= many && n%many == 0 {
		l.beyond.tidy(l.frontier())
	}
}

// unsettled appends to runs what of r was not given up before, and settles the rest. Each has a hold.
func (l *Lane) unsettled(runs []spool.Run, r spool.Run) []spool.Run {
	settle := func(gone *spool.Run) {
		l.settledRecords += int64(gone.Len())
		l.settledBytes += int64(len(gone.Data))
	}
	for _, g := range l.beyond.ranges {
		if g[1] < r.First {
			continue
		}
		if g[0] > r.Last() {
			break
		}
		if r.First < g[0] {
			rest := after(&r, g[0]-1)
			rest.Segment.Retain()
			runs = append(runs, slice(&r, 0, int(g[0]-r.First), 0, len(r.Data)-len(rest.Data)))
			r = rest
		}
		if r.Last() <= g[1] {
			settle(&r)
			r.Segment.Release()
			return runs
		}
		rest := after(&r, g[1])
		gone := slice(&r, 0, int(rest.First-r.First), 0, len(r.Data)-len(rest.Data))
		settle(&gone)
		r = rest
	}
	return append(runs, r)
}
