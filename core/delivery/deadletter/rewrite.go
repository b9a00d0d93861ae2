package deadletter

import (
	"bufio"
	"errors"
	"io/fs"
)

// rewriting says what to leave out of a segment besides what was removed before.
type rewriting struct {
	entries numbers
	damaged bool
}

// rewrite writes a segment anew without what is left out, and removes it when nothing remains. It returns how many
// damaged pieces it left out. An unfinished line at the end was never acknowledged and is left out always.
func (s *Store) rewrite(g *segment, out rewriting) (damaged int64, err error) {
	from, err := s.fs.Open(segmentName(g.first))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, s.unlink(g)
	}
	if err != nil {
		return 0, err
	}
	defer from.Close()
	if g == s.last() {
		s.leave()
	}
	if err := s.fs.Remove(tempName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	to, err := s.fs.Create(tempName)
	if err != nil {
		return 0, err
	}
	var size int64
	w := bufio.NewWriterSize(to, 64<<10)
	err = scan(from, maxLine, func(p piece) error {
		switch {
		case p.unfinished(), p.entry != 0 && (g.removed.has(p.entry) || out.entries.has(p.entry)):
			return nil
		case p.entry == 0 && out.damaged:
			damaged++
			return nil
		}
		size += int64(len(p.data)) + 1
		_, err := w.Write(p.data)
		return errors.Join(err, w.WriteByte('\n'))
	})
	if err == nil {
		err = w.Flush()
	}
	if err == nil && size > 0 {
		err = to.Sync()
	}
	err = errors.Join(err, to.Close())
	if err != nil || size == 0 {
		_ = s.fs.Remove(tempName) // it is removed before the next one is made
	}
	if err != nil {
		return 0, err
	}
	if size == 0 {
		return damaged, s.unlink(g)
	}
	return damaged, s.replace(g, size)
}

// replace puts what was rewritten in the place of a segment.
func (s *Store) replace(g *segment, size int64) error {
	if err := s.fs.Rename(tempName, segmentName(g.first)); err != nil {
		return err
	}
	s.account(size - g.size)
	g.size, g.gone = size, 0
	if err := s.syncNames(); err != nil {
		return err // the old one may come back, so the list of what was removed stays
	}
	g.pending = false
	s.unlist(g)
	if !g.listed {
		g.removed = nil
	}
	return nil
}

// leave makes a successor of the last segment, before entries go from it: its name keeps the number of the next entry
// over a restart. A disk without room for that does not keep it.
func (s *Store) leave() {
	if err := s.roll(); err != nil {
		s.o.Log.Warn("the numbers of dead letters that are removed may be used again after a restart", "destination", s.address, "error", err)
	}
}

// list makes durable that entries of a segment are removed.
func (s *Store) list(g *segment, entries []uint64, bytes int64) error {
	g.removed = g.removed.with(entries)
	g.gone += bytes
	g.pending = true
	b, err := appendSealed(nil, removedFile{g.removed, g.gone})
	if err != nil {
		return err
	}
	if err := s.fs.Remove(tempName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	to, err := s.fs.Create(tempName)
	if err != nil {
		return err
	}
	_, err = to.Write(b)
	if err == nil {
		err = to.Sync()
	}
	if err := errors.Join(err, to.Close()); err != nil {
		return err
	}
	if err := s.fs.Rename(tempName, removedName(g.first)); err != nil {
		return err
	}
	g.listed = true
	if err := s.syncNames(); err != nil {
		return err
	}
	g.pending = false
	return nil
}
