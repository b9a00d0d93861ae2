package pipeline

import (
	"slices"

	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/record"
)

// Explanation says what a pipeline makes of one record, step by step.
type Explanation struct {
	// Steps are the transforms up to the one that ended the record's way, or all.
	Steps []StepExplanation
	// Routes are all routes that were tried; none when a transform ended the record's way.
	Routes []RouteExplanation
	// Otherwise says that the record also, or only, took the way of otherwise.
	Otherwise bool
	// Fate says how the record ended.
	Fate Fate
	// To holds the addresses that the record goes to, in the order of Targets.
	To []string
	// Record is what they get; nil when there are none.
	Record []byte
}

// StepExplanation is what one transform did.
type StepExplanation struct {
	Name string
	// When is the outcome of its when; expr.Match when it has none.
	When expr.Outcome
	// Effect is what it did.
	Effect Effect
	// Errors are what was wrong in its when or its work.
	Errors []error
	// Record is the record after it, if it changed it.
	Record []byte
}

// RouteExplanation is what one route did.
type RouteExplanation struct {
	Name string
	// When is the outcome of its when; expr.Match when it has none.
	When expr.Outcome
	// Err is what was wrong in its when.
	Err error
	// Final says that it took the record and ended the search.
	Final bool
}

// Effect is what a transform did to a record.
type Effect uint8

// The effects.
const (
	Skipped   Effect = iota // its when kept the record from it
	Unchanged               // it found nothing to do, or failed and left the record as it was
	ChangedRecord
	DroppedRecord
	DeadLettered
)

// Fate is how a record's way through a pipeline ended.
type Fate uint8

// The fates.
const (
	Sent                Fate = iota // to at least one target
	DroppedByStep                   // by the last of the steps
	DeadLetteredByStep              // by the last of the steps
	DroppedByOtherwise              // no route took it and otherwise says drop
	DroppedWithoutPlace             // what took it leads to nothing that is enabled
)

// Explain runs one record, without terminator, and says what each step did. Nothing is counted or told. m may be nil.
// It is slow, and safe for concurrent use.
func (p *Pipeline) Explain(rec []byte, m *expr.Meta) Explanation {
	// A copy of the pipeline keeps its counters and first errors.
	quiet := &Pipeline{opts: p.opts, transforms: p.transforms, routes: p.routes, targets: p.targets, object: p.object}
	quiet.opts.OnError = nil
	r := quiet.Runner()
	r.explains = true
	if m == nil {
		m = &expr.Meta{}
	}
	r.begin(&record.Origin{}, 0)
	r.meta = *m
	r.show(rec)
	var x Explanation
	for i := range p.transforms {
		s, f := r.explainStep(i)
		x.Steps = append(x.Steps, s)
		switch f {
		case isDropped:
			x.Fate = DroppedByStep
			return x
		case isDead:
			x.Fate = DeadLetteredByStep
			return x
		case goesOn:
		}
	}
	r.explainRoutes(&x)
	return x
}

func (r *Runner) explainStep(i int) (StepExplanation, fate) {
	t := &r.p.transforms[i]
	s := StepExplanation{Name: r.p.opts.Transforms[i].label(i), When: expr.Match, Effect: Skipped}
	if t.when != nil {
		s.When = t.when.Eval(r.rec)
	}
	r.notes = r.notes[:0]
	before := r.tally.transforms[i]
	f, err := r.step(i)
	after := r.tally.transforms[i]
	s.Errors = slices.Clone(r.notes)
	if err != nil {
		s.Errors = append(s.Errors, err)
	}
	switch {
	case f == isDropped:
		s.Effect = DroppedRecord
	case f == isDead:
		s.Effect = DeadLettered
	case after.changed > before.changed:
		s.Effect = ChangedRecord
		s.Record = slices.Clone(r.data)
	case after.applied > before.applied:
		s.Effect = Unchanged
	}
	return s, f
}

// explainRoutes tries the routes one after the other, without the look-up of several at once.
func (r *Runner) explainRoutes(x *Explanation) {
	rs := &r.p.routes
	var to TargetSet
	matched, failed := rs.plain, false
	for i := range rs.routes {
		e := RouteExplanation{Name: r.p.opts.Routes[i].Name, When: r.ask(i)}
		switch e.When {
		case expr.Match:
			matched = true
			e.Final = r.take(i, &to)
		case expr.Failed:
			failed = true
			e.Err = wordsOf(rs.routes[i].when, r.rec)
		case expr.NoMatch, expr.Null:
		}
		x.Routes = append(x.Routes, e)
		if e.Final {
			break
		}
	}
	left := !matched || failed
	x.Otherwise = r.p.opts.Otherwise.Given && (!matched || failed && !rs.drop)
	if left || rs.plain {
		to.add(&rs.otherwise)
	}
	for i := range to.All() {
		x.To = append(x.To, r.p.targets[i])
	}
	switch {
	case len(x.To) > 0:
		x.Record = slices.Clone(r.data)
	case rs.drop && !matched:
		x.Fate = DroppedByOtherwise
	default:
		x.Fate = DroppedWithoutPlace
	}
}
