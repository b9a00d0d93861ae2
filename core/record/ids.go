package record

import (
	"sync/atomic"
	"time"
)

// IDs hands out record ids. They start at the time of its making in nanoseconds since 1970 and rise by one for each
// record, so that ids of one router never meet again after a restart as long as it takes in fewer than 10⁹ records a
// second and its clock is not set back past the last start. It is safe for concurrent use.
type IDs struct{ last atomic.Uint64 }

// NewIDs returns IDs that start at now.
func NewIDs(now time.Time) *IDs {
	ids := &IDs{}
	ids.last.Store(uint64(now.UnixNano()))
	return ids
}

// Take reserves n consecutive ids and returns the first.
func (ids *IDs) Take(n int) uint64 { return ids.last.Add(uint64(n)) - uint64(n) + 1 }
