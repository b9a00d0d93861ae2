package delivery

import (
	"context"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// stuckStore never takes anything until the lane ends: the dead-letter destination has no room.
type stuckStore struct{}

func (stuckStore) Put(ctx context.Context, _ []DeadLetter) error {
	<-ctx.Done()
	return ctx.Err()
}

// What is given up while the store is busy with, or refused, what was given up before is not noted: the next process takes
// it for stored.
func TestWhatIsGivenUpWhileTheStoreIsBusyIsOwedToo(t *testing.T) {
	for name, dead := range map[string]DeadLetters{"store blocks": stuckStore{}, "store refuses": newFullStore(true)} {
		t.Run(name, func(t *testing.T) {
			o := onDisk(t, SessionInfo{Ordered: true})
			o.dead = dead
			inBubble(t, o, func(t *testing.T, r *rig) {
				r.append(30)
				got := r.want("1-10", "11-20", "21-30")
				r.answer(rejected(got[0]))
				r.answer(rejected(got[1]))
				r.answer(durable(got[2], 30))
			})
			store := newFullStore(false)
			o.dead, o.before, o.info.ResumeAfter = store, 30, 30
			inBubble(t, o, func(t *testing.T, r *rig) {
				r.after(time.Hour)
				if st := r.status(); store.letters() != 20 {
					t.Errorf("%d dead letters, %d delivered; want 20 and 10: the rest is nowhere", store.letters(), st.Delivered)
				}
			})
		})
	}
}

// An earlier process owed letters of 1-10. This one sent them again, since the plugin had lost its state, and the plugin
// stored them. Then the plugin loses something behind them, and the lane goes back: 1-10 are no dead letters.
func TestWhatWasSentAgainIsNotOwedAnyMore(t *testing.T) {
	store := newFullStore(true)
	o := onDisk(t, SessionInfo{Ordered: true})
	o.dead = store
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		r.answer(rejected(got[0]), durable(got[1], 20))
	})
	store.makeRoom()
	o.before = 30
	inBubble(t, o, func(t *testing.T, r *rig) {
		got := r.want("1-10", "11-20", "21-30")
		r.answer(durable(got[0], 0), durable(got[1], 0), durable(got[2], 0))
		r.dest.info.ResumeAfter = 20
		r.crash(End{Reason: "killed"})
		r.after(time.Minute)
		if st := r.status(); store.letters() != 0 {
			t.Errorf("%d dead letters of what the destination has stored; delivered %d", store.letters(), st.Delivered)
		}
	})
}

// Letters of 1-10 were stored long ago. They are replayed, and stored by the plugin now; the router is killed before the
// plugin says so. The next one makes dead letters of them once more.
func TestANoteOfLettersThatWereStoredIsVoid(t *testing.T) {
	store := newFullStore(false)
	o := onDisk(t, SessionInfo{Ordered: true})
	o.dead, o.retain = store, time.Hour
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(20)
		got := r.want("1-10", "11-20")
		r.answer(rejected(got[0]), durable(got[1], 20))
		r.check(10, 10, 0, 0)
		r.after(10 * time.Second)
		err := r.lane.StepAside(t.Context(), func() error {
			_, err := r.spool.(*spool.Disk).Replay(t.Context(), address, spool.ReplayOptions{})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		again := r.want("1-10", "11-20")
		r.answer(durable(again[0], 0), durable(again[1], 0))
		r.after(10 * time.Second)
		r.appended += 20
	})
	store.taken(0)
	o.before, o.info.ResumeAfter = 20, 20
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.after(time.Minute)
		r.answer(stored(20))
		if st := r.status(); store.letters() != 0 {
			t.Errorf("%d dead letters of what the destination has stored; delivered %d", store.letters(), st.Delivered)
		}
	})
}

// Records that came one by one, or between those of others: a run each. The note has room for 2047 of them at most, and
// forgets the rest without a word.
func TestTheNoteHoldsAWholeBatch(t *testing.T) {
	for name, others := range map[string]bool{"one by one": false, "between others'": true} {
		t.Run(name, func(t *testing.T) {
			const n = 2500
			o := onDisk(t, SessionInfo{Ordered: true})
			o.MaxRecords, o.dead = n, newFullStore(true)
			var last, first record.Position
			inBubble(t, o, func(t *testing.T, r *rig) {
				other := r.set
				if others {
					var err error
					if _, err = r.spool.Cursor("destination.test.other", spool.BacklogOptions{}); err != nil {
						t.Fatal(err)
					}
					if other, err = r.spool.Set("destination.test.other"); err != nil {
						t.Fatal(err)
					}
				}
				own := r.set
				for range 2 * n {
					r.appendOnly(1, 0)
					if others {
						r.set = other
						r.appendOnly(1, 0)
						r.appended--
						r.set = own
					}
				}
				got := r.take()
				if len(got) != 2 || len(got[0].positions) != n {
					t.Fatal(len(got))
				}
				first, last = got[0].positions[n-1], got[1].positions[n-1]
				r.answer(rejected(got[0]), durable(got[1], last))
			})
			store := newFullStore(false)
			o.dead, o.before, o.info.ResumeAfter = store, 2*n, last
			inBubble(t, o, func(t *testing.T, r *rig) {
				r.after(time.Minute)
				r.answer(stored(last))
				if st := r.status(); store.letters() != n {
					t.Errorf("%d dead letters, %d delivered, up to %d; want %d of each", store.letters(), st.Delivered, first, n)
				}
			})
		})
	}
}

// lamed reads once, and not again.
type lamed struct {
	spool.DurableCursor
	left int
}

func (c *lamed) Take(records, bytes int, more bool) (spool.Run, bool) {
	if c.left--; c.left < 0 {
		return spool.Run{}, false
	}
	return c.DurableCursor.Take(records, bytes, more)
}

// A process that has taken only some of what an earlier one owed, since a read failed, notes just that.
func TestWhatAnEarlierProcessOwedStaysNoted(t *testing.T) {
	o := onDisk(t, SessionInfo{Ordered: true})
	o.dead = newFullStore(true)
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(40)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(durable(got[1], 0), durable(got[3], 0), rejected(got[0]))
		r.after(time.Hour)
		r.answer(rejected(got[2]))
		r.after(time.Hour) // both are noted
	})
	o.before, o.info.ResumeAfter = 40, 40
	o.cursor = func(c spool.Cursor) spool.Cursor { return &lamed{c.(spool.DurableCursor), 1} }
	inBubble(t, o, func(t *testing.T, r *rig) { r.after(time.Second) })
	store := newFullStore(false)
	o.cursor, o.dead = nil, store
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.after(time.Hour)
		if st := r.status(); store.letters() != 20 {
			t.Errorf("%d dead letters, %d delivered; want 20", store.letters(), st.Delivered)
		}
	})
}
