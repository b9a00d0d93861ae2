package spool

import (
	"math"
	"syscall"
	"testing"
)

func TestDiskThinsWhatItCanRead(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "dead", BacklogOptions{})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	many, few := diskSet(t, d, "a"), diskSet(t, d, "dead")
	for i := range 120 {
		put(t, d, testGroup("x", 10, 100), many)
		if i%10 == 0 {
			put(t, d, testGroup("d", 1, 100), few)
		}
	}
	settle(a, takeAll(a)...)
	large := func() (n int) {
		for _, f := range d.files {
			if f.sealed && !f.header.thinned {
				n++
			}
		}
		return n
	}
	before := large()
	if before < 3 {
		t.Fatalf("%d segments are sparse, want some", before)
	}
	bad, reads := d.files[0].name, 0
	m.fail = func(_ int, op, name string) error {
		if op == "read" && name == bad {
			reads++
			return syscall.EIO
		}
		return nil
	}
	// The first call already finds one that can be thinned; otherwise records would be dropped to make room.
	for n := before - 1; n > 0; n-- {
		if !d.thin(math.MaxInt64) || large() != n {
			t.Fatalf("%d segments of %d are left as they are, want %d", large(), before, n)
		}
	}
	if reads != 1 {
		t.Errorf("what can't be read was read %d times before the others were thinned", reads)
	}
	if d.thin(math.MaxInt64) {
		t.Error("a segment that can't be read was thinned")
	}
	m.fail = nil
	if !d.thin(math.MaxInt64) || large() != 0 {
		t.Errorf("a segment that can be read again is left as it is")
	}
	end(t, d)
}
