package spool

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// A sync fails; the segment that takes the place of the file has a larger header (a Set was made meanwhile) or is a small
// one since the disk is full, so not all that is published fits; and the process is killed then.
func TestWhatIsPublishedSurvivesAlsoWhenItDoesNotFitInTheNextSegment(t *testing.T) {
	for _, how := range []string{"a set more", "a full disk"} {
		for _, before := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, something durable before: %t", how, before), func(t *testing.T) {
				m := newModelDisk()
				d := testDisk(t, m, DiskOptions{Sync: SyncInterval})
				a := diskCursorOf(t, d, "a", BacklogOptions{})
				for i := range 40 {
					diskCursorOf(t, d, fmt.Sprint("a.rather.long.address.of.a.destination.", i), BacklogOptions{})
				}
				s := diskSet(t, d, "a")
				n := 0
				if before {
					put(t, d, testGroup("x", 1, 100), s)
					n++
					if err := d.sync(); err != nil {
						t.Fatal(err)
					}
				}
				// Published and not durable, until the segment is nearly full.
				for {
					put(t, d, testGroup("x", 1, 1000), s)
					n++
					w := &d.writer
					if w.off+1200+footerBytes(len(w.meta.header.sets)) > w.limit {
						break
					}
				}
				if len(d.files) != 1 {
					t.Fatal("more than one segment")
				}
				if got := len(takeAll(a)); got == 0 {
					t.Fatal("nothing published")
				}
				if how == "a set more" {
					for i := range 40 {
						diskSet(t, d, fmt.Sprint("a.rather.long.address.of.a.destination.", i))
					}
				} else {
					m.total = m.used() + 9000
				}
				renamed, dead := false, false
				m.fail = func(_ int, op, name string) error {
					switch {
					case dead:
						return syscall.EIO
					case op == "sync" && !renamed:
						return syscall.EIO
					case op == "rename":
						renamed = true
					case renamed && op != "syncfolder": // the process is killed behind the new segment's name
						dead = true
						return syscall.EIO
					}
					return nil
				}
				_ = d.commit(d.now().Add(time.Minute))
				m.fail = nil
				m = m.kill()
				m.total = 1 << 40
				d = testDisk(t, m, DiskOptions{Sync: SyncInterval})
				got := 0
				for _, r := range takeAll(diskCursorOf(t, d, "a", BacklogOptions{})) {
					got += r.Len()
				}
				if got != n {
					t.Errorf("%d records of %d that were published are there after a kill; %d damages", got, n, d.State().Damages)
				}
			})
		}
	}
}

// The keeper clears unread between the read that fails and the look at it.
func TestRewindThatCouldNotReadIsNotTakenForOneThatDid(t *testing.T) {
	deadline := time.Now().Add(40 * time.Second)
	for try := 0; time.Now().Before(deadline); try++ {
		m := newModelDisk()
		d := testDisk(t, m, DiskOptions{TailBytes: 1})
		a := diskCursorOf(t, d, "a", BacklogOptions{})
		s := diskSet(t, d, "a")
		for range 60 {
			put(t, d, testGroup("x", 10, 100), s)
		}
		runs := takeAll(a)
		for _, r := range runs {
			r.Segment.Release()
		}
		m.mu.Lock()
		m.fail = func(_ int, op, _ string) error {
			if op == "read" {
				return syscall.EIO
			}
			return nil
		}
		m.mu.Unlock()
		stop := make(chan bool)
		var keepers sync.WaitGroup
		for range 3 { // one that is always there when the lock is free
			keepers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						d.remind(d.now())
					}
				}
			})
		}
		for range 3 {
			err := a.Rewind()
			if err == nil {
				b := a.Backlog()
				close(stop)
				keepers.Wait()
				t.Fatalf("try %d: Rewind = nil although nothing could be read; backlog %d records, %d damaged; frontier %d of %d",
					try, b.Records, b.DroppedDamaged, func() record.Position { d.mu.Lock(); defer d.mu.Unlock(); return a.frontierLocked() }(), d.next-1)
			}
		}
		close(stop)
		keepers.Wait()
	}
}

// What an away destination had settled or dropped is not lost when a segment is thinned.
func TestThinningCountsOnlyWhatIsLost(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	away := diskCursorOf(t, d, "away", BacklogOptions{WhenFull: DropOldest})
	diskCursorOf(t, d, "dead", BacklogOptions{})
	s, few := diskSet(t, d, "away"), diskSet(t, d, "dead")
	put(t, d, testGroup("needed", 1, 100), few)
	put(t, d, testGroup("held", 5, 100), s)
	held := takeAll(away)
	first := d.files[0]
	for d.files[0] == first && len(d.files) == 1 {
		put(t, d, testGroup("dropped", 10, 100), s)
	}
	away.dropThrough(first.last)
	held[0].Segment.Release()
	end(t, d)
	// It is away from now on; only the five that were held are not settled.
	d = testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "dead", BacklogOptions{})
	if !d.thin(math.MaxInt64) {
		t.Fatal("not thinned")
	}
	if n := d.Parked()[0].Dropped; n != 5 {
		t.Errorf("%d records count as dropped while it was away, want the 5 that it had not dropped itself", n)
	}
}

// The file of drops is newer than the rest, which was restored from a copy: it says nothing of what is appended now.
func TestDropsBeyondTheLogAreNotOfWhatIsAppendedLater(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest})
	put(t, d, testGroup("x", 10, 100), diskSet(t, d, "a"))
	end(t, d)
	copied := map[string][]byte{} // the copy has no file of drops yet
	for name, f := range m.names {
		copied[name] = append([]byte(nil), f.data...)
	}
	if copied[dropName] != nil {
		t.Fatal("there are drops")
	}
	d = testDisk(t, m, DiskOptions{})
	c := diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest})
	s := diskSet(t, d, "a")
	r, _ := c.Take(1, 1<<20, true)
	for range 10 {
		put(t, d, testGroup("y", 10, 100), s)
	}
	c.dropThrough(100)
	r.Segment.Release()
	end(t, d)
	// Segments and cursors are restored; drops stays.
	for name := range m.names {
		if name != dropName {
			delete(m.names, name)
		}
	}
	for name, b := range copied {
		m.names[name] = &modelFile{data: b}
	}
	d = testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "a", BacklogOptions{})
	put(t, d, testGroup("z", 50, 100), diskSet(t, d, "a"))
	end(t, d)
	d = testDisk(t, m, DiskOptions{})
	c = diskCursorOf(t, d, "a", BacklogOptions{})
	got := 0
	for _, r := range takeAll(c) {
		got += r.Len()
	}
	if got < 50 {
		t.Errorf("%d records are delivered, want the 50 that were appended last, at least", got)
	}
}

// Notes of damage forget drops that are still needed, and nobody says so.
func TestNeededDropsAreForgottenAfterNotesOfDamage(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	c := diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest})
	put(t, d, testGroup("x", 2000, 10), diskSet(t, d, "a"))
	_, _ = c.Take(1, 1<<20, true) // is held
	for i := range 790 {
		p := record.Position(10 + 2*i)
		d.RecordDrop(Drop{Address: "a", First: p, Last: p, Count: 1, Reason: DropFull})
	}
	for i := range 30 {
		p := record.Position(1700 + 2*i)
		d.report(d.files[0], damage{at: int64(i), next: int64(i), first: p, last: p}, nil)
	}
	if n := len(d.drops.gone("a", 0)); n != 790 && d.drops.early == 0 {
		t.Errorf("%d of 790 needed ranges are left, and that is not logged", n)
	}
}

// One read at the start fails once.
func TestAStartIsNotRefusedForAReadThatFailsOnce(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	a := diskCursorOf(t, d, "b", BacklogOptions{})
	s := diskSet(t, d, "b")
	put(t, d, testGroup("x", 10, 100), s)
	settle(a, takeAll(a)...)
	end(t, d)
	d = testDisk(t, m, DiskOptions{})
	if err := d.Rename("b", "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Replay(t.Context(), "a", ReplayOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	ops := map[string]bool{}
	m.fail = func(_ int, op, name string) error { ops[op+" "+name] = true; return nil }
	d = testDisk(t, m, DiskOptions{})
	_ = d.Close()
	for what := range ops {
		once := true
		m.fail = func(_ int, op, name string) error {
			if op+" "+name == what && once && (op == "read") {
				once = false
				return syscall.EIO
			}
			return nil
		}
		m.locked = false
		d, err := tryDisk(m, DiskOptions{}, time.Now)
		if err != nil {
			t.Errorf("%s fails once: %v", what, err)
			continue
		}
		m.fail = nil
		_ = d.Close()
	}
}

// A folder or a link in the place of a file is answered with what to do about it.
func TestWhatIsNotTheSpoolsIsSaidToBeMovedAway(t *testing.T) {
	for _, name := range []string{lockName, cursorName} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		d, err := OpenDisk(dir, DiskOptions{MaxBytes: minMaxBytes})
		if err == nil {
			_ = d.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("with a folder named %s: %v", name, err)
		}
	}
}

// Others' records that are sent again wait too.
func TestAReplayOfOthersRecordsCountsForParked(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{Retain: time.Hour})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	diskCursorOf(t, d, "b", BacklogOptions{})
	put(t, d, testGroup("x", 10, 100), diskSet(t, d, "a"))
	settle(a, takeAll(a)...)
	end(t, d)
	d = testDisk(t, m, DiskOptions{})
	r, err := d.Replay(t.Context(), "b", ReplayOptions{Like: "a"})
	if err != nil || r.Records != 10 {
		t.Fatal(r, err)
	}
	for _, p := range d.Parked() {
		if p.Address == "b" && p.Records == 0 && !p.Replaying {
			t.Errorf("10 records of a replay wait for b; Parked says %+v, so the router does not start it unless a pipeline comes to it", p)
		}
	}
}

// What is found missing at a start is noted also when there are notes already.
func TestWhatIsMissingIsNoted(t *testing.T) {
	for _, noted := range []bool{false, true} {
		t.Run(fmt.Sprintf("with notes: %t", noted), func(t *testing.T) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{})
			diskCursorOf(t, d, "a", BacklogOptions{})
			diskCursorOf(t, d, "b", BacklogOptions{})
			s := diskSet(t, d, "a")
			for range 120 {
				put(t, d, testGroup("x", 10, 100), s)
			}
			if noted {
				d.RecordDrop(Drop{Address: "b", First: 1, Last: 1, Count: 1, Reason: DropFull})
			}
			end(t, d)
			lost := d.files[1]
			delete(m.names, lost.name)
			d = testDisk(t, m, DiskOptions{})
			if d.State().Lost == 0 {
				t.Fatal("not noticed")
			}
			found := false
			for _, n := range d.Drops() {
				found = found || n.Reason == DropDamaged && n.First == lost.header.first && n.Last == lost.last
			}
			if !found {
				t.Errorf("%d records are lost, and the notes do not say so: %+v", d.State().Lost, d.Drops())
			}
			_ = d.Close()
		})
	}
}

// A replay gives all that is chosen, also what was dropped behind something that waits.
func TestAReplayGivesWhatWasDroppedBehindWhatWaits(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	c := diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest})
	s := diskSet(t, d, "a")
	put(t, d, testGroup("settled", 10, 100), s)
	settle(c, takeAll(c)...)
	put(t, d, testGroup("waits", 5, 100), s)
	held := takeAll(c)
	put(t, d, testGroup("dropped", 20, 100), s)
	c.dropThrough(35)
	put(t, d, testGroup("last", 5, 100), s)
	held[0].Segment.Release()
	r, err := d.Replay(t.Context(), "a", ReplayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := positionsOf(takeAll(c))
	if len(got) != 1 || got[0] != (positions{1, 40}) {
		t.Errorf("a replay of everything gives %v; report: %+v", got, r)
	}
}
