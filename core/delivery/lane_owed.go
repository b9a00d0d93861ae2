package delivery

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// An ordered destination that stores its position resumes behind what it rejected. Were the router to end while the letters
// of that are not stored, it would seem to have been stored by the destination. So the positions are noted with the cursor
// before the letters are given to the store.

// noteOfOwed begins the note. It is no number as other notes begin with: those are written as short as can be.
const noteOfOwed = "\x80\x00"

// reasonOwed is given for what an earlier process noted.
const reasonOwed = "rejected by the destination before the router ended; what it said then is not known any more"

// positionRange is positions from first to last.
type positionRange struct{ first, last record.Position }

// notesOwed reports whether what is owed is to be noted: not where a note holds batches, or nothing resumes.
func (l *Lane) notesOwed() bool {
	return l.hardening.cursor != nil && l.session.info.Ordered && !l.session.info.StableBatches && l.parts.resolver == nil
}

// noteOwed keeps, with the cursor, which records are given up and have no letter yet, if that changed.
func (l *Lane) noteOwed() {
	if !l.owedChanged || !l.notesOwed() {
		return
	}
	l.owedChanged = false
	note, fits := encodeOwed(l.owing(false))
	if !fits {
		// Better a letter too many than one too few.
		note, fits = encodeOwed(l.owing(true))
	}
	err := l.hardening.cursor.SetNote(note)
	if err == nil && !fits {
		err = errOwedTooMany
	}
	if err != nil {
		l.log.Warn("dead letters that are not stored yet are not noted: a crash before they are would lose them", "error", err)
	}
}

var errOwedTooMany = errors.New("they lie in too many pieces")

// owing returns the positions between which all that comes again is owed, in order and not adjoining. coarse: gaps, in which
// something was accepted, count too.
func (l *Lane) owing(coarse bool) []positionRange {
	all := slices.Clone(l.owed)
	for _, f := range l.window.open {
		switch {
		case f.state != dying && f.state != burying:
		case coarse || !f.gaps:
			all = append(all, positionRange{f.First(), f.Last()})
		default:
			for i := range f.Runs {
				all = append(all, positionRange{f.Runs[i].First, f.Runs[i].Last()})
			}
		}
	}
	slices.SortFunc(all, func(a, b positionRange) int { return cmp.Compare(a.first, b.first) })
	merged := all[:0]
	for _, s := range all {
		if n := len(merged); n > 0 && s.first <= merged[n-1].last+1 {
			merged[n-1].last = max(merged[n-1].last, s.last)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// encodeOwed returns the note, and whether all fits.
func encodeOwed(all []positionRange) (note []byte, fits bool) {
	if len(all) == 0 {
		return nil, true
	}
	note = []byte(noteOfOwed)
	at := record.Position(0)
	for _, s := range all {
		n := binary.AppendUvarint(note, uint64(s.first-at))
		n = binary.AppendUvarint(n, uint64(s.last-s.first))
		if len(n) > spool.MaxNote {
			return note, false
		}
		note, at = n, s.first
	}
	return note, true
}

// notOwed takes out of what an earlier process owed what is between two positions: it is in the window now, or sent again.
func (l *Lane) notOwed(first, last record.Position) {
	if len(l.owed) == 0 {
		return
	}
	var rest []positionRange
	for _, s := range l.owed {
		if s.last < first || s.first > last {
			rest = append(rest, s)
			continue
		}
		if s.first < first {
			rest = append(rest, positionRange{s.first, first - 1})
		}
		if s.last > last {
			rest = append(rest, positionRange{last + 1, s.last})
		}
	}
	l.owed, l.owedChanged = rest, true
}

// readOwed returns what an earlier process noted, by rising positions.
func readOwed(note []byte) (all []positionRange) {
	note, ok := bytes.CutPrefix(note, []byte(noteOfOwed))
	if !ok {
		return nil
	}
	at := record.Position(0)
	for len(note) > 0 {
		step, n := binary.Uvarint(note)
		if n <= 0 {
			break
		}
		length, m := binary.Uvarint(note[n:])
		if m <= 0 || step > math.MaxInt64 || length > math.MaxInt64 {
			break
		}
		note = note[n+m:]
		at += record.Position(step)
		s := positionRange{at, at + record.Position(length)}
		if k := len(all); s.last < s.first || k > 0 && s.first <= all[k-1].last {
			break
		}
		all = append(all, s)
	}
	return all
}

// owes returns up to which position the records from p on are all owed, or all not.
func (l *Lane) owes(p record.Position) (last record.Position, owed bool) {
	for _, s := range l.owed {
		switch {
		case p < s.first:
			return s.first - 1, false
		case p <= s.last:
			return s.last, true
		}
	}
	return math.MaxUint64, false
}

// notStored cuts off r what the destination has stored already, settles that, and reports whether anything is left. What it
// had rejected becomes dead letters.
func (l *Lane) notStored(r *spool.Run) bool {
	for r.First <= l.resume {
		last, owed := l.owes(r.First)
		last = min(last, l.resume, r.Last())
		piece, rest, whole := *r, spool.Run{}, last == r.Last()
		if !whole {
			rest = after(r, last)
			piece = slice(r, 0, r.Len()-rest.Len(), 0, len(r.Data)-len(rest.Data))
		}
		switch {
		case owed:
			if !whole {
				piece.Segment.Retain()
			}
			f := l.fresh()
			f.state, f.code, f.reason, f.taken = dying, Invalid, reasonOwed, l.takenBytes
			f.add(piece, reasonOwed)
			l.window.insert(f)
			l.notOwed(f.First(), f.Last())
			l.owedChanged = true
		default:
			l.deliver(span{piece.First, piece.Last(), int64(piece.Len()), int64(len(piece.Data))})
			if whole {
				piece.Segment.Release()
			}
		}
		if whole {
			return false
		}
		*r = rest
	}
	return true
}
