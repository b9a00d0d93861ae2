package delivery

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// fullStore is a dead-letter store that is full while it is told so, and counts what it takes.
type fullStore struct {
	mu    sync.Mutex
	full  bool
	count int
}

func newFullStore(full bool) *fullStore { return &fullStore{full: full} }

func (s *fullStore) Put(_ context.Context, letters []DeadLetter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return errors.New("full")
	}
	s.count += len(letters)
	return nil
}

// makeRoom ends that it is full.
func (s *fullStore) makeRoom() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = false
}

// letters returns how many it took, and taken sets that.
func (s *fullStore) letters() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

func (s *fullStore) taken(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count = n
}

// rejectedThenStored leaves a lane that gave up 1-10, which the dead-letter store does not take, while 11-20 are stored for
// good. The plugin is right to resume after 20: what is at or below was stored or rejected.
func rejectedThenStored(r *rig) {
	r.append(20)
	got := r.want("1-10", "11-20")
	r.answer(rejected(got[0]))
	r.answer(durable(got[1], 20))
	r.check(10, 0, 0, 10)
	r.dest.info.ResumeAfter = 20
}

func wantDead(t *testing.T, r *rig, s *fullStore) {
	t.Helper()
	s.makeRoom()
	r.after(time.Hour)
	if st := r.status(); s.letters() != 10 || st.Delivered > 10 {
		t.Errorf("%d dead letters, %d delivered, %d held; want 10 dead letters: what was given up counts as delivered and is nowhere",
			s.letters(), st.Delivered, st.Held)
	}
}

// The lane steps aside (skidway spool replay that finds nothing more to do, or fails) meanwhile.
func TestGivenUpIsNotTakenForStoredWhenTheLaneStepsAside(t *testing.T) {
	store := newFullStore(true)
	o := onDisk(t, SessionInfo{Ordered: true})
	o.dead = store
	inBubble(t, o, func(t *testing.T, r *rig) {
		rejectedThenStored(r)
		done := make(chan error, 1)
		go func() { done <- r.lane.StepAside(t.Context(), func() error { return nil }) }()
		r.after(time.Second)
		wantDead(t, r, store)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// The plugin ends, and has lost something that it had accepted.
func TestGivenUpIsNotTakenForStoredWhenTheLaneGoesBack(t *testing.T) {
	store := newFullStore(true)
	o := onDisk(t, SessionInfo{Ordered: true})
	o.dead = store
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		r.answer(rejected(got[0]), durable(got[1], 20), durable(got[2], 20))
		r.dest.info.ResumeAfter = 20
		r.crash(End{Reason: "killed"})
		r.after(time.Second)
		store.makeRoom()
		r.after(time.Hour)
		for _, s := range r.take() {
			r.answer(durable(s, 30))
		}
		r.after(time.Hour)
		if st := r.status(); store.letters() != 10 || st.Delivered != 20 {
			t.Errorf("%d dead letters, %d delivered, %d held; want 10 and 20", store.letters(), st.Delivered, st.Held)
		}
	})
}

// The router ends in order while the store is full; the next one finds the plugin behind what was given up. "too large" is
// given up by the lane itself, and so is what failed for max_elapsed.
func TestGivenUpIsNotTakenForStoredAfterARestart(t *testing.T) {
	for _, how := range []string{"too large", "rejected"} {
		t.Run(how, func(t *testing.T) {
			store := newFullStore(true)
			o := onDisk(t, SessionInfo{Ordered: true, MaxBatchBytes: 1000})
			o.dead = store
			o.MaxRecords = 1
			var high record.Position
			inBubble(t, o, func(t *testing.T, r *rig) {
				if how == "too large" {
					r.appendSized(1, 2000)
				} else {
					r.appendSized(1, 10)
				}
				r.appendSized(1, 10)
				for _, s := range r.take() {
					if s.positions[0] == 1 {
						r.answer(rejected(s))
					} else {
						r.answer(durable(s, 2))
						high = 2
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_ = r.lane.Drain(ctx)
				o.before = 1
				if high == 0 {
					o.before = 2
				}
			})
			o.info.ResumeAfter = high
			store.makeRoom()
			inBubble(t, o, func(t *testing.T, r *rig) {
				r.after(time.Minute)
				for _, s := range r.take() {
					if strings.HasPrefix(s.records[0], "1") {
						r.answer(rejected(s))
					} else {
						r.answer(durable(s, 2))
					}
				}
				r.after(time.Minute)
				if high > 0 {
					r.answer(stored(2))
				}
				if st := r.status(); store.letters() != 1 {
					t.Errorf("%d dead letters, delivered %d, held %d; want the one that was given up", store.letters(), st.Delivered, st.Held)
				}
				r.appended = int(r.status().Delivered + r.status().DeadLettered + r.status().Held)
			})
		})
	}
}

// Batches that a plugin with stable batches may know are cut again alike by the next process, also when they were given back
// in between because the plugin had lost others.
func TestStableBatchesStayNotedWhenTheLaneGoesBack(t *testing.T) {
	o := onDisk(t, SessionInfo{StableBatches: true})
	o.MaxAge = time.Second
	keys := map[string][16]byte{}
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(3)
		r.after(time.Second)
		got := r.want("1-3")
		r.append(2)
		r.after(time.Second)
		got = append(got, r.want("4-5")...)
		r.append(2)
		r.after(time.Second)
		got = append(got, r.want("6-7")...)
		r.answer(durable(got[0], 0)) // accepted, not stored
		r.crash(End{Reason: "killed"})
		r.after(2 * time.Second)
		r.want("1-3", "4-5", "6-7")
		r.append(5)
		r.after(time.Second)
		got = append(got, r.want("8-12")...)
		for _, s := range got {
			keys[stretch(s.positions)] = s.key
		}
	})
	o.before = 12
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.after(2 * time.Second)
		got := r.take()
		if len(got) == 0 {
			t.Error("nothing is sent")
		}
		t.Log(got)
		for _, s := range got {
			if name := stretch(s.positions); s.key != keys[name] {
				t.Errorf("batch %s is not one of before", name)
			}
		}
	})
}

func TestNoteOfWhatIsOwed(t *testing.T) {
	for _, note := range [][]byte{nil, {1}, {0x80}, {0, 0}, {0x81, 0}} {
		if got := readOwed(note); got != nil {
			t.Errorf("readOwed(%v) = %v", note, got)
		}
	}
	whole := append([]byte(noteOfOwed), 5, 2, 10, 0)
	for end := len(noteOfOwed); end <= len(whole); end++ {
		for _, s := range readOwed(whole[:end]) {
			if s != (positionRange{5, 7}) && s != (positionRange{15, 15}) {
				t.Errorf("readOwed(%v) has %v", whole[:end], s)
			}
		}
	}
	if got := readOwed(whole); len(got) != 2 || readCuts(whole, false) != nil {
		t.Errorf("readOwed = %v, readCuts = %v", got, readCuts(whole, false))
	}
}
