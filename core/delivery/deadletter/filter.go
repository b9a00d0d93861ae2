package deadletter

import (
	"bytes"
	"time"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/record"
)

// Entry is a dead letter in a store.
type Entry struct {
	// Number is the entry's own: it rises in a store and stays with the entry.
	Number uint64
	delivery.DeadLetter
	// Line is the entry as it lies on disk, without its line feed: a JSON object.
	Line []byte
}

// Filter selects entries: those that every field which is not zero fits. The zero value selects all.
type Filter struct {
	// Entry is the number of one entry.
	Entry uint64
	// Code of the last failure, as the protocol names it, for example "INVALID".
	Code string
	// From and Until bound when the record was given up; Until itself is outside.
	From, Until time.Time
	// Contains is text in the record.
	Contains string
	// ID of the record, and its position in the spool.
	ID       uint64
	Position record.Position
	// Where is asked last. It must not keep the entry.
	Where func(*Entry) bool
	// Damaged selects what can't be read besides. Only Purge looks at it.
	Damaged bool
}

// fits reports whether f selects e.
func (f *Filter) fits(e *Entry) bool {
	switch {
	case f.Entry != 0 && f.Entry != e.Number,
		f.Code != "" && f.Code != e.Code.String(),
		!f.From.IsZero() && e.GivenUp.Before(f.From),
		!f.Until.IsZero() && !e.GivenUp.Before(f.Until),
		f.ID != 0 && f.ID != e.Origin.ID,
		f.Position != 0 && f.Position != e.Position,
		f.Contains != "" && !bytes.Contains(e.Record, []byte(f.Contains)):
		return false
	}
	return f.Where == nil || f.Where(e)
}

// rememberedLetters is how far apart two copies of a letter are still known to be the same. A copy comes after an error
// or a crash, from the records that the lane had given up and not settled then.
const rememberedLetters = 1 << 16

// letterKey tells letters of a destination apart: a record's id and position stay, whenever it is given up again.
type letterKey struct {
	id       uint64
	position record.Position
}

// memory knows the last letters.
type memory struct {
	known map[letterKey]struct{}
	// ring holds the keys in the order in which they came; the oldest is at next once it is full.
	ring []letterKey
	next int
}

// repeated reports whether e was seen not long ago, and remembers it.
func (m *memory) repeated(e *Entry) bool {
	k := letterKey{e.Origin.ID, e.Position}
	if k.id == 0 {
		return false // every record of the router has an id
	}
	if _, ok := m.known[k]; ok {
		return true
	}
	if m.known == nil {
		m.known = map[letterKey]struct{}{}
	}
	m.known[k] = struct{}{}
	if len(m.ring) < rememberedLetters {
		m.ring = append(m.ring, k)
		return false
	}
	delete(m.known, m.ring[m.next])
	m.ring[m.next] = k
	m.next = (m.next + 1) % len(m.ring)
	return false
}
