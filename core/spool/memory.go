package spool

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
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
	appends      sync.Pool
	// starved is set while an Append waits or is about to wait for room in the whole spool. Release looks at it without
	// the lock.
	starved atomic.Bool

	mu   sync.Mutex
	next record.Position
	// bytes of all segments that are in use, with their indexes, and how many they are.
	bytes    int64
	segments int
	// oldest to current are the segments in which a destination waits for something; current always is there once
	// something was appended.
	oldest, current *memorySegment
	pool            pool

	cursors   []*memoryCursor
	addresses map[string]*memoryCursor
	sets      []*destinations // of Set i at i-1
	setIDs    map[string]Set
	// youngest is the smallest MaxAge of all cursors; 0 when none has one.
	youngest time.Duration

	closed bool
	ticket uint64
	full   queue // of appends that wait for room in the whole spool
	due    []*queue
	// overs counts the dead letters that wait, each in the queue of a destination, maybe for room in the whole spool.
	overs int
	// held is set when no Append can have room because of what lanes hold. squeezed is then the destination whose lane
	// holds the oldest of it.
	held     bool
	squeezed *memoryCursor
}

var _ Spool = (*Memory)(nil)

// destinations is what a Set stands for.
type destinations struct {
	set     Set
	cursors []*memoryCursor // in the order of their registration
	expires bool            // some have a MaxAge
}

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
		addresses:    make(map[string]*memoryCursor),
		setIDs:       make(map[string]Set),
	}
	m.appends.New = func() any { return &appending{wake: make(chan struct{}, 1)} }
	rand.Read(m.id[:]) // never fails
	return m
}

// ID implements Spool.
func (m *Memory) ID() [16]byte { return m.id }

// Cursor implements Spool. It may also be called later than the first Append.
func (m *Memory) Cursor(address string, o BacklogOptions) (Cursor, error) {
	switch {
	case o.MaxBytes == 0:
		o.MaxBytes = m.maxBytes / 5 * 4
	case o.MaxBytes < 0:
		return nil, fmt.Errorf("register destination %s: backlog of %d bytes", address, o.MaxBytes)
	}
	if o.MaxAge < 0 {
		return nil, fmt.Errorf("register destination %s: max_age is %s", address, o.MaxAge)
	}
	if o.WhenFull > DropOldest {
		return nil, fmt.Errorf("register destination %s: unknown policy %d", address, o.WhenFull)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.addresses[address] != nil {
		return nil, fmt.Errorf("register destination %s: it has a cursor already", address)
	}
	c := &memoryCursor{
		memory:  m,
		options: o,
		ready:   make(chan struct{}, 1), // one signal says all there is to say
		member:  make([]bool, len(m.sets)+1),
	}
	m.cursors = append(m.cursors, c)
	m.addresses[address] = c
	if o.MaxAge > 0 && (m.youngest == 0 || o.MaxAge < m.youngest) {
		m.youngest = o.MaxAge
	}
	return c, nil
}

// Set implements Spool. An address that is named twice counts once, and the order does not matter. The Set's zero value
// is no set of any spool.
func (m *Memory) Set(addresses ...string) (Set, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := &destinations{}
	var key []byte
	for _, c := range m.cursors {
		c.chosen = false
	}
	for _, a := range addresses {
		c := m.addresses[a]
		if c == nil {
			return 0, fmt.Errorf("make set of destinations: %s has no cursor", a)
		}
		c.chosen = true
	}
	for i, c := range m.cursors {
		if c.chosen {
			d.cursors = append(d.cursors, c)
			d.expires = d.expires || c.options.MaxAge > 0
			key = fmt.Appendf(key, "%d,", i)
		}
	}
	if s, ok := m.setIDs[string(key)]; ok {
		return s, nil
	}
	m.sets = append(m.sets, d)
	d.set = Set(len(m.sets))
	m.setIDs[string(key)] = d.set
	for _, c := range m.cursors {
		c.member = append(c.member, slices.Contains(d.cursors, c))
	}
	return d.set, nil
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
	m.closed = true
	m.full.failAll(ErrClosed)
	for _, c := range m.cursors {
		c.queue.failAll(ErrClosed)
		m.markLocked(&c.queue)
	}
}

// unlock admits the appends for which there is room now, and gives the lock back. Whatever may have made room marks the
// queue with markLocked.
func (m *Memory) unlock() {
	for len(m.due) > 0 {
		q := m.due[len(m.due)-1]
		m.due = m.due[:len(m.due)-1]
		q.due = false
		m.serveLocked(q)
	}
	if m.full.head == nil {
		m.held, m.squeezed = false, nil
		if m.overs == 0 && m.starved.Load() {
			m.starved.Store(false)
		}
	}
	m.mu.Unlock()
}

// markRoomLocked marks the queues whose heads may wait for room in the whole spool.
func (m *Memory) markRoomLocked() {
	m.markLocked(&m.full)
	if m.overs == 0 {
		return
	}
	for _, c := range m.cursors {
		m.markLocked(&c.queue)
	}
}

func (m *Memory) markLocked(q *queue) {
	if q.head != nil && !q.due {
		q.due = true
		m.due = append(m.due, q)
	}
}

var errUnknownSet = errors.New("unknown set of destinations")
