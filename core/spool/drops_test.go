package spool

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/record"
)

func TestDropsAreRememberedAndMerged(t *testing.T) {
	m := newModelDisk()
	now := time.Unix(1_000_000, 0)
	clock := func() time.Time { return now }
	d, err := tryDisk(m, DiskOptions{}, clock)
	if err != nil {
		t.Fatal(err)
	}
	full := diskCursorOf(t, d, "full", BacklogOptions{WhenFull: DropOldest, MaxBytes: 3000})
	old := diskCursorOf(t, d, "old", BacklogOptions{MaxAge: time.Minute})
	both, onlyOld := diskSet(t, d, "full", "old"), diskSet(t, d, "old")
	for i := range 20 {
		set := both
		if i%2 == 1 {
			set = onlyOld
		}
		g := testGroup(fmt.Sprint(i), 1, 500)
		g.Origin.ReceivedUnixNano = now.UnixNano()
		if !tryPut(t, d, g, set) {
			t.Fatal("no room")
		}
	}
	now = now.Add(time.Hour)
	d.RecordDrop(Drop{Address: "full", First: 19, Last: 19, Count: 1, Reason: "why"})
	d.RecordDrop(Drop{Address: "full", First: 20, Last: 20, Count: 1, Reason: "why"})
	d.RecordDrop(Drop{Address: "full", First: 5, Last: 4, Reason: "nothing"})
	d.tick(now) // drops what is too old
	now = now.Add(time.Second)
	d.tick(now) // writes that
	drops := d.Drops()
	want := []Drop{
		{Address: "full", First: 1, Last: full.Backlog().DroppedLast, Count: full.Backlog().DroppedFull, Reason: DropFull, UnixNano: 1e15},
		{Address: "full", First: 19, Last: 20, Count: 2, Reason: "why", UnixNano: 1_003_600e9},
		{Address: "old", First: 1, Last: 20, Count: 20, Reason: DropExpired, UnixNano: 1_003_600e9},
	}
	if diff := cmp.Diff(want, drops); diff != "" || old.Backlog().DroppedExpired != 20 {
		t.Error(diff)
	}
	for _, after := range []*modelDisk{m.crash(nil), m.kill()} {
		d, err := tryDisk(after, DiskOptions{}, clock)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(drops, d.Drops()); diff != "" {
			t.Errorf("after a crash: %s", diff)
		}
	}
	m = m.kill()
	clear(m.names[dropName].data)
	var said bytes.Buffer
	if d, err = tryDisk(m, DiskOptions{Log: hclog.New(&hclog.LoggerOptions{Output: &said})}, clock); err != nil {
		t.Fatal(err)
	}
	if drop, known := d.drops.find("old", 3); len(d.Drops()) > 0 || !known || !drop.forgotten() || drop.UnixNano != now.UnixNano() {
		t.Errorf("of a damaged file: %+v, %t", drop, known)
	}
	if !strings.Contains(said.String(), "can't be read") {
		t.Errorf("logged %q", said.String())
	}
}

// However many drops there are, the log keeps within its bounds, one destination does not make another's forgotten, and
// what is forgotten is known to be.
func TestDropsAreBounded(t *testing.T) {
	for _, destinations := range []int{1, 20, 5000} {
		var l dropLog
		type dropped struct {
			address  string
			position record.Position
		}
		var all []dropped
		l.add(Drop{Address: "quiet", First: 1, Last: 1, Count: 1, Reason: DropFull, UnixNano: 1}, 0, nil)
		for i := range 6000 {
			p := record.Position(10 + 2*i)
			a := fmt.Sprint(strings.Repeat("destination", 5), i%destinations)
			l.add(Drop{Address: a, First: p, Last: p, Count: 1, Reason: DropFull, UnixNano: int64(i)}, 0, nil)
			all = append(all, dropped{a, p})
		}
		b := encodeDrops(&l, [16]byte{}, 1)
		if len(l.ranges) > maxDrops || len(b) > dropSlot {
			t.Errorf("%d destinations: %d ranges, %d bytes", destinations, len(l.ranges), len(b))
		}
		if len(l.ranges) < maxDrops/2 && len(b) < dropSlot/2 {
			t.Errorf("%d destinations: %d ranges, %d bytes are kept", destinations, len(l.ranges), len(b))
		}
		if d, ok := l.find("quiet", 1); destinations < 1000 && (!ok || d.forgotten()) {
			t.Errorf("%d destinations: the quiet one's drop is %+v, %t", destinations, d, ok)
		}
		for i, a := range all {
			if d, ok := l.find(a.address, a.position); !ok || i == len(all)-1 && d.forgotten() {
				t.Fatalf("%d destinations: drop %d of %d is %+v, %t", destinations, i, len(all), d, ok)
			}
		}
		contents, _, ok := openSheet(dropMagic, 0, b)
		back, _, _, good := decodeDrops(contents)
		if !ok || !good || !slices.Equal(back.ranges, l.ranges) || back.bytes != l.bytes {
			t.Errorf("%d destinations: not the same when it is read", destinations)
		}
	}
}
