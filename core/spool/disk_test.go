package spool

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/skidway/skidway/core/record"
)

func TestDiskKeepsRecordsOverARestart(t *testing.T) {
	for _, how := range []string{"closed", "killed", "power cut"} {
		t.Run(how, func(t *testing.T) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{})
			a := diskCursorOf(t, d, "a", BacklogOptions{})
			diskCursorOf(t, d, "b", BacklogOptions{})
			both, onlyB := diskSet(t, d, "a", "b"), diskSet(t, d, "b")
			var want []byte
			for i := range 200 {
				g := testGroup(fmt.Sprint("g", i), 1+i%7, 300)
				set := both
				if i%3 == 0 {
					set = onlyB
				} else {
					want = append(want, g.Data...)
				}
				put(t, d, g, set)
			}
			id, next := d.ID(), d.Stats().Next
			taken, ok := a.Take(1, 1<<20, false)
			if !ok {
				t.Fatal("nothing to take")
			}
			a.Settle(taken.Last(), 1, int64(len(taken.Data)))
			if err := d.syncCursors(); err != nil {
				t.Fatal(err)
			}
			want = want[len(taken.Data):]
			taken.Segment.Release()
			switch how {
			case "closed":
				end(t, d)
			case "killed":
				m = m.kill()
			default:
				m = m.crash(nil)
			}
			d = testDisk(t, m, DiskOptions{})
			if d.ID() != id {
				t.Error("the spool has another id")
			}
			if got := d.Stats().Next; got < next || how == "closed" && got != next {
				t.Errorf("next = %d after %d", got, next)
			}
			a = diskCursorOf(t, d, "a", BacklogOptions{})
			before := a.Backlog()
			runs := takeAll(a)
			if got := dataOf(runs); !bytes.Equal(got, want) {
				t.Fatalf("%d bytes, want %d", len(got), len(want))
			}
			records := 0
			for _, r := range runs {
				records += r.Len()
			}
			if before.Records != int64(records) || before.Bytes != int64(len(want)) || before.Untaken != int64(records) {
				t.Errorf("backlog = %+v, want %d records, %d bytes", before, records, len(want))
			}
			settle(a, runs...)
			if got := a.Backlog(); got.Records != 0 || got.Bytes != 0 || got.Untaken != 0 {
				t.Errorf("backlog = %+v, want nothing", got)
			}
			end(t, d)
		})
	}
}

func TestDiskDeliversOnlyWhatIsPublished(t *testing.T) {
	d := testDisk(t, newModelDisk(), DiskOptions{})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	p, err := d.Append(t.Context(), testGroup("g", 3, 100), s)
	if err != nil || p != 3 {
		t.Fatalf("Append = %d, %v", p, err)
	}
	if _, ok := a.Take(10, 1000, true); ok {
		t.Fatal("a record that is not on the disk was delivered")
	}
	if err := d.commit(d.now()); err != nil {
		t.Fatal(err)
	}
	<-a.Ready()
	if err := d.WaitPublished(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	r, ok := a.Take(10, 1000, true)
	if !ok || r.First != 1 || r.Len() != 3 || r.ID != 1000 || r.Origin.Source != "source.tcp.g" {
		t.Fatalf("Take = %+v, %t", r, ok)
	}
	settle(a, r)
	end(t, d)
}

func TestDiskDeletesSegmentsThatNobodyNeeds(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	b := diskCursorOf(t, d, "b", BacklogOptions{})
	s := diskSet(t, d, "a", "b")
	for i := range 100 {
		put(t, d, testGroup(fmt.Sprint(i), 4, 500), s)
	}
	if n := d.State().Segments; n < 5 {
		t.Fatalf("%d segments", n)
	}
	settle(a, takeAll(a)...)
	d.reclaim(d.now(), false)
	if n := d.State().Segments; n < 5 {
		t.Fatalf("%d segments are left of what another destination needs", n)
	}
	settle(b, takeAll(b)...)
	d.reclaim(d.now(), false)
	if n := d.State().Segments; n != 1 {
		t.Errorf("%d segments are left, want the current one", n)
	}
	if got := b.Durable(); got != 400 {
		t.Errorf("durable frontier = %d, want 400", got)
	}
	end(t, d)
	d = testDisk(t, m, DiskOptions{})
	if got := d.Stats().Next; got != 401 {
		t.Errorf("next = %d, want 401", got)
	}
	a = diskCursorOf(t, d, "a", BacklogOptions{})
	p := put(t, d, testGroup("more", 1, 10), diskSet(t, d, "a"))
	if r, ok := a.Take(1, 100, true); !ok || r.First != p || p != record.Position(401) {
		t.Errorf("Take = %d, %t after position %d", r.First, ok, p)
	}
}
