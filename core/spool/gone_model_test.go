package spool

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/record"
)

// dropModel knows exactly what a destination that drops is to get next, whatever it held when it began anew.
type dropModel struct {
	disk *modelDisk
	d    *Disk
	c    *diskCursor
	// own are the positions of its records that are neither dropped nor at or below the frontier; those from next on have
	// not been taken.
	own      []record.Position
	next     int
	held     []Run
	frontier record.Position
	group    int
}

// TestDropsAreFinal: over clean ends, power cuts when the cursors are written, and rewinds, a destination gets all of its
// records but those that were dropped, and none of those.
func TestDropsAreFinal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &dropModel{disk: newModelDisk()}
		w.open(t)
		t.Repeat(map[string]func(*rapid.T){
			"append": w.append, "append2": w.append, "take": w.take, "take2": w.take, "drop": w.drop, "lane drops": w.laneDrops,
			"settle": w.settle, "rewind": w.rewind, "restart": w.restart,
			"tick": func(*rapid.T) { w.d.tick(w.d.now()) },
			"":     w.check,
		})
	})
}

func (w *dropModel) open(t *rapid.T) {
	w.d = testDiskOf(t, w.disk)
	for _, a := range []string{"a", "b"} {
		c, err := w.d.Cursor(a, BacklogOptions{WhenFull: DropOldest})
		if err != nil {
			t.Fatal(err)
		}
		if a == "a" {
			w.c = c.(*diskCursor)
		}
	}
	w.next = 0
}

func testDiskOf(t *rapid.T, m *modelDisk) *Disk {
	d, err := tryDisk(m, DiskOptions{TailBytes: 8 << 10, SegmentBytes: 8 << 10}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (w *dropModel) append(t *rapid.T) {
	to := rapid.SampledFrom([][]string{{"a"}, {"a", "b"}, {"b"}}).Draw(t, "to")
	s, err := w.d.Set(to...)
	if err != nil {
		t.Fatal(err)
	}
	w.group++
	g := testGroup(fmt.Sprint(w.group), rapid.IntRange(1, 12).Draw(t, "records"), 100)
	last, err := w.d.Append(t.Context(), g, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.d.commit(w.d.now()); err != nil {
		t.Fatal(err)
	}
	for p := last - record.Position(g.Len()) + 1; p <= last && to[0] == "a"; p++ {
		w.own = append(w.own, p)
	}
}

func (w *dropModel) take(t *rapid.T) {
	r, ok := w.c.Take(rapid.IntRange(1, 15).Draw(t, "records"), 1<<20, true)
	if ok != (w.next < len(w.own)) {
		t.Fatalf("took %d, %t; want of %v", r.First, ok, w.own[w.next:])
	}
	if !ok {
		return
	}
	for p := r.First; p <= r.Last(); p++ {
		if w.next == len(w.own) || w.own[w.next] != p {
			t.Fatalf("took %d to %d; want of %v", r.First, r.Last(), w.own[w.next:])
		}
		w.next++
	}
	w.held = append(w.held, r)
}

// drop is the spool's.
func (w *dropModel) drop(t *rapid.T) {
	if w.next == len(w.own) {
		t.Skip("nothing is left")
	}
	through := w.own[rapid.IntRange(w.next, len(w.own)-1).Draw(t, "through")]
	w.c.dropThrough(through)
	// It drops to the end of the entry.
	at := w.c.at
	w.own = slices.DeleteFunc(w.own, func(p record.Position) bool {
		return p < at && !slices.ContainsFunc(w.own[:w.next], func(q record.Position) bool { return p == q })
	})
	if n := len(w.own); n > w.next && w.own[w.next] <= through {
		t.Fatalf("%d is not dropped", w.own[w.next])
	}
}

func (w *dropModel) laneDrops(t *rapid.T) {
	r := w.release(t)
	w.d.RecordDrop(Drop{Address: "a", First: r.First, Last: r.Last(), Count: int64(r.Len()), Reason: DropFull})
	w.own = slices.DeleteFunc(w.own, func(p record.Position) bool { return r.First <= p && p <= r.Last() })
	w.next -= r.Len()
	w.settled(&r)
}

// settle is of what was delivered: it comes again if something in front of it was not settled when the lane begins anew.
func (w *dropModel) settle(t *rapid.T) {
	r := w.release(t)
	w.settled(&r)
}

func (w *dropModel) release(t *rapid.T) Run {
	if len(w.held) == 0 {
		t.Skip("nothing is held")
	}
	i := rapid.IntRange(0, len(w.held)-1).Draw(t, "run")
	r := w.held[i]
	w.held = slices.Delete(w.held, i, i+1)
	return r
}

func (w *dropModel) settled(r *Run) {
	through := record.Position(0)
	if w.next > 0 {
		through = w.own[w.next-1]
	}
	for _, h := range w.held {
		through = min(through, h.First-1)
	}
	w.frontier = max(w.frontier, through)
	w.c.Settle(w.frontier, int64(r.Len()), int64(len(r.Data)))
	r.Segment.Release()
}

func (w *dropModel) rewind(t *rapid.T) {
	w.letGo()
	if err := w.c.Rewind(); err != nil {
		t.Fatal(err)
	}
	w.again()
}

func (w *dropModel) restart(t *rapid.T) {
	w.letGo()
	if rapid.Bool().Draw(t, "clean") {
		if err := w.d.finish(); err != nil {
			t.Fatal(err)
		}
		if err := w.d.Close(); err != nil {
			t.Fatal(err)
		}
	} else {
		if err := w.d.syncCursors(); err != nil {
			t.Fatal(err)
		}
		w.disk = w.disk.crash(nil)
	}
	w.open(t)
	w.again()
}

func (w *dropModel) letGo() {
	for _, r := range w.held {
		r.Segment.Release()
	}
}

// again is a lane that begins behind the frontier.
func (w *dropModel) again() {
	if len(w.held) == 0 {
		w.own = w.own[w.next:] // the cursor knows that all of it is settled
	}
	w.held, w.next = nil, 0
	for len(w.own) > 0 && w.own[0] <= w.frontier {
		w.own = w.own[1:]
	}
}

func (w *dropModel) check(t *rapid.T) {
	held := 0
	for _, r := range w.held {
		held += r.Len()
	}
	b := w.c.Backlog()
	if left := len(w.own) - w.next; int(b.Untaken) != left || int(b.Records) != left+held || b.Bytes != 100*b.Records || b.DroppedDamaged != 0 {
		t.Fatalf("backlog = %+v; %d are held and %d left", b, held, left)
	}
}
