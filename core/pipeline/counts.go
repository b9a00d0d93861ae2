package pipeline

import "github.com/skidway/skidway/core/metrics"

// Metrics count what became of one pipeline's records. Every record in is in exactly one of Out, DroppedOtherwise,
// DroppedNowhere, and the Dropped, DroppedError and DeadLettered of one transform. They are added to once per group.
type Metrics struct {
	// Records came in, Out of them went to at least one target, and Changed of them have other bytes than they came with.
	Records, Out, Changed metrics.Counter
	// Otherwise records were taken by no route, or a route's expression had an error for them.
	Otherwise metrics.Counter
	// DroppedOtherwise records were dropped by otherwise { drop = true }. DroppedNowhere were taken by a route, or by
	// otherwise, whose targets are all disabled.
	DroppedOtherwise, DroppedNowhere metrics.Counter
	// Slow counts evaluations that ran through the general evaluator.
	Slow metrics.Counter
	// Transforms and Routes are in the order of the options.
	Transforms []TransformMetrics
	Routes     []RouteMetrics
}

// TransformMetrics count for one transform.
type TransformMetrics struct {
	// Applied records are those that its when, if it has one, let to it; Changed those that it made new bytes for.
	Applied, Changed metrics.Counter
	// Dropped by drop and sample; DroppedError and DeadLettered by on_error.
	Dropped, DroppedError, DeadLettered metrics.Counter
	// Nulls counts records whose when was null, Errors the errors in its when and its work: one for each field of a set.
	Nulls, Errors metrics.Counter
}

// RouteMetrics count for one route.
type RouteMetrics struct {
	// Matched records went to its targets.
	Matched metrics.Counter
	// Nulls and Errors count records whose when was null, and had an error.
	Nulls, Errors metrics.Counter
}

// tally counts for one runner until it is flushed.
type tally struct {
	records, out, changed                    int64
	otherwise, droppedOtherwise, droppedNone int64
	transforms                               []transformTally
	routes                                   []routeTally
}

type transformTally struct {
	applied, changed, dropped, droppedError, deadLettered, nulls, errors int64
}

type routeTally struct{ matched, nulls, errors int64 }

// flush adds the tally to m and empties it.
func (t *tally) flush(m *Metrics) {
	add(&m.Records, &t.records)
	add(&m.Out, &t.out)
	add(&m.Changed, &t.changed)
	add(&m.Otherwise, &t.otherwise)
	add(&m.DroppedOtherwise, &t.droppedOtherwise)
	add(&m.DroppedNowhere, &t.droppedNone)
	for i := range t.transforms {
		from, to := &t.transforms[i], &m.Transforms[i]
		add(&to.Applied, &from.applied)
		add(&to.Changed, &from.changed)
		add(&to.Dropped, &from.dropped)
		add(&to.DroppedError, &from.droppedError)
		add(&to.DeadLettered, &from.deadLettered)
		add(&to.Nulls, &from.nulls)
		add(&to.Errors, &from.errors)
	}
	for i := range t.routes {
		from, to := &t.routes[i], &m.Routes[i]
		add(&to.Matched, &from.matched)
		add(&to.Nulls, &from.nulls)
		add(&to.Errors, &from.errors)
	}
}

// add moves n to the counter. Most are 0, which costs no atomic operation.
func add(c *metrics.Counter, n *int64) {
	if *n != 0 {
		c.Add(*n)
		*n = 0
	}
}
