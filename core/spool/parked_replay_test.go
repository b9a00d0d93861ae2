package spool

import (
	"testing"
	"time"
)

// Others' records that are to be sent again to a destination that is away are deleted: it loses them.
func TestParkedLosesOthersRecordsOfAReplay(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{Retain: time.Hour})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	diskCursorOf(t, d, "b", BacklogOptions{})
	put(t, d, testGroup("x", 10, 100), diskSet(t, d, "a"))
	settle(a, takeAll(a)...)
	end(t, d)
	d = testDisk(t, m, DiskOptions{Retain: time.Hour})
	if r, err := d.Replay(t.Context(), "b", ReplayOptions{Like: "a"}); err != nil || r.Records != 10 {
		t.Fatal(r, err)
	}
	end(t, d)
	d = testDisk(t, m, DiskOptions{})
	a = diskCursorOf(t, d, "a", BacklogOptions{})
	put(t, d, testGroup("y", 1, 100), diskSet(t, d, "a"))
	settle(a, takeAll(a)...)
	end(t, d)
	d = testDisk(t, m, DiskOptions{})
	for _, p := range d.Parked() {
		if p.Address == "b" && len(d.files) == 0 && (p.Dropped != 10 || p.Replaying) {
			t.Errorf("the records are gone: %+v", p)
		}
	}
	t.Log(len(d.files), d.Parked())
	end(t, d)
}

// What is dropped while it is replayed is not given again.
func TestWhatIsDroppedDuringAReplayIsGone(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{Retain: time.Hour})
	a := diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest})
	s := diskSet(t, d, "a")
	put(t, d, testGroup("x", 1, 100), s)
	held := takeAll(a)
	put(t, d, testGroup("y", 9, 100), s)
	a.dropThrough(10)
	held[0].Segment.Release()
	if r, err := d.Replay(t.Context(), "a", ReplayOptions{}); err != nil || r.Records != 9 {
		t.Fatal(r, err)
	}
	a.dropThrough(10)
	b := a.Backlog()
	if b.Records != 0 {
		t.Fatalf("%+v", b)
	}
	put(t, d, testGroup("z", 1, 100), s)
	end(t, d)
	d = testDisk(t, m, DiskOptions{Retain: time.Hour})
	a = diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest})
	if b := a.Backlog(); b.Records != 1 {
		t.Errorf("%+v after a restart, want the one", b)
	}
	end(t, d)
}
