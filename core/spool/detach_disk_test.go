package spool

import (
	"strings"
	"testing"
)

// TestDetachOfWhatIsLeftOfACopy: what a lane copied from the disk's memory shrinks as its batches are settled, and is
// copied again.
func TestDetachOfWhatIsLeftOfACopy(t *testing.T) {
	d := testDisk(t, newModelDisk(), DiskOptions{})
	c := diskCursorOf(t, d, "a", BacklogOptions{})
	put(t, d, testGroup("g", 40, 10), diskSet(t, d, "a"))
	r, ok := c.Take(40, 1<<20, true)
	if !ok {
		t.Fatal("nothing to take")
	}
	all := func(yield func(*Run) bool) { yield(&r) }
	if DetachBatch(all) == 0 {
		t.Fatal("a few records of a block were not copied")
	}
	copied := r.Segment
	r.Sizes, r.Data = r.Sizes[:1], r.Data[:11] // the others are settled
	if DetachBatch(all) == 0 || r.Segment == copied || !strings.HasPrefix(string(r.Data), "g-0-") {
		t.Errorf("after the second copy: %.20q", r.Data)
	}
	settle(c, r)
	end(t, d)
}
