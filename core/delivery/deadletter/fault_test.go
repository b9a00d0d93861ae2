package deadletter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"testing"
)

// story is a short life of a store, every call of which may fail or be the last: letters over several segments, of which
// some are replayed, some are purged, and in the end a restart.
type story struct {
	disk *modelDisk
	s    *Store
	// owed letters were acknowledged and nobody asked to remove them; gone ones were removed, and that was acknowledged.
	owed, gone map[uint64]bool
	next       uint64
}

func newStory(m *modelDisk) *story {
	return &story{disk: m, owed: map[uint64]bool{}, gone: map[uint64]bool{}}
}

func (s *story) open() (err error) {
	s.s, err = open(s.disk, address, Options{SegmentBytes: 3000, MaxBytes: 9000})
	return err
}

func (s *story) put(ctx context.Context, n uint64) {
	letters := lettersAt(s.next, n)
	s.next += n
	for range 2 { // as a lane does
		if s.s.Put(ctx, letters) == nil {
			for i := range letters {
				s.owed[uint64(letters[i].Position)] = true
			}
			return
		}
	}
}

func (s *story) purge(ctx context.Context, f Filter) {
	if asked, err := s.s.Purge(ctx, s.asked(f)); err == nil {
		s.settled(f)
	} else if asked.Entries > int64(s.next) {
		panic("more purged than were put")
	}
}

func (s *story) replay(ctx context.Context, f Filter) {
	_, err := s.s.Replay(ctx, f, func(_ context.Context, entries []Entry) (int, error) {
		for i := range entries {
			delete(s.owed, uint64(entries[i].Position))
		}
		return len(entries), nil
	})
	if err == nil {
		s.settled(f)
	}
}

// asked is f, and notes that what it selects is not owed any more.
func (s *story) asked(f Filter) Filter {
	return Filter{Where: func(e *Entry) bool {
		if !f.fits(e) {
			return false
		}
		delete(s.owed, uint64(e.Position))
		return true
	}}
}

// settled notes that everything there was and f selects is gone.
func (s *story) settled(f Filter) {
	for p := range s.next {
		if e := (Entry{DeadLetter: letterAt(p, "")}); f.fits(&e) {
			s.gone[p] = true
		}
	}
}

func residue(n, of uint64) Filter {
	return Filter{Where: func(e *Entry) bool { return uint64(e.Position)%of == n }}
}

func (s *story) run(ctx context.Context) {
	for range 3 {
		s.put(ctx, 3)
		s.put(ctx, 2)
	}
	s.replay(ctx, residue(1, 5))
	s.put(ctx, 2)
	s.purge(ctx, residue(2, 5))
	for range 5 {
		s.put(ctx, 3) // there is no room for the last ones
	}
	s.replay(ctx, Filter{Until: letterAt(5, "").GivenUp})
	s.put(ctx, 1)
	_ = s.s.Close()
	if s.open() != nil {
		return
	}
	s.put(ctx, 1)
	s.purge(ctx, Filter{From: letterAt(20, "").GivenUp})
	s.put(ctx, 2)
	s.purge(ctx, residue(3, 5))
	_ = s.s.Close()
}

// check opens the store again. What is owed is there, what is gone is not, and a fresh letter is put and read.
func (s *story) check(t *testing.T, what string, exact bool) {
	t.Helper()
	if err := s.open(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	defer closeStore(t, s.s)
	r := s.s.Reader()
	got := positions(t, r, Filter{})
	for p := range s.owed {
		if !slices.Contains(got, p) {
			t.Fatalf("%s: %d was acknowledged and is lost; there are %v", what, p, got)
		}
	}
	for _, p := range got {
		if s.gone[p] && !s.owed[p] {
			t.Fatalf("%s: %d was removed and is there", what, p)
		}
	}
	if exact && r.Damage().Lines > 0 {
		t.Fatalf("%s: damage %+v", what, r.Damage())
	}
	if _, err := s.s.Purge(t.Context(), Filter{Damaged: true}); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	put(t, s.s, lettersAt(1000, 2)...)
	if got := positions(t, s.s.Reader(), Filter{}); !slices.Equal(got, from(1000, 2)) || len(s.disk.names) > 3 {
		t.Fatalf("%s: after a purge %v in %v", what, got, s.disk.names)
	}
}

// callsOf returns how many calls the story makes.
func callsOf(t *testing.T) int {
	m := newModelDisk()
	s := newStory(m)
	if err := s.open(); err != nil {
		t.Fatal(err)
	}
	s.run(t.Context())
	if calls := m.calls; len(s.owed) > 0 && len(s.gone) > 5 && calls > 100 {
		return calls
	}
	t.Fatalf("the story is dull: %d calls, %d owed, %d gone", m.calls, len(s.owed), len(s.gone))
	return 0
}

func TestNothingIsLostWhenACallFails(t *testing.T) {
	total := callsOf(t)
	for _, failure := range []error{syscall.EIO, syscall.ENOSPC} {
		for _, times := range []int{1, 4} {
			for n := 1; n <= total; n++ {
				what := fmt.Sprintf("call %d fails %d times with %v", n, times, failure)
				m := newModelDisk()
				m.fail = func(call int, op, name string) error {
					if call >= n && call < n+times {
						what += fmt.Sprint(", ", op, " ", name)
						return failure
					}
					return nil
				}
				s := newStory(m)
				if s.open() == nil {
					s.run(t.Context())
				}
				m.fail = nil
				s.disk = m.kill()
				s.check(t, what, true)
			}
		}
	}
}

func TestNothingIsLostWhenItDiesAtACall(t *testing.T) {
	total := callsOf(t)
	seeds := uint64(4)
	if os.Getenv("SKIDWAY_LONG_TESTS") != "" {
		seeds = 100
	}
	for n := 1; n <= total; n++ {
		for seed := range seeds {
			m := newModelDisk()
			m.fail = func(call int, _, _ string) error {
				if call >= n {
					m.dead = true
					return errPower
				}
				return nil
			}
			s := newStory(m)
			if s.open() == nil {
				s.run(t.Context())
			}
			switch seed {
			case 0:
				s.disk = m.kill()
			case 1:
				s.disk = m.crash(nil)
			default:
				s.disk = m.crash(rand.New(rand.NewPCG(seed, uint64(n))))
			}
			s.check(t, fmt.Sprintf("dead at call %d, seed %d", n, seed), seed == 0)
		}
	}
}

// A full disk: nothing is acknowledged, nothing half stays in the middle, and it mends by itself.
func TestAFullDiskRefusesAndMends(t *testing.T) {
	for room := range 1300 {
		m := newModelDisk()
		s := openModel(t, m, Options{})
		put(t, s, lettersAt(0, 1)...)
		m.room = room
		err := s.Put(t.Context(), lettersAt(1, 3))
		fits := err == nil
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		m.room = -1
		put(t, s, lettersAt(4, 2)...)
		r := s.Reader()
		want := slices.Concat(from(0, 1), from(4, 2))
		if fits {
			want = from(0, 6)
		}
		if got := positions(t, r, Filter{}); !slices.Equal(got, want) || r.Damage() != (Damage{}) {
			t.Fatalf("with room for %d: %v, %+v", room, got, r.Damage())
		}
	}
}
