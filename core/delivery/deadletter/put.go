package deadletter

import (
	"context"
	"errors"
	"fmt"

	"github.com/skidway/skidway/core/delivery"
)

// Put implements delivery.DeadLetters: when it returns nil, all letters are synced, and after an error none is kept as
// far as the store can tell. A store that holds and is full answers with a FullError at once, so that the lane says so and
// tries again; it takes letters again as soon as there is room.
func (s *Store) Put(ctx context.Context, letters []delivery.DeadLetter) error {
	if len(letters) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.put(letters)
	if cap(s.buf) > keptBuffer {
		s.buf = nil
	}
	if err != nil && !errors.As(err, new(*FullError)) {
		return fmt.Errorf("store dead letters of %s: %w", s.address, err)
	}
	return err
}

// keptBuffer is how large a buffer is kept from one Put to the next.
const keptBuffer = 1 << 20

func (s *Store) put(letters []delivery.DeadLetter) (err error) {
	s.buf = s.buf[:0]
	for i := range letters {
		if s.buf, err = appendLine(s.buf, s.next+uint64(i), &letters[i]); err != nil {
			return err
		}
	}
	if err := s.makeRoom(int64(len(s.buf))); err != nil {
		return err
	}
	if err := s.write(s.buf); err != nil {
		// What was written may be there or not: its numbers and its file are not used again.
		s.next += uint64(len(letters))
		return err
	}
	s.next += uint64(len(letters))
	return nil
}

// write appends whole lines to the last segment, or to a new one, and syncs them.
func (s *Store) write(b []byte) error {
	if s.current == nil || s.last().size > 0 && s.last().size+int64(len(b)) > s.o.SegmentBytes {
		if err := s.roll(); err != nil {
			return err
		}
	}
	if s.unsynced { // the segment's own name, for one, may be what is not durable
		if err := s.syncNames(); err != nil {
			return err
		}
	}
	_, err := s.current.Write(b)
	if err == nil {
		err = s.current.Sync()
	}
	if err != nil {
		s.abandon(int64(len(b)))
		return err
	}
	s.last().size += int64(len(b))
	s.account(int64(len(b)))
	return nil
}

func (s *Store) last() *segment { return s.segments[len(s.segments)-1] }

// roll makes a new last segment, named by the next entry.
func (s *Store) roll() error {
	s.rest()
	f, err := s.fs.Create(segmentName(s.next))
	if err != nil {
		s.next++ // somebody else may have the name
		return err
	}
	s.segments = append(s.segments, &segment{first: s.next})
	s.current = f
	if err := s.syncNames(); err != nil {
		s.abandon(0)
		s.next++
		return err
	}
	return nil
}

// abandon lets go of the last segment after an error: what its descriptor says is not to be trusted any more. What the
// error left behind the durable lines is cut off if the disk lets us; if not, it is at the end of a segment, where it is
// read as an unfinished line, or as letters that come again, and takes at most so many bytes.
func (s *Store) abandon(left int64) {
	last := s.last()
	err := s.current.Truncate(last.size)
	s.rest()
	if last.size == 0 && s.fs.Remove(segmentName(last.first)) == nil {
		s.segments = s.segments[:len(s.segments)-1]
		s.unsynced = true
		return
	}
	if err != nil {
		last.size += left
		s.account(left)
	}
}
