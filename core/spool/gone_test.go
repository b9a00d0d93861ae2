package spool

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/record"
)

// holdAndDrop has a destination hold 1-10, deliver 11-20, and drop of the rest all but the last ten, of which the lane has
// dropped 6-10 meanwhile: 1-5 and 91-100 wait.
func holdAndDrop(t *testing.T, d *Disk, c *diskCursor) {
	t.Helper()
	s := diskSet(t, d, "a")
	put(t, d, testGroup("a", 5, 100), s)
	put(t, d, testGroup("b", 5, 100), s)
	put(t, d, testGroup("c", 10, 100), s)
	runs := takeAll(c)
	for range 4 {
		put(t, d, testGroup("d", 10, 100), s)
	}
	c.dropThrough(60)
	r := runs[1]
	d.RecordDrop(Drop{Address: "a", First: r.First, Last: r.Last(), Count: int64(r.Len()), Reason: DropFull})
	c.Settle(0, int64(r.Len()), int64(len(r.Data)))
	r.Segment.Release()
	for range 4 {
		put(t, d, testGroup("e", 10, 100), s)
	}
	c.dropThrough(90)
	settleOnly(c, runs[2])
	runs[0].Segment.Release()
}

// settleOnly settles a run in front of which something is held.
func settleOnly(c *diskCursor, r Run) {
	c.Settle(0, int64(r.Len()), int64(len(r.Data)))
	r.Segment.Release()
}

func positionsOf(runs []Run) (all []positions) {
	for _, r := range runs {
		for p := r.First; p <= r.Last(); p++ {
			all = addRun(all, p)
		}
	}
	return all
}

// What was dropped stays dropped, whatever waits in front of it: it is not in the backlog, and not delivered. What was
// delivered there and not dropped comes again.
func TestDropsBehindWhatWaitsAreFinal(t *testing.T) {
	want := []positions{{1, 5}, {11, 20}, {91, 100}}
	check := func(t *testing.T, c *diskCursor) {
		t.Helper()
		b := c.Backlog()
		if b.Records != 25 || b.Untaken != 25 || b.Bytes != 25*100 {
			t.Errorf("backlog = %+v, want 25 records", b)
		}
		all := takeAll(c)
		if got := positionsOf(all); !cmp.Equal(got, want, cmp.AllowUnexported(positions{})) {
			t.Errorf("delivered %v, want %v", got, want)
		}
		settle(c, all...)
		if b := c.Backlog(); b.Records != 0 || b.Bytes != 0 || b.Untaken != 0 || b.DroppedDamaged != 0 {
			t.Errorf("backlog = %+v at the end", b)
		}
	}
	o := BacklogOptions{WhenFull: DropOldest}
	t.Run("rewind", func(t *testing.T) {
		d := testDisk(t, newModelDisk(), DiskOptions{})
		c := diskCursorOf(t, d, "a", o)
		holdAndDrop(t, d, c)
		if err := c.Rewind(); err != nil {
			t.Fatal(err)
		}
		check(t, c)
		end(t, d)
	})
	for name, restart := range map[string]func(t *testing.T, m *modelDisk, d *Disk) *modelDisk{
		"clean end": func(t *testing.T, m *modelDisk, d *Disk) *modelDisk { end(t, d); return m },
		"kill": func(t *testing.T, m *modelDisk, d *Disk) *modelDisk {
			if err := d.putCursors(); err != nil {
				t.Fatal(err)
			}
			return m.kill()
		},
		"power cut": func(t *testing.T, m *modelDisk, d *Disk) *modelDisk {
			if err := d.syncCursors(); err != nil {
				t.Fatal(err)
			}
			return m.crash(nil)
		},
		// The second restart comes after one that was read from a file which nobody had synced.
		"kill, and power cut": func(t *testing.T, m *modelDisk, d *Disk) *modelDisk {
			if err := d.putCursors(); err != nil {
				t.Fatal(err)
			}
			m = m.kill()
			testDisk(t, m, DiskOptions{})
			return m.crash(nil)
		},
		"a write of the drops failed": func(t *testing.T, m *modelDisk, d *Disk) *modelDisk {
			n := 1
			m.fail = func(_ int, op, name string) error {
				if name == dropName && op == "syncall" && n > 0 {
					n--
					return errors.New("once")
				}
				return nil
			}
			end(t, d)
			m.fail = nil
			return m.crash(nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{})
			holdAndDrop(t, d, diskCursorOf(t, d, "a", o))
			m = restart(t, m, d)
			d = testDisk(t, m, DiskOptions{})
			check(t, diskCursorOf(t, d, "a", o))
			end(t, d)
		})
	}
}

// TestLostDropsOnlyRepeat: of drops that the disk never got, the records are delivered.
func TestLostDropsOnlyRepeat(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	holdAndDrop(t, d, diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest}))
	d = testDisk(t, m.kill(), DiskOptions{})
	c := diskCursorOf(t, d, "a", BacklogOptions{})
	if n := c.Backlog().Records; n != 100 {
		t.Errorf("%d records wait, want 100", n)
	}
	if got := positionsOf(takeAll(c)); len(got) != 1 || got[0] != (positions{1, 100}) {
		t.Errorf("delivered %v", got)
	}
}

// TestDropsOfAnotherSpoolAreNotOurs: a file that was left of an earlier spool takes nothing from this one.
func TestDropsOfAnotherSpoolAreNotOurs(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	holdAndDrop(t, d, diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest}))
	end(t, d)
	for name := range m.names {
		if _, segment := segmentFirst(name); segment || name == cursorName {
			if err := m.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	d = testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "a", BacklogOptions{})
	put(t, d, testGroup("new", 100, 100), diskSet(t, d, "a"))
	m = m.kill()
	d = testDisk(t, m, DiskOptions{})
	if n := diskCursorOf(t, d, "a", BacklogOptions{}).Backlog().Records; n != 100 {
		t.Errorf("%d records wait, want 100", n)
	}
}

// TestDropsOfAnEarlierDestinationAreNotTheRenamedOnes: an address that is used again begins with nothing dropped.
func TestDropsOfAnEarlierDestinationAreNotTheRenamedOnes(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "b", BacklogOptions{})
	put(t, d, testGroup("x", 10, 100), diskSet(t, d, "b"))
	d.RecordDrop(Drop{Address: "a", First: 3, Last: 8, Count: 6, Reason: DropFull}) // of an a that is no more
	end(t, d)
	d = testDisk(t, m, DiskOptions{})
	if err := d.Rename("b", "a"); err != nil {
		t.Fatal(err)
	}
	if n := diskCursorOf(t, d, "a", BacklogOptions{}).Backlog().Records; n != 10 {
		t.Errorf("%d records wait, want 10", n)
	}
	if drop, known := d.drops.find("a", 5); !known || !drop.forgotten() {
		t.Errorf("of the earlier one: %+v, %t", drop, known)
	}
}

// TestTheOldestSegmentGoesWithWhatIsGone: what a destination dropped at the end of a segment before a restart does not
// keep the segment.
func TestTheOldestSegmentGoesWithWhatIsGone(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	c := diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest})
	s := diskSet(t, d, "a")
	for range 60 {
		put(t, d, testGroup("x", 10, 100), s)
	}
	first := d.files[0]
	r, _ := c.Take(10, 1<<20, true)
	c.dropThrough(first.last)
	r.Segment.Release()
	end(t, d)
	d = testDisk(t, m, DiskOptions{})
	c = diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest})
	n := len(d.files)
	if !d.giveUpOldest() || !d.reclaim(d.now(), true) || len(d.files) >= n {
		t.Errorf("%d segments of %d are left; backlog %+v, frontier %d", len(d.files), n, c.Backlog(), c.frontier)
	}
}

func TestInspectAndScanLeaveOutWhatIsGone(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "spool")
	d, err := OpenDisk(directory, DiskOptions{MaxBytes: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	holdAndDrop(t, d, diskCursorOf(t, d, "a", BacklogOptions{WhenFull: DropOldest}))
	end(t, d)
	report, err := Inspect(directory)
	if err != nil {
		t.Fatal(err)
	}
	if c := report.Cursors[0]; c.Records != 25 || c.Bytes != 25*100 {
		t.Errorf("inspected: %+v, want 25 records", c)
	}
	for name, filter := range map[string]Filter{"all": {Fates: true}, "the last": {Fates: true, First: 95}} {
		states := map[string]int{}
		_, err := Scan(t.Context(), directory, filter, func(e *Entry) error {
			f := e.Fates[0]
			states[f.State]++
			if e.Position == 95 && (f.State != FateWaiting || f.AheadRecords != 19) {
				t.Errorf("%s: of 95: %+v, want 19 ahead", name, f)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if filter.First == 0 && (states[FateDropped] != 75 || states[FateWaiting] != 25) {
			t.Errorf("%s: %v", name, states)
		}
	}
}

// TestNeededDropsAreForgottenLast: what a restart would deliver again is remembered before what it would not.
func TestNeededDropsAreForgottenLast(t *testing.T) {
	var l dropLog
	waits := func(d *Drop) bool { return d.Address == "a" }
	for i := range 500 {
		p := record.Position(10 + 2*i)
		l.add(Drop{Address: "a", First: p, Last: p, Count: 1, Reason: DropFull}, 0, waits)
	}
	for i := range 2000 {
		p := record.Position(10 + 2*i)
		l.add(Drop{Address: []string{"b", "c"}[i%2], First: p, Last: p, Count: 1, Reason: DropFull}, 0, waits)
	}
	if n := len(l.gone("a", 0)); n != 500 || l.early != 0 {
		t.Errorf("%d of 500 are remembered; %d times too many", n, l.early)
	}
	for i := range 2000 {
		p := record.Position(2010 + 2*i)
		l.add(Drop{Address: "a", First: p, Last: p, Count: 1, Reason: DropFull}, 0, waits)
	}
	if l.early == 0 || len(l.ranges) > maxDrops || len(l.gone("a", 5900)) == 0 {
		t.Errorf("%d ranges; %d times too many", len(l.ranges), l.early)
	}
}

// TestStretchesWithoutWhatIsGone compares with a look at every record.
func TestStretchesWithoutWhatIsGone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		pick := func(part int) (all []positions) {
			for p := record.Position(1); p <= 40; p++ {
				if random.IntN(part) == 0 {
					all = addRun(all, p)
				}
			}
			return all
		}
		var r *replayed
		frontier := record.Position(random.IntN(40))
		if runs := pick(3); random.IntN(2) == 0 && len(runs) > 0 {
			r = &replayed{base: record.Position(random.IntN(40)), runs: runs}
		}
		member := random.IntN(3) > 0
		if r != nil && member { // own records that follow the replay are not in it
			r.runs = nil
			for _, run := range pick(2) {
				for p := run.first; p <= min(run.last, r.base); p++ {
					r.runs = addRun(r.runs, p)
				}
			}
			if len(r.runs) == 0 {
				r = nil
			}
		}
		dropped := gone(pick(2 + random.IntN(4)))
		g := testGroup("x", 20, 10)
		size, err := groupBytes(g)
		if err != nil {
			t.Fatal(err)
		}
		b := newBuffer(size)
		encodeEntry(b, g, 11, 1)
		e := entryIn(b)
		var want, got []positions
		for p := max(11, frontier+1); p <= 30; p++ {
			own := member && p > r.settledBefore(0) && !dropped.covers(p, p)
			if own || r.contains(p) {
				want = addRun(want, p)
			}
		}
		for at := frontier + 1; ; {
			first, n := dropped.stretch(r, &e, at, member)
			if n == 0 {
				break
			}
			if first < at {
				t.Fatalf("%d before %d", first, at)
			}
			for at = first; at < first+record.Position(n); at++ {
				got = addRun(got, at)
			}
		}
		if !cmp.Equal(got, want, cmp.AllowUnexported(positions{})) {
			t.Fatalf("got %v, want %v: %+v, gone %v, member %t, frontier %d", got, want, r, dropped, member, frontier)
		}
		records := int64(0)
		for _, w := range want {
			records += int64(w.last - w.first + 1)
		}
		if sum := r.tally(&e, frontier, dropped, member); sum.records != records || sum.bytes != 10*records {
			t.Fatalf("tally = %+v, want %d records", sum, records)
		}
	})
}
