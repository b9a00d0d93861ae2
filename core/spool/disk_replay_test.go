package spool

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// The records of a stretch are those that one by one are the destination's.
func TestReplayedStretchesAreOneByOneTheDestinations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var r *replayed
		if random.IntN(4) > 0 {
			r = &replayed{base: record.Position(random.IntN(40))}
			for p := record.Position(1); p < 40; p++ {
				if random.IntN(3) == 0 {
					r.runs = addRun(r.runs, p)
				}
			}
		}
		e := logEntry{first: record.Position(1 + random.IntN(30)), count: random.IntN(12)}
		at, member := record.Position(random.IntN(45)), random.IntN(2) == 0
		var want []record.Position
		for p := max(at, e.first); p < e.first+record.Position(e.count); p++ {
			mine := r == nil && member || r != nil && (member && p > r.base || r.contains(p))
			if mine && (len(want) == 0 || want[len(want)-1] == p-1) {
				want = append(want, p)
			} else if len(want) > 0 {
				break
			}
		}
		first, n := r.stretch(&e, at, member)
		if n != len(want) || n > 0 && first != want[0] {
			t.Fatalf("%+v of entry %d+%d at %d, member %t: %d records from %d on, want %v", r, e.first, e.count, at, member, n, first, want)
		}
	}
}

// replayLog is a spool with 60 records for a, of which every third is also b's, and all are settled but the last 10.
func replayLog(t *testing.T, m *modelDisk) (d *Disk, a, b *diskCursor) {
	d = testDisk(t, m, DiskOptions{SegmentBytes: 8_000, Retain: time.Hour})
	a, b = diskCursorOf(t, d, "a", BacklogOptions{}), diskCursorOf(t, d, "b", BacklogOptions{})
	onlyA, both := diskSet(t, d, "a"), diskSet(t, d, "a", "b")
	for i := range 30 {
		set := onlyA
		if i%3 == 0 {
			set = both
		}
		put(t, d, testGroup(fmt.Sprint("g", i), 2, 300), set)
	}
	for _, c := range []*diskCursor{a, b} {
		for c.Backlog().OldestUnixNano != 0 {
			r, ok := c.Take(2, 1<<20, true)
			if !ok || r.First > 50 {
				if ok {
					r.Segment.Release()
				}
				break
			}
			settle(c, r)
		}
		if err := c.Rewind(); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.syncCursors(); err != nil {
		t.Fatal(err)
	}
	return d, a, b
}

// got takes and settles everything and returns the positions.
func got(c *diskCursor) (all []record.Position) {
	for _, r := range takeAll(c) {
		for p := r.First; p <= r.Last(); p++ {
			all = append(all, p)
		}
		settle(c, r)
	}
	return all
}

func positionsFrom(first, last record.Position) (all []record.Position) {
	for p := first; p <= last; p++ {
		all = append(all, p)
	}
	return all
}

func TestReplaySendsOldRecordsBeforeTheBacklog(t *testing.T) {
	for _, how := range []string{"online", "restart", "killed halfway", "power cut", "offline"} {
		t.Run(how, func(t *testing.T) {
			m := newModelDisk()
			d, a, _ := replayLog(t, m)
			held, _ := a.Take(1, 1000, true) // an unsettled record, of a lane that ends
			held.Segment.Release()
			if how == "offline" {
				end(t, d)
				d = testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
			}
			epoch := uint64(0)
			report, err := d.Replay(t.Context(), "a", ReplayOptions{
				Where: func(o *record.Origin, _ uint64, data []byte) bool {
					return o.Source != "source.tcp.g7" && !bytes.HasPrefix(data, []byte("g9-1-"))
				},
			})
			if err != nil || report.Records != 47 || report.First != 1 || report.Last != 50 || report.Waiting < 10 || report.Epoch <= epoch {
				t.Fatalf("Replay = %+v, %v", report, err)
			}
			want := slices.DeleteFunc(positionsFrom(1, 60), func(p record.Position) bool { return p == 15 || p == 16 || p == 20 })
			switch how {
			case "restart":
				end(t, d)
			case "killed halfway", "power cut":
				for range 5 {
					r, _ := a.Take(2, 1<<20, true)
					settle(a, r)
				}
				if err := d.syncCursors(); err != nil {
					t.Fatal(err)
				}
				want = want[10:]
				if m = m.kill(); how == "power cut" {
					m = m.crash(nil)
				}
			case "offline":
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if how != "online" {
				d = testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
				a = diskCursorOf(t, d, "a", BacklogOptions{})
			}
			if n := a.Backlog(); n.Records != int64(len(want)) || n.Bytes != int64(300*len(want)) || n.Untaken != n.Records || a.Epoch() != report.Epoch {
				t.Errorf("backlog = %+v, epoch %d", n, a.Epoch())
			}
			if have := got(a); !slices.Equal(have, want) {
				t.Errorf("got %v, want %v", have, want)
			}
			now := d.now().Add(time.Hour)
			d.tick(now)
			if a.replay != nil || slices.ContainsFunc(slices.Collect(mapsKeys(m)), func(n string) bool { return replayNumber(n) > 0 }) {
				t.Error("the replay is not over when all was sent")
			}
			end(t, d)
			d = testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
			if a = diskCursorOf(t, d, "a", BacklogOptions{}); a.Backlog().Records != 0 || a.Epoch() != report.Epoch {
				t.Errorf("after it: %+v", a.Backlog())
			}
		})
	}
}

func mapsKeys(m *modelDisk) func(func(string) bool) {
	return func(yield func(string) bool) {
		for n := range m.names {
			if !yield(n) {
				return
			}
		}
	}
}

func TestReplayOfAnothersRecords(t *testing.T) {
	d, _, b := replayLog(t, newModelDisk())
	waiting := b.Backlog().Records
	report, err := d.Replay(t.Context(), "b", ReplayOptions{Like: "a"})
	if err != nil || report.Records != 60-waiting {
		t.Fatalf("Replay = %+v, %v; %d are waiting", report, err, waiting)
	}
	if have := got(b); !slices.Equal(have, positionsFrom(1, 60)) {
		t.Errorf("got %v", have)
	}
}

func TestReplayIsRefused(t *testing.T) {
	m := newModelDisk()
	d, a, _ := replayLog(t, m)
	if r, err := d.Replay(t.Context(), "a", ReplayOptions{DryRun: true}); err != nil || r.Records != 50 || a.Epoch() != 0 || a.Backlog().Records != 10 {
		t.Errorf("dry run = %+v, %v", r, err)
	}
	if r, err := d.Replay(t.Context(), "a", ReplayOptions{From: time.Now().Add(time.Hour)}); err != nil || r.Records != 0 || a.Epoch() != 0 {
		t.Errorf("a replay of nothing = %+v, %v", r, err)
	}
	if _, err := d.Replay(t.Context(), "a", ReplayOptions{MaxBytes: 10_000}); err == nil || !strings.Contains(err.Error(), "more than its backlog takes") {
		t.Errorf("one that is too large = %v", err)
	}
	if _, err := d.Replay(t.Context(), "nobody", ReplayOptions{}); err == nil {
		t.Error("a replay to nobody")
	}
	settle(a, takeAll(a)...)
	d.o.Retain = 0
	d.reclaim(time.Now(), true)
	var early *ReplayTooEarlyError
	if _, err := d.Replay(t.Context(), "a", ReplayOptions{From: time.Now().Add(-time.Hour)}); !errors.As(err, &early) || early.Oldest.Before(time.Now().Add(-time.Minute)) {
		t.Errorf("one that begins too early = %v", err)
	}
	if _, err := d.Replay(t.Context(), "a", ReplayOptions{Partial: true}); err != nil {
		t.Error(err)
	}
	if _, err := d.Replay(t.Context(), "a", ReplayOptions{Partial: true}); err == nil || !strings.Contains(err.Error(), "another replay") {
		t.Errorf("a second one = %v", err)
	}
}

// Whatever call a replay dies at, afterwards either all of it is sent or none, and nothing that waited is lost.
func TestReplayDiesAtEveryCall(t *testing.T) {
	for n, whole := 1, false; !whole; n++ {
		for seed := range uint64(3) {
			m := newModelDisk()
			d, _, _ := replayLog(t, m)
			m.calls = 0
			m.fail = func(call int, _, _ string) error {
				if m.dead = call >= n; m.dead {
					return errPower
				}
				return nil
			}
			_, err := d.Replay(t.Context(), "a", ReplayOptions{})
			whole = err == nil
			switch seed {
			case 0:
				m = m.kill()
			case 1:
				m = m.crash(nil)
			default:
				m = m.crash(rand.New(rand.NewPCG(seed, uint64(n))))
			}
			d = testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
			have := got(diskCursorOf(t, d, "a", BacklogOptions{}))
			if len(have) == 60 && slices.Equal(have, positionsFrom(1, 60)) || len(have) == 10 && !whole && slices.Equal(have, positionsFrom(51, 60)) {
				continue
			}
			t.Fatalf("at call %d, seed %d: got %v, whole %t", n, seed, have, whole)
		}
	}
}

// A replay that fails may leave its file. The next one, in the same second, is not mistaken for it, in whatever order the
// folder is listed.
func TestReplayThatFailedIsNotTakenForTheNext(t *testing.T) {
	now := time.Now()
	first := func(o *record.Origin, _ uint64, _ []byte) bool { return o.Source == "source.tcp.g0" }
	for n, failed := 1, true; failed; n++ {
		for order := range uint64(8) {
			m := newModelDisk()
			m.order = order
			d, _, _ := replayLog(t, m)
			d.now = func() time.Time { return now }
			changes := 0
			m.fail = func(_ int, op, _ string) error {
				if op == "open" || op == "size" || op == "read" {
					return nil
				}
				if changes++; changes == n || changes > n && op == "remove" {
					return syscall.EIO
				}
				return nil
			}
			_, err := d.Replay(t.Context(), "a", ReplayOptions{Where: first})
			if failed = err != nil; !failed {
				break
			}
			m.fail = nil
			report, err := d.Replay(t.Context(), "a", ReplayOptions{})
			if err != nil || report.Records != 50 {
				t.Fatalf("after one that failed at call %d: %+v, %v", n, report, err)
			}
			m = m.kill()
			d = testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
			if have := got(diskCursorOf(t, d, "a", BacklogOptions{})); !slices.Equal(have, positionsFrom(1, 60)) {
				t.Errorf("after one that failed at call %d, listed in order %d: got %v", n, order, have)
			}
			end(t, d)
		}
	}
}
