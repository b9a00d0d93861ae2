package spool

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/record"
)

// renameLog is a spool in which a has 20 records waiting behind one that it dropped, and b 20 others.
func renameLog(t *testing.T) *modelDisk {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
	diskCursorOf(t, d, "a", BacklogOptions{})
	diskCursorOf(t, d, "b", BacklogOptions{})
	onlyA, onlyB := diskSet(t, d, "a"), diskSet(t, d, "b")
	put(t, d, testGroup("dropped", 1, 300), onlyA)
	for i := range 20 {
		put(t, d, testGroup(fmt.Sprint("a", i), 1, 300), onlyA)
		put(t, d, testGroup(fmt.Sprint("b", i), 1, 300), onlyB)
	}
	d.RecordDrop(Drop{Address: "a", First: 1, Last: 1, Count: 1, Reason: "x"})
	end(t, d)
	return m
}

func TestRenameKeepsPlaceAndRecords(t *testing.T) {
	m := renameLog(t)
	d := testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
	for from, to := range map[string]string{"a": "b", "nobody": "c", "b": ""} {
		if err := d.Rename(from, to); err == nil {
			t.Errorf("%s was renamed to %q", from, to)
		}
	}
	if err := d.Rename("a", "new"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and once more, with a new destination of the old name
		d = testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
		c, a, b := diskCursorOf(t, d, "new", BacklogOptions{}), diskCursorOf(t, d, "a", BacklogOptions{}), diskCursorOf(t, d, "b", BacklogOptions{})
		if err := d.Rename("new", "x"); err == nil {
			t.Error("a destination was renamed that is in use")
		}
		runs := takeAll(c)
		if data := dataOf(runs); bytes.Count(data, []byte("\n")) != 20 || bytes.Contains(data, []byte("b1")) || a.Backlog().Records != 0 || b.Backlog().Records != 20 {
			t.Fatalf("new gets %q", data)
		}
		for _, r := range runs {
			r.Segment.Release()
		}
		if d.Drops()[0].Address != "new" {
			t.Error("the drops have the old name")
		}
		put(t, d, testGroup("fresh", 1, 10), diskSet(t, d, "a"))
		settle(a, takeAll(a)...)
		end(t, d)
	}
	delete(m.names, cursorName) // even so
	d = testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
	if b := diskCursorOf(t, d, "new", BacklogOptions{}).Backlog(); b.Records != 20 {
		t.Errorf("backlog = %+v when the cursors are lost", b)
	}
	found := 0
	if _, err := viewOf(t, m).scanAll(t.Context(), &Filter{Destination: "new"}, func(*Entry) error { found++; return nil }); err != nil || found != 21 {
		t.Errorf("%d records of new are found, %v", found, err)
	}
}

// TestRenamesInAChainOutliveThinning: a destination gets the address that another one had, and segments of both are made
// anew.
func TestRenamesInAChainOutliveThinning(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	for _, a := range []string{"a", "c"} {
		diskCursorOf(t, d, a, BacklogOptions{})
	}
	x := diskCursorOf(t, d, "x", BacklogOptions{})
	onlyA, onlyC, onlyX := diskSet(t, d, "a"), diskSet(t, d, "c"), diskSet(t, d, "x")
	put(t, d, testGroup("a", 1, 20), onlyA)
	put(t, d, testGroup("c", 2, 20), onlyC)
	for range 100 {
		put(t, d, testGroup("x", 10, 40), onlyX)
	}
	settle(x, takeAll(x)...)
	end(t, d)
	d = testDisk(t, m, DiskOptions{})
	for _, r := range [][2]string{{"a", "a destination with a longer name"}, {"c", "a"}} {
		if err := d.Rename(r[0], r[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		d = testDisk(t, m, DiskOptions{})
		for name, want := range map[string]string{"a destination with a longer name": "a-0-", "a": "c-0-c-1-"} {
			runs := takeAll(diskCursorOf(t, d, name, BacklogOptions{}))
			if got := strings.NewReplacer(".", "", "\n", "").Replace(string(dataOf(runs))); got != want {
				t.Errorf("at start %d: %s gets %q, want %q", i+1, name, got, want)
			}
			for _, r := range runs {
				r.Segment.Release()
			}
		}
		diskCursorOf(t, d, "x", BacklogOptions{})
		for d.thin(math.MaxInt64) {
		}
		if !d.files[0].header.thinned {
			t.Errorf("at start %d: nothing is thinned", i+1)
		}
		end(t, d)
		if n := viewOf(t, m).segments[0].tallyOf("a").records; n != 2 {
			t.Errorf("after start %d: who looks sees %d records of a", i+1, n)
		}
		m.fail = nil // of the view
	}
}

func TestRenameDiesAtEveryCall(t *testing.T) {
	for n, whole := 1, false; !whole; n++ {
		for seed := range uint64(3) {
			m := renameLog(t)
			d := testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
			m.calls = 0
			m.fail = func(call int, _, _ string) error {
				if m.dead = call >= n; m.dead {
					return errPower
				}
				return nil
			}
			whole = d.Rename("a", "new") == nil
			if m = m.kill(); seed > 0 {
				m = m.crash(rand.New(rand.NewPCG(seed, uint64(n))))
			}
			d = testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
			name := "new"
			if d.parked["a"] != nil {
				name = "a"
			}
			if whole && name == "a" || d.parked["a"] != nil && d.parked["new"] != nil {
				t.Fatalf("at call %d, seed %d: the cursor is %s's", n, seed, name)
			}
			c, b := diskCursorOf(t, d, name, BacklogOptions{}), diskCursorOf(t, d, "b", BacklogOptions{})
			if len(got(c)) != 20 || len(got(b)) != 20 {
				t.Fatalf("at call %d, seed %d: %s and b do not get their records", n, seed, name)
			}
		}
	}
}

func TestForgetWithoutARouter(t *testing.T) {
	m := renameLog(t)
	d := testDisk(t, m, DiskOptions{})
	if err := d.Forget("a"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := viewOf(t, m).report()
	if err != nil || len(r.Cursors) != 1 || r.Cursors[0].Address != "b" || r.Cursors[0].Parked {
		t.Errorf("report = %+v, %v", r, err)
	}
}

func TestRolledBackDirectoryGoesOnUnderANewID(t *testing.T) {
	m := newModelDisk()
	var said bytes.Buffer
	d := testDisk(t, m, DiskOptions{Log: hclog.New(&hclog.LoggerOptions{Output: &said})})
	diskCursorOf(t, d, "a", BacklogOptions{})
	put(t, d, testGroup("old", 5, 100), diskSet(t, d, "a"))
	id := d.ID()
	end(t, d)
	d = testDisk(t, m, DiskOptions{Log: hclog.New(&hclog.LoggerOptions{Output: &said})})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	if again, err := d.RolledBack(5); err != nil || again || d.ID() != id {
		t.Fatalf("a position that was given: %t, %v", again, err)
	}
	if again, err := d.RolledBack(1 << 60); err == nil || again || d.ID() != id {
		t.Fatalf("a position out of reach: %t, %v", again, err)
	}
	const ahead = 1 << 40 // far behind what the segment reserved
	if again, err := d.RolledBack(ahead); err != nil || !again {
		t.Fatal(again, err)
	}
	second := d.ID()
	if second == id || !strings.Contains(said.String(), "rolled back") {
		t.Error("the id is the same, or nobody was told")
	}
	if p := put(t, d, testGroup("new", 2, 100), s); p != ahead+2 {
		t.Errorf("the first position after it is %d", p-1)
	}
	r, _ := a.Take(5, 1<<20, true)
	settle(a, r)
	for _, after := range []*modelDisk{m.crash(nil), m.kill()} {
		d := testDisk(t, after, DiskOptions{})
		if d.ID() != second || d.State().Damages > 0 || d.Stats().Next <= ahead+2 {
			t.Errorf("after a crash: id %x, %+v", d.ID(), d.State())
		}
		if have := got(diskCursorOf(t, d, "a", BacklogOptions{})); !slices.Contains(have, ahead+1) || !slices.Contains(have, ahead+2) {
			t.Errorf("after a crash: got %v", have)
		}
		if again, err := d.RolledBack(2 * ahead); err != nil || !again {
			t.Fatal(again, err)
		}
		put(t, d, testGroup("third", 1, 100), diskSet(t, d, "a"))
		end(t, d)
		v, err := viewOf(t, after).verify(t.Context(), nil)
		if err != nil || len(v.Damages) > 0 || len(v.Warnings) > 0 {
			t.Errorf("verify = %+v, %v", v, err)
		}
	}
}

// TestRolledBackToPositionsThatAreTakenAgain: records are appended before the destination says what it has.
func TestRolledBackToPositionsThatAreTakenAgain(t *testing.T) {
	d := testDisk(t, newModelDisk(), DiskOptions{})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	put(t, d, testGroup("new", 5, 100), s)
	id := d.ID()
	if again, err := d.RolledBack(3); err != nil || !again || d.ID() == id {
		t.Fatalf("a position that this process gave to another record: %t, %v", again, err)
	}
	id = d.ID()
	if again, err := d.RolledBack(3); err != nil || again || d.ID() != id {
		t.Fatalf("the same position again: %t, %v", again, err)
	}
	if p := put(t, d, testGroup("newer", 1, 100), s); p != 6 {
		t.Errorf("the next position is %d", p)
	}
	if have := got(a); !slices.Equal(have, []record.Position{1, 2, 3, 4, 5, 6}) {
		t.Errorf("got %v", have)
	}
	end(t, d)
}

func TestRolledBackDiesAtEveryCall(t *testing.T) {
	for n, whole := 1, false; !whole; n++ {
		for seed := range uint64(3) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{})
			diskCursorOf(t, d, "a", BacklogOptions{})
			s := diskSet(t, d, "a")
			put(t, d, testGroup("old", 5, 100), s)
			id := d.ID()
			m.calls = 0
			m.fail = func(call int, _, _ string) error {
				if m.dead = call >= n; m.dead {
					return errPower
				}
				return nil
			}
			published := record.Position(5)
			if _, err := d.RolledBack(1000); err == nil {
				if p, err := d.Append(t.Context(), testGroup("new", 1, 100), s); err == nil && d.commit(d.now()) == nil {
					whole, published = true, p
				}
			}
			if m = m.kill(); seed > 0 {
				m = m.crash(rand.New(rand.NewPCG(seed, uint64(n))))
			}
			d = testDisk(t, m, DiskOptions{})
			if d.State().Damages > 0 || whole && d.ID() == id {
				t.Fatalf("at call %d, seed %d: next %d, %+v", n, seed, d.Stats().Next, d.State())
			}
			have := got(diskCursorOf(t, d, "a", BacklogOptions{}))
			if !slices.Contains(have, 1) || !slices.Contains(have, published) {
				t.Fatalf("at call %d, seed %d: got %v, published %d", n, seed, have, published)
			}
		}
	}
}

func TestCopiedDirectoryIsNoticed(t *testing.T) {
	for name, test := range map[string]struct {
		now    whereabouts
		copied bool
	}{
		"the same":               {whereabouts{"m1", "h1", 7}, false},
		"another name":           {whereabouts{"m1", "h2", 7}, false},
		"another machine":        {whereabouts{"m2", "h1", 7}, true},
		"another directory":      {whereabouts{"m1", "h1", 8}, true},
		"a machine without name": {whereabouts{"", "", 7}, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := newModelDisk()
			m.where = whereabouts{"m1", "h1", 7}
			end(t, testDisk(t, m, DiskOptions{}))
			m.where = test.now
			for _, copied := range []bool{test.copied, false} {
				var said bytes.Buffer
				end(t, testDisk(t, m, DiskOptions{Log: hclog.New(&hclog.LoggerOptions{Output: &said})}))
				if got := strings.Contains(said.String(), "copied"); got != copied {
					t.Errorf("logged %q, want a warning: %t", said.String(), copied)
				}
			}
		})
	}
}

// Positions go up to maxPosition, far beyond what a float or 32 bits hold.
func TestDiskAtTheHighestPositions(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
	const start = maxPosition - 1<<20
	d.next = start
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	for i := range 60 {
		put(t, d, testGroup(fmt.Sprint(i), 1, 300), s)
	}
	for range 10 {
		r, _ := a.Take(1, 1<<20, true)
		settle(a, r)
	}
	if err := d.syncCursors(); err != nil {
		t.Fatal(err)
	}
	d = testDisk(t, m.kill(), DiskOptions{SegmentBytes: 8_000})
	a = diskCursorOf(t, d, "a", BacklogOptions{})
	if have := got(a); !slices.Equal(have, positionsFrom(start+10, start+59)) || d.State().Damages > 0 {
		t.Errorf("got %d to %d: %+v", have[0], have[len(have)-1], d.State())
	}
	if err := d.finish(); err != nil {
		t.Fatal(err)
	}
	if last := d.now().Add(time.Hour); d.Stats().Next <= start+59 {
		t.Errorf("next = %d at %s", d.Stats().Next, last)
	}
}
