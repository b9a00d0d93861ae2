package ingest

// leaseList is a list of leases through their own links. Its zero value is empty.
type leaseList struct{ first, last *lease }

// append puts the lease at the end unless it is in the list.
func (q *leaseList) append(l *lease) {
	if l.listed {
		return
	}
	l.listed, l.prev, l.next = true, q.last, nil
	if q.last == nil {
		q.first = l
	} else {
		q.last.next = l
	}
	q.last = l
}

// remove takes the lease out if it is in the list.
func (q *leaseList) remove(l *lease) {
	if !l.listed {
		return
	}
	if l.prev == nil {
		q.first = l.next
	} else {
		l.prev.next = l.next
	}
	if l.next == nil {
		q.last = l.prev
	} else {
		l.next.prev = l.prev
	}
	l.listed, l.prev, l.next = false, nil, nil
}
