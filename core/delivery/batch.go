package delivery

import (
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// Batch is records flushed together to one destination. Its content never changes: what is left of a partial verdict
// is a new batch. The lane owns it, with one hold on each run's segment, until the batch is settled.
type Batch struct {
	// ID echoes in the verdict. It rises within a session; a batch sent again in another session has a new one.
	ID uint64
	// Attempt is 1 on the first.
	Attempt uint32
	// Runs are the records, in rising positions.
	Runs []spool.Run
	// Records and Bytes (of data, terminators included) over all runs.
	Records, Bytes int
	// Key identifies the content: see DeliverRequest.key.
	Key [16]byte
	// Resolved values of RECORD attributes; nil when the destination has none.
	Resolved map[string]string
	// SettledThrough and RetriesSeen are set by the lane before each send.
	SettledThrough record.Position
	RetriesSeen    uint64
}

// First returns the position of the first record.
func (b *Batch) First() record.Position { return b.Runs[0].First }

// Last returns the position of the last record.
func (b *Batch) Last() record.Position { return b.Runs[len(b.Runs)-1].Last() }
