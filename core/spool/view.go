package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/skidway/skidway/core/record"
)

// view is what lies in a spool's directory, looked at without a lock: the router may run and write meanwhile. What
// vanishes was settled.
type view struct {
	dir      reader
	state    cursorState
	known    bool // the cursors were read
	cursors  map[string]*cursorRecord
	past     past
	drops    dropLog
	segments []*segmentFile
	// quarantine are the files there.
	quarantine []found
	warnings   []string
	// damages were found besides those in entries.
	damages []Damage
}

func (v *view) warn(format string, a ...any) {
	v.warnings = append(v.warnings, fmt.Sprintf(format, a...))
}

func lookAt(directory string) (*view, error) {
	v, err := newView(readOnlyDirectory{osDirectory(directory)})
	if err != nil {
		return nil, fmt.Errorf("look at spool %s: %w", directory, err)
	}
	return v, nil
}

func newView(dir reader) (*view, error) {
	v := &view{dir: dir, cursors: map[string]*cursorRecord{}}
	// The cursors first: what is appended afterwards is not settled, and what is deleted is.
	if err := v.readState(); err != nil {
		return nil, err
	}
	all, err := dir.List("")
	if err != nil {
		return nil, err
	}
	var replays []string
	for _, f := range all {
		first, segment := segmentFirst(f.name)
		switch {
		case segment && f.regular:
			s := &segmentFile{name: f.name, size: f.size}
			s.header.first = first
			v.segments = append(v.segments, s)
		case f.regular && replayNumber(f.name) > 0:
			replays = append(replays, f.name)
		case f.regular && (permanent(f.name) || temporary(f.name)):
		case f.folder && f.name == quarantineFolder:
			if v.quarantine, err = dir.List(quarantineFolder); err != nil {
				v.warn("%s can't be read: %v", quarantineFolder, err)
			}
		default:
			v.warn("%s is not the spool's", f.name)
		}
	}
	if len(v.segments) == 0 && !v.known && !slices.ContainsFunc(all, func(f found) bool { return f.name == lockName }) {
		return nil, errors.New("it holds no spool: give the folder spool of a data_dir")
	}
	if _, _, err := findReplays(dir, replays, v.cursors); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	slices.SortFunc(v.segments, func(a, b *segmentFile) int { return strings.Compare(a.name, b.name) })
	return v, v.load()
}

func (v *view) readState() error {
	f, err := v.dir.Open(cursorName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.warn("the spool has no cursors")
	case err != nil:
		return err
	default:
		v.state, _, _, v.known, err = readSlots(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if !v.known {
			v.warn("the cursors are damaged: when the spool is opened, every destination gets again what it holds")
			v.damages = append(v.damages, Damage{File: cursorName})
		}
	}
	for i := range v.state.records {
		v.cursors[v.state.records[i].address] = &v.state.records[i]
	}
	p, damaged, err := readPast(v.dir)
	if err != nil {
		return err
	}
	if damaged {
		v.warn("the file %s is damaged", pastName)
		v.damages = append(v.damages, Damage{File: pastName})
	}
	v.past = p
	log, _, _, ok, err := readDrops(v.dir, func(id [16]byte) bool { return !v.known || id == v.state.spool || p.knows(id) })
	switch {
	case ok:
		v.drops = log
	case errors.Is(err, fs.ErrNotExist):
	default:
		v.warn("the file %s is damaged: which records were dropped is not known", dropName)
		v.damages = append(v.damages, Damage{File: dropName})
	}
	return nil
}

// load reads headers and footers, and segments that have no footer.
func (v *view) load() error {
	for _, s := range v.segments {
		f, err := v.dir.Open(s.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		err = v.head(s, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	for i, s := range v.segments {
		if s.start == 0 || s.sealed {
			continue
		}
		f, err := v.dir.Open(s.name)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				s.start = 0
				continue
			}
			return err
		}
		err = v.scan(s, f, v.limit(i))
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("read segment %s: %w", s.name, err)
		}
	}
	v.segments = slices.DeleteFunc(v.segments, func(s *segmentFile) bool { return s.start == 0 })
	return nil
}

// head reads header and footer of a segment. Its start stays 0 when it has none of this spool.
func (v *view) head(s *segmentFile, f file) error {
	h, start, ok, err := readHeader(patchedFile{f}, s.name)
	if err != nil {
		return err
	}
	if !ok || h.first != s.header.first {
		v.warn("segment %s has no header that can be read", s.name)
		v.damages = append(v.damages, Damage{File: s.name, Bytes: s.size})
		return nil
	}
	if v.known && h.spool != v.state.spool && !v.past.knows(h.spool) {
		v.warn("segment %s is another spool's", s.name)
		return nil
	}
	v.past.apply(&h)
	s.header, s.seed, s.start = h, h.seed(), start
	sum, ok, err := readFooter(patchedFile{f}, &h, start)
	if ok {
		s.summary, s.sealed = sum, true
		if size, err := f.Size(); err == nil {
			s.size = size
		}
	}
	return err
}

// limit is the last position that a segment held durably, when the next one says so.
func (v *view) limit(i int) limit {
	for _, next := range v.segments[i+1:] {
		if next.start > 0 {
			return limit{next.header.previous, true}
		}
	}
	return limit{v.segments[i].header.first - 1, false}
}

// scan reads a segment that is not sealed.
func (v *view) scan(s *segmentFile, f file, known limit) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	s.end, s.last = s.start, s.header.first-1
	over := false
	_, err = walk(patchedFile{f}, &s.header, s.start, size, s.header.first, known.last, func(off int64, e *logEntry) {
		over = over || known.exact && e.last() > known.last
		if over || int(e.set) > len(s.header.sets) {
			return
		}
		s.add(e)
		s.end = off + int64(len(e.buf))
	})
	return err
}

// open opens a segment that was seen. Meanwhile another one may have got its name, of which less is needed; then s is
// that one. It returns nil when there is none any more.
func (v *view) open(s *segmentFile) (file, error) {
	f, err := v.dir.Open(s.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // there is no file and that is no error
	}
	if err != nil {
		return nil, err
	}
	h, start, ok, err := readHeader(patchedFile{f}, s.name)
	if err != nil || !ok || h.salt == s.header.salt {
		return f, err
	}
	v.past.apply(&h)
	*s = segmentFile{name: s.name, header: h, seed: h.seed(), start: start}
	s.summary, s.sealed, err = readFooter(patchedFile{f}, &h, start)
	return f, err
}

// waiting counts what a destination has not settled, and returns when the first of that was received.
func (v *view) waiting(c *cursorRecord) (sum tally, oldest int64, err error) {
	dropped := v.drops.gone(c.address, c.frontier).without(c.replay)
	for _, s := range v.segments {
		t, at, err := waiting(v.dir, s, c.address, c.frontier, c.replay, dropped)
		if err != nil {
			return sum, 0, fmt.Errorf("read segment %s: %w", s.name, err)
		}
		if sum.records == 0 {
			oldest = at
		}
		sum.records += t.records
		sum.bytes += t.bytes
	}
	return sum, oldest, nil
}

// next returns a position that was not used, as far as the files say.
func (v *view) next() record.Position {
	next := max(v.state.next, 1)
	for _, s := range v.segments {
		next = max(next, s.last+1)
	}
	return next
}
