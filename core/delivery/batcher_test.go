package delivery

import (
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// runOf returns n records of size bytes from the position on.
func runOf(first record.Position, n, size int) spool.Run {
	g := groupOf(n, size)
	s := &spool.Segment{}
	s.Retain()
	return spool.Run{First: first, Origin: &g.Origin, ID: uint64(first) + 500, Sizes: g.Sizes, Data: g.Data, Segment: s}
}

func TestBatcher(t *testing.T) {
	start := time.Unix(1000, 0)
	type step struct {
		records, size int
		at            time.Duration
	}
	for name, c := range map[string]struct {
		add      []step
		at       time.Duration
		draining bool
		want     flushReason
		due      bool
	}{
		"nothing is never due":             {at: time.Hour, draining: true},
		"a part waits":                     {add: []step{{99, 1, 0}}, at: 10*time.Second - 1},
		"max_records":                      {add: []step{{60, 1, 0}, {40, 1, 0}}, want: flushRecords, due: true},
		"max_age since the first record":   {add: []step{{1, 1, 0}, {1, 1, 9 * time.Second}}, at: 10 * time.Second, want: flushAge, due: true},
		"max_bytes reached":                {add: []step{{10, 99, 0}}, want: flushBytes, due: true},
		"max_bytes would be passed":        {add: []step{{9, 99, 0}, {1, 100, 0}}, want: flushBytes, due: true},
		"one record larger than max_bytes": {add: []step{{1, 5000, 0}}, want: flushBytes, due: true},
		"drain":                            {add: []step{{1, 1, 0}}, draining: true, want: flushDrain, due: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := batcher{maxRecords: 100, maxBytes: 1000, maxAge: 10 * time.Second}
			next := record.Position(1)
			for _, s := range c.add {
				b.add(runOf(next, s.records, s.size), 0, start.Add(s.at))
				next += record.Position(s.records)
			}
			if got, due := b.due(start.Add(c.at), c.draining); got != c.want && due || due != c.due {
				t.Errorf("due = %d, %t, want %d, %t", got, due, c.want, c.due)
			}
		})
	}
}

func TestBatcherCarriesWhatDoesNotFit(t *testing.T) {
	start := time.Unix(1000, 0)
	b := batcher{maxRecords: 100, maxBytes: 100, maxAge: 10 * time.Second}
	b.add(runOf(1, 2, 39), 7, start)
	if records, bytes := b.room(); records != 98 || bytes != 20 {
		t.Errorf("room = %d, %d", records, bytes)
	}
	b.add(runOf(3, 1, 20), 87, start.Add(time.Second))
	if !b.full() {
		t.Error("not full although the next record does not fit")
	}
	f := &flight{}
	b.moveTo(f)
	if f.Records != 2 || f.Bytes != 80 || f.taken != 7 {
		t.Errorf("batch %+v", f)
	}
	if b.records != 1 || b.bytes != 21 || b.taken != 87 || b.full() || b.since != start.Add(time.Second) {
		t.Errorf("next batch %+v", b)
	}
	b.moveTo(f)
	if f.First() != 3 || !b.empty() {
		t.Errorf("batch %+v", f)
	}
}
