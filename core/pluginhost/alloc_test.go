package pluginhost

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/skidway/skidway/core/delivery"
)

// deliverMany sends n batches of 100 records of 256 bytes to a plugin process, as many at once as the session allows, and
// waits for the verdicts. Their ids count from first.
func deliverMany(tb testing.TB, s *session, first uint64, n int) {
	tb.Helper()
	records := make([]string, 100)
	for i := range records {
		records[i] = strings.Repeat("r", 256)
	}
	window := make([]*delivery.Batch, cap(s.queue))
	for i := range window {
		window[i] = testBatch(uint64(i+1), records...)
	}
	sent := 0
	for answered := range n {
		for ; sent < n && sent-answered < len(window); sent++ {
			b := window[sent%len(window)]
			b.ID = first + uint64(sent)
			if err := s.Send(b); err != nil {
				tb.Fatalf("Send: %v", err)
			}
		}
		if v := <-s.Verdicts(); v.Outcome != delivery.Accepted {
			tb.Fatalf("verdict %+v", v)
		}
	}
}

// TestAllocationsPerBatch counts the host's half of the budget of 20 allocations for a batch in both processes.
func TestAllocationsPerBatch(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("counts allocations")
	}
	o, _ := testOptions(t)
	s := connect(t, newDestination(o, defaultTimings()))
	deliverMany(t, s, 1, 1000)
	const batches = 20_000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	deliverMany(t, s, 1001, batches)
	runtime.ReadMemStats(&after)
	allocations := float64(after.Mallocs-before.Mallocs) / batches
	bytes := float64(after.TotalAlloc-before.TotalAlloc) / batches
	t.Logf("%.1f allocations, %.0f bytes for a batch of 100 records in the host", allocations, bytes)
	if allocations > 12 {
		t.Errorf("%.1f allocations for a batch, want at most 12", allocations)
	}
}

// BenchmarkDeliver sends batches of 100 records to a plugin process that decodes with stock protobuf.
func BenchmarkDeliver(b *testing.B) {
	o, _ := testOptions(b)
	d := newDestination(o, defaultTimings())
	c, err := d.Connect(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	s := c.(*session)
	defer s.Stop("done")
	b.SetBytes(25_700)
	b.ReportAllocs()
	b.ResetTimer()
	deliverMany(b, s, 1, b.N)
	b.ReportMetric(float64(b.N)*100/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkEncode(b *testing.B) {
	for _, records := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(records), func(b *testing.B) {
			// The values of RECORD attributes included.
			batch := testBatch(1, strings.Split(strings.Repeat(strings.Repeat("r", 249)+"\n", records-1)+"r", "\n")...)
			batch.Resolved = map[string]string{"path": "/var/log/app.log", "level": "info"}
			c := newCodec()
			b.ReportAllocs()
			for b.Loop() {
				p, err := c.Marshal(batch)
				if err != nil {
					b.Fatal(err)
				}
				p.Free()
			}
		})
	}
}

// TestValuesOfABatchCostNoAllocation: they are encoded for every batch, and the same for many.
func TestValuesOfABatchCostNoAllocation(t *testing.T) {
	values := map[string]string{"path": "/var/log/app.log", "level": "info"}
	p := make([]byte, 0, 1<<10)
	if n := testing.AllocsPerRun(100, func() { p = appendResolved(p[:0], values) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
