package file

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestARemovedFileIsMadeAnewWithASpoolInMemory: what the removed file had is lost, and what follows is not.
func TestARemovedFileIsMadeAnewWithASpoolInMemory(t *testing.T) {
	o := treeOptions(t, nil)
	d, _, exits := handTree(t, o, true, nil)
	deliverAll(t, d, routed(t, "a", 0, 1))
	removeFrom(t, o, "a")
	for p := uint64(2); p < 7; p++ {
		d.tick(time.Now())
		deliverAll(t, d, routed(t, "a", 0, p))
	}
	if got := holdings(t, o)["a"]; got != "2 3 4 5 6" || *exits > 0 {
		t.Errorf("the file holds %q, %d exits; want what was accepted after the keeper looked, 2 3 4 5 6, and none", got, *exits)
	}
	closeTree(t, d)
}

// TestWhatIsGoneIsNotSyncedAgainWithASpoolInMemory takes a closed file away in several ways. That is said once, and the next
// second has nothing left to do.
func TestWhatIsGoneIsNotSyncedAgainWithASpoolInMemory(t *testing.T) {
	for name, take := range map[string]func(base string) error{
		"removed":                       func(base string) error { return os.Remove(filepath.Join(base, "t/a")) },
		"replaced by a symbolic link":   func(base string) error { return replaced(filepath.Join(base, "t/a"), "b") },
		"replaced by another file":      func(base string) error { return replaced(filepath.Join(base, "t/a"), "") },
		"removed with its folder":       func(base string) error { return os.RemoveAll(filepath.Join(base, "t")) },
		"a file in place of its folder": func(base string) error { return replaced(filepath.Join(base, "t"), "") },
		"a link in place of its folder": func(base string) error { return replaced(filepath.Join(base, "t"), "/nowhere") },
	} {
		t.Run(name, func(t *testing.T) {
			o := treeOptions(t, func(o *Options) { o.MaxOpenFiles = 1 })
			d, durable, exits := handTree(t, o, true, nil)
			deliverAll(t, d, routed(t, "t/a", 0, 1))
			deliverAll(t, d, routed(t, "b", 0, 2)) // closes it
			if err := take(string(o.BaseDir)); err != nil {
				t.Fatal(err)
			}
			if err := d.sync(false); err == nil {
				t.Error("sync = nil, want what was lost")
			}
			if len(d.unsynced) > 0 || len(d.folders) > 0 || *durable != 2 || *exits > 0 {
				t.Errorf("%d files and %d folders are synced again, durable = %d, %d exits; want none, 2 and none",
					len(d.unsynced), len(d.folders), *durable, *exits)
			}
			closeTree(t, d)
		})
	}
}

// replaced puts a symbolic link, or an empty file without a target, in the place of what is at a path.
func replaced(path, target string) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	if target != "" {
		return os.Symlink(target, path)
	}
	return os.WriteFile(path, nil, 0o600)
}

// TestAFileThatCannotBeSyncedHoldsUpNoOtherWithASpoolInMemory has the first of more files than are synced at once fail.
func TestAFileThatCannotBeSyncedHoldsUpNoOtherWithASpoolInMemory(t *testing.T) {
	bad := "0"
	d, durable, _ := handTree(t, treeOptions(t, nil), true, func(on disk, f *os.File) error {
		if filepath.Base(f.Name()) == bad {
			return errBroken
		}
		return on.sync(f)
	})
	deliverAll(t, d, routed(t, "0", 0, 100))
	for n := range uint64(3 * syncers) {
		deliverAll(t, d, routed(t, strconv.FormatUint(n+1, 10), 0, n+1))
	}
	for range 2 {
		d.tick(time.Now())
		if len(d.unsynced) != 1 || *durable != 99 {
			t.Errorf("%d files are synced again, durable = %d; want the one, and what is in front of it, 99", len(d.unsynced), *durable)
		}
	}
	bad = ""
	d.tick(time.Now())
	if len(d.unsynced) > 0 || *durable != 100 {
		t.Errorf("%d files are synced again, durable = %d; want none and 100", len(d.unsynced), *durable)
	}
	closeTree(t, d)
}

// TestARotatedFileThatCannotBeSyncedIsSaidOnceWithASpoolInMemory: everything else goes on.
func TestARotatedFileThatCannotBeSyncedIsSaidOnceWithASpoolInMemory(t *testing.T) {
	for _, sync := range []string{"interval", "batch"} {
		t.Run(sync, func(t *testing.T) {
			o := treeOptions(t, func(o *Options) { o.Sync, o.Rotate = sync, &Rotate{MaxBytes: 1, Keep: 10} })
			var bad *os.File
			d, durable, exits := handTree(t, o, true, func(on disk, f *os.File) error {
				if f == bad {
					return errBroken
				}
				return on.sync(f)
			})
			deliverAll(t, d, routed(t, "a", 0, 1))
			bad = d.leaves["a"].out.file
			rotated := d.Write(t.Context(), routed(t, "a", 0, 2))
			if (rotated == nil) != (sync == "interval") {
				t.Errorf("the write that rotates: %v, want that only one with sync = \"batch\" fails", rotated)
			}
			if err := d.sync(false); err == nil {
				t.Error("sync = nil, want what was lost")
			}
			deliverAll(t, d, routed(t, "a", 0, 2), routed(t, "b", 0, 3))
			if err := d.sync(false); err != nil {
				t.Errorf("sync after that was said: %v", err)
			}
			if n := len(d.unsynced) + len(d.folders); n > 0 || *exits > 0 || sync == "interval" && *durable != 3 {
				t.Errorf("%d files and folders are synced again, %d exits, durable = %d", n, *exits, *durable)
			}
			closeTree(t, d)
		})
	}
}
