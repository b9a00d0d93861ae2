package spool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/skidway/skidway/core/record"
)

// gate lets appends into a spool: those for which there is room at once, the others in the order in which they came.
// It also knows the destinations and their sets. Both spools are built on it; what has room where is theirs to say.
type gate struct {
	rule    admitter
	appends sync.Pool

	mu sync.Mutex
	// backlogs of all destinations, in the order of their registration.
	backlogs  []*backlog
	addresses map[string]*backlog
	sets      []*destinations // of Set i at i-1
	setIDs    map[string]Set

	closed bool
	ticket uint64
	full   queue // of appends that wait for room in the whole spool
	due    []*queue
	// overs counts the dead letters that wait, each in the queue of a destination, maybe for room in the whole spool.
	overs int
}

// overSegments is by how many segments dead letters may exceed the bound of the spool: the lane that gave them up may be
// the one that fills it.
const overSegments = 2

// admitter is the spool behind a gate.
type admitter interface {
	// admitLocked reserves room for an append, or returns the queue to wait in. Then it changed nothing.
	admitLocked(a *appending) *queue
	// unlock gives gate.mu back, after serveDueLocked.
	unlock()
	// expiry returns what to call when an append has to wait, and then whenever the time that it returned is over; nil
	// when time alone makes no room.
	expiry() func() time.Duration
}

// destinations is what a Set stands for.
type destinations struct {
	set      Set
	backlogs []*backlog // in the order of their registration
	expires  bool       // some have a MaxAge
}

// unsettledLocked returns the queue of a destination with Block that has not settled everything; nil when all have. Dead
// letters that exceed the bound of the spool by overSegments wait in it.
func (d *destinations) unsettledLocked() *queue {
	for _, b := range d.backlogs {
		if b.options.WhenFull == Block && b.bytes > 0 {
			return &b.queue
		}
	}
	return nil
}

func (t *gate) init(rule admitter) {
	t.rule = rule
	t.addresses = make(map[string]*backlog)
	t.setIDs = make(map[string]Set)
	t.appends.New = func() any { return &appending{wake: make(chan struct{}, 1)} }
}

// registerLocked makes b known as the backlog of a new destination.
func (t *gate) registerLocked(address string, b *backlog, o BacklogOptions) error {
	if t.addresses[address] != nil {
		return fmt.Errorf("register destination %s: it has a cursor already", address)
	}
	*b = backlog{
		gate:    t,
		address: address,
		index:   len(t.backlogs),
		options: o,
		ready:   make(chan struct{}, 1), // one signal says all there is to say
		member:  make([]bool, len(t.sets)+1),
	}
	t.backlogs = append(t.backlogs, b)
	t.addresses[address] = b
	return nil
}

// Set implements Spool. An address that is named twice counts once, and the order does not matter. The Set's zero value
// is no set of any spool.
func (t *gate) Set(addresses ...string) (Set, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := &destinations{}
	var key []byte
	for _, b := range t.backlogs {
		b.chosen = false
	}
	for _, a := range addresses {
		b := t.addresses[a]
		if b == nil {
			return 0, fmt.Errorf("make set of destinations: %s has no cursor", a)
		}
		b.chosen = true
	}
	for i, b := range t.backlogs {
		if b.chosen {
			d.backlogs = append(d.backlogs, b)
			d.expires = d.expires || b.options.MaxAge > 0
			key = fmt.Appendf(key, "%d,", i)
		}
	}
	if s, ok := t.setIDs[string(key)]; ok {
		return s, nil
	}
	t.sets = append(t.sets, d)
	d.set = Set(len(t.sets))
	t.setIDs[string(key)] = d.set
	for _, b := range t.backlogs {
		b.member = append(b.member, slices.Contains(d.backlogs, b))
	}
	return d.set, nil
}

// enter blocks until there is room for the group and reserves it; over says that it is a dead letter. The caller fills
// it and calls leave.
func (t *gate) enter(ctx context.Context, g *record.Group, s Set, over bool) (*appending, error) {
	if err := ctx.Err(); err != nil && !over {
		return nil, fmt.Errorf("append group: %w", err)
	}
	a := t.appending(g)
	a.over = over
	t.mu.Lock()
	if t.closed && !over {
		t.mu.Unlock()
		t.leave(a)
		return nil, ErrClosed
	}
	if err := t.directLocked(a, s); err != nil {
		t.mu.Unlock()
		t.leave(a)
		return nil, err
	}
	t.ticket++
	a.ticket = t.ticket
	waits := false
	if lacks := t.rule.admitLocked(a); lacks != nil {
		lacks.insert(a)
		waits = true
		if over {
			t.overs++
		}
	}
	t.rule.unlock()
	if waits {
		if err := t.wait(ctx, a); err != nil {
			t.leave(a)
			return nil, err
		}
	}
	return a, nil
}

func (t *gate) appending(g *record.Group) *appending {
	a := t.appends.Get().(*appending)
	a.group = g
	return a
}

// leave takes an append back.
func (t *gate) leave(a *appending) {
	clear(a.parts)
	*a = appending{parts: a.parts[:0], wake: a.wake}
	t.appends.Put(a)
}

func (t *gate) directLocked(a *appending, s Set) error {
	if s == 0 || int(s) > len(t.sets) {
		return fmt.Errorf("append group: set %d: %w", s, errUnknownSet)
	}
	a.destinations = t.sets[s-1]
	return nil
}

// wait blocks until a was taken from its queue or ctx is done.
func (t *gate) wait(ctx context.Context, a *appending) error {
	if a.over {
		defer t.noLonger()
	}
	var timer *time.Timer
	var over <-chan time.Time
	expire := t.rule.expiry()
	if expire != nil {
		timer = time.NewTimer(expire())
		defer timer.Stop()
		over = timer.C
	}
	for {
		select {
		case <-a.wake:
			return a.err
		case <-ctx.Done():
			return t.cancel(ctx, a)
		case <-over:
			timer.Reset(expire())
		}
	}
}

// noLonger says that a dead letter does not wait any more.
func (t *gate) noLonger() {
	t.mu.Lock()
	t.overs--
	t.rule.unlock()
}

// cancel takes a from its queue, unless it was admitted meanwhile: then it is appended.
func (t *gate) cancel(ctx context.Context, a *appending) error {
	t.mu.Lock()
	q := a.queue
	if q == nil {
		t.mu.Unlock()
		<-a.wake
		return a.err
	}
	q.remove(a)
	t.markLocked(q)
	t.rule.unlock()
	return fmt.Errorf("append group: %w", ctx.Err())
}

// closeLocked makes every append fail that waits or comes later, except dead letters.
func (t *gate) closeLocked() {
	t.closed = true
	t.full.failAll(ErrClosed)
	for _, b := range t.backlogs {
		b.queue.failAll(ErrClosed)
		t.markLocked(&b.queue)
	}
}

// markRoomLocked marks the queues whose heads may wait for room in the whole spool.
func (t *gate) markRoomLocked() {
	t.markLocked(&t.full)
	if t.overs == 0 {
		return
	}
	for _, b := range t.backlogs {
		t.markLocked(&b.queue)
	}
}

// markLocked says that there may be room for the head of a queue.
func (t *gate) markLocked(q *queue) {
	if q.head != nil && !q.due {
		q.due = true
		t.due = append(t.due, q)
	}
}

// serveDueLocked admits the appends for which there is room now. Whatever may have made room marked the queue.
func (t *gate) serveDueLocked() {
	for len(t.due) > 0 {
		q := t.due[len(t.due)-1]
		t.due = t.due[:len(t.due)-1]
		q.due = false
		t.serveLocked(q)
	}
}

// serveLocked admits from the queue until there is no room for its head.
func (t *gate) serveLocked(q *queue) {
	for a := q.head; a != nil; a = q.head {
		lacks := t.rule.admitLocked(a)
		if lacks == q {
			return
		}
		q.remove(a)
		if lacks == nil {
			a.wake <- struct{}{}
			continue
		}
		a.passed = true
		lacks.insert(a)
	}
}

var errUnknownSet = errors.New("unknown set of destinations")
