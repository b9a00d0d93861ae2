package spool

import (
	"bytes"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestDropOldestKeepsTheNewest(t *testing.T) {
	m := testMemory(1<<20, 1<<12)
	a := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1000, WhenFull: DropOldest})
	b := cursorOf(t, m, "b", BacklogOptions{})
	s := setOf(t, m, "a", "b")
	appendOf(t, m, testGroup("g", 10, 100), s)
	<-a.Ready()
	held, _ := a.Take(2, 1000, false)
	appendOf(t, m, testGroup("h", 3, 50), s) // 150 bytes: two records go
	select {
	case <-a.Ready():
	default:
		t.Error("the lane is not told")
	}
	want := Backlog{Records: 11, Bytes: 950, MaxBytes: 1000, Untaken: 9, DroppedFull: 2, DroppedFirst: 3, DroppedLast: 4}
	got := a.Backlog()
	if got.OldestUnixNano == 0 {
		t.Error("the oldest record has no time")
	}
	if got.OldestUnixNano = 0; got != want {
		t.Errorf("backlog = %+v, want %+v", got, want)
	}
	if r, ok := a.Take(1, 1000, false); !ok || r.First != 5 || !bytes.HasPrefix(r.Data, []byte("g-4-")) {
		t.Errorf("Take = %d %q, want the record at 5", r.First, r.Data)
	}
	if got := b.Backlog(); got.Records != 13 || got.DroppedFull != 0 {
		t.Errorf("the other destination's backlog = %+v", got)
	}
	if got := a.Excess(); got != 0 {
		t.Errorf("Excess = %d, want 0", got)
	}
	settle(a, held)
}

func TestExcessIsWhatOnlyTheLaneCanDrop(t *testing.T) {
	m := testMemory(1<<20, 1<<12)
	a := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1000, WhenFull: DropOldest})
	s := setOf(t, m, "a")
	appendOf(t, m, testGroup("g", 9, 100), s)
	held := takeAll(a)
	appendOf(t, m, testGroup("h", 3, 100), s)
	if got := a.Excess(); got != 200 {
		t.Errorf("Excess = %d, want 200", got)
	}
	appendOf(t, m, testGroup("i", 4, 100), s) // takes the place of the last one
	if got := a.Backlog(); a.Excess() != 300 || got.DroppedFull != 3 || got.Untaken != 4 {
		t.Errorf("Excess = %d, backlog %+v", a.Excess(), got)
	}
	if _, err := m.AppendOver(t.Context(), testGroup("j", 1, 100), s); err != nil {
		t.Fatal(err)
	}
	if got := a.Backlog(); a.Excess() != 0 || got.DroppedFull != 7 || got.Untaken != 1 {
		t.Errorf("Excess = %d, backlog %+v", a.Excess(), got)
	}
	settle(a, held...)
}

// fillTo appends groups for the set until the next one needs more segments than there is room for.
func fillTo(tb testing.TB, m *Memory, s Set) (groups int) {
	tb.Helper()
	for ; ; groups++ {
		if !tryAppend(tb, m, testGroup("fill", 10, 200), s) {
			return groups
		}
		if groups > 10_000 {
			tb.Fatal("the spool is never full")
		}
	}
}

func TestFullSpoolBlocksAllForADestinationThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<16)
		a := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1 << 30})
		b := cursorOf(t, m, "b", BacklogOptions{MaxBytes: 1 << 30, WhenFull: DropOldest})
		s, onlyB := setOf(t, m, "a", "b"), setOf(t, m, "b")
		groups := fillTo(t, m, s)
		if got := m.Stats(); got.Bytes > got.MaxBytes || got.Bytes < got.MaxBytes*3/4 {
			t.Errorf("bytes when full = %d of %d", got.Bytes, got.MaxBytes)
		}
		if got := b.Backlog(); got.DroppedFull != 0 || got.Records != int64(10*groups) {
			t.Errorf("records were dropped although that makes no room: %+v", got)
		}
		bg := inBackground(t, m)
		bg.start(t.Context(), "for b", testGroup("g", 500, 100), onlyB)
		bg.want("full")
		if _, err := m.AppendOver(t.Context(), testGroup("g", 500, 100), onlyB); err != nil {
			t.Error(err)
		}
		bg.want("still full")
		runs := takeAll(a)
		bg.want("all is taken for a, but its lane holds it")
		if got := b.Backlog(); got.DroppedFull != 0 {
			t.Errorf("records were dropped although that makes no room: %+v", got)
		}
		settle(a, runs...)
		bg.want("b alone holds the oldest segments", "for b")
		if got := b.Backlog(); got.DroppedFull == 0 || got.DroppedFirst != 1 {
			t.Errorf("b dropped nothing: %+v", got)
		}
	})
}

func TestFullSpoolOfHoldsWaitsForTheRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<16)
		a := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1 << 30, WhenFull: DropOldest})
		s := setOf(t, m, "a")
		var runs []Run
		for tryAppend(t, m, testGroup("g", 10, 200), s) {
			runs = append(runs, takeAll(a)...)
		}
		bg := inBackground(t, m)
		bg.start(t.Context(), "waits", testGroup("g", 10, 200), s)
		bg.want("the lane holds everything")
		first := runs[0].Segment
		for len(runs) > 0 && runs[0].Segment == first {
			settle(a, runs[0])
			runs = runs[1:]
		}
		bg.want("one segment is free", "waits")
	})
}

// A destination that takes one percent of the traffic and never settles holds about one percent of it.
func TestDeadDestinationHoldsWhatItsOwnRecordsNeed(t *testing.T) {
	for name, late := range map[string]bool{"released before the spool is full": false, "released after": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := testMemory(1<<20, 1<<16)
				alive, dead := cursorOf(t, m, "alive", BacklogOptions{}), cursorOf(t, m, "dead", BacklogOptions{})
				most, some := setOf(t, m, "alive"), setOf(t, m, "alive", "dead")
				var want []byte
				for i := range 4000 {
					s, g := most, testGroup(fmt.Sprint(i), 10, 200)
					if i%100 == 0 {
						s, want = some, append(want, g.Data...)
					}
					bg := inBackground(t, m)
					bg.start(t.Context(), "append", g, s)
					runs := takeAll(alive)
					if !late {
						settle(alive, runs...)
						bg.want("thinned", "append")
						continue
					}
					// Settled, and only then the last hold goes: by then the append may wait.
					for _, r := range runs {
						alive.Settle(r.Last(), int64(r.Len()), int64(len(r.Data)))
					}
					synctest.Wait()
					for _, r := range runs {
						r.Segment.Release()
					}
					bg.want("thinned", "append")
				}
				if got := m.Stats().Bytes; got > 1<<20 {
					t.Errorf("bytes = %d, want at most %d", got, 1<<20)
				}
				runs := takeAll(dead)
				if !bytes.Equal(dataOf(runs), want) {
					t.Error("the dead destination's records changed")
				}
				for _, r := range runs {
					group := (r.First - 1) / 10
					if group%100 != 0 || r.Origin.Source != fmt.Sprint("source.tcp.", group) || r.ID != 1000+uint64(r.First-1)%10 {
						t.Errorf("position %d = %d of %s", r.First, r.ID, r.Origin.Source)
					}
				}
				settle(dead, runs...)
				if m.segments != 1 {
					t.Errorf("segments in use = %d, want 1", m.segments)
				}
			})
		})
	}
}

func TestLastReleaseOfASparseSegmentWakesAppends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<16)
		alive, dead := cursorOf(t, m, "alive", BacklogOptions{MaxBytes: 1 << 30}), cursorOf(t, m, "dead", BacklogOptions{})
		most, both := setOf(t, m, "alive"), setOf(t, m, "alive", "dead")
		for i := 0; ; i++ {
			s := most
			if i%30 == 0 {
				s = both
			}
			if !tryAppend(t, m, testGroup("g", 10, 200), s) {
				break
			}
		}
		bg := inBackground(t, m)
		bg.start(t.Context(), "waits", testGroup("g", 10, 200), most)
		bg.want("full")
		var held []Run
		for m.oldest.next.needed*4 >= m.oldest.next.held {
			r, ok := alive.Take(10, 1<<20, false)
			if !ok {
				t.Fatal("nothing to take")
			}
			held = append(held, r)
		}
		bg.want("two are sparse, but the lane holds them")
		for _, r := range held {
			r.Segment.Release()
		}
		bg.want("released", "waits")
		if got := dead.Backlog(); got.Untaken != got.Records || got.DroppedFull != 0 {
			t.Errorf("the dead destination's backlog = %+v", got)
		}
	})
}

func TestDestinationThatLeavesTheOldestSegmentLetsTheOthersDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<16)
		a := cursorOf(t, m, "a", BacklogOptions{})
		b := cursorOf(t, m, "b", BacklogOptions{MaxBytes: 1 << 30, WhenFull: DropOldest})
		appendOf(t, m, testGroup("g", 1, 100), setOf(t, m, "a", "b"))
		onlyB := setOf(t, m, "b")
		fillTo(t, m, onlyB)
		bg := inBackground(t, m)
		bg.start(t.Context(), "waits", testGroup("g", 10, 200), onlyB)
		bg.want("a holds the oldest segment")
		held := takeAll(a)
		bg.want("a has left it, its lane holds it", "waits")
		if got := b.Backlog(); got.DroppedFull == 0 || got.DroppedFull > 700 {
			t.Errorf("dropped %d records, want those of two segments", got.DroppedFull)
		}
		settle(a, held...)
	})
}

func TestExpiryThatMakesASegmentSparseLetsAppendsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const segment = 1<<16 + chunkBytes
		m := testMemory(5*segment+60_000, 1<<16) // nearly a segment too much, so that a thinned one makes room
		a := cursorOf(t, m, "a", BacklogOptions{MaxAge: time.Minute, MaxBytes: 1 << 30})
		b := cursorOf(t, m, "b", BacklogOptions{})
		onlyA, onlyB := setOf(t, m, "a"), setOf(t, m, "b")
		for range 29 { // of the 32 that a segment takes
			appendOf(t, m, testGroup("old", 10, 200), onlyA)
		}
		appendOf(t, m, testGroup("b", 1, 200), onlyB)
		pass(30 * time.Second)
		fillTo(t, m, onlyA)
		began := time.Now()
		if _, err := m.Append(t.Context(), testGroup("new", 10, 200), onlyA); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != 30*time.Second {
			t.Errorf("Append waited %s, want until the first are a minute old", waited)
		}
		if got := a.Backlog(); got.DroppedExpired != 290 || b.Backlog().Untaken != 1 {
			t.Errorf("backlogs = %+v, %+v", got, b.Backlog())
		}
	})
}

func TestGroupLargerThanTheSpoolGoesIntoAnEmptyOne(t *testing.T) {
	m := testMemory(1<<18, 1<<16)
	a, s := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1 << 30}), setOf(t, m, "a")
	for range 2 {
		if !tryAppend(t, m, testGroup("g", 10, 100_000), s) {
			t.Fatal("a group larger than the spool waits though nothing is before it")
		}
		if tryAppend(t, m, testGroup("g", 10, 100_000), s) {
			t.Fatal("a group was taken although the spool is over its bound")
		}
		settle(a, takeAll(a)...)
	}
}

func TestLaneIsToldWhenASegmentIsSealed(t *testing.T) {
	m := testMemory(1<<20, 1<<12)
	a := cursorOf(t, m, "a", BacklogOptions{})
	idle := cursorOf(t, m, "idle", BacklogOptions{})
	cursorOf(t, m, "b", BacklogOptions{})
	appendOf(t, m, testGroup("g", 1, 100), setOf(t, m, "a"))
	<-a.Ready()
	runs := takeAll(a)
	appendOf(t, m, testGroup("g", 1, 5000), setOf(t, m, "b"))
	select {
	case <-a.Ready():
	default:
		t.Error("a lane that holds records of the segment is not told")
	}
	if len(idle.Ready()) != 0 {
		t.Error("a lane that holds nothing is told")
	}
	if !runs[0].Segment.Sealed() || runs[0].Segment.Bytes() != 1<<12 {
		t.Errorf("sealed = %t, bytes = %d", runs[0].Segment.Sealed(), runs[0].Segment.Bytes())
	}
	settle(a, runs...)
}
