package spool

import (
	"syscall"
	"testing"
	"time"
)

// takenLog is a spool with 600 records for one destination, all of which were taken, and none settled. The tail begins
// behind the first segment.
func takenLog(t *testing.T) (*modelDisk, *Disk, *diskCursor) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	for range 60 {
		put(t, d, testGroup("x", 10, 100), s)
	}
	for _, r := range takeAll(a) {
		r.Segment.Release()
	}
	d.mu.Lock()
	d.trimLocked()
	d.mu.Unlock()
	if len(d.files) < 2 || d.tail[0].first <= d.files[0].last {
		t.Fatalf("%d segments, the tail begins at %d", len(d.files), d.tail[0].first)
	}
	return m, d, a
}

// rewound rewinds and delivers: everything must be delivered or counted as damaged.
func rewound(t *testing.T, d *Disk, a *diskCursor) {
	t.Helper()
	err := a.Rewind()
	for tries := 0; err != nil && tries < 20; tries++ {
		d.tick(time.Now())
		err = a.Rewind()
	}
	if err != nil {
		t.Fatalf("Rewind fails again and again: %v", err)
	}
	var n int64
	for range 20 {
		for _, r := range takeAll(a) {
			n += int64(r.Len())
			settle(a, r)
		}
		d.tick(time.Now())
	}
	if b := a.Backlog(); n == 0 || n == 600 || n+b.DroppedDamaged != 600 || b.Records != 0 || b.Untaken != 0 {
		t.Errorf("of 600 records %d were delivered; backlog = %+v", n, b)
	}
}

func TestDiskRewindsOverASectorThatIsBad(t *testing.T) {
	m, d, a := takenLog(t)
	name := d.files[0].name
	m.fail = func(_ int, op, n string) error {
		if op == "read" && n == name {
			return syscall.EIO
		}
		return nil
	}
	rewound(t, d, a)
	m.fail = nil
	end(t, d)
}

func TestDiskRewindsOverADamage(t *testing.T) {
	m, d, a := takenLog(t)
	f := d.files[0]
	m.names[f.name].data[f.start+100] ^= 1
	rewound(t, d, a)
	end(t, d)
}

func TestDiskRewindsWhenAnErrorPasses(t *testing.T) {
	m, d, a := takenLog(t)
	unreadableFrom(m, 1, 2)
	var err error
	for range 3 {
		if err = a.Rewind(); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range takeAll(a) {
		n += r.Len()
		settle(a, r)
	}
	if n != 600 || d.State().Damages != 0 {
		t.Errorf("%d records of 600 were delivered, %d damages", n, d.State().Damages)
	}
	end(t, d)
}
