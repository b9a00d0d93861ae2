package spool

import (
	"syscall"
	"testing"
	"time"
)

func TestDiskCountsWhatAFileTakesThatItGivesUp(t *testing.T) {
	for what, next := range map[string]map[string]string{"sync": nil, "sync and cut": {"sync": "truncate"}} {
		t.Run(what, func(t *testing.T) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{})
			a := diskCursorOf(t, d, "a", BacklogOptions{})
			s := diskSet(t, d, "a")
			var failing string // the call to the segment's file, which keeps the name it was made under
			m.fail = func(_ int, op, name string) error {
				if op != failing || name != spareName && name != reserveName {
					return nil
				}
				failing = next[op]
				return syscall.EIO
			}
			for range 10 {
				put(t, d, testGroup("x", 1, 100), s)
				failing = "sync"
				put(t, d, testGroup("y", 1, 100), s)
				failing = ""
			}
			if n := d.State().Segments; n < 10 {
				t.Fatalf("%d segments, want one for each failure", n)
			}
			var taken int64
			for name, f := range m.names {
				if _, ok := segmentFirst(name); ok && name != d.writer.meta.name {
					taken += int64(len(f.data))
				}
			}
			if d.sealedBytes != taken {
				t.Errorf("the files that are given up take %d bytes, and %d are counted", taken, d.sealedBytes)
			}
			if what == "sync" && taken > 10*8192 {
				t.Errorf("they take %d bytes", taken)
			}
			runs := takeAll(a)
			if len(runs) != 20 {
				t.Errorf("%d groups were delivered, want 20", len(runs))
			}
			settle(a, runs...)
			end(t, d)
			d = testDisk(t, m, DiskOptions{})
			if n := d.State().Damages; n != 0 {
				t.Errorf("%d damages after a restart", n)
			}
			end(t, d)
		})
	}
}

func TestDiskCountsWhatAFileTakesThatCannotBeSealed(t *testing.T) {
	for _, op := range []string{"write", "truncate", "syncall"} {
		t.Run(op, func(t *testing.T) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{})
			diskCursorOf(t, d, "a", BacklogOptions{})
			put(t, d, testGroup("x", 1, 100), diskSet(t, d, "a"))
			m.fail = func(_ int, o, name string) error {
				if o == op && name == spareName {
					return syscall.EIO
				}
				return nil
			}
			d.seal()
			m.fail = nil
			if taken := int64(len(m.names[segmentName(1)].data)); d.sealedBytes != taken {
				t.Errorf("the file takes %d bytes, and %d are counted", taken, d.sealedBytes)
			}
			end(t, d)
		})
	}
}

func TestDiskKeepsWhatWasPublishedInAFileThatItGivesUp(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{Sync: SyncInterval})
	diskCursorOf(t, d, "a", BacklogOptions{})
	put(t, d, testGroup("x", 3, 1000), diskSet(t, d, "a"))
	m.fail = func(_ int, op, _ string) error {
		if op == "sync" {
			return syscall.ENOSPC
		}
		return nil
	}
	if err := d.commit(d.now().Add(time.Hour)); err == nil {
		t.Fatal("commit succeeds on a disk that can't sync")
	}
	// The process ends before the records are written again.
	d = testDisk(t, m.kill(), DiskOptions{})
	runs := takeAll(diskCursorOf(t, d, "a", BacklogOptions{}))
	if len(runs) != 1 || runs[0].Len() != 3 {
		t.Errorf("%d runs are delivered, want one of 3 records", len(runs))
	}
}

// TestDiskKeepsWhatIsPublishedWhileItBeginsAnew: a sync fails, and the process ends while the next segment, which takes the
// name of the one that is given up, is begun.
func TestDiskKeepsWhatIsPublishedWhileItBeginsAnew(t *testing.T) {
	for _, op := range []string{"write", "syncall", "rename", "syncfolder"} {
		t.Run(op, func(t *testing.T) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{Sync: SyncInterval})
			a := diskCursorOf(t, d, "a", BacklogOptions{})
			put(t, d, testGroup("x", 3, 100), diskSet(t, d, "a"))
			if len(takeAll(a)) != 1 {
				t.Fatal("nothing is published")
			}
			synced := false
			m.fail = func(_ int, what, _ string) error {
				if what == "sync" || synced && what == op {
					synced = true
					return syscall.EIO
				}
				return nil
			}
			if err := d.commit(d.now().Add(time.Minute)); err == nil {
				t.Fatal("no call failed")
			}
			m.fail = nil
			d = testDisk(t, m.kill(), DiskOptions{Sync: SyncInterval})
			a = diskCursorOf(t, d, "a", BacklogOptions{})
			if runs := takeAll(a); len(runs) != 1 || runs[0].Len() != 3 {
				t.Errorf("after a kill there are %v, want three records", runs)
			}
			end(t, d)
		})
	}
}
