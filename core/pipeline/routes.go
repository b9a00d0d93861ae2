package pipeline

import (
	"errors"

	"github.com/skidway/skidway/core/expr"
)

// routes are a pipeline's routes in the order in which they are tried. Neighbours that compare one field with texts are
// one step, which looks the field's text up: 100 of them cost little more than one (BenchmarkRoutes).
type routes struct {
	routes    []route
	steps     []routeStep
	otherwise TargetSet
	drop      bool // otherwise drops
	plain     bool // there are no routes: everything goes to otherwise's set, which is not counted as such
}

type route struct {
	when  *expr.Predicate
	to    TargetSet
	final bool
}

// routeStep is one route, or several of a switch.
type routeStep struct {
	route int
	field expr.Equality    // of a switch
	cases map[string][]int // of a switch: the routes that a text matches, in order; nil: no switch
}

// leastCases is how many neighbours make a switch: the look-up costs about as much as two comparisons.
const leastCases = 3

func newRoutes(o *Options) (routes, targets, error) {
	var r routes
	var ts targets
	if len(o.Routes) == 0 {
		if o.Otherwise.Given {
			return r, ts, errors.New("otherwise needs routes; use to alone")
		}
		to, err := ts.set(o.To)
		r.otherwise, r.plain = to, true
		return r, ts, err
	}
	if len(o.To) > 0 {
		return r, ts, errors.New("a pipeline has routes or to, not both")
	}
	always := false
	for i := range o.Routes {
		from := &o.Routes[i]
		to, err := ts.set(from.To)
		if err != nil {
			return r, ts, err
		}
		r.routes = append(r.routes, route{when: from.When, to: to, final: from.Final})
		always = always || from.When == nil || from.When.Always()
	}
	if !o.Otherwise.Given && !always {
		return r, ts, errors.New("no route takes every record and there is no otherwise; add otherwise with to or drop = true")
	}
	if o.Otherwise.Drop && len(o.Otherwise.To) > 0 {
		return r, ts, errors.New("otherwise has to or drop, not both")
	}
	to, err := ts.set(o.Otherwise.To)
	r.otherwise, r.drop = to, o.Otherwise.Drop
	r.steps = stepsOf(r.routes)
	return r, ts, err
}

// stepsOf groups neighbours that compare one field.
func stepsOf(routes []route) []routeStep {
	var steps []routeStep
	for i := 0; i < len(routes); {
		field, n := sameField(routes[i:])
		if n < leastCases {
			steps = append(steps, routeStep{route: i})
			i++
			continue
		}
		step := routeStep{field: field, cases: map[string][]int{}}
		for j := i; j < i+n; j++ {
			e, _ := routes[j].when.Equality()
			for _, text := range e.Texts() {
				step.cases[text] = append(step.cases[text], j)
			}
		}
		steps = append(steps, step)
		i += n
	}
	return steps
}

// sameField returns how many routes from the first on compare one field, and the field.
func sameField(routes []route) (field expr.Equality, n int) {
	for i := range routes {
		if routes[i].when == nil {
			break
		}
		e, ok := routes[i].when.Equality()
		if !ok || i > 0 && !e.SameField(field) {
			break
		}
		field, n = e, i+1
	}
	return field, n
}

// route returns where the record goes, and counts it when that is nowhere.
func (r *Runner) route() (to TargetSet) {
	rs := &r.p.routes
	if rs.plain {
		if rs.otherwise.Empty() {
			r.tally.droppedNone++
		}
		return rs.otherwise
	}
	matched, failed := r.match(&to)
	if !matched || failed {
		r.tally.otherwise++
		if rs.drop && !matched {
			r.tally.droppedOtherwise++
			return to
		}
		to.add(&rs.otherwise)
	}
	if to.Empty() {
		r.tally.droppedNone++
	}
	return to
}

// match adds the targets of the routes that take the record.
func (r *Runner) match(to *TargetSet) (matched, failed bool) {
	rs := &r.p.routes
	for i := range rs.steps {
		s := &rs.steps[i]
		if s.cases != nil {
			text, ok := s.field.Text(r.rec)
			if !ok {
				continue
			}
			for _, at := range s.cases[string(text)] {
				matched = true
				if r.take(at, to) {
					return matched, failed
				}
			}
			continue
		}
		switch r.ask(s.route) {
		case expr.Match:
			matched = true
			if r.take(s.route, to) {
				return matched, failed
			}
		case expr.Failed:
			failed = true
		case expr.NoMatch, expr.Null:
		}
	}
	return matched, failed
}

// take adds the route's targets and reports whether it is final.
func (r *Runner) take(i int, to *TargetSet) (final bool) {
	rt := &r.p.routes.routes[i]
	r.tally.routes[i].matched++
	to.add(&rt.to)
	return rt.final
}

// ask evaluates the route's when, and counts what is no answer.
func (r *Runner) ask(i int) expr.Outcome {
	when := r.p.routes.routes[i].when
	if when == nil {
		return expr.Match
	}
	outcome := when.Eval(r.rec)
	switch outcome {
	case expr.Null:
		r.tally.routes[i].nulls++
	case expr.Failed:
		r.tally.routes[i].errors++
		if r.p.first(2*len(r.p.transforms) + i) {
			r.p.opts.OnError(Failure{Transform: -1, Route: i, InWhen: true, Err: wordsOf(when, r.rec)})
		}
	case expr.Match, expr.NoMatch:
	}
	return outcome
}
