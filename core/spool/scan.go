package spool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/skidway/skidway/core/record"
)

// Filter chooses records. A zero field does not restrict.
type Filter struct {
	// From and Until: received at or after the one, and before the other.
	From, Until time.Time
	// First and Last positions.
	First, Last record.Position
	// Contains is a piece of the record.
	Contains []byte
	// Destination that the record was routed to.
	Destination string
	// ID of the record.
	ID uint64
	// Where is asked last; nil: all records.
	Where func(e *Entry) bool
	// Fates are to be found out; otherwise Entry.Fates is nil. Then all segments are looked at whatever the filter.
	Fates bool
}

// Entry is a record in a spool. It is valid, and shared with the next one, until the function that gets it returns.
type Entry struct {
	Position record.Position
	ID       uint64
	// Origin of the group that it came in with; its ID is that of the group's first record.
	Origin *record.Origin
	// Data has no terminator.
	Data []byte
	// Destinations that it was routed to. Not to be changed.
	Destinations []string
	// Fates at each of the Destinations, in their order, when the Filter asks for them.
	Fates []Fate
}

// ScanReport counts what Scan read.
type ScanReport struct {
	Records, Matched int64
	// Oldest is when the oldest record that is held was received; zero when there is none.
	Oldest time.Time
	// Damages are pieces that could not be read.
	Damages  int
	Warnings []string
}

// Scan calls do for the records in the directory of a spool that the filter chooses, in the order of their positions,
// until it returns an error. It takes no lock and writes nothing, and a router may run meanwhile.
func Scan(ctx context.Context, directory string, filter Filter, do func(e *Entry) error) (*ScanReport, error) {
	v, err := lookAt(directory)
	if err != nil {
		return nil, err
	}
	r, err := v.scanAll(ctx, &filter, do)
	if err != nil {
		return r, fmt.Errorf("read spool %s: %w", directory, err)
	}
	return r, nil
}

// scanner is a Scan that goes on.
type scanner struct {
	*view
	ctx    context.Context //nolint:containedctx // of the one call
	filter *Filter
	do     func(e *Entry) error
	report ScanReport
	// ahead is what each destination has not settled before the record that is looked at.
	ahead map[string]*tally
	// gone is what each of them dropped behind its frontier.
	gone   map[string]gone
	entry  Entry
	origin record.Origin
	err    error
}

func (v *view) scanAll(ctx context.Context, filter *Filter, do func(e *Entry) error) (*ScanReport, error) {
	s := &scanner{view: v, ctx: ctx, filter: filter, do: do, ahead: map[string]*tally{}, gone: map[string]gone{}}
	s.report.Warnings = v.warnings
	for a, c := range v.cursors {
		s.ahead[a], s.gone[a] = &tally{}, v.drops.gone(a, c.frontier).without(c.replay)
	}
	if len(v.segments) > 0 {
		s.report.Oldest = moment(v.segments[0].oldest)
	}
	for _, f := range v.segments {
		if err := s.segment(f); err != nil {
			return &s.report, err
		}
	}
	return &s.report, nil
}

func (s *scanner) segment(f *segmentFile) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if s.skips(f) {
		return s.count(f)
	}
	file, err := s.open(f)
	if file == nil || err != nil {
		return err
	}
	gaps, err := walk(patchedFile{file}, &f.header, f.start, f.end, f.header.first, f.last, func(_ int64, e *logEntry) {
		if s.err == nil && !e.filler() && int(e.set) <= len(f.header.sets) {
			s.err = s.group(e, f.header.sets[e.set-1])
		}
	})
	s.report.Damages += len(gaps)
	if s.err != nil {
		return errors.Join(s.err, file.Close())
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("segment %s: %w", f.name, err)
	}
	return nil
}

// skips reports whether the filter chooses nothing in the segment.
func (s *scanner) skips(f *segmentFile) bool {
	w := s.filter
	return !w.From.IsZero() && f.newest < w.From.UnixNano() || f.last < w.First || w.Last > 0 && f.header.first > w.Last ||
		w.Destination != "" && f.tallyOf(w.Destination).records == 0
}

// count counts what is waiting in a segment that is not looked at.
func (s *scanner) count(f *segmentFile) error {
	if !s.filter.Fates {
		return nil
	}
	for a, c := range s.cursors {
		t, _, err := waiting(s.dir, f, a, c.frontier, c.replay, s.gone[a])
		if err != nil {
			return fmt.Errorf("segment %s: %w", f.name, err)
		}
		s.ahead[a].records += t.records
		s.ahead[a].bytes += t.bytes
	}
	return nil
}

// group looks at the records of an entry.
func (s *scanner) group(e *logEntry, to []string) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	received := e.received()
	covered := (s.filter.From.IsZero() || received >= s.filter.From.UnixNano()) && (s.filter.Until.IsZero() || received < s.filter.Until.UnixNano())
	routed := s.filter.Destination == ""
	for _, a := range to {
		routed = routed || a == s.filter.Destination
	}
	s.entry = Entry{Origin: e.origin(&s.origin), Destinations: to}
	s.origin = *s.entry.Origin
	data := e.buf[e.dataAt:]
	for i, size := range e.sizes(0) {
		s.entry.Position, s.entry.ID, s.entry.Data = e.first+record.Position(i), e.recordID(i), data[:size:size]
		data = data[size+1:]
		s.report.Records++
		if covered && routed && s.matches() {
			s.report.Matched++
			if s.filter.Fates {
				s.fates()
			}
			if err := s.do(&s.entry); err != nil {
				return err
			}
		}
		if s.filter.Fates {
			s.pass(int64(size) + 1)
		}
	}
	return nil
}

func (s *scanner) matches() bool {
	w, e := s.filter, &s.entry
	return e.Position >= w.First && (w.Last == 0 || e.Position <= w.Last) && (w.ID == 0 || e.ID == w.ID) &&
		(len(w.Contains) == 0 || bytes.Contains(e.Data, w.Contains)) && (w.Where == nil || w.Where(e))
}

// MarshalJSON returns the entry as one object. The data are text when they are UTF-8, and base64 otherwise.
func (e *Entry) MarshalJSON() ([]byte, error) {
	o := e.Origin
	out := struct {
		Position     record.Position `json:"position"`
		ID           uint64          `json:"id,string"`
		Received     time.Time       `json:"received"`
		Source       string          `json:"source"`
		Peer         string          `json:"peer,omitempty"`
		PeerPort     uint32          `json:"peer_port,omitempty"`
		ClientName   string          `json:"client_name,omitempty"`
		Truncated    bool            `json:"truncated,omitempty"`
		Destinations []string        `json:"destinations"`
		Data         *string         `json:"data,omitempty"`
		DataBase64   []byte          `json:"data_base64,omitempty"`
		Fates        []Fate          `json:"fates,omitempty"`
	}{
		Position: e.Position, ID: e.ID, Received: moment(o.ReceivedUnixNano), Source: o.Source, Peer: o.Peer, PeerPort: o.PeerPort,
		ClientName: o.ClientName, Truncated: o.Truncated, Destinations: e.Destinations, Fates: e.Fates,
	}
	if utf8.Valid(e.Data) {
		text := string(e.Data)
		out.Data = &text
	} else {
		out.DataBase64 = e.Data
	}
	return json.Marshal(out)
}
