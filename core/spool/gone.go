package spool

import (
	"slices"
	"sort"

	"github.com/skidway/skidway/core/record"
)

// gone are the positions behind a destination's frontier at which it has dropped what was its own: by rising position,
// and not overlapping. It does not get them, nor do they count as waiting. What a replay sends again is not meant. It
// never changes.
type gone []positions

// gone returns what the destination dropped behind its frontier, as far as that is remembered.
func (l *dropLog) gone(address string, frontier record.Position) gone {
	var all gone
	for i := range l.ranges {
		if r := &l.ranges[i]; r.Address == address && r.Last > frontier && r.decided() {
			all = append(all, positions{r.First, r.Last})
		}
	}
	slices.SortFunc(all, func(a, b positions) int {
		if a.first < b.first {
			return -1
		}
		return 1
	})
	n := 0
	for _, r := range all {
		if n > 0 && r.first <= all[n-1].last+1 {
			all[n-1].last = max(all[n-1].last, r.last)
			continue
		}
		all[n] = r
		n++
	}
	return all[:n]
}

// without returns what is gone but for what a replay sends again.
func (g gone) without(r *replayed) gone {
	if r == nil || len(g) == 0 {
		return g
	}
	var rest gone
	for _, p := range g {
		for i := r.from(p.first); i < len(r.runs) && r.runs[i].first <= p.last; i++ {
			if r.runs[i].first > p.first {
				rest = append(rest, positions{p.first, r.runs[i].first - 1})
			}
			p.first = r.runs[i].last + 1
		}
		if p.first <= p.last {
			rest = append(rest, p)
		}
	}
	return rest
}

// decided reports whether the destination, while it was configured, dropped all of its records in the range.
func (d *Drop) decided() bool {
	return !d.forgotten() && d.Reason != DropDamaged && d.Reason != DropParked
}

// from returns the index of the first range that does not end before p.
func (g gone) from(p record.Position) int {
	return sort.Search(len(g), func(i int) bool { return g[i].last >= p })
}

// meets reports whether something between two positions is gone, and covers whether all is.
func (g gone) meets(first, last record.Position) bool {
	i := g.from(first)
	return i < len(g) && g[i].first <= last
}

func (g gone) covers(first, last record.Position) bool {
	i := g.from(first)
	return i < len(g) && g[i].first <= first && last <= g[i].last
}

// stretch is that of the replay without what is gone.
func (g gone) stretch(r *replayed, e *logEntry, at record.Position, member bool) (first record.Position, n int) {
	for {
		first, n = r.stretch(e, at, member)
		if n == 0 || len(g) == 0 || !member {
			return first, n
		}
		end := first + record.Position(n)
		own := max(first, r.settledBefore(0)+1)
		i := g.from(own)
		if own >= end || i == len(g) || g[i].first >= end {
			return first, n
		}
		if end = max(own, g[i].first); end > first {
			return first, int(end - first)
		}
		at = g[i].last + 1
	}
}
