package delivery

import (
	"math"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// hardness says when what the destination accepted counts as stored for good.
type hardness uint8

const (
	// unsaid: the plugin gave no answer in this stream yet.
	unsaid hardness = iota
	// atVerdict: it never said durable_through, so its verdicts are all it says.
	atVerdict
	// later: with durable_through.
	later
)

// span is records of the lane, of which the first and the last are at the positions. There may be others in between.
type span struct {
	first, last    record.Position
	records, bytes int64
}

func (f *flight) span() span {
	return span{f.First(), f.Last(), int64(f.Records), int64(f.Bytes)}
}

// hardening is what the destination accepted and has not stored for good. It is not settled: the spool still holds it,
// and gives it again after a crash. With a spool in memory, which no record outlives, there is no such thing.
type hardening struct {
	cursor spool.DurableCursor // nil with a spool in memory
	mode   hardness
	// said: the plugin said durable_through in some session, so it has to say it in each.
	said bool
	// spans in the order in which they were accepted; those before head are settled.
	spans []span
	head  int
	// first and last are the lowest of all spans', if known.
	first, last record.Position
	known       bool
	// mixed: some of them may have been accepted after what lies behind them.
	mixed bool
}

const (
	// manySpans is from how many on adjoining ones are put together, so that their number stays small when the plugin
	// takes long to store anything. spanRecords is up to how many records: more would make the cursor wait longer.
	manySpans   = 1024
	spanRecords = 4096
)

// add takes in what was accepted.
func (h *hardening) add(s span) {
	if len(h.spans) == h.head {
		h.first, h.last, h.known, h.mixed = s.first, s.last, true, false
	} else if s.first <= h.spans[len(h.spans)-1].last {
		h.mixed = true
	}
	h.first, h.last = min(h.first, s.first), min(h.last, s.last)
	if n := len(h.spans); n > h.head+manySpans {
		if last := &h.spans[n-1]; last.last < s.first && last.records+s.records <= spanRecords {
			last.last, last.records, last.bytes = s.last, last.records+s.records, last.bytes+s.bytes
			return
		}
	}
	h.spans = append(h.spans, s)
}

// through takes out what lies at or below p, and returns how much that is.
func (h *hardening) through(p record.Position, inOrder bool) (records, bytes int64) {
	if inOrder && !h.mixed {
		for ; h.head < len(h.spans) && h.spans[h.head].last <= p; h.head++ {
			records, bytes = records+h.spans[h.head].records, bytes+h.spans[h.head].bytes
		}
		if h.head < len(h.spans) {
			h.first, h.last, h.known = h.spans[h.head].first, h.spans[h.head].last, true
		}
		switch {
		case h.head == len(h.spans):
			h.spans, h.head = h.spans[:0], 0
		case h.head > len(h.spans)/2 && h.head > 1024:
			h.spans, h.head = append(h.spans[:0], h.spans[h.head:]...), 0
		}
		return records, bytes
	}
	if h.lowest(); len(h.spans) == h.head || p < h.last {
		return 0, 0
	}
	h.known, h.mixed = false, false
	kept := h.spans[:0]
	for _, s := range h.spans[h.head:] {
		if s.last > p {
			h.mixed = h.mixed || len(kept) > 0 && s.first <= kept[len(kept)-1].last
			kept = append(kept, s)
			continue
		}
		records, bytes = records+s.records, bytes+s.bytes
	}
	h.spans, h.head = kept, 0
	return records, bytes
}

// frontier returns the highest position, at most above, with nothing at or below it that is not stored for good.
func (h *hardening) frontier(above record.Position) record.Position {
	if h.lowest(); len(h.spans) > h.head {
		above = min(above, h.first-1)
	}
	return above
}

// lowest makes first and last known. Without it each verdict of a destination that stores late would cost as many steps as
// there are spans.
func (h *hardening) lowest() {
	if h.known || len(h.spans) == h.head {
		return
	}
	h.first, h.last, h.known = math.MaxUint64, math.MaxUint64, true
	for _, s := range h.spans[h.head:] {
		h.first, h.last = min(h.first, s.first), min(h.last, s.last)
	}
}

// harden takes in what a verdict says about what is stored for good, after what it says about its batch.
func (l *Lane) harden(v *Verdict) {
	h := &l.hardening
	if h.cursor == nil || !l.session.trusted {
		return
	}
	switch {
	case v.HasDurable:
		h.mode, h.said = later, true
		l.hardened(v.DurableThrough)
	case h.mode == unsaid && !h.said && (v.Outcome == Accepted || v.Outcome == Partial):
		h.mode = atVerdict
		l.hardened(math.MaxUint64)
	}
}

// hardensAtOnce reports whether what is accepted is stored for good as far as anybody says.
func (h *hardening) hardensAtOnce() bool { return h.cursor == nil || h.mode == atVerdict }

func (l *Lane) hardened(p record.Position) {
	// Batches of different values are accepted in the order of their sending, not of their positions.
	records, bytes := l.hardening.through(p, l.session.inOrder && l.parts.resolver == nil)
	l.metrics.Delivered.Add(records)
	l.metrics.DeliveredBytes.Add(bytes)
	l.settledRecords += records
	l.settledBytes += bytes
}

// settledThrough is what the plugin may forget: what is at or below it never comes again, also after a crash.
func (l *Lane) settledThrough() record.Position {
	if l.hardening.cursor != nil {
		return l.hardening.cursor.Durable()
	}
	return l.frontier()
}
