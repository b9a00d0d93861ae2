package spool

import "github.com/skidway/skidway/core/record"

// appending is one call of Append. It is reused.
type appending struct {
	group        *record.Group
	destinations *destinations
	ticket       uint64 // the order of arrival
	// passed says that its turn came at one queue and that it had to go to another: from then on it may take a
	// destination over its bound, or two busy destinations could keep it waiting for ever.
	passed bool
	// over says that it is a dead letter.
	over bool
	// cramped, in a spool on disk, says that it is a dead letter which waits for room in the log; yielded, that all was
	// dropped that may be dropped for it.
	cramped, yielded bool

	parts   []part        // of a spool in memory
	pending *pendingEntry // of a spool on disk
	last    record.Position

	// queue is where it waits; guarded by gate.mu. wake receives, once, when it was taken from there with err.
	queue      *queue
	prev, next *appending
	wake       chan struct{}
	err        error
}

// queue is appends that wait for the same thing, first come, first served. The zero value is empty. Guarded by
// gate.mu.
//
// As long as it is not empty, there is no room for its head.
type queue struct {
	head, tail *appending
	due        bool // it is in gate.due
}

// before reports whether somebody waits who came before a.
func (q *queue) before(a *appending) bool { return q.head != nil && q.head.ticket < a.ticket }

// insert puts a in its place by ticket; mostly that is the end.
func (q *queue) insert(a *appending) {
	a.queue = q
	a.prev = q.tail
	for a.prev != nil && a.prev.ticket > a.ticket {
		a.prev = a.prev.prev
	}
	if a.prev == nil {
		a.next, q.head = q.head, a
	} else {
		a.next, a.prev.next = a.prev.next, a
	}
	if a.next == nil {
		q.tail = a
	} else {
		a.next.prev = a
	}
}

func (q *queue) remove(a *appending) {
	if a.prev == nil {
		q.head = a.next
	} else {
		a.prev.next = a.next
	}
	if a.next == nil {
		q.tail = a.prev
	} else {
		a.next.prev = a.prev
	}
	a.queue, a.prev, a.next = nil, nil, nil
}

// failAll wakes everybody with err, but for dead letters.
func (q *queue) failAll(err error) {
	for a := q.head; a != nil; {
		failed := a
		a = a.next
		if !failed.over {
			q.remove(failed)
			failed.err = err
			failed.wake <- struct{}{}
		}
	}
}
