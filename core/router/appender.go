package router

import (
	"context"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// way takes one source's groups to the spool, once for each set.
type way struct {
	spool spool.Spool
	sets  []spool.Set
}

// append returns the position of the group's last record over all sets.
func (w *way) append(ctx context.Context, g *record.Group) (last record.Position, err error) {
	for _, set := range w.sets {
		if last, err = w.spool.Append(ctx, g, set); err != nil {
			return 0, err
		}
	}
	return last, nil
}

// handOver is the way of a source that acknowledges nothing, so it goes on while what it appended is made safe.
type handOver struct{ way }

// Append implements ingest.Appender.
func (h *handOver) Append(ctx context.Context, g *record.Group) error {
	_, err := h.append(ctx, g)
	return err
}

// acknowledged is the way of a source that learns when its records are accepted.
type acknowledged struct {
	way
	metrics *metrics.Source
}

// Append implements pluginhost.Appender.
func (a *acknowledged) Append(ctx context.Context, g *record.Group) (accepted func(context.Context) error, err error) {
	last, err := a.append(ctx, g)
	if err != nil {
		return nil, err
	}
	records, bytes := int64(g.Len()), int64(len(g.Data))
	return func(ctx context.Context) error {
		if err := a.spool.WaitPublished(ctx, last); err != nil {
			return err
		}
		a.metrics.Accepted.Add(records)
		a.metrics.AcceptedBytes.Add(bytes)
		return nil
	}, nil
}
