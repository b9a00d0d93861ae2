package delivery

import (
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// Rehearsed is a record of a rehearsal.
type Rehearsed struct {
	// Bytes without the terminator.
	Bytes int
	// At is when it comes.
	At time.Time
	// Values stands for the values of the destination's RECORD attributes: records that are alike in it share batches.
	Values string
}

// Rehearse returns how many records each batch would have that a lane with these options sends, in the order in which
// they are sent, when the records come at their times, in rising order, and nothing more after them: the same policy that
// a lane obeys, without a lane.
func Rehearse(o Options, records []Rehearsed) (sizes []int) {
	o = o.withDefaults()
	var open []*batcher
	known := map[string]*batcher{}
	var f flight
	send := func(b *batcher) {
		b.moveTo(&f)
		sizes = append(sizes, f.Records)
	}
	flush := func(now time.Time, draining bool) {
		for i := 0; i < len(open); {
			b := open[i]
			if _, due := b.due(now, draining); due {
				send(b)
			}
			switch _, due := b.due(now, draining); {
			case b.empty():
				open = append(open[:i], open[i+1:]...)
			case !due:
				i++
			}
		}
	}
	for i, r := range records {
		flush(r.At, false)
		b := known[r.Values]
		if b == nil {
			b = &batcher{maxAge: o.MaxAge, maxRecords: o.MaxRecords, maxBytes: o.MaxBytes}
			known[r.Values] = b
		}
		if b.empty() {
			if len(open) >= o.MaxOpen {
				send(open[0])
				open = open[1:]
			}
			open = append(open, b)
		}
		b.add(spool.Run{
			First: record.Position(i + 1), Origin: &record.Origin{}, Sizes: []uint32{uint32(r.Bytes)}, Data: make([]byte, r.Bytes+1),
		}, 0, r.At)
		flush(r.At, false)
	}
	// What is left waits for its age.
	for len(open) > 0 {
		at := open[0].since.Add(o.MaxAge)
		for _, b := range open {
			if t := b.since.Add(o.MaxAge); t.Before(at) {
				at = t
			}
		}
		flush(at, false)
	}
	return sizes
}
