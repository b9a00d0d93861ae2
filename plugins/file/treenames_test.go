package file

import (
	"sync/atomic"
	"testing"
	"time"
)

// slowFolders is a disk below base_dir that calls meanwhile while it syncs a folder, or fails to while broken is set.
type slowFolders struct {
	disk
	broken    bool
	meanwhile func()
	synced    atomic.Int64
}

func (s *slowFolders) syncFolder(path string) error {
	if s.broken {
		return errBroken
	}
	if s.meanwhile != nil {
		s.meanwhile()
	}
	s.synced.Add(1)
	return s.disk.syncFolder(path)
}

// TestSyncBatchAcceptsNothingWhoseNameTheKeeperIsSyncing has a batch come while the keeper syncs the name of its file, which a
// batch that was refused had made.
func TestSyncBatchAcceptsNothingWhoseNameTheKeeperIsSyncing(t *testing.T) {
	for name, memory := range map[string]bool{"spool on disk": false, "spool in memory": true} {
		t.Run(name, func(t *testing.T) {
			o := treeOptions(t, func(o *Options) { o.Sync = "batch" })
			d, _, _ := handTree(t, o, memory, nil)
			on := &slowFolders{disk: d.disk, broken: true}
			d.disk = on
			if got := outcome(t, d, routed(t, "a", 0, 1)); got != "RETRY" {
				t.Fatalf("the verdict is %s, want RETRY: the name can't be synced", got)
			}
			on.broken = false
			on.meanwhile = func() {
				if !d.mu.TryLock() {
					return // it would wait
				}
				d.mu.Unlock()
				deliverAll(t, d, routed(t, "a", 0, 1))
				if on.synced.Load() == 0 {
					t.Error("a batch was accepted while the name of its file was not durable")
				}
			}
			d.tick(time.Now())
			if on.synced.Load() == 0 {
				t.Error("the keeper synced no name")
			}
			on.meanwhile = nil
			deliverAll(t, d, routed(t, "a", 0, 1))
			closeTree(t, d)
		})
	}
}

func TestSyncBatchOutlivesANameThatTheKeeperCouldNotSync(t *testing.T) {
	o := treeOptions(t, func(o *Options) { o.Sync = "batch" })
	d, _, exits := handTree(t, o, false, nil)
	on := &slowFolders{disk: d.disk, broken: true}
	d.disk = on
	for range 2 {
		if got := outcome(t, d, routed(t, "a", 0, 1)); got != "RETRY" {
			t.Errorf("the verdict is %s, want RETRY", got)
		}
		d.tick(time.Now())
	}
	on.broken = false
	deliverAll(t, d, routed(t, "a", 0, 1))
	if on.synced.Load() == 0 || *exits != 0 {
		t.Errorf("%d names were synced, %d exits, want some and none: no accepted batch was lost", on.synced.Load(), *exits)
	}
	closeTree(t, d)
}

func TestSyncBatchIsNotHeldUpByAFolderThatSomebodyRemoved(t *testing.T) {
	o := treeOptions(t, func(o *Options) { o.Sync = "batch" })
	d, _, exits := handTree(t, o, false, nil)
	on := &slowFolders{disk: d.disk, broken: true}
	d.disk = on
	if got := outcome(t, d, routed(t, "t/a", 0, 1)); got != "RETRY" {
		t.Fatalf("the verdict is %s, want RETRY", got)
	}
	on.broken = false
	removeFrom(t, o, "t")
	deliverAll(t, d, routed(t, "b", 0, 2))
	d.tick(time.Now())
	deliverAll(t, d, routed(t, "t/a", 0, 1))
	if *exits != 0 {
		t.Errorf("%d exits, want none", *exits)
	}
	closeTree(t, d)
	if got := holdings(t, o); got["b"] != "2" || got["t/a"] != "1" {
		t.Errorf("the files are %v, want both records", got)
	}
}
