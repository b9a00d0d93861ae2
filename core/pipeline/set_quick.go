package pipeline

import (
	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/expr/jsonscan"
)

// newQuick returns the members for quickSet, without their values; nil when it can't be used for the fields.
func newQuick(u *expr.Unit, fields []expr.Field) []expr.Member {
	seen := nameSet{}
	var quick []expr.Member
	for _, f := range fields {
		slot, ok := u.Watch(f.Name)
		if !ok || !seen.add(f.Name) {
			return nil
		}
		quick = append(quick, expr.Member{Slot: slot, Name: jsonscan.AppendQuoted(nil, []byte(f.Name))})
	}
	return quick
}

// quickSet sets the fields from what the scan for expressions knows, and reports whether that was enough. It saves a walk
// over the record before and a scan after (BenchmarkDropSetThreeRoutes).
func (r *Runner) quickSet(s *setter) (done, changed bool) {
	if s.quick == nil {
		return false, false
	}
	out, done, changed := r.rec.Put(r.spare(), s.quick, r.work.places, r.work.values, largestRecord)
	if changed {
		r.adopt(out)
	}
	return done, changed
}
