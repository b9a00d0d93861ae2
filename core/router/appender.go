package router

import (
	"context"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// appender takes one source's groups to the spool, once for each way.
type appender struct {
	spool spool.Spool
	sets  []spool.Set
	// metrics count what is accepted; nil: whoever appends does.
	metrics *metrics.Source
}

// Append implements ingest.Appender and its counterpart for source plugins. When it returns nil the group is accepted.
func (s *appender) Append(ctx context.Context, g *record.Group) error {
	var last record.Position
	for _, set := range s.sets {
		p, err := s.spool.Append(ctx, g, set)
		if err != nil {
			return err
		}
		last = p
	}
	if err := s.spool.WaitPublished(ctx, last); err != nil {
		return err
	}
	if s.metrics != nil {
		s.metrics.Accepted.Add(int64(g.Len()))
		s.metrics.AcceptedBytes.Add(int64(len(g.Data)))
	}
	return nil
}
