package spool

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// tryPut appends, with one round of what the goroutines do when it has to wait, and reports whether there was room.
func tryPut(t *testing.T, d *Disk, g *record.Group, s Set) bool {
	t.Helper()
	round := func() {
		_ = d.commit(d.now())
		d.tick(d.now())
	}
	_, err := d.Append(&helped{impatient{Context: t.Context()}, round}, g, s)
	round()
	return err == nil
}

func TestDiskThatIsFullStopsIntakeAndGoesOn(t *testing.T) {
	m := newModelDisk()
	now := time.Unix(1_000_000, 0)
	d, err := tryDisk(m, DiskOptions{}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	d.tick(now)
	m.total = m.used() + 40<<10 // one segment besides the one that is prepared
	var taken int
	for i := range 200 {
		now = now.Add(time.Second)
		if tryPut(t, d, testGroup(fmt.Sprint(i), 1, 5000), s) {
			taken++
		}
	}
	if taken < 5 || taken > 20 || d.State().Trouble == nil {
		t.Fatalf("%d groups were taken by a full disk; trouble: %v", taken, d.State().Trouble)
	}
	// A dead letter still finds room in what was prepared.
	p, err := d.AppendOver(t.Context(), testGroup("dead", 1, 100), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.commit(now); err != nil || record.Position(d.published.Load()) < p {
		t.Fatalf("a dead letter is not written: %v", err)
	}
	if runs := takeAll(a); len(runs) != taken+1 {
		t.Fatalf("%d groups are delivered, want %d", len(runs), taken+1)
	} else {
		settle(a, runs...)
	}
	now = now.Add(2 * time.Second)
	d.tick(now)
	now = now.Add(time.Second)
	d.tick(now)
	if err := d.State().Trouble; err != nil {
		t.Fatalf("trouble after two seconds with room: %v", err)
	}
	if !tryPut(t, d, testGroup("after", 1, 5000), s) {
		t.Error("the intake does not go on")
	}
	end(t, d)
}

func TestDiskStopsIntakeBelowMinFree(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{MinFreeBytes: 1 << 39})
	diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	if !tryPut(t, d, testGroup("g", 1, 100), s) {
		t.Fatal("no room on an empty disk")
	}
	m.total = 1 << 39 // somebody else filled it
	d.checkSpace()
	if tryPut(t, d, testGroup("g", 1, 100), s) {
		t.Error("the intake goes on below min_free")
	}
	m.total = 1 << 40
	d.checkSpace()
	if !tryPut(t, d, testGroup("g", 1, 100), s) {
		t.Error("the intake does not go on")
	}
	end(t, d)
}

func TestDiskBlocksForABlockingDestination(t *testing.T) {
	d := testDisk(t, newModelDisk(), DiskOptions{MaxBytes: 200 << 10})
	a := diskCursorOf(t, d, "a", BacklogOptions{MaxBytes: 1 << 30})
	s := diskSet(t, d, "a")
	n := 0
	for tryPut(t, d, testGroup(fmt.Sprint(n), 1, 5000), s) {
		if n++; n > 100 {
			t.Fatal("the spool grows beyond its bound")
		}
	}
	if used := d.Stats().Bytes; used > 200<<10 || used < 150<<10 {
		t.Errorf("%d bytes are used", used)
	}
	runs := takeAll(a)
	if tryPut(t, d, testGroup("more", 1, 5000), s) {
		t.Error("what was taken and not settled made room")
	}
	settle(a, runs...)
	if !tryPut(t, d, testGroup("more", 1, 5000), s) {
		t.Error("what was settled made no room")
	}
	end(t, d)
}

func TestDiskDropsOldestOfAFullBacklog(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{TailBytes: 1})
	a := diskCursorOf(t, d, "a", BacklogOptions{MaxBytes: 20_000, WhenFull: DropOldest})
	b := diskCursorOf(t, d, "b", BacklogOptions{})
	s := diskSet(t, d, "a", "b")
	for i := range 50 {
		if !tryPut(t, d, testGroup(fmt.Sprint(i), 5, 200), s) {
			t.Fatalf("group %d has to wait", i)
		}
	}
	got := a.Backlog()
	if got.Bytes > 20_000 || got.Bytes < 18_000 || got.Records+got.DroppedFull != 250 || got.DroppedFirst != 1 || got.DroppedLast != record.Position(got.DroppedFull) {
		t.Errorf("backlog = %+v", got)
	}
	if r, ok := a.Take(1, 1000, true); !ok || r.First != got.DroppedLast+1 {
		t.Errorf("Take = %d after drops up to %d", r.First, got.DroppedLast)
	}
	if got := b.Backlog(); got.Records != 250 || got.DroppedFull != 0 {
		t.Errorf("the other destination's backlog = %+v", got)
	}
}

func TestDiskThatIsFullDropsForThoseWhoLetIt(t *testing.T) {
	d := testDisk(t, newModelDisk(), DiskOptions{MaxBytes: 200 << 10})
	a := diskCursorOf(t, d, "a", BacklogOptions{MaxBytes: 1 << 30, WhenFull: DropOldest})
	s := diskSet(t, d, "a")
	for i := range 200 {
		if !tryPut(t, d, testGroup(fmt.Sprint(i), 1, 5000), s) {
			t.Fatalf("group %d has to wait", i)
		}
	}
	b := a.Backlog()
	if b.Records+b.DroppedFull != 200 || b.Records < 20 {
		t.Errorf("backlog = %+v", b)
	}
	// What the lane holds of the oldest segment is in the way too.
	held, _ := a.Take(1, 10_000, true)
	for i := 0; a.Excess() == 0; i++ {
		if i > 100 {
			t.Fatal("the lane is not asked to drop what it holds")
		}
		tryPut(t, d, testGroup(fmt.Sprint(i), 1, 5000), s)
	}
	settle(a, held)
	if a.Excess() != 0 {
		t.Error("the lane is asked to drop what it no longer holds")
	}
	if !tryPut(t, d, testGroup("more", 1, 5000), s) {
		t.Error("no room after the lane dropped")
	}
}

func TestDiskExpires(t *testing.T) {
	m := newModelDisk()
	now := time.Now()
	d, err := tryDisk(m, DiskOptions{}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	a := diskCursorOf(t, d, "a", BacklogOptions{MaxAge: time.Minute})
	s := diskSet(t, d, "a")
	put(t, d, testGroup("old", 3, 100), s)
	now = now.Add(2 * time.Minute)
	g := testGroup("new", 2, 100)
	g.Origin.ReceivedUnixNano = now.UnixNano()
	put(t, d, g, s)
	d.tick(now)
	if b := a.Backlog(); b.Records != 2 || b.DroppedExpired != 3 || b.OldestUnixNano == 0 {
		t.Errorf("backlog = %+v", b)
	}
	if r, ok := a.Take(10, 1000, true); !ok || r.First != 4 {
		t.Errorf("Take = %d, %t, want the new records", r.First, ok)
	}
}

func TestDiskThinsWhatADeadDestinationHolds(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{MaxBytes: 300 << 10})
	diskCursorOf(t, d, "dead", BacklogOptions{})
	live := diskCursorOf(t, d, "live", BacklogOptions{})
	few, most := diskSet(t, d, "dead", "live"), diskSet(t, d, "live")
	want := 0
	for i := range 400 {
		s := most
		if i%40 == 0 {
			s, want = few, want+1
		}
		if !tryPut(t, d, testGroup(fmt.Sprint("g", i), 1, 5000), s) {
			t.Fatalf("group %d has to wait", i)
		}
		settle(live, takeAll(live)...)
	}
	if used := d.Stats().Bytes; used > 300<<10 {
		t.Errorf("%d bytes are used", used)
	}
	// A restart finds what is left where it was.
	end(t, d)
	d = testDisk(t, m, DiskOptions{MaxBytes: 300 << 10})
	dead := diskCursorOf(t, d, "dead", BacklogOptions{})
	live = diskCursorOf(t, d, "live", BacklogOptions{})
	if n := d.State().Damages; n != 0 {
		t.Errorf("%d damages", n)
	}
	if b := dead.Backlog(); b.Records != int64(want) {
		t.Errorf("backlog = %+v, want %d records", b, want)
	}
	runs := takeAll(dead)
	if len(runs) != want {
		t.Fatalf("%d groups are delivered, want %d", len(runs), want)
	}
	for i, r := range runs {
		if p := record.Position(i*40 + 1); r.First != p || string(r.Data[:2+len(fmt.Sprint(i*40))]) != fmt.Sprint("g", i*40, "-") {
			t.Errorf("group %d at %d is %.8q, want the one at %d", i, r.First, r.Data, p)
		}
	}
	if b := live.Backlog(); b.Records != 0 {
		t.Errorf("backlog of the other = %+v", b)
	}
	end(t, d)
}

func TestDiskRetainsWhatIsSettledWhileThereIsRoom(t *testing.T) {
	now := time.Now()
	d, err := tryDisk(newModelDisk(), DiskOptions{MaxBytes: 300 << 10, Retain: time.Hour}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	for i := range 100 {
		if !tryPut(t, d, testGroup(fmt.Sprint(i), 1, 5000), s) {
			t.Fatalf("group %d has to wait", i)
		}
		settle(a, takeAll(a)...)
		now = now.Add(2 * time.Second)
	}
	if used := d.Stats().Bytes; used < 200<<10 || used > 300<<10 {
		t.Errorf("%d bytes are kept", used)
	}
	now = now.Add(2 * time.Hour)
	d.tick(now)
	if n := d.State().Segments; n > 1 {
		t.Errorf("%d segments are kept for longer than the time", n)
	}
}

func TestDiskParksTheCursorOfAnAbsentDestination(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "a", BacklogOptions{})
	b := diskCursorOf(t, d, "b", BacklogOptions{})
	both := diskSet(t, d, "a", "b")
	for i := range 40 {
		put(t, d, testGroup(fmt.Sprint(i), 1, 2000), both)
	}
	if err := b.SetNote([]byte("note")); err != nil {
		t.Fatal(err)
	}
	end(t, d)

	d = testDisk(t, m, DiskOptions{})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	if p := d.Parked(); len(p) != 1 || p[0].Address != "b" || p[0].Records != 40 || p[0].Frontier != 0 {
		t.Fatalf("parked = %+v", p)
	}
	if err := d.Forget("a"); err == nil {
		t.Error("a destination that is configured was forgotten")
	}
	runs := takeAll(a)
	settle(a, runs[:30]...)
	d.reclaim(d.now(), false)
	gone := d.Parked()[0].Dropped
	if gone < 10 || gone > 30 {
		t.Fatalf("%d records of the parked destination were dropped", gone)
	}
	for i := range runs[30:] {
		runs[30+i].Segment.Release()
	}
	end(t, d)

	d = testDisk(t, m, DiskOptions{})
	b = diskCursorOf(t, d, "b", BacklogOptions{})
	if got := b.Backlog(); got.Records != 40-int64(gone) {
		t.Errorf("backlog = %+v after %d were dropped", got, gone)
	}
	if r, ok := b.Take(1, 10_000, true); !ok || r.First != record.Position(gone+1) {
		t.Errorf("Take = %d, %t", r.First, ok)
	}
	if string(b.Note()) != "note" {
		t.Errorf("note = %q", b.Note())
	}
	if err := d.Forget("a"); err != nil {
		t.Error(err)
	}
	if c := diskCursorOf(t, d, "a", BacklogOptions{}); c.Backlog().Records != 0 {
		t.Error("a destination that was forgotten does not start at the end")
	}
}

func TestDiskNeverUsesAPositionTwice(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{Sync: SyncInterval})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	p := put(t, d, testGroup("seen", 5, 100), diskSet(t, d, "a"))
	if r, ok := a.Take(5, 1000, true); !ok || r.Last() != p {
		t.Fatal("what is written is not published")
	}
	m = m.crash(nil) // the records were not synced
	delete(m.names, cursorName)
	delete(m.stable, cursorName)
	d = testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "a", BacklogOptions{})
	if q := put(t, d, testGroup("other", 1, 100), diskSet(t, d, "a")); q <= p {
		t.Errorf("position %d is used again after %d was delivered", q, p)
	}
}

func TestDiskTakesGroupsOfEverySize(t *testing.T) {
	for _, size := range []int{1, 4095, 4096, 4097} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{MaxBytes: 64 << 20})
			diskCursorOf(t, d, "a", BacklogOptions{MaxBytes: 1 << 30})
			s := diskSet(t, d, "a")
			put(t, d, testGroup("g", 1, size), s)
			// Up to the end of the segment, and one byte less and more.
			for delta := -2 * entryAlign; delta <= 2*entryAlign; delta++ {
				room := int(d.writer.limit-d.writer.off) - int(footerBytes(1))
				g := testGroup("g", 1, 20)
				head, _ := groupBytes(g)
				put(t, d, testGroup("g", 1, max(20, room-int(head)+20+delta)), s)
				put(t, d, testGroup("after", 2, 30), s)
			}
			put(t, d, testGroup("huge", 1, 100_000), s)
			put(t, d, testGroup("after", 2, 30), s)
			last := d.Stats().Next - 1
			m = m.crash(nil)
			d = testDisk(t, m, DiskOptions{})
			a := diskCursorOf(t, d, "a", BacklogOptions{MaxBytes: 1 << 30})
			if b := a.Backlog(); b.Records != int64(last) {
				t.Fatalf("backlog = %+v, want %d records", b, last)
			}
			next := record.Position(1)
			for _, r := range takeAll(a) {
				if r.First != next {
					t.Fatalf("got %d, want %d", r.First, next)
				}
				next = r.Last() + 1
			}
			if next != last+1 {
				t.Fatalf("got everything before %d, want up to %d", next, last)
			}
		})
	}
	d := testDisk(t, newModelDisk(), DiskOptions{})
	g := testGroup("g", 1, 20)
	g.Origin.ClientName = string(make([]byte, 1<<16))
	if _, err := d.Append(t.Context(), g, 1); err == nil {
		t.Error("a name that does not fit was taken")
	}
}

func TestDiskWritesToANewSegmentAfterAFailedSync(t *testing.T) {
	for _, mode := range []SyncMode{SyncBatch, SyncInterval} {
		m := newModelDisk()
		now := time.Unix(1_000_000, 0)
		d, err := tryDisk(m, DiskOptions{Sync: mode}, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		diskCursorOf(t, d, "a", BacklogOptions{})
		s := diskSet(t, d, "a")
		put(t, d, testGroup("one", 1, 100), s)
		now = now.Add(time.Hour)
		if err := d.commit(now); err != nil {
			t.Fatal(err)
		}
		failed := 0
		m.fail = func(_ int, op, _ string) error {
			if op == "sync" && failed == 0 {
				failed++
				return syscall.EIO
			}
			return nil
		}
		if _, err := d.Append(t.Context(), testGroup("two", 2, 100), s); err != nil {
			t.Fatal(err)
		}
		if err := d.commit(now); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
		if err := d.commit(now); err != nil || failed != 1 {
			t.Fatalf("mode %d: commit = %v after %d failures", mode, err, failed)
		}
		if n := d.State().Segments; n != 2 {
			t.Errorf("%d segments, want a new one", n)
		}
		m = m.crash(nil)
		d = testDisk(t, m, DiskOptions{})
		a := diskCursorOf(t, d, "a", BacklogOptions{})
		runs := takeAll(a)
		if len(runs) != 2 || runs[1].First != 2 || runs[1].Len() != 2 || d.State().Damages != 0 {
			t.Errorf("mode %d: %d runs, %d damages, want two and none", mode, len(runs), d.State().Damages)
		}
	}
}

func TestDiskSaysWhyItWaits(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	m.fail = func(_ int, op, _ string) error {
		if op == "sync" || op == "syncall" {
			return syscall.EIO
		}
		return nil
	}
	p, err := d.Append(t.Context(), testGroup("g", 1, 100), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.commit(d.now()); err == nil {
		t.Fatal("commit succeeds on a disk that can't sync")
	}
	if d.State().Trouble == nil {
		t.Error("no trouble is reported")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.WaitPublished(ctx, p); err == nil {
		t.Error("what is not synced is published")
	}
	m.fail = nil
	if err := d.commit(d.now()); err != nil || d.State().Trouble != nil {
		t.Errorf("commit = %v, trouble %v on a disk that is well again", err, d.State().Trouble)
	}
	if err := d.WaitPublished(t.Context(), p); err != nil {
		t.Error(err)
	}
}
