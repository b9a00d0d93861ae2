package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// testMemory returns a spool of tiny segments whose freed slabs are overwritten.
func testMemory(maxBytes, segmentBytes int64) *Memory {
	m := newMemory(Options{MaxBytes: maxBytes, SegmentBytes: segmentBytes}, time.Now)
	m.pool.poison = func(s *memorySegment) {
		for i := range s.slab {
			s.slab[i] = 0xdd
		}
	}
	return m
}

// testGroup returns n records of size bytes each, terminators included, which say who they are.
func testGroup(name string, n, size int) *record.Group {
	g := &record.Group{Origin: record.Origin{Source: "source.tcp." + name, ReceivedUnixNano: time.Now().UnixNano(), ID: 1000}}
	for i := range n {
		addRecord(g, fmt.Sprintf("%s-%d-", name, i), size)
	}
	return g
}

// addRecord adds a record that begins with text and has size bytes with its terminator; it is not shorter than text.
func addRecord(g *record.Group, text string, size int) {
	size = max(size, len(text)+1)
	g.Sizes = append(g.Sizes, uint32(size-1))
	g.Data = append(g.Data, text...)
	g.Data = append(g.Data, bytes.Repeat([]byte{'.'}, size-1-len(text))...)
	g.Data = append(g.Data, '\n')
}

// skipIDs makes the group one out of which records were taken, here and there by its number.
func skipIDs(g *record.Group, number int) {
	if number%3 == 0 {
		g.Skips = make([]uint32, len(g.Sizes))
		for i := range g.Skips {
			g.Skips[i] = uint32(number%7 + i/2)
		}
	}
}

func cursorOf(tb testing.TB, m *Memory, address string, o BacklogOptions) Cursor {
	tb.Helper()
	c, err := m.Cursor(address, o)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func setOf(tb testing.TB, m *Memory, addresses ...string) Set {
	tb.Helper()
	s, err := m.Set(addresses...)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func appendOf(tb testing.TB, m *Memory, g *record.Group, s Set) record.Position {
	tb.Helper()
	p, err := m.Append(tb.Context(), g, s)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// takeAll takes everything that is there; the caller owns the holds.
func takeAll(c Cursor) (runs []Run) {
	for {
		r, ok := c.Take(1<<30, 1<<30, false)
		if !ok {
			return runs
		}
		runs = append(runs, r)
	}
}

// settle settles and releases the runs.
func settle(c Cursor, runs ...Run) {
	for i := range runs {
		c.Settle(runs[i].Last(), int64(runs[i].Len()), int64(len(runs[i].Data)))
		runs[i].Segment.Release()
	}
}

// dataOf returns the runs' data, one behind the other.
func dataOf(runs []Run) []byte {
	var b []byte
	for i := range runs {
		b = append(b, runs[i].Data...)
	}
	return b
}

// impatient is a context that is done as soon as somebody waits for it.
type impatient struct {
	context.Context
	waited bool
}

func (c *impatient) Done() <-chan struct{} {
	c.waited = true
	done := make(chan struct{})
	close(done)
	return done
}

func (c *impatient) Err() error {
	if c.waited {
		return context.Canceled
	}
	return nil
}

// tryAppend appends if that needs no waiting.
func tryAppend(tb testing.TB, m *Memory, g *record.Group, s Set) bool {
	tb.Helper()
	_, err := m.Append(&impatient{Context: tb.Context()}, g, s)
	if err != nil && !errors.Is(err, context.Canceled) {
		tb.Fatalf("Append = %v, want nil or canceled", err)
	}
	return err == nil
}

// pass lets virtual time pass.
func pass(d time.Duration) { <-time.After(d) }
