package spool

import (
	"context"
	"errors"
	"fmt"

	"github.com/skidway/skidway/core/record"
)

// Damage is something in a spool that is not as it was written.
type Damage struct {
	// File in the spool's directory; "" when files are missing.
	File string `json:"file,omitempty"`
	// Offset and Bytes are where in the file.
	Offset int64 `json:"offset"`
	Bytes  int64 `json:"bytes"`
	// First and Last are the positions whose records can't be read; 0 when none is lost, or that is not known.
	First record.Position `json:"first_position,omitempty"`
	Last  record.Position `json:"last_position,omitempty"`
}

// Verification is what Verify found.
type Verification struct {
	Segments int   `json:"segments"`
	Records  int64 `json:"records"`
	Bytes    int64 `json:"bytes"` // of records, terminators included
	// Damages that were found, in the order of the files and positions.
	Damages []Damage `json:"damages"`
	// Unfinished counts pieces of a write that a crash interrupted: nothing that was accepted is missing.
	Unfinished int      `json:"unfinished"`
	Warnings   []string `json:"warnings"`
}

// Verify reads all that lies in the directory of a spool and checks every checksum. It takes no lock and writes nothing,
// and a router may run meanwhile. each, when given, is called before each segment.
func Verify(ctx context.Context, directory string, each func(segment string)) (*Verification, error) {
	v, err := lookAt(directory)
	if err != nil {
		return nil, err
	}
	r, err := v.verify(ctx, each)
	if err != nil {
		return nil, fmt.Errorf("verify spool %s: %w", directory, err)
	}
	return r, nil
}

func (v *view) verify(ctx context.Context, each func(segment string)) (*Verification, error) {
	r := &Verification{Damages: v.damages, Warnings: v.warnings}
	last := record.Position(0)
	for i, s := range v.segments {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if each != nil {
			each(s.name)
		}
		limit := v.limit(i)
		there, err := v.verifySegment(r, s, limit)
		if err != nil {
			return nil, fmt.Errorf("segment %s: %w", s.name, err)
		}
		if last > 0 && there && s.header.previous > last {
			r.Damages = append(r.Damages, Damage{First: last + 1, Last: s.header.previous})
		}
		last = 0
		if there {
			last = max(s.last, s.header.previous)
		}
	}
	if last > 0 && v.state.synced > last {
		r.Damages = append(r.Damages, Damage{First: last + 1, Last: v.state.synced})
	}
	return r, nil
}

// verifySegment reads a segment. It returns false when that is not there any more.
func (v *view) verifySegment(r *Verification, s *segmentFile, limit limit) (bool, error) {
	f, err := v.open(s)
	if f == nil || err != nil {
		return false, err
	}
	defer f.Close()
	end, want := s.end, s.last
	if !s.sealed {
		if end, err = f.Size(); err != nil {
			return false, err
		}
		want = limit.last
	}
	var sum summary
	var synced, stop int64
	over := false
	gaps, err := walk(patchedFile{f}, &s.header, s.start, end, s.header.first, want, func(off int64, e *logEntry) {
		if over = over || !s.sealed && limit.exact && e.last() > limit.last; over {
			return
		}
		if int(e.set) > len(s.header.sets) {
			r.Damages = append(r.Damages, Damage{File: s.name, Offset: off, Bytes: int64(len(e.buf)), First: e.first, Last: e.last()})
			return
		}
		sum.add(e)
		stop, synced = off+int64(len(e.buf)), max(synced, e.synced())
	})
	if err != nil {
		return false, err
	}
	r.Segments++
	for _, g := range gaps {
		switch {
		case s.sealed || g.at < synced || g.at < stop && g.first <= limit.last || g.at >= stop && limit.exact && g.positions() > 0:
			r.Damages = append(r.Damages, s.damage(g))
		case g.at < stop:
			r.Unfinished++
		}
	}
	for i, t := range sum.tallies {
		r.Records += t.records
		r.Bytes += t.bytes
		if s.sealed && len(gaps) == 0 && (i >= len(s.tallies) || s.tallies[i] != t) {
			return true, errors.New("its footer does not count what it holds, although no checksum is wrong: the program that wrote it has a fault")
		}
	}
	return true, nil
}

func (f *segmentFile) damage(g damage) Damage {
	d := Damage{File: f.name, Offset: g.at, Bytes: g.next - g.at}
	if g.positions() > 0 {
		d.First, d.Last = g.first, g.last
	}
	return d
}
