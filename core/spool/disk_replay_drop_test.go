package spool

import (
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// TestAReplayThatIsDroppedGivesNothingOld: when all that a replay still had to send is dropped, it is over, and the
// destination goes on with what is new: nothing that was settled before comes again.
func TestAReplayThatIsDroppedGivesNothingOld(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{Retain: time.Hour})
	c := diskCursorOf(t, d, "a", BacklogOptions{MaxBytes: 10_000, WhenFull: DropOldest})
	diskCursorOf(t, d, "b", BacklogOptions{MaxBytes: 1000})
	put(t, d, testGroup("full", 1, 1000), diskSet(t, d, "b"))
	s := diskSet(t, d, "a")
	put(t, d, testGroup("first", 5, 1000), s)
	settle(c, takeAll(c)...)
	put(t, d, testGroup("second", 5, 1000), s)
	settle(c, takeAll(c)...)

	report, err := d.Replay(t.Context(), "a", ReplayOptions{
		Where: func(_ *record.Origin, _ uint64, data []byte) bool { return string(data[:5]) == "first" },
	})
	if err != nil || report.Records != 5 {
		t.Fatal(report, err)
	}
	// What comes next has room at a only when the replay goes, and none at b, so it is given up.
	now := d.now()
	room := &helped{impatient{Context: t.Context()}, func() { d.tick(now) }}
	if _, err := d.Append(room, testGroup("third", 1, 9990), diskSet(t, d, "a", "b")); err == nil {
		t.Fatal("there was room")
	}
	if b := c.Backlog(); b.DroppedFull != 5 {
		t.Fatalf("backlog %+v; want all of the replay dropped", b)
	}
	for range 3 { // the cursors become durable, and the replay is over
		now = now.Add(2 * time.Second)
		d.tick(now)
	}
	if c.replay != nil {
		t.Fatal("the replay is not over")
	}
	put(t, d, testGroup("fourth", 1, 1000), s)
	got := 0
	for _, r := range takeAll(c) {
		got += r.Len()
	}
	if b := c.Backlog(); got != 1 || b.Records != 1 || b.Untaken != 0 {
		t.Errorf("%d records came after the replay was dropped, backlog %+v; want the new one alone", got, b)
	}
}
