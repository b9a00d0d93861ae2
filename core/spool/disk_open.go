package spool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/skidway/skidway/core/record"
)

// recovery makes a spool of what lies in a directory.
type recovery struct {
	*Disk
	state cursorState
	// known: state was read; else the cursors are lost, or the spool is new.
	known bool
	// chain are the segments by first position; those of which the header is lost have no header.
	chain []*segmentFile
	// replays are the files of replays.
	replays []string
	// floor is the first position that is certainly unused.
	floor record.Position
}

func recoverDisk(fsys fileSystem, o DiskOptions, now func() time.Time) (*Disk, error) {
	release, err := fsys.Lock(lockName)
	if err != nil {
		return nil, err
	}
	d := &Disk{
		fs: fsys, o: o, log: o.Log, now: now, free: release,
		work: make(chan struct{}, 1), chores: make(chan struct{}, 1), ended: make(chan struct{}),
		parked: make(map[string]*cursorRecord), blockBytes: blockBytes,
	}
	d.init(d)
	r := &recovery{Disk: d, floor: 1}
	if err := r.run(); err != nil {
		if d.house.file != nil {
			err = errors.Join(err, d.house.file.close(), d.house.drops.close())
		}
		return nil, errors.Join(err, release())
	}
	return d, nil
}

func (r *recovery) run() error {
	d := r.Disk
	cursors, state, ok, damaged, err := openCursors(d.fs)
	if err != nil {
		return err
	}
	d.house.file, r.state, r.known = cursors, state, ok
	if err := r.openPast(); err != nil {
		return err
	}
	if err := r.list(); err != nil {
		return err
	}
	// A name that an earlier process gave may be in the system's memory only.
	if err := d.fs.SyncFolder(""); err != nil {
		return err
	}
	switch {
	case len(d.past.ids) > 0:
		d.id = d.past.ids[len(d.past.ids)-1]
	case ok:
		d.id = state.spool
	case len(r.chain) > 0:
		d.id = r.newestID()
	default:
		rand.Read(d.id[:]) // never fails
	}
	switch {
	case ok:
	case len(r.chain) > 0:
		d.log.Error("the cursors are lost: every destination gets again what the spool still holds", "damaged", damaged)
	default:
		r.known = true // there is nothing that a destination could have missed
	}
	for i := range r.chain {
		if err := r.load(i); err != nil {
			return err
		}
	}
	for _, c := range r.state.records {
		d.parked[c.address] = &c
	}
	if r.known {
		err = r.resumeReplays() // what they need may be missing
		r.link()
	} else {
		r.link()
		r.startOver()
		err = r.resumeReplays()
	}
	if err != nil {
		return err
	}
	if err := r.openDrops(); err != nil {
		return err
	}
	r.settleIn()
	if err := r.resumeRenames(); err != nil {
		return err
	}
	return d.syncCursors()
}

// openPast reads what changed the meaning of older segments.
func (r *recovery) openPast() error {
	p, damaged, err := readPast(r.fs)
	if err != nil {
		return err
	}
	if damaged {
		r.log.Error("the file past of the spool is damaged: segments from before the spool got a new id are left alone, "+
			"and records from before a rename belong to the old address", "file", pastName)
	}
	r.past = p
	return nil
}

// ours reports whether a segment's header is of this spool.
func (r *recovery) ours(h *segmentHeader) bool { return h.spool == r.id || r.past.knows(h.spool) }

// startOver gives every destination that a segment names a cursor at the beginning.
func (r *recovery) startOver() {
	for _, s := range r.files {
		for _, set := range s.header.sets {
			for _, a := range set {
				r.parked[a] = &cursorRecord{address: a}
			}
		}
	}
}

// list finds the segments and removes what was left unfinished. What is not ours it leaves alone.
func (r *recovery) list() error {
	all, err := r.fs.List("")
	if err != nil {
		return err
	}
	for _, f := range all {
		first, ok := segmentFirst(f.name)
		switch {
		case ok && f.regular:
			s := &segmentFile{name: f.name, sealed: true, size: f.size}
			s.header.first = first
			r.chain = append(r.chain, s)
		case f.regular && temporary(f.name):
			if err := r.fs.Remove(f.name); err != nil {
				return err
			}
		case f.regular && replayNumber(f.name) > 0:
			r.replays = append(r.replays, f.name)
		case f.regular && permanent(f.name), f.folder && f.name == quarantineFolder:
		case temporary(f.name):
			r.log.Error("something in the spool's directory has a name that the spool needs, and is no file of it", "error", &inTheWayError{f.name})
		default:
			r.log.Warn("a file in the spool's directory is not the spool's and is left alone", "name", f.name)
			if ok {
				r.floor = max(r.floor, first+1) // its name is never used
			}
		}
	}
	slices.SortFunc(r.chain, func(a, b *segmentFile) int {
		if a.header.first < b.header.first {
			return -1
		}
		return 1
	})
	return r.heads()
}

// temporary reports whether a file of that name was left unfinished.
func temporary(name string) bool {
	switch name {
	case spareName, reserveName, thinName, cursorTemp, pastTemp, whereTemp, replayTemp:
		return true
	}
	return false
}

// permanent reports whether a file that is no segment is the spool's.
func permanent(name string) bool {
	switch name {
	case cursorName, lockName, dropName, pastName, whereName:
		return true
	}
	return false
}

// heads reads the headers.
func (r *recovery) heads() error {
	for _, s := range r.chain {
		named := s.header.first
		f, err := r.fs.Open(s.name)
		if err != nil {
			return fmt.Errorf("open segment: %w", err)
		}
		h, start, ok, err := steadyHeader(f, s.name)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if ok && h.first == named {
			r.past.apply(&h)
			s.header, s.seed, s.start = h, h.seed(), start
		}
	}
	return nil
}

func (r *recovery) newestID() [16]byte {
	for _, s := range slices.Backward(r.chain) {
		if s.start > 0 {
			return s.header.spool
		}
	}
	var id [16]byte
	rand.Read(id[:]) // never fails
	return id
}

// load takes a segment of the chain into the log.
func (r *recovery) load(i int) error {
	s := r.chain[i]
	if s.start == 0 {
		return r.lostHeader(s)
	}
	if !r.ours(&s.header) {
		r.log.Warn("a segment in the spool's directory is another spool's and is left alone", "name", s.name)
		r.floor = max(r.floor, s.header.first+1)
		s.start = 0
		return nil
	}
	file, err := r.fs.Open(s.name)
	if err != nil {
		return fmt.Errorf("open segment: %w", err)
	}
	defer file.Close()
	f := steadyFile{file}
	sum, ok, err := readFooter(f, &s.header, s.start)
	if err != nil {
		return unreadable(s.name, err)
	}
	if ok {
		s.summary = sum
	} else if err := r.scan(s, f, r.limit(i)); err != nil {
		return fmt.Errorf("recover segment %s: %w", s.name, err)
	}
	r.floor = max(r.floor, s.last+1)
	if s.recovered {
		r.floor = max(r.floor, s.header.end())
	}
	r.sealedBytes += s.size
	r.files = append(r.files, s)
	return nil
}

// limit is the last position that a segment held durably, as far as others know; exact says that it held no more.
type limit struct {
	last  record.Position
	exact bool
}

func (r *recovery) limit(i int) limit {
	for _, next := range r.chain[i+1:] {
		if next.start > 0 && r.ours(&next.header) {
			return limit{next.header.previous, true}
		}
	}
	s := r.chain[i]
	if r.known && r.state.synced >= s.header.first && r.state.synced < s.header.end() {
		return limit{r.state.synced, false}
	}
	return limit{s.header.first - 1, false}
}

// lostHeader takes a segment out whose header is damaged in both copies: nothing in it can be read.
func (r *recovery) lostHeader(s *segmentFile) error {
	r.log.Error("a segment of the spool has no header that can be read; it is moved to the quarantine", "segment", s.name)
	if err := r.fs.MakeFolder(quarantineFolder); err != nil {
		return err
	}
	if err := r.fs.Rename(s.name, quarantineFolder+"/"+s.name); err != nil {
		return err
	}
	r.floor = max(r.floor, s.header.first+record.Position(max(s.size, r.o.SegmentBytes)))
	r.damages++
	return nil
}

// scan reads a segment that was not sealed and seals it. What can't be read may be readable later, so then it changes
// nothing.
func (r *recovery) scan(s *segmentFile, f file, known limit) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	s.end, s.last, s.recovered = s.start, s.header.first-1, true
	var synced int64
	over := false
	gaps, err := walk(f, &s.header, s.start, size, s.header.first, known.last, func(off int64, e *logEntry) {
		// What is behind the limit was written again, to the next segment.
		over = over || known.exact && e.last() > known.last
		if over || int(e.set) > len(s.header.sets) {
			return
		}
		s.add(e)
		s.end = off + int64(len(e.buf))
		synced = max(synced, e.synced())
	})
	if err != nil {
		return unreadable(s.name, err)
	}
	for _, g := range gaps {
		switch {
		case g.at >= s.end && (g.positions() == 0 || s.header.thinned):
			// The end of what was written; of a thin segment, what is missing there was done with.
			s.last = max(s.last, g.last)
		case g.at < synced || g.first <= known.last:
			if g.at >= s.end {
				s.last = max(s.last, g.last)
			}
			r.report(s, g, f)
		case g.at < s.end:
			// Never durable, so it was not accepted; what is behind it is kept nevertheless.
			r.log.Info("a write was not finished when the spool ended", "segment", s.name, "offset", g.at, "bytes", g.next-g.at)
			if err := r.fill(s, f, g); err != nil {
				return err
			}
		}
	}
	return r.seal(s, f)
}

// fill makes a gap an entry without records.
func (r *recovery) fill(s *segmentFile, f file, g damage) error {
	b := fillerEntry(g.next-g.at, g.last+1)
	finishEntry(b, s.seed, 0)
	_, err := f.WriteAt(b, g.at)
	return err
}

// seal cuts a segment behind its last entry and writes the footer.
func (r *recovery) seal(s *segmentFile, f file) error {
	footer := s.encode(s.seed)
	if err := f.Truncate(s.end); err != nil {
		return err
	}
	if _, err := f.WriteAt(footer, s.end); err != nil {
		return err
	}
	s.size = s.end + int64(len(footer))
	return f.SyncAll()
}

// link looks for what is missing between the segments and behind the last one, and says where the log goes on.
func (r *recovery) link() {
	d := r.Disk
	last := record.Position(0)
	for i, s := range d.files {
		before := last
		if i == 0 {
			// What was before the first segment was delivered and deleted, as far as one can know; but not what was in a
			// segment whose header is lost.
			before = s.header.previous
			if lost := r.chain[0]; lost.start == 0 && lost.header.first < s.header.first {
				before = min(before, lost.header.first-1)
			}
		}
		r.missing(before, s.header.previous, s.name)
		last = max(s.last, s.header.previous)
	}
	if r.known && len(d.files) > 0 {
		r.missing(last, r.state.synced, "the end")
	}
	d.synced = max(last, r.state.synced)
	d.next = max(r.floor, r.state.next, d.synced+1)
	d.published.Store(uint64(d.synced))
	d.sentBefore = d.next - 1
	d.givenBefore = d.sentBefore
}

// settled returns the position up to which no destination waits for anything between two positions, but for those that are
// away, for which nothing is kept; 0 when the cursors are lost.
func (r *recovery) settled(first, last record.Position) record.Position {
	if !r.known {
		return 0
	}
	through := record.Position(maxPosition)
	for _, c := range r.parked { // as all are until they are registered
		switch {
		case c.parked:
		case c.replay.needs(first, last, c.frontier):
			return 0
		default:
			through = min(through, c.replay.settledBefore(c.frontier))
		}
	}
	return through
}

// missing reports the positions behind last up to previous, unless everybody has what was there: segments that nobody needs
// are deleted oldest first, but a power cut may keep the end of an older one's name and not that of a newer one.
func (r *recovery) missing(last, previous record.Position, before string) {
	last = max(last, r.settled(last+1, previous))
	if previous <= last {
		return
	}
	r.lostLocked(last+1, previous)
	r.drops.damaged(last+1, previous, r.now().UnixNano(), nil)
	r.log.Error("segments of the spool are missing: the records in this range of positions are lost",
		"before", before, "first_position", last+1, "last_position", previous, "positions", previous-last)
}

// Cursor implements Spool. The place of a destination that was here before is where it was; that of a new one is the end
// of the spool. It is durable when Cursor returns.
func (d *Disk) Cursor(address string, o BacklogOptions) (Cursor, error) {
	o, err := o.withDefaults(address, d.o.MaxBytes)
	if err != nil {
		return nil, err
	}
	c := &diskCursor{disk: d}
	d.mu.Lock()
	if err := d.registerLocked(address, &c.backlog, o); err != nil {
		d.mu.Unlock()
		return nil, err
	}
	old := d.parked[address]
	if old != nil {
		c.frontier, c.epoch, c.note, c.replay = old.frontier, old.epoch, old.note, old.replay
		delete(d.parked, address)
	} else {
		c.frontier = d.next - 1
	}
	c.gone = d.drops.gone(address, c.frontier).without(c.replay)
	c.at, c.place, c.durable = c.frontier+1, c.frontier+1, c.frontier
	d.cursors = append(d.cursors, c)
	files := slices.Clone(d.files)
	d.mu.Unlock()

	if old != nil && old.dropped > 0 {
		d.log.Warn("records of a destination were dropped while it was not configured", "destination", address, "records", old.dropped)
	}
	for _, f := range files {
		if err := c.count(f); err != nil {
			return nil, fmt.Errorf("register destination %s: %w", address, err)
		}
	}
	if old == nil {
		if err := d.syncCursors(); err != nil {
			return nil, fmt.Errorf("register destination %s: %w", address, err)
		}
	}
	return c, nil
}

// count adds what a segment holds for the destination behind its frontier to the backlog.
func (c *diskCursor) count(f *segmentFile) error {
	d := c.disk
	d.mu.Lock()
	frontier := c.frontier
	d.mu.Unlock()
	all, unsure, oldest, err := countWaiting(d.fs, f, c.address, frontier, c.replay, c.gone)
	if err != nil || all.records == 0 {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.untaken == 0 {
		c.oldest = oldest
	}
	c.records += all.records
	c.bytes += all.bytes
	c.untaken += all.records
	c.untakenBytes += all.bytes
	c.unsure += unsure
	return nil
}
