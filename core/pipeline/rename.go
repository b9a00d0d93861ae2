package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// renamer is Rename, prepared.
type renamer struct {
	fields []RenameField
	old    *jsonscan.Plan
	// twice says that a new path leads through an old one, so that the old fields are removed before the new ones are
	// set.
	twice bool
}

func newRenamer(o *Rename) (*renamer, error) {
	n := &renamer{fields: o.Fields}
	var old [][]string
	for i, f := range o.Fields {
		if err := checkPaths([][]string{f.New, f.Old}); err != nil {
			return nil, err
		}
		old = append(old, f.Old)
		for _, other := range o.Fields[:i] {
			if begins(f.New, other.New) || begins(other.New, f.New) {
				return nil, fmt.Errorf("the new fields %s and %s are one, or one inside the other",
					strings.Join(other.New, "."), strings.Join(f.New, "."))
			}
		}
	}
	for _, f := range o.Fields {
		n.twice = n.twice || slices.ContainsFunc(old, func(o []string) bool { return begins(f.New, o) && len(o) < len(f.New) })
	}
	if len(old) == 0 {
		return nil, errors.New("it names no field")
	}
	n.old = jsonscan.NewPlan(old)
	return n, nil
}

// begins reports whether path begins with prefix.
func begins(path, prefix []string) bool {
	return len(prefix) <= len(path) && slices.Equal(path[:len(prefix)], prefix)
}

// applyRename takes all old fields out and puts their values in at the new places.
func (r *Runner) applyRename(n *renamer) (changed bool, err error) {
	w := &r.work
	base, found, _ := r.locate(n.old)
	s := &w.splicer
	s.Reset()
	edits := 0
	for i, f := range n.fields {
		if found[i].Kind != jsonscan.Missing {
			if err := s.Unset(f.Old); err != nil {
				return false, err
			}
			edits++
		}
	}
	if edits == 0 {
		return false, nil
	}
	from := base
	if n.twice {
		out, changed, err := s.Append(w.text[:0], base)
		if err != nil {
			return false, err
		}
		if changed {
			w.text, from = out, out
		}
		s.Reset()
	}
	for i, f := range n.fields {
		if found[i].Kind != jsonscan.Missing {
			if len(f.New) > len(f.Old) && tooDeep(found[i].Bytes(base), len(f.New)) {
				return false, errDeep
			}
			if err := s.Set(f.New, found[i].Bytes(base)); err != nil {
				return false, err
			}
		}
	}
	return r.rendered(s, from)
}
