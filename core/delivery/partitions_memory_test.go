package delivery

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// TestLongValuesThatAreSentAreForgotten has a sender make up values that are as long as they may be. Those of batches that
// were sent long ago must not stay in memory, however many batches may be open at once.
func TestLongValuesThatAreSentAreForgotten(t *testing.T) {
	o := (&Options{MaxOpen: 100_000}).withDefaults()
	p := newPartitions(&o, byRule(nil))
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	const values = 10_000
	for i := range values {
		r := Resolution{names: 1}
		r.Value([]byte(fmt.Sprintf("%06d", i) + strings.Repeat("x", 4000)))
		r.Next()
		_, encoded := r.first()
		b := p.find(encoded)
		b.maxRecords, b.maxBytes = 100, 1<<20
		p.add(b, spool.Run{First: record.Position(i + 1), Origin: &record.Origin{}, Sizes: []uint32{1}, Data: []byte("x\n")}, 0, time.Time{})
		var f flight
		b.moveTo(&f)
		p.left(b, f.Bytes)
	}
	if held := int64(heap() - before); held > 16<<20 {
		t.Errorf("%d MiB are held for %d values of which nothing is gathered, want less than 16", held>>20, values)
	}
	runtime.KeepAlive(&p)
}
