package delivery

import (
	"bytes"
	"encoding/binary"
	"math"

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

// noteOwed keeps, with the cursor, which records are given up and have no letter yet.
func (l *Lane) noteOwed() {
	if !l.notesOwed() {
		return
	}
	note := []byte(noteOfOwed)
	var at record.Position
	for _, f := range l.window.open {
		if f.state != dying && f.state != burying {
			continue
		}
		for i := range f.Runs {
			r := &f.Runs[i]
			n := binary.AppendUvarint(note, uint64(r.First-at))
			n = binary.AppendUvarint(n, uint64(r.Last()-r.First))
			if len(n) > spool.MaxNote {
				break
			}
			note, at = n, r.First
		}
	}
	if err := l.hardening.cursor.SetNote(note); err != nil {
		l.log.Warn("dead letters that are not stored yet are not noted: a crash before they are would lose them", "error", err)
	}
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
