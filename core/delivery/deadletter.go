package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
)

// DeadLetter is a record given up on.
type DeadLetter struct {
	// Record is the record's bytes without its terminator, valid until Put returns.
	Record []byte
	// Origin is the record's own: its ID is the record's.
	Origin record.Origin
	// Destination is the address of the destination that it could not be delivered to.
	Destination string
	Position    record.Position
	// Reason for people, and the code of the last failure.
	Reason string
	Code   Code
	// Attempts made, the first and the last of them, and when the record was given up.
	Attempts                  uint32
	FirstAttempt, LastAttempt time.Time
	GivenUp                   time.Time
}

// DeadLetters keeps dead letters. A lane calls it from one goroutine at a time.
type DeadLetters interface {
	// Put returns once the letters are as safe as they will be; the lane's cursor moves only then. It may block while
	// there is no room, and ends with ctx. After an error the same letters come again later, so some may be kept twice.
	// The letters and their bytes are the lane's again when Put returns.
	Put(ctx context.Context, letters []DeadLetter) error
}

const (
	// memoryDeadLetters and memoryDeadLetterBytes are how many dead letters of a destination are kept in memory, and how
	// many bytes their records have together.
	memoryDeadLetters     = 1000
	memoryDeadLetterBytes = 16 << 20
)

// MemoryDeadLetters keeps the last 1000 dead letters of one destination in memory, fewer when their records have more
// than 16 MiB. It is safe for concurrent use.
type MemoryDeadLetters struct {
	metrics *metrics.Destination

	mu sync.Mutex
	// kept is a ring of n letters, the oldest at head.
	kept    []DeadLetter
	head, n int
	bytes   int
}

// NewMemoryDeadLetters returns an empty store that counts in m what it holds and what fell out.
func NewMemoryDeadLetters(m *metrics.Destination) *MemoryDeadLetters {
	return &MemoryDeadLetters{metrics: m}
}

// Put keeps copies of letters; the oldest give way. It neither blocks nor fails.
func (m *MemoryDeadLetters) Put(_ context.Context, letters []DeadLetter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = make([]DeadLetter, memoryDeadLetters)
	}
	for _, d := range letters {
		for m.n == memoryDeadLetters || m.n > 0 && m.bytes+len(d.Record) > memoryDeadLetterBytes {
			m.dropOldest()
		}
		d.Record = append([]byte(nil), d.Record...)
		m.kept[(m.head+m.n)%memoryDeadLetters] = d
		m.n++
		m.bytes += len(d.Record)
		m.metrics.DeadLetteredMemory.Add(1)
	}
	return nil
}

func (m *MemoryDeadLetters) dropOldest() {
	m.bytes -= len(m.kept[m.head].Record)
	m.kept[m.head] = DeadLetter{}
	m.head = (m.head + 1) % memoryDeadLetters
	m.n--
	m.metrics.DroppedDeadLetter.Add(1)
}

// All returns the letters that are kept, oldest first. Their bytes are shared and not to be changed.
func (m *MemoryDeadLetters) All() []DeadLetter {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]DeadLetter, m.n)
	for i := range all {
		all[i] = m.kept[(m.head+i)%memoryDeadLetters]
	}
	return all
}
