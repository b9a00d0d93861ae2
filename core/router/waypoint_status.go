package router

import (
	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/expr"
)

// status says what became of the records that came through the waypoint.
func (s *waypoint) status() admin.PipelineStatus {
	m := s.pipeline.Metrics()
	out := admin.PipelineStatus{
		Address: s.address, Records: m.Records.Load(), Out: m.Out.Load(), Changed: m.Changed.Load(),
		Otherwise: m.Otherwise.Load(), Slow: m.Slow.Load(), Dropped: map[string]int64{}, Steps: []admin.StepStatus{},
	}
	drop := func(why string, n int64) {
		if n > 0 {
			out.Dropped[why] += n
		}
	}
	drop("otherwise", m.DroppedOtherwise.Load())
	drop("disabled", m.DroppedNowhere.Load())
	for i, t := range s.options.Transforms {
		c := &m.Transforms[i]
		step := admin.StepStatus{
			Name: t.Name, Kind: t.Kind.String(), When: whenText(t.When), Records: c.Applied.Load(),
			Dropped: c.Dropped.Load() + c.DroppedError.Load(), DeadLettered: c.DeadLettered.Load(),
			Nulls: c.Nulls.Load(), Errors: c.Errors.Load(),
		}
		drop(step.Kind, c.Dropped.Load())
		drop("on_error", c.DroppedError.Load())
		out.Add(step)
	}
	for i, r := range s.options.Routes {
		c := &m.Routes[i]
		out.Add(admin.StepStatus{
			Name: r.Name, Kind: "route", When: whenText(r.When), Records: c.Matched.Load(), Nulls: c.Nulls.Load(), Errors: c.Errors.Load(),
		})
	}
	return out
}

func whenText(when *expr.Predicate) string {
	if when == nil {
		return ""
	}
	return when.Source()
}
