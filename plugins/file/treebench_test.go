package file

import (
	"fmt"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// BenchmarkTree writes batches of 5 records of 50 bytes to as many files as its name says, 32 batches at once and each
// to the next file. The files are there; for those that are not, add what making them takes. In between, and not
// counted as the batches' time, it syncs once for every 10000 batches, as a keeper does beside the writing. It reports how long
// that takes, and the bytes that the state and its ledgers take for a batch.
func BenchmarkTree(b *testing.B) {
	for _, paths := range []int{10, 500, 10_000} {
		b.Run(fmt.Sprintf("%d files", paths), func(b *testing.B) {
			o := treeOptions(b, func(o *Options) { o.MaxOpenFiles = 512 })
			d := newTree(o)
			if err := d.Open(b.Context(), treeConfig()); err != nil {
				b.Fatal(err)
			}
			defer closeTree(b, d)
			d.stop()
			d.keeping.Wait()
			names := make([]string, paths)
			for i := range names {
				names[i] = fmt.Sprintf("t%d/app.log", i)
			}
			const together = 32
			next, position := 0, uint64(1)
			bs := make([]*sdk.Batch, 0, together)
			gather := func() []*sdk.Batch {
				bs = bs[:0]
				settled := uint64(0)
				if position > 100_000 {
					settled = position - 100_000 // two seconds ago
				}
				for range together {
					bs = append(bs, routed(b, names[next%paths], settled, position, position+1, position+2, position+3, position+4))
					next, position = next+1, position+5
				}
				return bs
			}
			for next < paths {
				deliverAll(b, d, gather()...)
			}
			if err := d.sync(false); err != nil {
				b.Fatal(err)
			}
			var syncing time.Duration
			syncs, before := 0, d.written
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += together {
				b.StopTimer()
				bs := gather()
				b.StartTimer()
				if err := d.WriteAll(b.Context(), bs); err != nil {
					b.Fatal(err)
				}
				if next/10_000 != (next-together)/10_000 {
					b.StopTimer()
					start := time.Now()
					if err := d.sync(false); err != nil {
						b.Fatal(err)
					}
					d.tidy()
					syncing += time.Since(start)
					syncs++
					b.StartTimer()
				}
			}
			b.ReportMetric(float64(syncing.Milliseconds())/float64(max(syncs, 1)), "ms/sync")
			b.ReportMetric(float64(d.written-before)/float64(b.N), "state-B/batch")
		})
	}
}
