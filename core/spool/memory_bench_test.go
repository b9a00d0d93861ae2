package spool

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/skidway/skidway/core/record"
)

// BenchmarkMemory appends 256-byte records with some appenders and takes them with some lanes, 100 at a time. One
// operation is one record that came in.
func BenchmarkMemory(b *testing.B) {
	for _, c := range []struct{ appenders, lanes, group int }{
		{1, 1, 1000}, {1, 2, 1000}, {4, 1, 1000}, {4, 2, 1000}, {4, 1, 250}, {4, 1, 1},
	} {
		b.Run(fmt.Sprintf("appenders=%d/lanes=%d/group=%d", c.appenders, c.lanes, c.group), func(b *testing.B) {
			benchmarkMemory(b, c.appenders, c.lanes, c.group)
		})
	}
}

func benchmarkMemory(b *testing.B, appenders, lanes, size int) {
	m, err := NewMemory(Options{})
	if err != nil {
		b.Fatal(err)
	}
	var addresses []string
	var cursors []Cursor
	for i := range lanes {
		a := fmt.Sprintf("destination.test.d%d", i)
		c, err := m.Cursor(a, BacklogOptions{})
		if err != nil {
			b.Fatal(err)
		}
		addresses, cursors = append(addresses, a), append(cursors, c)
	}
	set, err := m.Set(addresses...)
	if err != nil {
		b.Fatal(err)
	}
	groups := b.N/size/appenders + 1
	b.SetBytes(256)
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i := range appenders {
		g := &record.Group{Origin: record.Origin{Source: "source.tcp.app", Peer: fmt.Sprint("10.0.0.", i)}}
		for range size {
			g.Sizes = append(g.Sizes, 255)
			g.Data = append(append(g.Data, bytes.Repeat([]byte{'x'}, 255)...), '\n')
		}
		wg.Go(func() {
			for range groups {
				if _, err := m.Append(b.Context(), g, set); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	want := groups * appenders * size
	for _, c := range cursors {
		wg.Go(func() {
			drain(c, want)
		})
	}
	wg.Wait()
}

// drain takes want records in batches of 100, as a lane does whose destination accepts each batch at once.
func drain(c Cursor, want int) {
	var batch []Run
	records, bytes := 0, 0
	settle := func() {
		if records == 0 {
			return
		}
		c.Settle(batch[len(batch)-1].Last(), int64(records), int64(bytes))
		for i := range batch {
			batch[i].Segment.Release()
		}
		want -= records
		batch, records, bytes = batch[:0], 0, 0
	}
	for want > 0 {
		r, ok := c.Take(100-records, 1<<20, true)
		if ok {
			batch, records, bytes = append(batch, r), records+r.Len(), bytes+len(r.Data)
		}
		if !ok || records == 100 {
			settle()
		}
		if !ok && want > 0 {
			<-c.Ready()
		}
	}
}
