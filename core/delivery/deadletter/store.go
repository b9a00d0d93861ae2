package deadletter

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/metrics"
)

// WhenFull is what a store does when there is no room for more.
type WhenFull uint8

const (
	// Hold refuses letters with a FullError, so that the lane keeps the records and tries again.
	Hold WhenFull = iota
	// DropOldest removes the oldest segments and counts their entries.
	DropOldest
)

// Options of a store. A zero field means its default.
type Options struct {
	// MaxBytes bounds the segments on disk; default 1 GiB. One call of Put is taken into an empty store whatever its
	// size, and rewriting a segment takes that segment's room for a moment.
	MaxBytes int64
	WhenFull WhenFull
	// SegmentBytes is how large a segment gets; default a sixteenth of MaxBytes, at most 16 MiB. A call of Put is never
	// spread over two.
	SegmentBytes int64
	// Metrics count what is dropped, replayed and purged, and what is on disk; nil: nowhere.
	Metrics *metrics.Destination
	// Log gets what a person should know; nil: nobody.
	Log hclog.Logger
}

func (o Options) withDefaults() (Options, error) {
	if o.MaxBytes < 0 || o.SegmentBytes < 0 || o.WhenFull > DropOldest {
		return o, fmt.Errorf("options out of range: MaxBytes %d, SegmentBytes %d, WhenFull %d", o.MaxBytes, o.SegmentBytes, o.WhenFull)
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = min(16<<20, max(1, o.MaxBytes/16))
	}
	if o.Metrics == nil {
		o.Metrics = &metrics.Destination{}
	}
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	return o, nil
}

// ErrClosed says that the store was closed.
var ErrClosed = errors.New("the dead-letter store is closed")

// ErrBusy says that a replay or a purge of the store is going on.
var ErrBusy = errors.New("a replay or a purge of these dead letters is going on: try again when it has ended")

// FullError says that a store which holds has no room for more.
type FullError struct {
	Address string
	// Used bytes of Max, and how many more were needed.
	Used, Max, Need int64
}

func (e *FullError) Error() string {
	return fmt.Sprintf("the dead-letter store of %s is full (%d of %d bytes, %d more needed): make room with dead-letter replay or dead-letter purge, or raise dead_letter.max_bytes",
		e.Address, e.Used, e.Max, e.Need)
}

// Store keeps the dead letters of one destination. It is safe for concurrent use.
type Store struct {
	fs      fileSystem
	address string
	o       Options
	release func() error
	// busy holds a token while a replay or a purge goes on.
	busy chan struct{}

	mu       sync.Mutex
	segments []*segment // oldest first
	// current is open for writing behind the last segment; nil: the next Put makes a new one.
	current file
	// next is the number of the next entry.
	next   uint64
	used   int64
	buf    []byte
	closed bool
	// unsynced says that a change of names may not be durable yet.
	unsynced bool
}

var _ delivery.DeadLetters = (*Store)(nil)

// Open opens the store of address in root, and makes both folders unless they are there. Only one process can have it
// open: for the others the error is ErrLocked. Open reads the last segment; it changes nothing that was acknowledged.
func Open(root, address string, o Options) (*Store, error) {
	dir, err := makeDirectory(root, address)
	if err != nil {
		return nil, fmt.Errorf("open dead letters of %s: %w", address, err)
	}
	return open(dir, address, o)
}

func open(fsys fileSystem, address string, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open dead letters of %s: %w", address, err)
	}
	// Whoever had the store before may have died before a name was durable.
	s := &Store{fs: fsys, address: address, o: o, busy: make(chan struct{}, 1), unsynced: true}
	if s.release, err = fsys.Lock(lockName); err != nil {
		return nil, fmt.Errorf("open dead letters of %s: %w", address, err)
	}
	if err := s.recover(); err != nil {
		return nil, fmt.Errorf("open dead letters of %s: %w", address, errors.Join(err, s.release()))
	}
	return s, nil
}

// recover finds out what is there. It removes what only a rewrite or a removal that did not end can have left.
func (s *Store) recover() error {
	l, err := list(s.fs)
	if err != nil {
		return err
	}
	for _, name := range l.foreign {
		s.o.Log.Warn("a file among dead letters is not the store's and is left alone", "destination", s.address, "name", name)
	}
	if l.temp {
		if err := s.fs.Remove(tempName); err != nil {
			return err
		}
	}
	s.segments = l.segments
	s.next = l.taken + 1
	for _, first := range l.removed {
		if err := s.loadRemoved(first); err != nil {
			return err
		}
	}
	for _, g := range s.segments {
		s.account(g.size)
	}
	if len(s.segments) > 0 {
		if err := s.resume(s.segments[len(s.segments)-1]); err != nil {
			return err
		}
	}
	if s.next > maxNext {
		s.rest()
		s.account(-s.used)
		return fmt.Errorf("the next dead letter would have the number %d, of %d at most: a file or a line with a number that "+
			"no router gave is among the dead letters; move it to another folder", s.next, uint64(maxNext))
	}
	return nil
}

func (s *Store) loadRemoved(first uint64) error {
	s.next = max(s.next, first+1)
	g := s.segment(first)
	if g == nil {
		return s.fs.Remove(removedName(first))
	}
	removed, err := loadRemoved(s.fs, first)
	if errors.Is(err, errDamaged) {
		s.o.Log.Warn("the list of removed dead letters is damaged: what was replayed of this segment is there again",
			"destination", s.address, "segment", segmentName(first))
		return nil
	}
	g.removed, g.gone = removed.Removed, removed.Bytes
	if n := len(g.removed); n > 0 {
		s.next = max(s.next, g.removed[n-1][1]+1) // the entry may be gone from the segment, and must not be hidden when it is new
	}
	return err
}

// resume finds out where the last segment ends. When that is a whole line the segment goes on, else a new one begins:
// what is written must never join what a crash left.
func (s *Store) resume(last *segment) error {
	f, err := s.fs.Open(segmentName(last.first))
	if err != nil {
		return err
	}
	defer f.Close()
	newest := last.first - 1
	var damaged, unfinished int64
	whole := true
	err = scan(f, maxLine, func(p piece) error {
		newest = max(newest, p.entry)
		whole = p.entry != 0 && !p.bare
		switch {
		case p.unfinished():
			unfinished = int64(len(p.data))
		case p.damaged():
			damaged++
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", segmentName(last.first), err)
	}
	if damaged > 0 {
		s.o.Log.Warn("dead letters are damaged: these lines are skipped and kept", "destination", s.address,
			"segment", segmentName(last.first), "lines", damaged)
	}
	if unfinished > 0 {
		s.o.Log.Info("a dead letter was being written when the router ended: it is ignored and comes again", "destination", s.address,
			"segment", segmentName(last.first), "bytes", unfinished)
	}
	s.next = max(s.next, newest+1)
	if damaged > 0 || unfinished > 0 {
		s.next += uint64(last.size) // more than there can be numbers in what can't be read
	}
	if !whole || damaged > 0 || last.size >= s.o.SegmentBytes {
		return nil
	}
	s.current, err = s.fs.Append(segmentName(last.first))
	return err
}

// segment returns the one with a name; nil when it is gone.
func (s *Store) segment(first uint64) *segment {
	for _, g := range s.segments {
		if g.first == first {
			return g
		}
	}
	return nil
}

// account adds to the bytes on disk.
func (s *Store) account(bytes int64) {
	s.used += bytes
	s.o.Metrics.DeadLetterBytes.Add(bytes)
}

// Close ends the store; what was put is safe already. A replay or purge that goes on ends with ErrClosed.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.o.Metrics.DeadLetterBytes.Add(-s.used)
	s.rest()
	return s.release()
}

// syncNames makes durable which files there are.
func (s *Store) syncNames() error {
	s.unsynced = true
	if err := s.fs.Sync(); err != nil {
		return err
	}
	s.unsynced = false
	return nil
}

// rest lets go of the last segment; nothing more is written to it.
func (s *Store) rest() {
	if s.current != nil {
		_ = s.current.Close() // its bytes are synced
		s.current = nil
	}
}

// Reader returns a Reader of what the store holds now. It needs neither the store nor its end.
func (s *Store) Reader() *Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Reader{fs: s.fs, until: s.next}
	for _, g := range s.segments {
		r.parts = append(r.parts, part{g.first, g.removed, nil})
	}
	return r
}

// Bytes returns how many bytes the segments have on disk.
func (s *Store) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}
