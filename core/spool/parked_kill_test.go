package spool

import (
	"errors"
	"math"
	"testing"
)

// TestWhatParkedLosesIsCountedAlsoWhenTheRouterIsKilled: at whatever call of the disk the process ends while a segment is
// deleted, its records are there for the parked destination or counted as dropped.
func TestWhatParkedLosesIsCountedAlsoWhenTheRouterIsKilled(t *testing.T) {
	for at := 1; ; at++ {
		m := newModelDisk()
		d := testDisk(t, m, DiskOptions{})
		a := diskCursorOf(t, d, "a", BacklogOptions{})
		diskCursorOf(t, d, "b", BacklogOptions{})
		put(t, d, testGroup("x", 10, 100), diskSet(t, d, "a", "b"))
		settle(a, takeAll(a)...)
		end(t, d)

		// b is not configured any more, and a needs nothing of the first segment.
		calls, dead := 0, false
		d = testDisk(t, m, DiskOptions{})
		diskCursorOf(t, d, "a", BacklogOptions{})
		put(t, d, testGroup("x", 1, 100), diskSet(t, d, "a"))
		m.fail = func(_ int, _, _ string) error {
			if calls++; calls >= at {
				dead = true
			}
			if dead {
				return errors.New("dead")
			}
			return nil
		}
		d.reclaim(d.now(), true)
		m.fail = nil

		next := testDisk(t, m.kill(), DiskOptions{})
		var waits int64
		var dropped uint64
		for _, p := range next.Parked() {
			if p.Address == "b" {
				waits, dropped = p.Records, p.Dropped
			}
		}
		if waits+int64(dropped) != 10 {
			t.Errorf("killed at call %d: %d wait and %d are counted as dropped of 10", at, waits, dropped)
		}
		if !dead {
			return
		}
	}
}

// TestWhatParkedLosesToThinningIsCountedAtOnce: also when the router is killed before it writes its cursors the next time.
func TestWhatParkedLosesToThinningIsCountedAtOnce(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	diskCursorOf(t, d, "b", BacklogOptions{})
	diskCursorOf(t, d, "c", BacklogOptions{})
	put(t, d, testGroup("x", 1, 20), diskSet(t, d, "c"))
	put(t, d, testGroup("x", 10, 100), diskSet(t, d, "a", "b"))
	settle(a, takeAll(a)...)
	end(t, d)

	// b is not configured any more, and c needs little of the first segment.
	d = testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "a", BacklogOptions{})
	diskCursorOf(t, d, "c", BacklogOptions{})
	put(t, d, testGroup("x", 1, 100), diskSet(t, d, "a"))
	if !d.thin(math.MaxInt64) {
		t.Fatal("nothing was thinned")
	}
	next := testDisk(t, m.kill(), DiskOptions{})
	for _, p := range next.Parked() {
		if p.Address == "b" && (p.Records != 0 || p.Dropped != 10) {
			t.Errorf("%d records wait and %d are counted as dropped, want 10 dropped", p.Records, p.Dropped)
		}
	}
}
