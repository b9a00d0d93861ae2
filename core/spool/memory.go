package spool

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/skidway/skidway/core/record"
)

const (
	minMaxBytes     = 16 << 20
	defaultMaxBytes = 64 << 20
	minSegmentBytes = 64 << 10
	maxSegmentBytes = 4 << 20
)

// Memory is a spool in memory. Its records live while the process does. README.md describes how it is built.
//
// It starts no goroutine and needs no closing. Its methods are safe for concurrent use.
type Memory struct {
	id           [16]byte
	maxBytes     int64
	segmentBytes int64
	maxEntries   int // of one segment, so that the index of tiny groups takes at most half of what its records may
	now          func() time.Time
	// starved is set while an Append waits or is about to wait for room in the whole spool. Release looks at it without
	// the lock.
	starved atomic.Bool

	// gate.mu guards what follows.
	gate
	next record.Position
	// bytes of all segments that are in use, with their indexes, and how many they are.
	bytes    int64
	segments int
	// oldest to current are the segments in which a destination waits for something; current always is there once
	// something was appended.
	oldest, current *memorySegment
	pool            pool

	cursors []*memoryCursor // in the order of gate.backlogs
	// youngest is the smallest MaxAge of all cursors; 0 when none has one.
	youngest time.Duration
	// held is set when no Append can have room because of what lanes hold. squeezed is then the destination whose lane
	// holds the oldest of it.
	held     bool
	squeezed *memoryCursor
}

var _ Spool = (*Memory)(nil)

// NewMemory returns an empty spool.
func NewMemory(o Options) (*Memory, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.MaxBytes < minMaxBytes {
		return nil, fmt.Errorf("make memory spool: max_bytes is %d; it must be at least %d", o.MaxBytes, minMaxBytes)
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = min(maxSegmentBytes, o.MaxBytes/4)
	}
	if o.SegmentBytes < minSegmentBytes || o.SegmentBytes > min(o.MaxBytes/4, 1<<30) {
		return nil, fmt.Errorf("make memory spool: segments of %d bytes; they must have at least %d and at most a quarter of max_bytes (%d)",
			o.SegmentBytes, minSegmentBytes, o.MaxBytes)
	}
	return newMemory(o, time.Now), nil
}

// newMemory returns an empty spool of exactly the given sizes.
func newMemory(o Options, now func() time.Time) *Memory {
	m := &Memory{
		maxBytes:     o.MaxBytes,
		segmentBytes: (o.SegmentBytes + sizeBytes - 1) / sizeBytes * sizeBytes,
		maxEntries:   int(max(1, o.SegmentBytes/2/entryBytes)),
		now:          now,
		next:         1,
	}
	m.init(m)
	rand.Read(m.id[:]) // never fails
	return m
}

// ID implements Spool.
func (m *Memory) ID() [16]byte { return m.id }

// Cursor implements Spool. It may also be called later than the first Append.
func (m *Memory) Cursor(address string, o BacklogOptions) (Cursor, error) {
	o, err := o.withDefaults(address, m.maxBytes)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &memoryCursor{memory: m}
	if err := m.registerLocked(address, &c.backlog, o); err != nil {
		return nil, err
	}
	m.cursors = append(m.cursors, c)
	if o.MaxAge > 0 && (m.youngest == 0 || o.MaxAge < m.youngest) {
		m.youngest = o.MaxAge
	}
	return c, nil
}

// WaitPublished implements Spool. It never waits.
func (m *Memory) WaitPublished(context.Context, record.Position) error { return nil }

// Stats implements Spool. Bytes count whole segments with their indexes, those that only lanes hold included, and what
// DetachSparse copied. Slabs that are kept for use again do not count; together with Bytes they stay within MaxBytes.
func (m *Memory) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Stats{Bytes: m.bytes, MaxBytes: m.maxBytes, Next: m.next}
}

// CloseAppend implements Spool. AppendOver goes on, so that a draining lane can still hand over its dead letters.
func (m *Memory) CloseAppend() {
	m.mu.Lock()
	defer m.unlock()
	m.closeLocked()
}

// unlock admits the appends for which there is room now, and gives the lock back.
func (m *Memory) unlock() {
	m.serveDueLocked()
	if m.full.head == nil {
		m.held, m.squeezed = false, nil
		if m.overs == 0 && m.starved.Load() {
			m.starved.Store(false)
		}
	}
	m.mu.Unlock()
}
