package delivery

import (
	"encoding/binary"
	"math"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// A note holds, by rising first positions, of each batch how far its first position is behind that of the one before,
// and how far its last is behind its first. Notes of a destination with RECORD attributes begin with noteOfValues, which
// can't begin another, and have a digest of its values behind each batch: the values may be long, and a note is short.
// When the configuration gives a record other values now, no batch has them, and nothing is cut again.
const noteOfValues = 0

// noteCuts keeps, with the cursor, which batches are about to be with a plugin that knows them by their keys. They are
// cut again like that by the next process.
func (l *Lane) noteCuts(fresh *flight) {
	if l.hardening.cursor == nil || !l.session.info.StableBatches || fresh.Attempt > 0 {
		return
	}
	fresh.noted = true // so it goes into the note, and stays there until it is settled
	var note []byte
	if l.parts.resolver != nil {
		note = append(note, noteOfValues)
	}
	var at record.Position
	for _, f := range l.window.open {
		if !f.noted {
			continue
		}
		n := binary.AppendUvarint(note, uint64(f.First()-at))
		n = binary.AppendUvarint(n, uint64(f.Last()-f.First()))
		if l.parts.resolver != nil {
			n = binary.BigEndian.AppendUint64(n, f.set.id())
		}
		if len(n) > spool.MaxNote {
			break
		}
		note, at = n, f.First()
	}
	if err := l.hardening.cursor.SetNote(note); err != nil {
		l.log.Debug("the batches in flight are not noted: after a crash they may get other keys", "error", err)
	}
}

// readCuts returns the batches that an earlier process noted. What it can't read it leaves out, and all when the
// destination had RECORD attributes and has none now, or the other way round.
func readCuts(note []byte, withValues bool) []cut {
	if len(note) == 0 || readOwed(note) != nil || withValues != (note[0] == noteOfValues) {
		return nil
	}
	if withValues {
		note = note[1:]
	}
	var all []cut
	var at record.Position
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
		c := cut{first: at, last: at + record.Position(length)}
		if withValues {
			if len(note) < 8 {
				break
			}
			c.set, note = binary.BigEndian.Uint64(note), note[8:]
		}
		if c.last < c.first || len(all) > 0 && at <= all[len(all)-1].first {
			break
		}
		all = append(all, c)
	}
	return all
}
