package spool

import "testing"

// TestParkedDestinationLosesOnlyWhatItHadNotSettled: of a segment that is deleted while it is away, what it had settled or
// dropped before is not lost.
func TestParkedDestinationLosesOnlyWhatItHadNotSettled(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	away := diskCursorOf(t, d, "away", BacklogOptions{WhenFull: DropOldest})
	s := diskSet(t, d, "away")
	put(t, d, testGroup("settled", 10, 100), s)
	settle(away, takeAll(away)...)
	put(t, d, testGroup("held", 5, 100), s)
	held := takeAll(away)
	put(t, d, testGroup("dropped", 4, 100), s)
	away.dropThrough(19)
	put(t, d, testGroup("waits", 3, 100), s)
	held[0].Segment.Release()
	end(t, d)
	d = testDisk(t, m, DiskOptions{})
	end(t, d) // nobody needs the segment
	d = testDisk(t, m, DiskOptions{})
	if n := d.Parked()[0].Dropped; n != 8 || len(d.files) > 0 {
		t.Errorf("%d records were lost, want 8; %d segments are left", n, len(d.files))
	}
	noted := 0
	for _, drop := range d.Drops() {
		if drop.Reason == DropParked {
			noted++
			if drop.First != 11 || drop.Last != 22 || drop.Count != 8 {
				t.Errorf("noted %+v", drop)
			}
		}
	}
	if noted != 1 {
		t.Errorf("%d notes", noted)
	}
}
