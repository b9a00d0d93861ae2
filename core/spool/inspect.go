package spool

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skidway/skidway/core/record"
)

// Report is what lies in the directory of a spool.
type Report struct {
	// ID of the spool; what is appended from now on belongs to it.
	ID [16]byte `json:"-"`
	// IDHex is ID in hexadecimal digits.
	IDHex string `json:"spool_id"`
	// Format is the newest version of the files.
	Format int `json:"format"`
	// Next is behind all positions that were used.
	Next     record.Position `json:"next_position"`
	Segments []SegmentReport `json:"segments"`
	Cursors  []CursorReport  `json:"cursors"`
	// Drops are the ranges of records that were dropped and are remembered.
	Drops      []Drop           `json:"drops"`
	Quarantine []QuarantineFile `json:"quarantine"`
	// Warnings say what is wrong, for people.
	Warnings []string `json:"warnings"`
}

// SegmentReport is one file of the log. Positions and times are 0 when it holds no records.
type SegmentReport struct {
	Name    string `json:"name"`
	SpoolID string `json:"spool_id"`
	// First position that may be in it, and the last one that is.
	First    record.Position `json:"first_position"`
	Last     record.Position `json:"last_position"`
	Records  int64           `json:"records"`
	Bytes    int64           `json:"bytes"` // of records, terminators included
	FileSize int64           `json:"file_bytes"`
	Oldest   time.Time       `json:"oldest"` // when its first record was received
	Newest   time.Time       `json:"newest"`
	Sealed   bool            `json:"sealed"`
	Thinned  bool            `json:"thinned"` // settled records were taken out
}

// CursorReport is a destination's place.
type CursorReport struct {
	Address string `json:"destination"`
	// Frontier: it has settled everything of its own at or below it.
	Frontier record.Position `json:"settled_through"`
	Epoch    uint64          `json:"epoch"`
	// Parked: it was not configured when the router ran last.
	Parked bool `json:"parked"`
	// Records and Bytes that it has not settled, and when the oldest of them was received.
	Records int64     `json:"undelivered_records"`
	Bytes   int64     `json:"undelivered_bytes"`
	Oldest  time.Time `json:"oldest"`
	// DroppedParked counts records that were deleted while it was parked.
	DroppedParked uint64 `json:"dropped_parked"`
	// ReplayThrough is where a replay that is under way ends; 0: none is.
	ReplayThrough record.Position `json:"replay_through,omitempty"`
}

// QuarantineFile is a copy of something damaged.
type QuarantineFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// Inspect says what lies in the directory of a spool, whether a router runs on it or not. It takes no lock and writes
// nothing. It reads what is not sealed, and the segments in which cursors are.
func Inspect(directory string) (*Report, error) {
	v, err := lookAt(directory)
	if err != nil {
		return nil, err
	}
	r, err := v.report()
	if err != nil {
		return nil, fmt.Errorf("look at spool %s: %w", directory, err)
	}
	return r, nil
}

func (v *view) report() (*Report, error) {
	r := &Report{ID: v.state.spool, Format: formatVersion, Next: v.next(), Warnings: v.warnings}
	if n := len(v.segments); n > 0 && !v.known {
		r.ID = v.segments[n-1].header.spool
	}
	if n := len(v.past.ids); n > 0 {
		r.ID = v.past.ids[n-1]
	}
	r.IDHex = fmt.Sprintf("%x", r.ID)
	for _, s := range v.segments {
		r.Segments = append(r.Segments, s.report())
	}
	for i := range v.state.records {
		c := &v.state.records[i]
		waits, oldest, err := v.waiting(c)
		if err != nil {
			return nil, err
		}
		p := CursorReport{
			Address: c.address, Frontier: c.frontier, Epoch: c.epoch, Parked: c.parked, DroppedParked: c.dropped,
			Records: waits.records, Bytes: waits.bytes, Oldest: moment(oldest),
		}
		if c.replay != nil {
			p.ReplayThrough = c.replay.base
			if len(c.replay.runs) > 0 {
				p.ReplayThrough = c.replay.end()
			}
		}
		r.Cursors = append(r.Cursors, p)
	}
	slices.SortFunc(r.Cursors, func(a, b CursorReport) int { return strings.Compare(a.Address, b.Address) })
	for _, f := range v.quarantine {
		r.Quarantine = append(r.Quarantine, QuarantineFile{f.name, f.size})
	}
	for _, d := range v.drops.ranges {
		if !d.forgotten() {
			r.Drops = append(r.Drops, d)
		}
	}
	return r, nil
}

func (f *segmentFile) report() SegmentReport {
	r := SegmentReport{
		Name: f.name, SpoolID: fmt.Sprintf("%x", f.header.spool), First: f.header.first, FileSize: f.size,
		Oldest: moment(f.oldest), Newest: moment(f.newest), Sealed: f.sealed, Thinned: f.header.thinned,
	}
	for _, t := range f.tallies {
		r.Records += t.records
		r.Bytes += t.bytes
	}
	if r.Records > 0 {
		r.Last = f.last
	}
	return r
}

// moment returns the time; zero for 0.
func moment(unixNano int64) time.Time {
	if unixNano == 0 {
		return time.Time{}
	}
	return time.Unix(0, unixNano).UTC()
}
