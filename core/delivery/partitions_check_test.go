package delivery

import (
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// valuesOf returns a set of values by names and values in turn.
func valuesOf(pairs ...string) *values {
	var names []string
	r := Resolution{names: len(pairs) / 2}
	for i := 0; i < len(pairs); i += 2 {
		names = append(names, pairs[i])
		r.Value([]byte(pairs[i+1]))
	}
	r.Next()
	_, encoded := r.first()
	return newValues(names, encoded)
}

// byRule evaluates one attribute, named "to". The rule gets a record's position and bytes. ok is false when it has no
// value; then the value is the reason.
type byRule func(p record.Position, rec []byte) (value string, ok bool)

func (byRule) Names() []string { return []string{"to"} }

func (f byRule) Resolve(run *spool.Run, to *Resolution) {
	at := 0
	for i, size := range run.Sizes {
		v, ok := f(run.First+record.Position(i), run.Data[at:at+int(size)])
		at += int(size) + 1
		if !ok {
			to.Fail(v)
			continue
		}
		to.Value([]byte(v))
		to.Next()
	}
}

// checkPartitions checks what holds at any time for what a lane gathers, and returns how many records and bytes that is.
func checkPartitions(t fataler, l *Lane) (held, bytes int64) {
	p := &l.parts
	lowest, last := l.frontier(), record.Position(0)
	for _, b := range p.open {
		switch {
		case b.empty():
			t.Fatalf("an open batcher has no records")
		case b.first() <= lowest:
			t.Fatalf("the frontier %d passes what is gathered from %d on", lowest, b.first())
		case b.first() <= last:
			t.Fatalf("open batchers are not in order")
		case p.resolver != nil && p.known[b.set.encoded] != b:
			t.Fatalf("the batcher from %d on is not known", b.first())
		}
		last = b.first()
		held, bytes = held+int64(b.records), bytes+int64(b.bytes)
		if b.carried {
			held, bytes = held+1, bytes+int64(len(b.carry.Data))
		}
	}
	if p.resolver != nil {
		if p.bytes != bytes {
			t.Fatalf("%d bytes are gathered, counted as %d", bytes, p.bytes)
		}
		if len(p.known) != len(p.open)+len(p.idle) || len(p.known) > p.maxOpen {
			t.Fatalf("%d sets of values are known, of which %d open and %d idle; at most %d", len(p.known), len(p.open), len(p.idle), p.maxOpen)
		}
		for i, b := range p.idle {
			if b.at != i || !b.empty() || p.full == b {
				t.Fatalf("the idle batcher %d: %+v", i, b)
			}
		}
	}
	for i := range l.cuts.aside {
		r := &l.cuts.aside[i]
		held, bytes = held+int64(r.Len()), bytes+int64(len(r.Data))
		if r.First <= lowest {
			t.Fatalf("the frontier %d passes what is aside from %d on", lowest, r.First)
		}
	}
	return held, bytes
}
