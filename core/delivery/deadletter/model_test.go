package deadletter

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/metrics"
)

// storeModel drives a store on a modelDisk, lets calls fail, lets it crash, and knows what it owes.
type storeModel struct {
	disk    *modelDisk
	s       *Store
	o       Options
	metrics *metrics.Destination
	next    uint64
	// sure letters are there, maybe ones were not acknowledged or not surely removed. Dropped ones left both.
	sure, maybe map[uint64]bool
	// faults is how many calls fail after how many more.
	faults, in int
}

func TestStoreKeepsToItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &storeModel{
			disk: newModelDisk(), metrics: &metrics.Destination{}, sure: map[uint64]bool{}, maybe: map[uint64]bool{},
			o: Options{MaxBytes: 12_000, SegmentBytes: rapid.Int64Range(1, 5000).Draw(t, "segment"), WhenFull: WhenFull(rapid.IntRange(0, 1).Draw(t, "full"))},
		}
		w.o.Metrics = w.metrics
		w.open(t)
		t.Repeat(map[string]func(*rapid.T){
			"put": w.put, "put more": w.put, "put again": w.put, "replay": w.replay, "purge": w.purge,
			"restart": w.restart, "crash": w.crash, "fault": w.fault, "": w.check,
		})
		_ = w.s.Close()
		if n := w.metrics.DeadLetterBytes.Load(); n != 0 {
			t.Fatalf("the gauge is left at %d", n)
		}
	})
}

func (w *storeModel) open(t *rapid.T) {
	w.disk.fail, w.faults = nil, 0
	s, err := open(w.disk, address, w.o)
	if err != nil {
		t.Fatal(err)
	}
	w.s = s
}

func (w *storeModel) put(t *rapid.T) {
	n := uint64(rapid.IntRange(1, 8).Draw(t, "n"))
	letters := lettersAt(w.next, n)
	w.next += n
	dropped := w.metrics.DroppedDeadLetter.Load()
	err := w.s.Put(context.Background(), letters)
	switch {
	case isFull(err):
		if w.o.WhenFull == DropOldest || w.s.Bytes()+430*int64(n) < w.o.MaxBytes {
			t.Fatalf("with %d bytes: %v", w.s.Bytes(), err)
		}
		return
	case err != nil && !w.faulty():
		t.Fatal(err)
	}
	if dropped < w.metrics.DroppedDeadLetter.Load() {
		w.dropped(t)
	}
	if err == nil && w.s.Bytes() > w.o.MaxBytes {
		t.Fatalf("%d bytes", w.s.Bytes())
	}
	for p := w.next - n; p < w.next; p++ {
		if err == nil {
			w.sure[p] = true
		} else {
			w.maybe[p] = true
		}
	}
}

// dropped forgets what was dropped: the oldest, by the order in which they came.
func (w *storeModel) dropped(t *rapid.T) {
	if w.o.WhenFull == Hold {
		t.Fatal("a store that holds dropped letters")
	}
	fail := w.disk.fail
	w.disk.fail = nil
	got := w.read(t)
	w.disk.fail = fail
	oldest := w.next
	if len(got) > 0 {
		oldest = got[0]
	}
	maps.DeleteFunc(w.sure, func(p uint64, _ bool) bool {
		if p < oldest && !slices.Contains(got, p) {
			w.maybe[p] = true // a crash may bring it back, as long as that is not synced
			return true
		}
		return false
	})
}

func (w *storeModel) filter(t *rapid.T) Filter {
	of := rapid.Uint64Range(1, 5).Draw(t, "of")
	return residue(rapid.Uint64Range(0, of-1).Draw(t, "residue"), of)
}

// removing moves what f selects from sure to maybe, and away once that is acknowledged.
func (w *storeModel) removing(t *rapid.T, f Filter, remove func() error) {
	selected := func(p uint64, _ bool) bool { return f.fits(&Entry{DeadLetter: letterAt(p, "")}) }
	for p := range w.sure {
		if selected(p, true) {
			delete(w.sure, p)
			w.maybe[p] = true
		}
	}
	err := remove()
	if err == nil {
		maps.DeleteFunc(w.maybe, selected)
	} else if !w.faulty() {
		t.Fatal(err)
	}
}

func (w *storeModel) replay(t *rapid.T) {
	f := w.filter(t)
	stop := rapid.IntRange(0, 20).Draw(t, "stop")
	kept := maps.Clone(w.sure)
	published := map[uint64]bool{}
	w.removing(t, f, func() error {
		_, err := w.s.Replay(context.Background(), f, func(_ context.Context, entries []Entry) (int, error) {
			for i := range entries {
				if len(published) == stop {
					return i, errStop
				}
				published[uint64(entries[i].Position)] = true
			}
			return len(entries), nil
		})
		if errors.Is(err, errStop) {
			w.faults++ // not an error of the store
			w.in = 0
		}
		return err
	})
	for p := range kept {
		if !w.sure[p] && w.maybe[p] && !published[p] {
			delete(w.maybe, p) // it was not published, so it must be there
			w.sure[p] = true
		}
	}
}

func (w *storeModel) purge(t *rapid.T) {
	f := w.filter(t)
	w.removing(t, f, func() error {
		_, err := w.s.Purge(context.Background(), f)
		return err
	})
}

func (w *storeModel) fault(t *rapid.T) {
	w.in, w.faults = rapid.IntRange(0, 12).Draw(t, "in"), rapid.IntRange(1, 3).Draw(t, "faults")
	in, faults, calls := w.in, w.faults, 0
	err := rapid.SampledFrom([]error{syscall.EIO, syscall.ENOSPC}).Draw(t, "error")
	w.disk.fail = func(int, string, string) error {
		calls++
		if calls > in && calls <= in+faults {
			return err
		}
		return nil
	}
}

// faulty reports whether calls may have failed since the store was opened.
func (w *storeModel) faulty() bool { return w.faults > 0 }

func (w *storeModel) restart(t *rapid.T) {
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	w.open(t)
}

func (w *storeModel) crash(t *rapid.T) {
	if seed := rapid.Uint64Range(0, 1000).Draw(t, "seed"); seed == 0 {
		w.disk = w.disk.kill()
	} else {
		w.disk = w.disk.crash(rand.New(rand.NewPCG(seed, 1)))
	}
	w.metrics.DeadLetterBytes.Add(-w.metrics.DeadLetterBytes.Load())
	w.open(t)
}

func (w *storeModel) read(t *rapid.T) []uint64 {
	var got []uint64
	for e, err := range w.s.Reader().Entries(context.Background(), Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, uint64(e.Position))
	}
	return got
}

func (w *storeModel) check(t *rapid.T) {
	fail := w.disk.fail
	w.disk.fail = nil
	defer func() { w.disk.fail = fail }()
	got := w.read(t)
	for _, p := range got {
		if !w.sure[p] && !w.maybe[p] {
			t.Fatalf("%d is there", p)
		}
	}
	for p := range w.sure {
		if !slices.Contains(got, p) {
			t.Fatalf("%d is lost; there are %v", p, got)
		}
	}
	bytes := int64(0)
	for name, f := range w.disk.names {
		if _, ok := firstOf(name, segmentSuffix); ok {
			bytes += int64(len(f.data))
		}
	}
	if used := w.s.Bytes(); used != w.metrics.DeadLetterBytes.Load() || !w.faulty() && used != bytes {
		t.Fatalf("%d bytes in use, %d on disk, the gauge says %d", used, bytes, w.metrics.DeadLetterBytes.Load())
	}
}
