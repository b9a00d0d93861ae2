package spool

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// withSeed has rapid begin with the seed, for so many checks, until the test ends.
func withSeed(t *testing.T, seed uint64, checks int) {
	t.Helper()
	for name, value := range map[string]string{"rapid.seed": fmt.Sprint(seed), "rapid.checks": fmt.Sprint(checks), "rapid.nofailfile": "true"} {
		f := flag.Lookup(name)
		old := f.Value.String()
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(old) })
	}
}

// Seeds with which the model once failed. What one of them does depends on what the model draws: the mistakes that they
// found have tests of their own.
func TestDiskKeepsToItsModelWithOldSeeds(t *testing.T) {
	for _, seed := range []uint64{
		725680202383244743, // a replay that had failed was resumed instead of the one that followed
		4398169,            // what everybody had was reported as lost
		24002137,           // the same
		1154443,            // what was published was in a file whose name an empty one took
		13314527,           // segments that could not be cut exceeded the bound
		8260226,            // a replay that was dropped to its end gave what had been settled before
	} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			withSeed(t, seed, 1)
			checkDiskModel(t, &diskModelCounts{}, false, func(*diskModel) {})
		})
	}
}

// A failure can be repeated.
func TestDiskModelDoesTheSameWithTheSameSeed(t *testing.T) {
	var sums [2][]string
	for i := range sums {
		t.Run("run", func(t *testing.T) {
			withSeed(t, 1, 5)
			checkDiskModel(t, &diskModelCounts{}, false, func(w *diskModel) {
				h := sha256.New()
				for _, name := range slices.Sorted(maps.Keys(w.disk.names)) {
					fmt.Fprintf(h, "%s %x\n", name, w.disk.names[name].data)
				}
				sums[i] = append(sums[i], fmt.Sprintf("%d calls, %d writes of names, %x", w.disk.calls, len(w.disk.pending), h.Sum(nil)))
			})
		})
	}
	if len(sums[0]) == 0 || !slices.Equal(sums[0], sums[1]) {
		t.Errorf("the first time %v, then %v", sums[0], sums[1])
	}
}
