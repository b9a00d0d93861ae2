package file

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// handTree opens a tree on a disk whose syncs sync stands in for, unless it is nil. The test is the keeper.
func handTree(t *testing.T, o Options, memory bool, sync func(d disk, f *os.File) error) (d *tree, durable *uint64, exits *int) {
	t.Helper()
	d, durable, exits = newTree(o), new(uint64), new(int)
	if sync != nil {
		d.within = func(within disk) disk {
			return &treeSyncer{within, sync}
		}
	}
	c := treeConfig()
	if memory {
		c.StateDir = ""
	}
	c.Durable = func(p uint64) { *durable = p }
	c.Exit = func(string) { *exits++ }
	if err := d.Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	d.stop()
	d.keeping.Wait()
	return d, durable, exits
}

// treeSyncer is a disk below base_dir whose syncs are f.
type treeSyncer struct {
	disk
	f func(d disk, f *os.File) error
}

func (s *treeSyncer) sync(f *os.File) error { return s.f(s.disk, f) }

// isLedger reports whether f is a ledger of a tree's state.
func isLedger(f *os.File) bool {
	_, ok := ledgerNumber(treeStatePath(treeConfig().Address), filepath.Base(f.Name()))
	return ok
}

func removeFrom(t *testing.T, o Options, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(string(o.BaseDir), name)); err != nil {
		t.Fatal(err)
	}
}

// TestWhatAWriteGivesUpDuringASyncIsNotCalledDurable has a write find, while the keeper syncs, that another file is gone
// which was not synced: the state then falls back from what the keeper synced, too.
func TestWhatAWriteGivesUpDuringASyncIsNotCalledDurable(t *testing.T) {
	o := treeOptions(t, func(o *Options) { o.MaxOpenFiles = 1 })
	var meanwhile func()
	d, durable, exits := handTree(t, o, false, func(on disk, f *os.File) error {
		err := on.sync(f)
		if g := meanwhile; g != nil && isLedger(f) {
			meanwhile = nil
			g()
		}
		return err
	})
	deliverAll(t, d, routed(t, "x", 0, 1))
	d.tick(time.Now())
	deliverAll(t, d, routed(t, "x", 0, 2))
	meanwhile = func() {
		deliverAll(t, d, routed(t, "y", 0, 3))
		deliverAll(t, d, routed(t, "z", 0, 4)) // closes y
		removeFrom(t, o, "y")
		if got := outcome(t, d, routed(t, "y", 0, 5)); got != "RETRY" {
			t.Errorf("the verdict on what follows the removed file is %s, want RETRY", got)
		}
	}
	d.tick(time.Now())
	if meanwhile != nil || *exits != 1 {
		t.Fatalf("told to end %d times, want once: nothing was tested", *exits)
	}
	if err := d.Close(); err == nil {
		t.Error("Close = nil, want what was lost")
	}
	closeTree(t, openTree(t, o))
	if got := holdings(t, o)["x"]; *durable != 1 || got != "1" {
		t.Errorf("durable = %d, and the next process leaves %q of the file; want 1 and 1", *durable, got)
	}
}
