package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"time"

	"github.com/skidway/skidway/core/record"
)

// ReplayOptions choose the records that are sent again: those of Like that were received from From on and before Until,
// and for which Where holds. A zero field means its default.
type ReplayOptions struct {
	// From and Until are times of receipt; zero: the oldest record held, and all that is in the spool now.
	From, Until time.Time
	// Like is the address of the destination whose records are meant; default the one that gets them.
	Like string
	// Where says whether a record is meant; nil: all are. The record has no terminator; it is valid until Where returns.
	Where func(o *record.Origin, id uint64, data []byte) bool
	// Partial takes what is held when some of it is deleted already. Otherwise that is refused.
	Partial bool
	// MaxBytes bounds the backlog that results; default the destination's own bound, none if it has no Cursor.
	MaxBytes int64
	// DryRun chooses and changes nothing.
	DryRun bool
}

// ReplayReport says what is sent again.
type ReplayReport struct {
	// Oldest is since when all records are held; zero when the spool never deleted any.
	Oldest time.Time
	// Records and Bytes are sent again, at positions from First to Last; 0 when there are none: then nothing changed.
	Records, Bytes int64
	First, Last    record.Position
	// Waiting counts records that were not settled before, and follow.
	Waiting int64
	// Epoch is the cursor's epoch from now on.
	Epoch uint64
}

// ReplayTooEarlyError says that records which a replay asks for are deleted.
type ReplayTooEarlyError struct {
	// Oldest is since when all records are held.
	Oldest time.Time
}

func (e *ReplayTooEarlyError) Error() string {
	return fmt.Sprintf("the spool holds all records only since %s: begin there or later, take what is held, or set router.spool.retain "+
		"so that more is kept next time", e.Oldest.UTC().Format(time.RFC3339Nano))
}

// maxReplayRuns bounds the pieces of a replay.
const maxReplayRuns = 1 << 20

// Replay sends settled records to a destination again, in the order of their positions, before what it has not settled.
// They count in its backlog, and both survive a restart. The cursor gets a new epoch, so what a destination or a lane
// remembers of positions is void.
//
// No lane may use the destination's Cursor meanwhile: the caller ends the session and the lane, all of whose runs are
// released, calls Replay, and then makes a new lane and a new session with the epoch; what the old lane had taken and not
// settled is sent as well. It works the same, with no lane at all, in a spool opened with Maintain. Appends and other
// lanes go on, but no segment is deleted while records are chosen. It reads all segments of the time in question.
func (d *Disk) Replay(ctx context.Context, address string, o ReplayOptions) (ReplayReport, error) {
	report, err := d.replay(ctx, address, o)
	if err != nil {
		return report, fmt.Errorf("replay to %s: %w", address, err)
	}
	return report, nil
}

func (d *Disk) replay(ctx context.Context, address string, o ReplayOptions) (report ReplayReport, err error) {
	d.replaying.Lock()
	defer d.replaying.Unlock()
	// What thins or deletes a segment just now ends first.
	d.shaping.Lock()
	d.mu.Lock()
	d.evaluating++
	d.mu.Unlock()
	d.shaping.Unlock()
	defer func() {
		d.mu.Lock()
		d.evaluating--
		d.unlock()
		nudge(d.chores)
	}()

	d.mu.Lock()
	place, err := d.replayPlaceLocked(address)
	files := slices.Clone(d.files)
	d.mu.Unlock()
	if err != nil {
		return report, err
	}
	if place.cursor != nil && !o.DryRun {
		if err := place.cursor.Rewind(); err != nil {
			return report, err
		}
	}
	if o.Like == "" {
		o.Like = address
	}
	report.Oldest = heldSince(files)
	if o.From.Before(report.Oldest) && !o.Partial && !report.Oldest.IsZero() {
		return report, &ReplayTooEarlyError{report.Oldest}
	}
	chosen, err := d.choose(ctx, files, address, &o)
	if err != nil {
		return report, err
	}
	return d.replayAt(address, place.cursor, chosen, &o, report)
}

// heldSince returns the time from which on the log has all records; zero when it never lost any.
func heldSince(files []*segmentFile) time.Time {
	first := 0
	for i, f := range files {
		if f.header.thinned {
			first = i + 1
		}
	}
	switch {
	case first < len(files) && files[first].header.previous == 0:
		return time.Time{}
	case first < len(files):
		return time.Unix(0, files[first].oldest)
	case len(files) > 0:
		return time.Unix(0, files[len(files)-1].newest+1)
	}
	return time.Time{}
}

// replayPlace is where a destination is.
type replayPlace struct {
	cursor *diskCursor   // nil: it is parked
	parked *cursorRecord // nil: it has a Cursor
	replay *replayed
	// settled is the position up to which its own records are settled.
	frontier, settled record.Position
	epoch             uint64
	backlog, maxBytes int64 // bytes
	waiting           int64 // records
	gone              gone  // behind settled
}

func (d *Disk) replayPlaceLocked(address string) (p replayPlace, err error) {
	p.maxBytes = math.MaxInt64
	if b := d.addresses[address]; b != nil {
		c := d.cursors[b.index]
		p.cursor, p.replay, p.frontier, p.epoch = c, c.replay, c.frontierLocked(), c.epoch
		p.backlog, p.maxBytes, p.waiting = c.bytes, c.options.MaxBytes, c.records
	} else if r := d.parked[address]; r != nil {
		p.parked, p.replay, p.frontier, p.epoch = r, r.replay, r.frontier, r.epoch
		for _, f := range d.files {
			if t := f.tallyOf(address); t.last > r.frontier {
				p.backlog, p.waiting = p.backlog+t.bytes, p.waiting+t.records
			}
		}
	} else {
		return p, errors.New("the spool knows no such destination: start the router once with it")
	}
	p.settled = p.replay.settledBefore(p.frontier)
	p.gone = d.drops.gone(address, p.settled)
	if p.replay != nil && p.frontier < p.replay.end() {
		return p, fmt.Errorf("another replay to it is under way, which ends at position %d: wait until it is there", p.replay.end())
	}
	return p, nil
}

// selection is what was chosen for a replay.
type selection struct {
	runs   []positions
	tally  tally
	oldest int64 // when the first of it was received
}

// choose reads the segments for what is to be sent again. What the destination gets anyway is not chosen.
func (d *Disk) choose(ctx context.Context, files []*segmentFile, address string, o *ReplayOptions) (*selection, error) {
	d.mu.Lock()
	place, err := d.replayPlaceLocked(address)
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	s := &selection{}
	var like record.Origin
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d.mu.Lock()
		end, last, newest, known := f.end, f.last, f.newest, f.tallyOf(o.Like).records > 0
		d.mu.Unlock()
		if newest < o.From.UnixNano() && !o.From.IsZero() || !known {
			continue
		}
		file, err := d.open(f)
		if err != nil {
			return nil, fmt.Errorf("open segment %s: %w", f.name, err)
		}
		if file == nil {
			continue
		}
		meant, own := f.header.members(o.Like), f.header.members(address)
		_, err = walk(patchedFile{file}, &f.header, f.start, end, f.header.first, last, func(_ int64, e *logEntry) {
			if int(e.set) < len(meant) && meant[e.set] && o.covers(e.received()) {
				s.add(e, o, &like, own[e.set], &place)
			}
		})
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("read segment %s: %w", f.name, err)
		}
		if len(s.runs) > maxReplayRuns {
			return nil, fmt.Errorf("the records lie in more than %d pieces: choose fewer of them, in several replays", maxReplayRuns)
		}
	}
	return s, nil
}

func (o *ReplayOptions) covers(received int64) bool {
	return (o.From.IsZero() || received >= o.From.UnixNano()) && (o.Until.IsZero() || received < o.Until.UnixNano())
}

// add chooses records of an entry. own says that they were routed to the destination too.
func (s *selection) add(e *logEntry, o *ReplayOptions, like *record.Origin, own bool, place *replayPlace) {
	var origin *record.Origin
	if o.Where != nil {
		origin = e.origin(like)
		*like = *origin
	}
	data := e.buf[e.dataAt:]
	for i, size := range e.sizes(0) {
		p := e.first + record.Position(i)
		if (!own || p <= place.settled || place.gone.covers(p, p)) && (origin == nil || o.Where(origin, e.recordID(i), data[:size])) {
			if len(s.runs) == 0 {
				s.oldest = e.received()
			}
			s.runs = addRun(s.runs, p)
			s.tally.records++
			s.tally.bytes += int64(size) + 1
		}
		data = data[size+1:]
	}
}

// replayAt puts the selection in force.
func (d *Disk) replayAt(address string, c *diskCursor, s *selection, o *ReplayOptions, report ReplayReport) (ReplayReport, error) {
	if c != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
	}
	d.mu.Lock()
	place, err := d.replayPlaceLocked(address)
	d.replayNumber++
	number := d.replayNumber
	d.mu.Unlock()
	if err != nil {
		return report, err
	}
	report.Records, report.Bytes, report.Waiting, report.Epoch = s.tally.records, s.tally.bytes, place.waiting, place.epoch
	if len(s.runs) == 0 {
		return report, nil
	}
	report.First, report.Last = s.runs[0].first, s.runs[len(s.runs)-1].last
	limit := place.maxBytes
	if o.MaxBytes > 0 {
		limit = o.MaxBytes
	}
	if s.tally.bytes > limit-min(limit, place.backlog) {
		return report, fmt.Errorf("%d bytes of records, and %d bytes that it has not settled, are more than its backlog takes (%d): "+
			"choose fewer of them, or raise max_bytes of its backlog", s.tally.bytes, place.backlog, limit)
	}
	if o.DryRun {
		return report, nil
	}
	r := &replayed{base: place.settled, runs: s.runs, file: replayName(number)}
	// An epoch of which the cursors were lost is not given again, nor that of a replay that failed.
	epoch := max(place.epoch+1, uint64(max(0, d.now().Unix())))
	d.mu.Lock()
	epoch = max(epoch, d.replayEpoch+1)
	d.replayEpoch = epoch
	d.mu.Unlock()
	report.Epoch = epoch
	if err := writeReplay(d.fs, r, address, report.Epoch); err != nil {
		return report, errors.Join(err, d.removeReplay(r.file))
	}
	undo := d.beginReplay(&place, r, s, report.Epoch)
	if err := d.syncCursors(); err != nil {
		undo()
		return report, errors.Join(err, d.removeReplay(r.file))
	}
	d.log.Info("records are sent again", "destination", address, "records", report.Records, "bytes", report.Bytes,
		"first_position", report.First, "last_position", report.Last, "epoch", report.Epoch)
	return report, nil
}

// removeReplay removes the file of a replay that failed, if there is one. When that fails too, the file is removed when the
// spool is opened: no later replay has its epoch.
func (d *Disk) removeReplay(name string) error {
	if err := d.fs.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// beginReplay moves the cursor to the first record that is to be sent, and returns what moves it back.
func (d *Disk) beginReplay(place *replayPlace, r *replayed, s *selection, epoch uint64) (undo func()) {
	frontier := min(place.frontier, r.first()-1)
	if c := place.cursor; c != nil {
		c.goTo(min(c.at, frontier+1))
	}
	d.mu.Lock()
	defer d.unlock()
	if p := place.parked; p != nil {
		old := *p
		p.replay, p.frontier, p.epoch = r, frontier, epoch
		return func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			*p = old
		}
	}
	c := place.cursor
	oldFrontier, oldPlace, oldDurable, oldOldest, oldEpoch, oldReplay := c.frontierLocked(), c.place, c.durable, c.oldest, c.epoch, c.replay
	oldGone := c.gone
	count := func(sign int64) {
		c.records += sign * s.tally.records
		c.bytes += sign * s.tally.bytes
		c.untaken += sign * s.tally.records
		c.untakenBytes += sign * s.tally.bytes
	}
	count(1)
	c.replay, c.epoch, c.frontier, c.place, c.durable, c.oldest = r, epoch, frontier, c.at, frontier, s.oldest
	c.gone = place.gone.without(r)
	c.dropping = false
	c.wake()
	return func() {
		c.goTo(oldPlace)
		d.mu.Lock()
		defer d.unlock()
		count(-1)
		c.gone = oldGone
		c.replay, c.epoch, c.frontier, c.place, c.durable, c.oldest = oldReplay, oldEpoch, oldFrontier, oldPlace, oldDurable, oldOldest
		d.markLocked(&c.queue)
	}
}
