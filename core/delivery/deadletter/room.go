package deadletter

import (
	"errors"
	"io/fs"
)

// makeRoom makes room for more bytes, or says that there is none.
func (s *Store) makeRoom(need int64) error {
	for _, g := range append([]*segment(nil), s.segments...) {
		if s.fits(need) {
			return nil
		}
		if g.gone == 0 {
			continue
		}
		if _, err := s.rewrite(g, rewriting{}); err != nil {
			s.o.Log.Warn("the room of dead letters that were replayed can't be had back", "destination", s.address,
				"segment", segmentName(g.first), "error", err)
			break
		}
	}
	if s.fits(need) {
		return nil
	}
	if s.o.WhenFull == Hold {
		return &FullError{Address: s.address, Used: s.used, Max: s.o.MaxBytes, Need: need}
	}
	for !s.fits(need) {
		if err := s.dropOldest(); err != nil {
			return err
		}
	}
	return nil
}

// fits reports whether more bytes may be put. An empty store takes any number, or what is larger would never be taken.
func (s *Store) fits(need int64) bool { return s.used == 0 || s.used+need <= s.o.MaxBytes }

// dropOldest removes the oldest segment and counts what was in it.
func (s *Store) dropOldest() error {
	g := s.segments[0]
	entries, damaged, err := s.count(g)
	if err != nil {
		entries = s.atMost(g)
		s.o.Log.Warn("dead letters that are dropped can't be read: the most there can be are counted", "destination", s.address,
			"segment", segmentName(g.first), "error", err)
	}
	if g == s.last() {
		s.rest()
	}
	err = s.unlink(g)
	if s.segment(g.first) != nil {
		return err
	}
	s.o.Metrics.DroppedDeadLetter.Add(entries)
	s.o.Log.Warn("dead letters dropped, oldest first: dead_letter.max_bytes is reached", "destination", s.address,
		"letters", entries, "damaged_lines", damaged, "segment", segmentName(g.first))
	return err
}

// count returns what is in a segment and not removed.
func (s *Store) count(g *segment) (entries, damaged int64, err error) {
	f, err := s.fs.Open(segmentName(g.first))
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	err = scan(f, maxLine, func(p piece) error {
		switch {
		case p.damaged():
			damaged++
		case p.entry != 0 && !g.removed.has(p.entry):
			entries++
		}
		return nil
	})
	return entries, damaged, err
}

// atMost returns how many entries a segment can have, by the numbers in the names of segments.
func (s *Store) atMost(g *segment) int64 {
	end := s.next
	for _, other := range s.segments {
		if other.first > g.first {
			end = other.first
			break
		}
	}
	return max(0, int64(end-g.first)-g.removed.count())
}

// unlink removes a segment for good, and then what says what was removed of it.
func (s *Store) unlink(g *segment) error {
	if err := s.fs.Remove(segmentName(g.first)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for i := range s.segments {
		if s.segments[i] == g {
			s.segments = append(s.segments[:i:i], s.segments[i+1:]...)
			break
		}
	}
	s.account(-g.size)
	if err := s.syncNames(); err != nil {
		return err
	}
	s.unlist(g)
	return nil
}

// unlist removes what says what was removed of a segment, once it says nothing any more. What can't be removed does no
// harm: the numbers in it are never used again.
func (s *Store) unlist(g *segment) {
	if g.listed && s.fs.Remove(removedName(g.first)) == nil {
		g.listed = false
	}
}
