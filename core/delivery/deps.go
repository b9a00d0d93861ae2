package delivery

import (
	"math/rand/v2"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// Deps are what a lane needs besides its options. A zero field means what is said.
type Deps struct {
	// Metrics are the destination's; nil: the lane keeps its own.
	Metrics *metrics.Destination
	// Log is the lane's, and names its destination; nil: nothing is logged.
	Log hclog.Logger
	// Rand jitters delays; nil: seeded at random. It is used by the lane alone.
	Rand *rand.Rand
	// Identity returns what the positions belong to. It may change while there is no session, and by RolledBack. Nil: the
	// zero Identity.
	Identity func() Identity
	// RolledBack is called when the plugin has stored a position that the spool has never given to a record. True says
	// that the spool goes on under another identity, behind that position. Nil: a spool in memory, which is always new.
	RolledBack func(record.Position) (bool, error)
	// RecordDrop notes what the lane drops, so that it can be said later what became of a record; nil: nobody does.
	RecordDrop func(spool.Drop)
	// SentBefore is the highest position that an earlier process may have sent; 0 with a spool in memory. A plugin that
	// says it has stored more than was ever sent is not believed.
	SentBefore record.Position
	// Resolver evaluates the destination's RECORD attributes: a batch then has records of one set of values. Nil: it has
	// none.
	Resolver Resolver
}
