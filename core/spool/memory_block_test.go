package spool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skidway/skidway/core/record"
)

// background appends in a goroutine and remembers in which order the appends returned.
type background struct {
	t     *testing.T
	m     *Memory
	order []string
	errs  map[string]error
	mu    chan struct{}
}

func inBackground(t *testing.T, m *Memory) *background {
	return &background{t: t, m: m, errs: map[string]error{}, mu: make(chan struct{}, 1)}
}

// start begins an append and waits until it has returned or is blocked.
func (b *background) start(ctx context.Context, name string, g *record.Group, s Set) {
	b.run(name, func() error {
		_, err := b.m.Append(ctx, g, s)
		return err
	})
}

func (b *background) run(name string, do func() error) {
	go func() {
		err := do()
		b.mu <- struct{}{}
		b.order, b.errs[name] = append(b.order, name), err
		<-b.mu
	}()
	synctest.Wait()
}

// wantError checks with what an append has returned.
func (b *background) wantError(name string, want error) {
	b.t.Helper()
	synctest.Wait()
	if !slices.Contains(b.order, name) || !errors.Is(b.errs[name], want) {
		b.t.Fatalf("%s: returned %v with %v, want %v", name, b.order, b.errs[name], want)
	}
}

// want checks which appends have returned without an error.
func (b *background) want(when string, names ...string) {
	b.t.Helper()
	synctest.Wait()
	var got []string
	for _, n := range b.order {
		if b.errs[n] == nil {
			got = append(got, n)
		}
	}
	slices.Sort(got)
	slices.Sort(names)
	if !slices.Equal(got, names) {
		b.t.Fatalf("%s: returned %v, want %v", when, got, names)
	}
}

func TestFullDestinationBlocksOnlyItsOwnAppends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<12)
		a := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1000})
		b := cursorOf(t, m, "b", BacklogOptions{})
		onlyA, onlyB, both := setOf(t, m, "a"), setOf(t, m, "b"), setOf(t, m, "a", "b")
		bg := inBackground(t, m)
		bg.start(t.Context(), "fills", testGroup("g", 10, 100), onlyA)
		bg.start(t.Context(), "waits", testGroup("g", 1, 100), both)
		bg.start(t.Context(), "waits too", testGroup("g", 1, 100), onlyA)
		bg.start(t.Context(), "other", testGroup("g", 1, 100), onlyB)
		bg.want("full", "fills", "other")
		if got := b.Backlog().Records; got != 1 {
			t.Errorf("records of b while an append for both waits = %d, want 1", got)
		}
		runs := takeAll(a)
		bg.want("taken, not settled", "fills", "other")
		a.Settle(1, 1, 100)
		bg.want("room for one", "fills", "other", "waits")
		a.Settle(10, 9, 900)
		bg.want("settled", "fills", "other", "waits", "waits too")
		runs[0].Segment.Release()
	})
}

func TestWaitingAppendsAreServedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<12)
		a, s := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1000}), setOf(t, m, "a")
		bg := inBackground(t, m)
		bg.start(t.Context(), "fills", testGroup("g", 10, 100), s)
		bg.start(t.Context(), "large", testGroup("g", 8, 100), s)
		bg.start(t.Context(), "small 1", testGroup("g", 1, 100), s)
		bg.start(t.Context(), "small 2", testGroup("g", 1, 100), s)
		runs := takeAll(a)
		a.Settle(5, 5, 500)
		bg.want("room for the small ones only", "fills")
		a.Settle(9, 4, 400)
		bg.want("room for two", "fills", "large", "small 1")
		a.Settle(10, 1, 100)
		bg.want("room for all", "fills", "large", "small 1", "small 2")
		runs[0].Segment.Release()
		var sizes []int
		for _, r := range takeAll(a) {
			sizes = append(sizes, r.Len())
		}
		if !slices.Equal(sizes, []int{8, 1, 1}) {
			t.Errorf("groups in the spool = %v, want the order of arrival", sizes)
		}
	})
}

func TestAppendThatIsGivenUpLeavesNothingAndLetsTheNextIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<12)
		a, s := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1000}), setOf(t, m, "a")
		bg := inBackground(t, m)
		bg.start(t.Context(), "fills", testGroup("g", 9, 100), s)
		ctx, cancel := context.WithCancel(t.Context())
		bg.start(ctx, "large", testGroup("g", 8, 100), s)
		bg.start(t.Context(), "small", testGroup("g", 1, 100), s)
		bg.want("large is first", "fills")
		cancel()
		bg.want("large is gone", "fills", "small")
		if err := bg.errs["large"]; !errors.Is(err, context.Canceled) {
			t.Errorf("Append = %v, want canceled", err)
		}
		if _, err := m.Append(ctx, testGroup("g", 1, 1), s); !errors.Is(err, context.Canceled) {
			t.Errorf("Append with a context that is done = %v, want canceled", err)
		}
		if got := a.Backlog(); got.Records != 10 || m.Stats().Next != 11 {
			t.Errorf("backlog = %+v, next = %d", got, m.Stats().Next)
		}
	})
}

func TestCloseAppendEndsAppendsButNotDeadLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<12)
		a, s := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 100}), setOf(t, m, "a")
		bg := inBackground(t, m)
		bg.start(t.Context(), "fills", testGroup("g", 1, 100), s)
		bg.start(t.Context(), "waits", testGroup("g", 1, 100), s)
		m.CloseAppend()
		bg.want("closed", "fills")
		_, err := m.Append(t.Context(), testGroup("g", 1, 100), s)
		if !errors.Is(err, ErrClosed) || !errors.Is(bg.errs["waits"], ErrClosed) {
			t.Errorf("Append = %v and, blocked, %v, want closed", err, bg.errs["waits"])
		}
		settle(a, takeAll(a)...)
		if _, err := m.AppendOver(t.Context(), testGroup("g", 3, 100), s); err != nil {
			t.Errorf("AppendOver after CloseAppend = %v", err)
		}
		if runs := takeAll(a); len(runs) != 1 || a.Backlog().Bytes != 300 {
			t.Errorf("taken %d runs, backlog %+v", len(runs), a.Backlog())
		}
		if err := m.WaitPublished(t.Context(), 4); err != nil {
			t.Errorf("WaitPublished = %v", err)
		}
	})
}

func TestGroupLargerThanTheBoundGoesIntoAnEmptyBacklog(t *testing.T) {
	m := testMemory(1<<20, 1<<12)
	a, s := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 100}), setOf(t, m, "a")
	if !tryAppend(t, m, testGroup("g", 50, 100), s) {
		t.Error("a large group waits though nothing is before it")
	}
	if tryAppend(t, m, testGroup("g", 1, 10), s) {
		t.Error("a group was taken above the bound")
	}
	if a.Excess() != 0 {
		t.Error("a destination with policy Block is told to drop")
	}
}

// Two destinations that are busy all the time must not pass an append for both to each other for ever.
func TestAppendForTwoBusyDestinationsGetsItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<12)
		a, b := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1000}), cursorOf(t, m, "b", BacklogOptions{MaxBytes: 1000})
		onlyA, onlyB, both := setOf(t, m, "a"), setOf(t, m, "b"), setOf(t, m, "a", "b")
		bg := inBackground(t, m)
		for i := range 10 {
			bg.start(t.Context(), fmt.Sprint("a", i), testGroup("g", 1, 100), onlyA)
			bg.start(t.Context(), fmt.Sprint("b", i), testGroup("g", 1, 100), onlyB)
		}
		bg.start(t.Context(), "both", testGroup("g", 1, 100), both)
		for i := range 10 {
			bg.start(t.Context(), fmt.Sprint("more a", i), testGroup("g", 1, 100), onlyA)
			bg.start(t.Context(), fmt.Sprint("more b", i), testGroup("g", 1, 100), onlyB)
		}
		settleOne := func(c Cursor) {
			r, ok := c.Take(1, 1000, true)
			if !ok {
				t.Fatal("nothing to take")
			}
			settle(c, r)
			synctest.Wait()
		}
		settleOne(a) // both has its turn, but b is full
		settleOne(b) // both has its turn; a is full again
		if err, ok := bg.errs["both"]; !ok || err != nil {
			t.Errorf("the append for both is still waiting (returned: %v)", bg.order)
		}
		if got := a.Backlog().Bytes; got > 1100 {
			t.Errorf("backlog of a = %d, want at most one group over the bound", got)
		}
		m.CloseAppend()
		synctest.Wait()
	})
}

func TestRecordsThatGetTooOldLetAppendsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<12)
		a := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1000, MaxAge: time.Minute})
		cursorOf(t, m, "b", BacklogOptions{MaxAge: time.Hour})
		s := setOf(t, m, "a")
		appendOf(t, m, testGroup("g", 1, 100), s)
		pass(time.Second)
		appendOf(t, m, testGroup("g", 9, 100), s)
		began := time.Now()
		if _, err := m.Append(t.Context(), testGroup("g", 8, 100), s); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != time.Minute {
			t.Errorf("Append waited %s, want until all records are a minute old", waited)
		}
		want := Backlog{
			Records: 8, Bytes: 800, MaxBytes: 1000, Untaken: 8, DroppedExpired: 10, DroppedFirst: 1, DroppedLast: 10,
			OldestUnixNano: began.UnixNano(),
		}
		if got := a.Backlog(); got != want {
			t.Errorf("backlog = %+v, want %+v", got, want)
		}
	})
}

func TestTakeDropsWhatIsTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<12)
		a, s := cursorOf(t, m, "a", BacklogOptions{MaxAge: time.Minute}), setOf(t, m, "a")
		appendOf(t, m, testGroup("g", 10, 100), s)
		taken, _ := a.Take(3, 1000, false)
		pass(59 * time.Second)
		appendOf(t, m, testGroup("g", 4, 100), s)
		r, ok := a.Take(1, 1000, false)
		if !ok || r.First != 4 {
			t.Fatalf("Take after 59 s = %d, %t, want position 4", r.First, ok)
		}
		pass(time.Second)
		later, ok := a.Take(100, 1000, false)
		if !ok || later.First != 11 || later.Len() != 4 {
			t.Fatalf("Take after a minute = %d, %t, want position 11", later.First, ok)
		}
		settle(a, taken, r, later)
		want := Backlog{MaxBytes: m.maxBytes / 5 * 4, DroppedExpired: 6, DroppedFirst: 5, DroppedLast: 10}
		if got := a.Backlog(); got != want {
			t.Errorf("backlog = %+v, want %+v", got, want)
		}
	})
}
