package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// Pipeline is one pipeline's transforms and routes, ready to run. It does not change and is safe for concurrent use.
type Pipeline struct {
	opts       Options
	transforms []transform
	routes     routes
	targets    []string
	// meets holds for each target those, itself included, whose records must keep their order with its own.
	meets   []TargetSet
	metrics Metrics
	// told says of each transform's when, each transform's work and each route whether its first error was told.
	told []atomic.Bool
	// object tells objects from lines.
	object *jsonscan.Plan
}

// New returns the pipeline of the options. An error names what in the options can't be run.
func New(o Options) (*Pipeline, error) {
	p := &Pipeline{opts: o, object: jsonscan.NewPlan(nil), told: make([]atomic.Bool, 2*len(o.Transforms)+len(o.Routes))}
	var err error
	for i := range o.Transforms {
		t, terr := newTransform(o.Unit, &o.Transforms[i])
		if terr != nil {
			err = errors.Join(err, fmt.Errorf("make %s: %w", o.Transforms[i].label(i), terr))
		}
		p.transforms = append(p.transforms, t)
	}
	rs, ts, terr := newRoutes(&o)
	if terr != nil {
		err = errors.Join(err, fmt.Errorf("make routes of %s: %w", o.Address, terr))
	}
	if o.Unit == nil && p.evaluates() {
		err = errors.Join(err, fmt.Errorf("make %s: it has expressions and no unit", o.Address))
	}
	if err != nil {
		return nil, err
	}
	p.routes, p.targets = rs, ts.addresses
	p.meets = meeting(p.targets, o.Meet)
	if o.Unit != nil {
		o.Unit.Record() // closes the unit, so that runners can be made on any goroutine
	}
	p.metrics.Transforms = make([]TransformMetrics, len(o.Transforms))
	p.metrics.Routes = make([]RouteMetrics, len(o.Routes))
	return p, nil
}

// meeting returns for each target which ones it meets.
func meeting(targets []string, meet func(a, b string) bool) []TargetSet {
	all := make([]TargetSet, len(targets))
	for i, a := range targets {
		for j, b := range targets {
			if i == j || meet == nil || meet(a, b) {
				all[i][j>>6] |= 1 << (j & 63)
			}
		}
	}
	return all
}

// meetsOf returns the targets that those of the set meet.
func (p *Pipeline) meetsOf(to *TargetSet) (meets TargetSet) {
	for i := range to.All() {
		meets.add(&p.meets[i])
	}
	return meets
}

// evaluates reports whether there is an expression.
func (p *Pipeline) evaluates() bool {
	return slices.ContainsFunc(p.transforms, func(t transform) bool {
		return t.when != nil || t.kind == KindSet || t.sample != nil && t.sample.key != nil
	}) || slices.ContainsFunc(p.opts.Routes, func(r Route) bool { return r.When != nil })
}

// Address returns the pipeline's address.
func (p *Pipeline) Address() string { return p.opts.Address }

// Targets returns all addresses that records may go to, each once: bit i of a TargetSet is element i. The slice must
// not be changed.
func (p *Pipeline) Targets() []string { return p.targets }

// Metrics returns the pipeline's counters.
func (p *Pipeline) Metrics() *Metrics { return &p.metrics }

// label names the transform in errors and explanations.
func (t *Transform) label(i int) string {
	if t.Name != "" {
		return t.Name
	}
	return fmt.Sprintf("transform %d", i)
}

// first reports, once for each what, that a failure is to be told. what is an index of told.
func (p *Pipeline) first(what int) bool {
	return p.opts.OnError != nil && !p.told[what].Load() && p.told[what].CompareAndSwap(false, true)
}
