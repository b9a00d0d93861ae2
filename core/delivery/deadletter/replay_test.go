package deadletter

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/metrics"
)

func TestReplayRemovesWhatWasPublished(t *testing.T) {
	disk := newModelDisk()
	s := openModel(t, disk, Options{SegmentBytes: 20_000})
	for i := range uint64(30) {
		put(t, s, lettersAt(10*i, 10)...)
	}
	var got []uint64
	fail := errors.New("spool closed")
	n, err := s.Replay(t.Context(), Filter{}, func(_ context.Context, entries []Entry) (int, error) {
		for i := range entries {
			if len(got) == 105 {
				return i, fail
			}
			got = append(got, uint64(entries[i].Position))
		}
		return len(entries), nil
	})
	if !errors.Is(err, fail) || n != 105 || !cmp.Equal(got, from(0, 105)) {
		t.Fatalf("replayed %d, %v: %v", n, err, got)
	}
	// What was published is gone for good, for the store, for a reader beside it, and after a power cut.
	after := disk.crash(nil)
	s = openModel(t, after, Options{SegmentBytes: 20_000})
	r, err := newReader(after)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Reader{s.Reader(), r} {
		if got := positions(t, r, Filter{}); !cmp.Equal(got, from(105, 195)) {
			t.Fatalf("left %v", got)
		}
	}
	got = nil
	if n, err := s.Replay(t.Context(), Filter{}, publishAll(&got)); err != nil || n != 195 || !cmp.Equal(got, from(105, 195)) {
		t.Fatalf("replayed %d, %v: %v", n, err, got)
	}
	if s.Bytes() != 0 || len(after.names) != 1 {
		t.Errorf("%d bytes, files %v", s.Bytes(), after.names)
	}
	// The next entry's number is not one that was there before.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openModel(t, after.crash(nil), Options{})
	put(t, s, lettersAt(500, 1)...)
	for e, err := range s.Reader().Entries(t.Context(), Filter{}) {
		if err != nil || e.Number <= 300 {
			t.Errorf("entry %d is there again, %v", e.Number, err)
		}
	}
}

func TestReplayOfSomeRewritesWhatHasLittleLeft(t *testing.T) {
	s := openModel(t, newModelDisk(), Options{SegmentBytes: 20_000})
	put(t, s, lettersAt(0, 40)...)
	size := s.Bytes()
	var got []uint64
	replay := func(f Filter) {
		if _, err := s.Replay(t.Context(), f, publishAll(&got)); err != nil {
			t.Fatal(err)
		}
	}
	replay(Filter{Where: func(e *Entry) bool { return e.Position%10 == 3 }})
	if s.Bytes() != size || !cmp.Equal(got, []uint64{3, 13, 23, 33}) {
		t.Errorf("%d of %d bytes left, replayed %v", s.Bytes(), size, got)
	}
	replay(Filter{Where: func(e *Entry) bool { return e.Position%10 < 7 }})
	if s.Bytes() > size/3 {
		t.Errorf("%d of %d bytes left", s.Bytes(), size)
	}
	want := []uint64{7, 8, 9, 17, 18, 19, 27, 28, 29, 37, 38, 39}
	if got := positions(t, s.Reader(), Filter{}); !cmp.Equal(got, want) {
		t.Errorf("left %v", got)
	}
}

func TestLettersThatCameTwiceAreOne(t *testing.T) {
	m := &metrics.Destination{}
	s := openModel(t, newModelDisk(), Options{SegmentBytes: 1000, Metrics: m})
	for range 2 {
		put(t, s, lettersAt(0, 4)...)
	}
	put(t, s, lettersAt(4, 1)...)
	if got := positions(t, s.Reader(), Filter{}); !cmp.Equal(got, from(0, 5)) {
		t.Errorf("letters %v", got)
	}
	var got []uint64
	if n, err := s.Replay(t.Context(), Filter{Position: 2}, publishAll(&got)); err != nil || n != 1 {
		t.Errorf("replayed %d, %v", n, err)
	}
	if done, err := s.Purge(t.Context(), Filter{Position: 3}); err != nil || done.Entries != 1 || m.PurgedDeadLetter.Load() != 1 {
		t.Errorf("purged %+v, %v", done, err)
	}
	if got := positions(t, s.Reader(), Filter{}); !cmp.Equal(got, []uint64{0, 1, 4}) {
		t.Errorf("left %v", got)
	}
}

func TestCopiesAreRememberedWithinABound(t *testing.T) {
	var m memory
	e := func(id int) *Entry {
		e := &Entry{}
		e.Origin.ID = uint64(id)
		return e
	}
	for id := 1; id <= 3*rememberedLetters; id++ {
		if m.repeated(e(id)) || id > 10 && !m.repeated(e(id-10)) {
			t.Fatalf("at %d", id)
		}
	}
	if m.repeated(e(1)) || m.repeated(e(0)) || m.repeated(e(0)) || len(m.known) > rememberedLetters || len(m.ring) != rememberedLetters {
		t.Errorf("%d known, %d in the ring", len(m.known), len(m.ring))
	}
}

func TestOneReplayOrPurgeAtATime(t *testing.T) {
	s := openModel(t, newModelDisk(), Options{})
	put(t, s, lettersAt(0, 2)...)
	_, err := s.Replay(t.Context(), Filter{}, func(ctx context.Context, entries []Entry) (int, error) {
		if _, err := s.Purge(ctx, Filter{}); !errors.Is(err, ErrBusy) {
			t.Errorf("Purge during a replay: %v", err)
		}
		if _, err := s.Replay(ctx, Filter{}, nil); !errors.Is(err, ErrBusy) {
			t.Errorf("Replay during a replay: %v", err)
		}
		put(t, s, lettersAt(2, 1)...) // is put meanwhile and not replayed
		return len(entries), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := positions(t, s.Reader(), Filter{}); !cmp.Equal(got, from(2, 1)) {
		t.Errorf("left %v", got)
	}
	_, err = s.Replay(t.Context(), Filter{}, func(_ context.Context, entries []Entry) (int, error) {
		return len(entries), s.Close()
	})
	if !errors.Is(err, ErrClosed) {
		t.Errorf("Replay of a store that closes: %v", err)
	}
}

func TestReplayEndsWithItsContext(t *testing.T) {
	s := openModel(t, newModelDisk(), Options{})
	put(t, s, lettersAt(0, 3000)...)
	ctx, cancel := context.WithCancel(t.Context())
	n, err := s.Replay(ctx, Filter{}, func(_ context.Context, entries []Entry) (int, error) {
		cancel()
		return len(entries), nil
	})
	if !errors.Is(err, context.Canceled) || n != replayEntries {
		t.Errorf("replayed %d, %v", n, err)
	}
	if err := s.Put(ctx, lettersAt(0, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("Put: %v", err)
	}
	if got := positions(t, s.Reader(), Filter{}); !cmp.Equal(got, from(replayEntries, 3000-replayEntries)) {
		t.Errorf("%d left", len(got))
	}
}

// Letters are put, read, purged and replayed at once, on a real disk; each one ends in one place.
func TestStoreAtOnce(t *testing.T) {
	root := t.TempDir()
	s, err := Open(root, address, Options{SegmentBytes: 5000})
	if err != nil {
		t.Fatal(err)
	}
	const n = 300
	var wg sync.WaitGroup
	putting, ended := context.WithCancel(t.Context())
	wg.Go(func() {
		defer ended()
		for i := range uint64(n) {
			if err := s.Put(t.Context(), lettersAt(4*i, 4)); err != nil {
				t.Error(err)
			}
		}
	})
	purged, replayed := int64(0), map[uint64]int{}
	wg.Go(func() {
		for again := true; again; {
			again = putting.Err() == nil
			var got []uint64
			done, err := s.Purge(t.Context(), Filter{Where: func(e *Entry) bool { return e.Position%4 == 0 }})
			if err != nil {
				t.Error(err)
			}
			purged += done.Entries
			if _, err := s.Replay(t.Context(), Filter{Where: func(e *Entry) bool { return e.Position%4 == 1 }}, publishAll(&got)); err != nil {
				t.Error(err)
			}
			for _, p := range got {
				replayed[p]++
			}
		}
	})
	wg.Go(func() {
		for putting.Err() == nil {
			r, err := OpenReader(root, address)
			if err != nil {
				t.Error(err)
				return
			}
			if sum, err := r.List(t.Context(), Filter{}); err != nil || sum.Damage.Lines > 0 {
				t.Errorf("%+v, %v", sum.Damage, err)
			}
		}
	})
	wg.Wait()
	kept := positions(t, s.Reader(), Filter{})
	if purged != n || len(replayed) != n || len(kept) != 2*n {
		t.Errorf("purged %d, replayed %d, kept %d", purged, len(replayed), len(kept))
	}
	for p, times := range replayed {
		if times != 1 {
			t.Errorf("%d was replayed %d times", p, times)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
