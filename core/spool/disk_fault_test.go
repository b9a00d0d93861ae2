package spool

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// story is a short life of a spool, every call of which may fail or be the last: appends over several segments, a lane
// that settles half of them, cursors, and a clean end.
type story struct {
	disk     *modelDisk
	d        *Disk
	a        *diskCursor
	now      time.Time
	data     map[record.Position][]byte
	accepted record.Position // everything up to it
	settled  map[record.Position]bool
	durable  record.Position
}

func newStory(m *modelDisk) *story {
	return &story{disk: m, now: time.Unix(1_000_000, 0), data: map[record.Position][]byte{}, settled: map[record.Position]bool{}}
}

// open opens the spool; it gives up after some errors.
func (s *story) open(t *testing.T) error {
	d, err := tryDisk(s.disk, DiskOptions{SegmentBytes: 20_000, MaxBytes: 200_000}, func() time.Time { return s.now })
	if err != nil {
		return err
	}
	c, err := d.Cursor("a", BacklogOptions{})
	if err != nil {
		return errors.Join(err, d.Close())
	}
	s.d, s.a = d, c.(*diskCursor)
	if s.durable = max(s.durable, s.a.Durable()); s.a.at <= s.durable && s.durable > 0 {
		t.Fatalf("goes on at %d after a durable frontier of %d", s.a.at, s.durable)
	}
	return nil
}

func (s *story) run(t *testing.T) error {
	set := diskSet(t, s.d, "a")
	for i := range 16 {
		g := testGroup(fmt.Sprint("group", i), 3, 1000)
		p, err := s.d.Append(&impatient{Context: t.Context()}, g, set)
		if err != nil {
			s.step()
			continue // the disk has no room
		}
		for j, data := 0, bytes.Clone(g.Data); j < 3; j++ {
			s.data[p-2+record.Position(j)] = data[:1000]
			data = data[1000:]
		}
		s.step()
		if i%4 != 0 {
			continue
		}
		s.take(t, 6)
	}
	s.step()
	if err := s.d.finish(); err != nil {
		return err
	}
	s.note()
	return s.d.Close()
}

// step is what the goroutines do.
func (s *story) step() {
	s.now = s.now.Add(600 * time.Millisecond)
	_ = s.d.commit(s.now)
	s.d.tick(s.now)
	s.note()
}

func (s *story) note() {
	s.accepted = max(s.accepted, record.Position(s.d.published.Load()))
	s.durable = max(s.durable, s.a.Durable())
}

func (s *story) take(t *testing.T, records int) {
	for range records {
		r, ok := s.a.Take(1, 1<<20, true)
		if !ok {
			return
		}
		if want := s.data[r.First]; !bytes.Equal(r.Data, want) {
			t.Fatalf("record at %d is %.30q, want %.30q", r.First, r.Data, want)
		}
		s.settled[r.First] = true
		settle(s.a, r)
	}
}

// owes opens the spool again and takes everything; nothing that was accepted may be missing.
func (s *story) owes(t *testing.T, what string) {
	t.Helper()
	if err := s.open(t); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if n := s.d.State().Damages; n > 0 {
		t.Fatalf("%s: %d damages", what, n)
	}
	s.take(t, 1000)
	for p := record.Position(1); p <= s.accepted; p++ {
		if s.data[p] != nil && !s.settled[p] {
			t.Fatalf("%s: the record at %d was accepted and is not delivered", what, p)
		}
	}
	set := diskSet(t, s.d, "a")
	p := put(t, s.d, testGroup("fresh", 1, 50), set)
	if r, ok := s.a.Take(1, 100, true); !ok || r.First != p || p <= s.accepted {
		t.Fatalf("%s: the fresh record at %d is not delivered", what, p)
	}
}

// calls returns how many calls the story makes.
func calls(t *testing.T) int {
	m := newModelDisk()
	s := newStory(m)
	if err := s.open(t); err != nil {
		t.Fatal(err)
	}
	if err := s.run(t); err != nil {
		t.Fatal(err)
	}
	return m.calls
}

func TestDiskLosesNothingWhenACallFails(t *testing.T) {
	total := calls(t)
	for _, failure := range []error{syscall.EIO, syscall.ENOSPC, syscall.EROFS, syscall.EDQUOT, syscall.EFBIG, syscall.EMFILE} {
		for _, times := range []int{1, 3} {
			// Those are of the same kind as ENOSPC: a part of the calls will do.
			step := 1
			if slices.Contains([]error{syscall.EDQUOT, syscall.EFBIG, syscall.EMFILE}, failure) && !*everyByte {
				step = 5
			}
			for n := times; n <= total; n += step {
				what := fmt.Sprintf("call %d fails %d times with %v", n, times, failure)
				m := newModelDisk()
				m.fail = func(call int, op, name string) error {
					if call >= n && call < n+times && op != "read" {
						what += fmt.Sprint(", ", op, " ", name)
						return failure
					}
					return nil
				}
				s := newStory(m)
				if err := s.open(t); err == nil {
					_ = s.run(t)
				}
				m.fail = nil
				s.disk = m.kill()
				s.owes(t, what)
			}
		}
	}
}

func TestDiskLosesNothingWhenItDiesAtACall(t *testing.T) {
	total := calls(t)
	for n := 1; n <= total; n++ {
		for seed := range uint64(4) {
			m := newModelDisk()
			m.fail = func(call int, _, _ string) error {
				if call >= n {
					m.dead = true
					return errPower
				}
				return nil
			}
			s := newStory(m)
			if err := s.open(t); err == nil {
				_ = s.run(t)
			}
			what := fmt.Sprintf("power cut at call %d, seed %d", n, seed)
			switch seed {
			case 0:
				s.disk = m.kill()
			case 1:
				s.disk = m.crash(nil)
			default:
				s.disk = m.crash(rand.New(rand.NewPCG(seed, uint64(n))))
			}
			s.owes(t, what)
		}
	}
}

func TestDiskRecoversFromDyingWhileItRecovers(t *testing.T) {
	m := newModelDisk()
	s := newStory(m)
	if err := s.open(t); err != nil {
		t.Fatal(err)
	}
	set := diskSet(t, s.d, "a")
	for i := range 12 {
		g := testGroup(fmt.Sprint("group", i), 3, 1000)
		p := put(t, s.d, g, set)
		for j := range 3 {
			s.data[p-2+record.Position(j)] = g.Data[j*1000:][:1000]
		}
	}
	s.note()
	m = m.crash(rand.New(rand.NewPCG(1, 2)))
	for n := 1; n < 60; n++ {
		m.calls = 0
		m.fail = func(call int, _, _ string) error {
			if call >= n {
				m.dead = true
				return errPower
			}
			return nil
		}
		s.disk = m
		_ = s.open(t)
		m = m.crash(rand.New(rand.NewPCG(3, uint64(n))))
	}
	s.disk = m
	s.owes(t, "after 59 deaths while it was opened")
}
