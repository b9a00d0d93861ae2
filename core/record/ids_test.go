package record

import (
	"slices"
	"sync"
	"testing"
	"time"
)

func TestIDsStartAtTheirTime(t *testing.T) {
	now := time.Unix(1_700_000_000, 5)
	ids := NewIDs(now)
	first := ids.Take(3)
	if want := uint64(now.UnixNano()) + 1; first != want {
		t.Errorf("Take = %d, want %d", first, want)
	}
	if got := ids.Take(1); got != first+3 {
		t.Errorf("Take after 3 ids = %d, want %d", got, first+3)
	}
}

func TestIDsAreTakenOnce(t *testing.T) {
	const takers, takes, n = 8, 1000, 3
	ids := NewIDs(time.Unix(0, 0))
	var all [takers][]uint64
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			for range takes {
				all[i] = append(all[i], ids.Take(n))
			}
		})
	}
	wg.Wait()
	firsts := slices.Concat(all[:]...)
	slices.Sort(firsts)
	for i, first := range firsts {
		if want := uint64(1 + n*i); first != want {
			t.Fatalf("first id %d is %d, want %d", i, first, want)
		}
	}
}
