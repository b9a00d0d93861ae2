package delivery

import (
	"slices"

	"github.com/skidway/skidway/core/record"
)

// window is the open batches of a lane by rising first position: all that it has taken and neither settled nor still
// gathers. Batches with the same values have all their records in this order; others may lie between each other. What is
// settled above the frontier needs no record of its own: it is what no open batch holds.
type window struct {
	open  []*flight
	count [states]int
}

// insert adds f in its state.
func (w *window) insert(f *flight) {
	w.count[f.state]++
	n := len(w.open)
	if n == 0 || w.open[n-1].First() < f.First() {
		w.open = append(w.open, f)
		return
	}
	at, _ := slices.BinarySearchFunc(w.open, f.First(), func(o *flight, p record.Position) int {
		if o.First() < p {
			return -1
		}
		return 1
	})
	w.open = slices.Insert(w.open, at, f)
}

// remove takes f out.
func (w *window) remove(f *flight) {
	w.count[f.state]--
	at := slices.Index(w.open, f)
	w.open = slices.Delete(w.open, at, at+1)
}

// set changes f's state.
func (w *window) set(f *flight, s state) {
	w.count[f.state]--
	w.count[s]++
	f.state = s
}

// find returns the batch that is with the plugin under id, or nil.
func (w *window) find(id uint64) *flight {
	for _, f := range w.open {
		if f.state == sent && f.ID == id {
			return f
		}
	}
	return nil
}

// sentBehind reports whether a batch behind f, with the same values, is with the plugin.
func (w *window) sentBehind(f *flight) bool {
	for i := len(w.open) - 1; i >= 0 && w.open[i] != f; i-- {
		if o := w.open[i]; o.state == sent && o.set.same(f.set) {
			return true
		}
	}
	return false
}

// frontier returns the highest position, at most above, with nothing at or below it that an open batch holds.
func (w *window) frontier(above record.Position) record.Position {
	if len(w.open) == 0 {
		return above
	}
	return min(above, w.open[0].First()-1)
}

// undecided returns how many bytes the lane had taken before the lowest record that may yet be sent again; ok is false
// when there is none.
func (w *window) undecided() (taken int64, ok bool) {
	for _, f := range w.open {
		if f.state == waiting || f.state == sent {
			return f.taken, true
		}
	}
	return 0, false
}

// collect returns the open batches in state s, in order.
func (w *window) collect(s state) []*flight {
	out := make([]*flight, 0, w.count[s])
	for _, f := range w.open {
		if f.state == s {
			out = append(out, f)
		}
	}
	return out
}
