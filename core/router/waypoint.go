package router

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/delivery/deadletter"
	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/pipeline"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

const (
	// maxPlans bounds the target sets of one waypoint that have a set of their own in the spool. Records decide which sets
	// occur, so that a sender could make as many as there are subsets of the routes.
	maxPlans = 128
	// letterRetry is how long a waypoint waits for room among its dead letters.
	letterRetry = time.Second
)

// appender is what waypoints and sources need of a spool.
type appender interface {
	Append(ctx context.Context, g *record.Group, s spool.Set) (record.Position, error)
	// Set may be called at any time.
	Set(addresses ...string) (spool.Set, error)
}

// waypoints makes the waypoints of a configuration.
type waypoints struct {
	network  network
	spool    appender
	log      hclog.Logger
	now      func() time.Time
	hostname string
	// letters opens the dead letters of a pipeline.
	letters func(address string, m *metrics.Destination, log hclog.Logger) (delivery.DeadLetters, error)
	made    map[string]*waypoint
}

// waypoint is one pipeline with steps at work, for all sources whose records come to it.
type waypoint struct {
	*waypoints
	address  string
	options  pipeline.Options
	pipeline *pipeline.Pipeline
	dead     delivery.DeadLetters // nil: no transform has any
	kept     metrics.Destination  // what became of its dead letters
	runners  sync.Pool

	// plans are never changed but replaced, under mu: parts may be single records, and each asks.
	mu    sync.Mutex
	plans atomic.Pointer[map[pipeline.TargetSet]*onward]
}

// addWaypoints makes the waypoints that records come to.
func (r *Router) addWaypoints() error {
	r.waypoints = &waypoints{
		network: networkOf(r.c), spool: r.spool, log: r.log, now: time.Now, hostname: r.hostname,
		letters: r.spool.lettersOf, made: map[string]*waypoint{},
	}
	_, reached := r.waypoints.network.reached(r.c)
	for _, p := range r.c.Pipelines {
		if reached[p.Address] {
			if err := r.waypoints.add(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// add makes the waypoint of a pipeline that has steps.
func (a *waypoints) add(c config.Pipeline) error {
	s := &waypoint{waypoints: a, address: c.Address, options: *c.Steps}
	s.plans.Store(&map[pipeline.TargetSet]*onward{})
	log := a.log.With("pipeline", c.Address)
	o := *c.Steps
	o.Hostname, o.Meet = a.hostname, a.network.meeting()
	o.OnError = func(f pipeline.Failure) { logFailure(log, &o, f) }
	var err error
	if s.pipeline, err = pipeline.New(o); err != nil {
		return fmt.Errorf("assemble %s: %w", c.Address, err)
	}
	if slices.ContainsFunc(o.Transforms, func(t pipeline.Transform) bool { return t.OnError == pipeline.DeadLetter }) {
		if s.dead, err = a.letters(c.Address, &s.kept, log); err != nil {
			return err
		}
	}
	s.runners.New = func() any { return s.pipeline.Runner() }
	s.runners.Put(s.pipeline.Runner()) // the first one closes the unit, which only one goroutine may
	a.made[c.Address] = s
	return nil
}

// onward makes the way to addresses of destinations and pipelines. All waypoints that it may lead to are made before it is
// used.
func (a *waypoints) onward(to []string) (*onward, error) {
	w := a.network.to(to)
	o := &onward{spool: a.spool, made: a.made, waypoints: w.waypoints}
	for _, destinations := range w.sets {
		set, err := a.spool.Set(destinations...)
		if err != nil {
			return nil, err
		}
		o.sets = append(o.sets, set)
	}
	return o, nil
}

// logFailure says the first error of a transform or route. What it quotes of records is scrubbed of secrets where lines
// are written.
func logFailure(log hclog.Logger, o *pipeline.Options, f pipeline.Failure) {
	args := []any{"error", f.Err}
	if f.Transform >= 0 {
		args = append(args, "at", o.Transforms[f.Transform].Name)
	} else {
		args = append(args, "route", o.Routes[f.Route].Name)
	}
	log.Warn("an expression or transform failed for a record: more of them are counted, not logged", args...)
}

// append takes a group through the waypoint and what comes of it onward. It returns the highest position that a record got; 0:
// none got one.
func (s *waypoint) append(ctx context.Context, g *record.Group) (last record.Position, err error) {
	r, _ := s.runners.Get().(*pipeline.Runner)
	defer s.runners.Put(r)
	now := s.now()
	err = r.Run(g, now.UnixNano(), func(out *pipeline.Output) error {
		if len(out.DeadLetters) > 0 {
			if err := s.bury(ctx, g, out.DeadLetters, now); err != nil {
				return err
			}
		}
		for i := range out.Parts {
			part := &out.Parts[i]
			plan, err := s.plan(part.To)
			if err != nil {
				return err
			}
			p, err := plan.append(ctx, &part.Group)
			if err != nil {
				return err
			}
			last = max(last, p)
		}
		return nil
	})
	return last, err
}

// plan returns where records go that belong to a set of targets.
func (s *waypoint) plan(to pipeline.TargetSet) (*onward, error) {
	plans := *s.plans.Load()
	if plan := plans[to]; plan != nil {
		return plan, nil
	}
	var addresses []string
	for i := range to.All() {
		addresses = append(addresses, s.pipeline.Targets()[i])
	}
	if len(plans) >= maxPlans {
		return s.planApart(addresses)
	}
	plan, err := s.onward(addresses)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	plans = maps.Clone(*s.plans.Load())
	plans[to] = plan
	s.plans.Store(&plans)
	return plan, nil
}

// planApart is a plan that makes no new set but of one destination each.
func (s *waypoint) planApart(addresses []string) (*onward, error) {
	all := &onward{spool: s.spool, made: s.made}
	for _, a := range addresses {
		one, err := s.onward([]string{a})
		if err != nil {
			return nil, err
		}
		all.sets, all.waypoints = append(all.sets, one.sets...), append(all.waypoints, one.waypoints...)
	}
	return all, nil
}

// bury stores the dead letters of a group, or of a piece of one whose changed records are many, before anything of that is
// appended: a group that comes again because the store failed leaves nothing behind but letters that are there twice, and
// earlier pieces. It waits while the store has no room.
func (s *waypoint) bury(ctx context.Context, g *record.Group, letters []pipeline.Letter, now time.Time) error {
	dead := make([]delivery.DeadLetter, len(letters))
	for i, l := range letters {
		origin := g.Origin
		origin.ID = g.ID(l.Index)
		dead[i] = delivery.DeadLetter{
			Record: l.Record, Origin: origin, Destination: s.address, Reason: l.Reason, Code: delivery.Invalid, GivenUp: now,
		}
	}
	for warned := false; ; warned = true {
		err := s.dead.Put(ctx, dead)
		switch {
		case err == nil || errors.Is(err, deadletter.ErrClosed):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("store dead letters of %s: %w", s.address, ctx.Err())
		}
		if !warned {
			s.log.Error("dead letters can't be stored: the sources of this pipeline wait", "pipeline", s.address, "error", err)
		}
		select {
		case <-time.After(letterRetry):
		case <-ctx.Done():
			return fmt.Errorf("store dead letters of %s: %w", s.address, ctx.Err())
		}
	}
}
