package deadletter

import (
	"context"
	"errors"
	"fmt"
)

const (
	// replayEntries and replayBytes are the most entries that are handed over at once, and the size from which on no more
	// are added.
	replayEntries = 1000
	replayBytes   = 1 << 20
)

// Replay hands what f selects of what the store holds when it is called to publish, oldest first, some at a time.
// publish returns how many of them, from the first on, are published for good; these are then removed durably. It must
// not keep the entries. Replay ends at the first error, publish's too, and returns how many entries were published.
//
// After a crash between publishing and removing, entries are replayed again; none is lost. Letters may be put meanwhile;
// those are not replayed.
func (s *Store) Replay(ctx context.Context, f Filter, publish func(context.Context, []Entry) (int, error)) (replayed int64, err error) {
	r, leave, err := s.enter()
	if err != nil {
		return 0, err
	}
	defer leave()
	var seen memory
	for i := range r.parts {
		p := &replay{store: s, first: r.parts[i].first, publish: publish}
		err := r.eachOf(ctx, &r.parts[i], &f, &seen, func(e *Entry, repeated bool) error {
			return p.add(ctx, e, repeated)
		})
		if err == nil {
			err = p.flush(ctx)
		}
		replayed += p.replayed
		if err == nil {
			err = s.settle(p.first)
		}
		if err != nil {
			return replayed, fmt.Errorf("replay dead letters of %s: %w", s.address, err)
		}
	}
	if err := s.finish(); err != nil {
		return replayed, fmt.Errorf("replay dead letters of %s: %w", s.address, err)
	}
	return replayed, nil
}

// replay is the replay of one segment.
type replay struct {
	store   *Store
	first   uint64
	publish func(context.Context, []Entry) (int, error)

	batch []Entry
	// copies are entries whose letter was replayed, or is in the batch.
	copies    []uint64
	copyBytes int64
	bytes     int
	replayed  int64
}

func (p *replay) add(ctx context.Context, e *Entry, repeated bool) error {
	if repeated {
		p.copies = append(p.copies, e.Number)
		p.copyBytes += int64(len(e.Line)) + 1
		return nil
	}
	kept := *e
	kept.Line = append([]byte(nil), e.Line...)
	p.batch = append(p.batch, kept)
	p.bytes += len(e.Record)
	if len(p.batch) < replayEntries && p.bytes < replayBytes {
		return nil
	}
	return p.flush(ctx)
}

// flush publishes the batch and removes what was published.
func (p *replay) flush(ctx context.Context) error {
	n := 0
	var err error
	if len(p.batch) > 0 {
		n, err = p.publish(ctx, p.batch)
		n = max(0, min(n, len(p.batch)))
		if err == nil && n < len(p.batch) {
			err = errors.New("not all were published")
		}
	}
	var entries []uint64
	var bytes int64
	for i := range p.batch[:n] {
		entries = append(entries, p.batch[i].Number)
		bytes += int64(len(p.batch[i].Line)) + 1
	}
	if err == nil {
		entries, bytes = append(entries, p.copies...), bytes+p.copyBytes
		p.copies, p.copyBytes = nil, 0
	}
	p.replayed += int64(n)
	p.store.o.Metrics.ReplayedDeadLetter.Add(int64(n))
	p.batch, p.bytes = p.batch[:0], 0
	return errors.Join(err, p.store.remove(p.first, entries, bytes))
}

// remove makes durable that entries of a segment are removed, unless it is gone.
func (s *Store) remove(first uint64, entries []uint64, bytes int64) error {
	if len(entries) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	g := s.segment(first)
	if g == nil {
		return nil
	}
	if g.unlistable {
		_, err := s.rewrite(g, rewriting{entries: numbers(nil).with(entries)})
		return err
	}
	return s.list(g, entries, bytes)
}

// settle gives back the room of a segment of which at least half was removed.
func (s *Store) settle(first uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	g := s.segment(first)
	if g == nil || g.gone == 0 || g.gone < g.size/2 {
		return nil
	}
	_, err := s.rewrite(g, rewriting{})
	return err
}
