package spool

import (
	"testing"
	"testing/synctest"
)

// holdTurns fills a spool of a megabyte by turns with records of the cursors, whose lanes take them at once, and returns
// what each holds.
func holdTurns(t *testing.T, m *Memory, addresses []string, cursors []Cursor) [][]Run {
	t.Helper()
	held := make([][]Run, len(cursors))
	for i := 0; ; i = (i + 1) % len(cursors) {
		s := setOf(t, m, addresses[i])
		for range 64 { // two segments
			if !tryAppend(t, m, testGroup(addresses[i], 10, 200), s) {
				return held
			}
			held[i] = append(held[i], takeAll(cursors[i])...)
		}
	}
}

func TestFullSpoolOfHoldsIsRelievedByTheLaneThatHoldsTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<16)
		names := []string{"a", "b"}
		o := BacklogOptions{MaxBytes: 1 << 30, WhenFull: DropOldest}
		a, b := cursorOf(t, m, "a", o), cursorOf(t, m, "b", o)
		alive := cursorOf(t, m, "alive", BacklogOptions{})
		held := holdTurns(t, m, names, []Cursor{a, b})
		if a.Excess() != 0 || b.Excess() != 0 {
			t.Fatalf("Excess = %d, %d although nothing waits", a.Excess(), b.Excess())
		}
		for len(a.Ready())+len(b.Ready()) > 0 {
			select {
			case <-a.Ready():
			case <-b.Ready():
			}
		}
		bg := inBackground(t, m)
		bg.start(t.Context(), "waits", testGroup("g", 10, 200), setOf(t, m, "alive"))
		bg.want("lanes hold everything")
		if a.Excess() == 0 || b.Excess() != 0 || len(a.Ready()) != 1 || len(b.Ready()) != 0 {
			t.Fatalf("Excess = %d, %d, want one of the first only, and that it is told", a.Excess(), b.Excess())
		}
		settled := 0
		for a.Excess() > 0 {
			settle(a, held[0][0])
			held[0] = held[0][1:]
			settled++
		}
		bg.want("the oldest segment is free", "waits")
		if settled > 40 {
			t.Errorf("%d groups had to go, want those of one segment", settled)
		}
		settle(alive, takeAll(alive)...)
		settle(a, held[0]...)
		settle(b, held[1]...)
	})
}

func TestFullSpoolOfHoldsGoesToTheNextLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<16)
		names := []string{"a", "b"}
		a := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1 << 30}) // blocks
		b := cursorOf(t, m, "b", BacklogOptions{MaxBytes: 1 << 30, WhenFull: DropOldest})
		cursorOf(t, m, "alive", BacklogOptions{})
		held := holdTurns(t, m, names, []Cursor{a, b})
		bg := inBackground(t, m)
		bg.start(t.Context(), "waits", testGroup("g", 10, 200), setOf(t, m, "alive"))
		if b.Excess() != 0 {
			t.Errorf("Excess = %d although a destination that blocks holds older records", b.Excess())
		}
		// All before b's is settled, but not yet released: now b holds the oldest.
		first := 0
		for ; held[0][first].First < held[1][0].First; first++ {
			r := held[0][first]
			a.Settle(held[0][first+1].First-1, int64(r.Len()), int64(len(r.Data)))
		}
		bg.want("still held")
		if b.Excess() == 0 {
			t.Error("Excess = 0 although this lane holds the oldest records")
		}
		for _, r := range held[0][:first] {
			r.Segment.Release()
		}
		bg.want("released", "waits")
		if b.Excess() != 0 {
			t.Errorf("Excess = %d although nothing waits", b.Excess())
		}
		settle(a, held[0][first:]...)
		settle(b, held[1]...)
	})
}
