package spool

import (
	"syscall"
	"testing"
)

// TestASegmentIsCutThoughThatFailsOnce: what was allocated for a segment and not used does not count against the bound
// because of an error that passed.
func TestASegmentIsCutThoughThatFailsOnce(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "a", BacklogOptions{})
	put(t, d, testGroup("x", 1, 100), diskSet(t, d, "a"))
	failed := false
	m.fail = func(_ int, op, _ string) error {
		if op == "truncate" && !failed {
			failed = true
			return syscall.EIO
		}
		return nil
	}
	d.seal()
	if f := d.files[0]; !failed || !f.sealed || f.size >= d.o.SegmentBytes {
		t.Errorf("failed %t; the segment takes %d bytes of the %d that were allocated", failed, f.size, d.o.SegmentBytes)
	}
}
