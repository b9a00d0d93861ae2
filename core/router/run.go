package router

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/skidway/skidway/core/spool"
)

// Run runs the router until drain is closed, or a part of it breaks, and drains it then; when ctx ends it stops at
// once. It returns what became of every record once everything has ended. The error says what broke; it is nil after a
// drain, also one that ran out of time: what is left then is in the report.
func (r *Router) Run(ctx context.Context, drain <-chan struct{}) (Report, error) {
	r.spool.start(ctx)
	lanesCtx, stopLanes := context.WithCancel(ctx)
	defer stopLanes()
	var lanes sync.WaitGroup
	for _, l := range r.lanes {
		lanes.Go(func() {
			defer close(l.ended)
			_ = l.Run(lanesCtx) // an error says only that records are left, which the report counts
		})
	}
	intake := r.startIntake(ctx)
	r.admin.start(ctx)
	r.log.Info("router started", "version", r.o.Version, "sources", len(r.tcp)+len(r.plugins), "destinations", len(r.lanes),
		"spool", r.spool.kind(), "spool_max_bytes", r.spool.Stats().MaxBytes)
	if r.spool.disk == nil && !r.o.EndWithSources {
		r.log.Warn("records are held in memory only, a crash loses those that are not delivered: set router.data_dir",
			"spool_max_bytes", r.spool.Stats().MaxBytes)
	}

	err := r.wait(ctx, drain, intake)
	r.admin.drains()
	if ctx.Err() == nil {
		r.drain(ctx, intake)
	}
	intake.stop()
	intake.wait()
	r.spool.CloseAppend()
	stopLanes()
	lanes.Wait()
	report := r.Report()
	return report, errors.Join(err, r.admin.close(), r.spool.close())
}

// wait blocks until it is time to drain or to stop.
func (r *Router) wait(ctx context.Context, drain <-chan struct{}, in *intake) error {
	var ended <-chan struct{}
	if r.o.EndWithSources {
		ended = in.ended
	}
	select {
	case <-ctx.Done():
	case <-drain:
	case <-ended:
	case <-r.stdoutGone():
		r.log.Warn("standard output is closed: draining")
	case err := <-in.broken:
		r.log.Error("source failed: the router drains and ends", "error", err)
		return err
	}
	return nil
}

// drain ends intake, then the lanes, each lane after those whose dead letters it takes. These have an earlier deadline,
// or one of them that is stuck would leave it no time.
func (r *Router) drain(ctx context.Context, in *intake) {
	timeout := r.c.Router.DrainTimeout
	r.log.Info("draining", "drain_timeout", timeout.String())
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	in.drain(ctx)
	r.spool.CloseAppend()

	feeders := map[string][]*lane{}
	for _, l := range r.lanes {
		if l.feeds != "" {
			feeders[l.feeds] = append(feeders[l.feeds], l)
		}
	}
	var wg sync.WaitGroup
	for _, l := range r.lanes {
		wg.Go(func() {
			for _, f := range feeders[l.address] {
				<-f.ended
			}
			ctx := r.patience(ctx, l)
			if deadline, ok := ctx.Deadline(); ok {
				var cancel context.CancelFunc
				ctx, cancel = context.WithDeadline(ctx, drainUntil(time.Now(), deadline, downstream(r.c, l.address)))
				defer cancel()
			}
			_ = l.Drain(ctx) // as for Run
		})
	}
	wg.Wait()
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		r.log.Warn("drain did not finish within drain_timeout", "drain_timeout", timeout.String())
	}
}

// drainUntil returns when a lane's drain is to end of which n others may still get dead letters, one after the other: each
// has at least a quarter of the time that is left to it and those before it.
func drainUntil(now, deadline time.Time, n int) time.Time {
	left := deadline.Sub(now)
	for range n {
		left -= left / 4
	}
	return now.Add(left)
}

// stdoutGone is closed when a destination writes to a standard output that nobody reads any more.
func (r *Router) stdoutGone() <-chan struct{} {
	if slices.ContainsFunc(r.lanes, func(l *lane) bool { return l.stdout }) {
		return r.o.StdoutGone
	}
	return nil
}

// patience returns the context of a lane's drain: one that is over for a lane that has nobody to write to.
func (r *Router) patience(ctx context.Context, l *lane) context.Context {
	select {
	case <-r.o.StdoutGone:
		if l.stdout {
			over, cancel := context.WithCancel(ctx)
			cancel()
			return over
		}
	default:
	}
	return ctx
}

// intake is everything that brings records in.
type intake struct {
	r *Router
	// stop ends all of it at once.
	stop context.CancelFunc
	// drainPlugins begins the drain of source plugins.
	drainPlugins context.CancelFunc
	wg           sync.WaitGroup
	// ended is closed when everything has ended, broken receives what went wrong.
	ended  chan struct{}
	broken chan error
}

func (r *Router) startIntake(ctx context.Context) *intake {
	in := &intake{r: r, ended: make(chan struct{}), broken: make(chan error, len(r.tcp)+len(r.plugins))}
	ctx, in.stop = context.WithCancel(ctx)
	var pluginsCtx context.Context
	pluginsCtx, in.drainPlugins = context.WithCancel(ctx)
	for _, s := range r.tcp {
		in.wg.Go(func() {
			if err := s.Run(ctx); err != nil {
				in.broken <- fmt.Errorf("run %s: %w", s.address, err)
			}
		})
	}
	for _, s := range r.plugins {
		in.wg.Go(func() {
			err := s.Run(pluginsCtx, s.appender)
			if err != nil && !errors.Is(err, spool.ErrClosed) && !errors.Is(err, context.Canceled) {
				in.broken <- fmt.Errorf("run %s: %w", s.address, err)
			}
		})
	}
	go func() {
		in.wg.Wait()
		close(in.ended)
	}()
	return in
}

// drain blocks until intake has ended in order, at the latest after its part of ctx's time.
func (in *intake) drain(ctx context.Context) {
	in.drainPlugins()
	var wg sync.WaitGroup
	for _, s := range in.r.tcp {
		wg.Go(func() { _ = s.Drain(ctx) }) // ends at the latest after a quarter of ctx's time
	}
	wg.Wait()
	select {
	case <-in.ended:
	case <-ctx.Done():
	}
}

func (in *intake) wait() { <-in.ended }

// Report says what became of every record so far. It may be called at any time.
func (r *Router) Report() Report {
	var report Report
	for _, s := range r.tcp {
		m := s.metrics
		report.Sources = append(report.Sources, SourceReport{
			Address: s.address, Accepted: m.Accepted.Load(),
			Other: map[string]int64{
				"truncated":           m.Truncated.Load(),
				"dropped_oversize":    m.DroppedBig.Load(),
				"not_accepted":        m.Unaccepted.Load(),
				"framing_errors":      m.FramingErrors.Load(),
				"connections_refused": m.RefusedLimit.Load() + m.RefusedNet.Load(),
				"connections_evicted": m.Evicted.Load(),
				"tls_errors":          m.TLSErrors.Load(),
			},
		})
	}
	for _, s := range r.plugins {
		report.Sources = append(report.Sources, SourceReport{Address: s.address, Accepted: s.appender.metrics.Accepted.Load()})
	}
	for _, p := range r.c.Pipelines {
		if s := r.waypoints.made[p.Address]; s != nil {
			report.Pipelines = append(report.Pipelines, PipelineReport{
				PipelineStatus:      s.status(),
				DeadLettersInMemory: s.kept.DeadLetteredMemory.Load(), DeadLettersDropped: s.kept.DroppedDeadLetter.Load(),
			})
		}
	}
	for _, l := range r.lanes {
		m := l.metrics
		report.Destinations = append(report.Destinations, DestinationReport{
			Address:      l.address,
			Delivered:    m.Delivered.Load(),
			DeadLettered: m.DeadLettered.Load(),
			Dropped: map[string]int64{
				"backlog_full": m.DroppedFull.Load(),
				"expired":      m.DroppedExpired.Load(),
				"damaged":      m.DroppedDamaged.Load(),
			},
			Held:                l.cursor.Backlog().Records,
			OnDisk:              r.spool.disk != nil,
			DeadLettersInMemory: m.DeadLetteredMemory.Load(),
			DeadLettersDropped:  m.DroppedDeadLetter.Load(),
		})
	}
	return report
}
