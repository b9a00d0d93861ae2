package delivery

import (
	"slices"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

const (
	// gatheredShare is the part of the backlog's bound that may be gathered in batches with different values. Were it
	// all of it, sources that wait for room would wait for max_age.
	gatheredShare = 4
	// idleRuns is how many runs a set of values that gathers nothing keeps memory for.
	idleRuns = 256
	// idleValues is how long the values of a set may be, in bytes, that is kept although it gathers nothing.
	idleValues = 256
)

// partitions are the batches that a lane gathers: one for each set of values of the destination's RECORD attributes, and
// a single one when it has none. Like batcher it has no clock.
type partitions struct {
	// resolver is nil for a destination without RECORD attributes. Then only is used, and known and idle are not.
	resolver Resolver
	names    []string
	only     batcher
	// open are the batchers that have records, by rising first position.
	open []*batcher
	// known are the batchers by their encoded values: those that are open and those that are idle, at most maxOpen. An
	// idle one is kept because its values may come again.
	known   map[string]*batcher
	idle    []*batcher
	maxOpen int
	maxAge  time.Duration
	// full is one that takes no more, or nil. Nothing is read before it is sent.
	full *batcher
	// crowded: nothing is read before the oldest one is sent, because there is no room for another.
	crowded bool
	// bytes are gathered in all, about maxBytes at most (0: no bound). Both are for a destination with RECORD attributes.
	bytes, maxBytes int64

	resolution Resolution
	// lost gathers records without values until they are handed to the store; nil: there are none.
	lost *flight
}

func newPartitions(o *Options, r Resolver) partitions {
	p := partitions{resolver: r, maxOpen: o.MaxOpen, maxAge: o.MaxAge, only: batcher{maxAge: o.MaxAge}}
	if r != nil {
		p.names, p.known = r.Names(), map[string]*batcher{}
		p.resolution.names = len(p.names)
	}
	return p
}

func (p *partitions) empty() bool { return len(p.open) == 0 }

// blocked reports whether something is to be sent before more is read.
func (p *partitions) blocked() bool {
	if p.resolver == nil {
		return p.only.full()
	}
	return p.full != nil || p.over()
}

// bound sets the bound of the backlog.
func (p *partitions) bound(backlog int64) { p.maxBytes = backlog / gatheredShare }

// over reports whether more is gathered than may be.
func (p *partitions) over() bool {
	return p.crowded || p.maxBytes > 0 && p.bytes >= p.maxBytes
}

// resolving reports whether there are records that were evaluated and are in no batch.
func (p *partitions) resolving(c *cuts) bool { return p.resolver != nil && len(c.aside) > 0 }

// frontier returns the highest position, at most above, with nothing at or below it that is gathered.
func (p *partitions) frontier(above record.Position) record.Position {
	if len(p.open) == 0 {
		return above
	}
	return min(above, p.open[0].first()-1)
}

// times adds when the next one has its age.
func (p *partitions) times(n *earliest) {
	for _, b := range p.open {
		at := b.since.Add(b.maxAge)
		if n.add(at); at.After(n.after) {
			return // those behind it are younger
		}
	}
}

// find returns the batcher for encoded values. It is nil, and p crowded, when there is no room for another.
func (p *partitions) find(encoded []byte) *batcher {
	if b := p.known[string(encoded)]; b != nil {
		return b
	}
	b := &batcher{maxAge: p.maxAge}
	if len(p.known) >= p.maxOpen {
		last := len(p.idle) - 1
		if last < 0 {
			p.crowded = true
			return nil
		}
		b = p.idle[last]
		p.idle = p.idle[:last]
		delete(p.known, b.set.encoded)
	}
	b.set = newValues(p.names, encoded)
	p.known[b.set.encoded] = b
	p.rest(b)
	return b
}

// rest makes b an idle one.
func (p *partitions) rest(b *batcher) {
	if cap(b.runs) > idleRuns {
		b.runs = nil
	}
	b.at = len(p.idle)
	p.idle = append(p.idle, b)
}

// wake makes b, which is idle, an open one.
func (p *partitions) wake(b *batcher) {
	last := len(p.idle) - 1
	p.idle[b.at] = p.idle[last]
	p.idle[b.at].at = b.at
	p.idle = p.idle[:last]
}

// add appends a run to b, as batcher.add.
func (p *partitions) add(b *batcher, r spool.Run, taken int64, now time.Time) {
	if b.empty() {
		p.open = append(p.open, b)
		if p.resolver != nil {
			p.wake(b)
		}
	}
	b.add(r, taken, now)
	if p.resolver == nil {
		return
	}
	if p.bytes += int64(len(r.Data)); b.full() {
		p.full = b
	}
}

// close ends b, which is open: no more of what comes next fits.
func (p *partitions) close(b *batcher) {
	b.closed = true
	p.full = b
}

// left is called when b gave its batch away, of so many bytes. Then it is empty, but the only one may have carried
// something over.
func (p *partitions) left(b *batcher, bytes int) {
	if p.resolver == nil {
		if b.empty() {
			p.open = p.open[:0]
		}
		return
	}
	p.bytes -= int64(bytes)
	p.crowded = false
	if p.full == b {
		p.full = nil
	}
	at := slices.Index(p.open, b)
	p.open = slices.Delete(p.open, at, at+1)
	if len(b.set.encoded) > idleValues {
		delete(p.known, b.set.encoded)
		return
	}
	p.rest(b)
}

// due returns the batcher to be sent next, and why. What waits longest goes first. unread says that there may be more
// to read, and draining that there is none and nothing is to wait.
func (p *partitions) due(now time.Time, draining, unread bool) (b *batcher, reason flushReason) {
	if p.resolver == nil {
		if reason, ok := p.only.due(now, draining); ok {
			return &p.only, reason
		}
		return nil, 0
	}
	for _, b := range p.open {
		if now.Before(b.since.Add(b.maxAge)) {
			break
		}
		if !b.again || !unread {
			reason, _ := b.due(now, draining)
			return b, reason
		}
	}
	switch {
	case p.full != nil:
		reason, _ := p.full.due(now, draining)
		return p.full, reason
	case len(p.open) == 0:
	case p.over():
		return p.oldest(), flushOpen
	case draining:
		return p.open[0], flushDrain
	}
	return nil, 0
}

// oldest returns the oldest one, if there is a choice one that is not being cut again.
func (p *partitions) oldest() *batcher {
	for _, b := range p.open {
		if !b.again {
			return b
		}
	}
	return p.open[0]
}

// filter is batcher.filter for the single batch.
func (p *partitions) filter(keep func(*spool.Run) bool) {
	if p.only.filter(keep); p.only.empty() {
		p.open = p.open[:0]
	}
}

// clear gives back all that is gathered.
func (p *partitions) clear() {
	for _, b := range p.open {
		release(b.runs)
		if b.carried {
			release([]spool.Run{b.carry})
		}
		*b = batcher{maxAge: b.maxAge}
	}
	clear(p.open)
	clear(p.known)
	clear(p.idle)
	p.open, p.idle = p.open[:0], p.idle[:0]
	p.full, p.crowded, p.bytes, p.lost = nil, false, 0, nil
	p.resolution.stretches, p.resolution.next = p.resolution.stretches[:0], 0
}
