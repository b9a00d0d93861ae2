package deadletter

import (
	"context"
	"fmt"
)

// Purged says what a purge removed.
type Purged struct {
	// Entries that were removed; copies of a letter do not count.
	Entries int64
	// Damaged lines, or pieces of them.
	Damaged int64
}

// Purge removes for good what f selects of what the store holds when it is called. What it returns is durable, also with
// an error: it goes segment by segment, and a crash in between leaves the rest as it was. Letters are put meanwhile.
func (s *Store) Purge(ctx context.Context, f Filter) (done Purged, err error) {
	r, leave, err := s.enter()
	if err != nil {
		return done, err
	}
	defer leave()
	var seen memory
	for i := range r.parts {
		var entries []uint64
		var count int64
		damage := r.damage
		err := r.eachOf(ctx, &r.parts[i], &f, &seen, func(e *Entry, repeated bool) error {
			entries = append(entries, e.Number)
			if !repeated {
				count++
			}
			return nil
		})
		if err != nil {
			return done, fmt.Errorf("purge dead letters of %s: %w", s.address, err)
		}
		damaged := f.Damaged && (r.damage.Lines > damage.Lines || r.damage.Unfinished > damage.Unfinished)
		if len(entries) == 0 && !damaged {
			continue
		}
		pieces, err := s.cut(r.parts[i].first, rewriting{entries: numbers(nil).with(entries), damaged: f.Damaged})
		if err != nil {
			return done, fmt.Errorf("purge dead letters of %s: %w", s.address, err)
		}
		done.Entries += count
		done.Damaged += pieces
		s.o.Metrics.PurgedDeadLetter.Add(count)
	}
	if err := s.finish(); err != nil {
		return done, fmt.Errorf("purge dead letters of %s: %w", s.address, err)
	}
	return done, nil
}

// finish makes durable what an earlier removal that failed has left.
func (s *Store) finish() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	for _, g := range s.segments {
		if !g.pending {
			continue
		}
		if err := s.list(g, nil, 0); err != nil {
			return err
		}
	}
	if s.unsynced {
		return s.syncNames()
	}
	return nil
}

// cut rewrites a segment unless it is gone.
func (s *Store) cut(first uint64, out rewriting) (damaged int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, ErrClosed
	}
	g := s.segment(first)
	if g == nil {
		return 0, nil
	}
	return s.rewrite(g, out)
}

// enter begins a purge or a replay, the only one until leave is called, and returns what it works on.
func (s *Store) enter() (r *Reader, leave func(), err error) {
	select {
	case s.busy <- struct{}{}:
	default:
		return nil, nil, ErrBusy
	}
	r = s.Reader()
	return r, func() {
		if d := r.damage; d.Lines > 0 {
			s.o.Log.Warn("dead letters are damaged: these lines are skipped and kept", "destination", s.address, "lines", d.Lines, "bytes", d.Bytes)
		}
		<-s.busy
	}, nil
}
