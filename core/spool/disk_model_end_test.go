package spool

import (
	"math/rand/v2"
	"syscall"
	"time"

	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/record"
)

func (w *diskModel) fault(t *rapid.T) {
	n := rapid.IntRange(1, 4).Draw(t, "calls")
	err := rapid.SampledFrom([]error{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EMFILE, syscall.EROFS}).Draw(t, "error")
	op := rapid.SampledFrom([]string{"write", "sync", "syncall", "rename", "create", "allocate", "syncfolder", "truncate", "remove", "space"}).Draw(t, "op")
	w.counts.faults++
	w.faulty, w.faulted = true, true
	w.disk.fail = func(_ int, what, _ string) error {
		if what != op || n == 0 {
			return nil
		}
		n--
		return err
	}
}

func (w *diskModel) calm() {
	w.disk.fail, w.faulty = nil, false
}

// crash ends everything without warning: the process alone, or the machine, which keeps what was synced and some of the
// rest.
func (w *diskModel) crash(t *rapid.T) {
	w.calm()
	w.publish()
	kept := record.Position(w.d.published.Load())
	kind := rapid.IntRange(0, 3).Draw(t, "crash")
	w.counts.crashes[kind]++
	switch kind {
	case 0:
		w.disk = w.disk.kill()
	case 1:
		kept = w.d.synced
		w.disk = w.disk.crash(nil)
	default:
		kept = w.d.synced
		w.disk = w.disk.crash(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)))
	}
	w.forget(t, kept)
	w.open(t)
}

func (w *diskModel) closeIt(t *rapid.T) {
	w.calm()
	w.counts.closes++
	if err := w.d.finish(); err != nil {
		t.Fatal(err)
	}
	w.publish()
	if len(w.unpublished) > 0 {
		t.Fatal("the spool was closed with records that are not published")
	}
	for _, l := range w.lanes {
		if !l.parked {
			l.kept = max(l.kept, l.cursor.Durable())
		}
	}
	next, faulted := w.d.next, w.faulted
	if err := w.d.Close(); err != nil {
		t.Fatal(err)
	}
	w.forget(t, next-1)
	w.open(t)
	if w.d.next < next || w.d.next != next && !faulted {
		t.Fatalf("next = %d after a clean end at %d", w.d.next, next)
	}
}

// forget is what a new process does not know: what lanes held, and what was not kept.
func (w *diskModel) forget(t *rapid.T, kept record.Position) {
	for _, l := range w.lanes {
		for i := range l.held {
			w.checkRun(t, l, &l.held[i])
		}
		l.held = nil
		for p := range l.owed {
			if p > kept {
				delete(l.owed, p)
			}
		}
	}
	for p := range w.named {
		if p > kept {
			for _, r := range w.named[p] {
				r.accepted = r.accepted && r.seen
			}
		}
	}
	w.unpublished = nil
}

func (w *diskModel) check(t *rapid.T) {
	s := w.d.Stats()
	if s.Bytes < 0 || !w.over && s.Bytes > s.MaxBytes+2*w.d.o.SegmentBytes {
		t.Fatalf("%d bytes; the bound is %d and two segments of %d", s.Bytes, s.MaxBytes, w.d.o.SegmentBytes)
	}
	for _, l := range w.lanes {
		if l.parked {
			continue
		}
		b := l.cursor.Backlog()
		var held int64
		for _, h := range l.held {
			held += int64(h.Len())
		}
		if b.Untaken < 0 || b.Records-b.Untaken != held {
			t.Fatalf("%s: backlog %+v while %d records are held", l.name, b, held)
		}
	}
}

// finish lets everything be delivered and a new record get through.
func (w *diskModel) finish(t *rapid.T) {
	w.calm()
	for _, l := range w.lanes {
		if l.parked {
			w.closeIt(t)
			break
		}
	}
	w.now = w.now.Add(2 * time.Second)
	w.tick(t)
	w.commit(t)
	w.deliver(t)
	for _, l := range w.lanes {
		if l.parked {
			continue
		}
		if !l.lost && len(l.owed) > 0 {
			t.Fatalf("%s: %d accepted records were never delivered", l.name, len(l.owed))
		}
		if b := l.cursor.Backlog(); b.Records != 0 || b.Bytes != 0 || b.Untaken != 0 {
			t.Fatalf("%s: backlog = %+v after everything was settled", l.name, b)
		}
		set, err := w.d.Set(l.name)
		if err != nil {
			t.Fatal(err)
		}
		fresh := testGroup("fresh", 1, 10)
		fresh.Origin.ReceivedUnixNano = w.now.UnixNano()
		p, err := w.d.Append(w.helped(t), fresh, set)
		if err != nil {
			t.Fatalf("%s: a fresh record is not taken: %v; %+v %+v", l.name, err, w.d.Stats(), w.d.State())
		}
		w.commit(t)
		if r, ok := l.cursor.Take(1, 100, true); !ok || r.First != p {
			t.Fatalf("%s: the fresh record at %d is not delivered: %d, %t", l.name, p, r.First, ok)
		} else {
			settle(l.cursor, r)
		}
	}
	if n := w.d.State().Damages; n != 0 {
		t.Fatalf("%d damages without any", n)
	}
	w.d.rollWanted, w.d.o.Retain = true, 0
	w.commit(t)
	w.now = w.now.Add(2 * time.Second)
	w.d.tick(w.now)
	if n := w.d.State().Segments; n != 0 {
		t.Fatalf("%d segments are left of which nobody needs anything", n)
	}
	if err := w.d.finish(); err != nil {
		t.Fatal(err)
	}
	if err := w.d.Close(); err != nil {
		t.Fatal(err)
	}
}

// deliver takes and settles until nothing is left.
func (w *diskModel) deliver(t *rapid.T) {
	for _, l := range w.lanes {
		if l.parked {
			continue
		}
		for w.takeOne(t, l, 7) {
		}
		for len(l.held) > 0 {
			w.settleAt(t, l, 0)
		}
	}
}
