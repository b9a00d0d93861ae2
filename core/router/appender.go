package router

import (
	"context"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// onward is a way as groups go it: once to each set, and through each waypoint.
type onward struct {
	spool appender
	sets  []spool.Set
	// waypoints are addresses of waypoints in made.
	waypoints []string
	made      map[string]*waypoint
}

// append returns the highest position that a record of the group got; 0: none got one.
func (o *onward) append(ctx context.Context, g *record.Group) (last record.Position, err error) {
	for _, set := range o.sets {
		p, err := o.spool.Append(ctx, g, set)
		if err != nil {
			return 0, err
		}
		last = max(last, p)
	}
	for _, s := range o.waypoints {
		p, err := o.made[s].append(ctx, g)
		if err != nil {
			return 0, err
		}
		last = max(last, p)
	}
	return last, nil
}

// handOver is the way of a source that acknowledges nothing, so it goes on while what it appended is made safe.
type handOver struct{ onward }

// Append implements ingest.Appender.
func (h *handOver) Append(ctx context.Context, g *record.Group) error {
	_, err := h.append(ctx, g)
	return err
}

// acknowledged is the way of a source that learns when its records are accepted.
type acknowledged struct {
	onward
	published func(context.Context, record.Position) error
	metrics   *metrics.Source
}

// Append implements pluginhost.Appender.
func (a *acknowledged) Append(ctx context.Context, g *record.Group) (accepted func(context.Context) error, err error) {
	last, err := a.append(ctx, g)
	if err != nil {
		return nil, err
	}
	records, bytes := int64(g.Len()), int64(len(g.Data))
	return func(ctx context.Context) error {
		if err := a.published(ctx, last); err != nil {
			return err
		}
		a.metrics.Accepted.Add(records)
		a.metrics.AcceptedBytes.Add(bytes)
		return nil
	}, nil
}
