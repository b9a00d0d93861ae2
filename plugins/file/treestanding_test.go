package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// duringSync returns syncs for handTree that call f once, after the next sync of the ledger.
func duringSync(f *func()) func(on disk, file *os.File) error {
	return func(on disk, file *os.File) error {
		err := on.sync(file)
		if isLedger(file) && *f != nil {
			g := *f
			*f = nil
			g()
		}
		return err
	}
}

// TestASyncSaysNothingOfTheFileThatFollowed has a file be rotated, or renamed by somebody else, while the keeper syncs what it
// had. When what followed is given up, it is cut off the new file and comes again.
func TestASyncSaysNothingOfTheFileThatFollowed(t *testing.T) {
	for name, rotate := range map[string]*Rotate{"rotated": {MaxBytes: 1}, "renamed": nil} {
		t.Run(name, func(t *testing.T) {
			o := treeOptions(t, func(o *Options) { o.Rotate, o.MaxOpenFiles = rotate, 1 })
			var meanwhile func()
			d, durable, exits := handTree(t, o, false, duringSync(&meanwhile))
			deliverAll(t, d, routed(t, "x", 0, 1))
			meanwhile = func() {
				if rotate == nil {
					deliverAll(t, d, routed(t, "y", 0, 2)) // closes it
					at := filepath.Join(string(o.BaseDir), "x")
					if err := os.Rename(at, at+".1"); err != nil {
						t.Error(err)
					}
				}
				deliverAll(t, d, routed(t, "x", 0, 3))
			}
			d.tick(time.Now())
			if meanwhile != nil || *durable == 0 || *durable >= 3 {
				t.Fatalf("durable = %d, want what was synced and not 3", *durable)
			}
			d.mu.Lock()
			d.renounceLocked(errBroken)
			d.mu.Unlock()
			if err := d.Close(); err == nil || *exits != 1 {
				t.Errorf("Close = %v, %d exits, want what was lost and one", err, *exits)
			}
			d = openTree(t, o)
			deliverAll(t, d, routed(t, "x", 0, 3))
			closeTree(t, d)
			var all []string
			for path, held := range holdings(t, o) {
				if path != "y" {
					all = append(all, strings.Fields(held)...)
				}
			}
			if got := strings.Join(all, " "); got != "1 3" && got != "3 1" {
				t.Errorf("the files hold %q, want 1 and 3 once", got)
			}
		})
	}
}

// TestASyncDoesNotTakeBackWhatABatchMadeDurable has a batch be accepted, with sync = "batch", during another sync of the file.
// After a power cut it is there.
func TestASyncDoesNotTakeBackWhatABatchMadeDurable(t *testing.T) {
	o := treeOptions(t, nil)
	d, _, _ := handTree(t, o, false, nil)
	deliverAll(t, d, routed(t, "x", 0, 1))
	abandon(d)
	o.Sync = "batch"
	var meanwhile func()
	d, _, _ = handTree(t, o, false, duringSync(&meanwhile))
	d.markUnsyncedLocked(d.leaves["x"], 0)
	meanwhile = func() { deliverAll(t, d, routed(t, "x", 0, 2)) }
	if err := d.sync(false); err != nil || meanwhile != nil {
		t.Fatalf("sync = %v, want nil, and that it syncs the ledger", err)
	}
	removeFrom(t, o, d.ledger.name)
	d.tick(time.Now()) // which begins another one
	abandon(d)
	d = newTree(o)
	d.boot[0]++ // the power was cut
	if err := d.Open(t.Context(), treeConfig()); err != nil {
		t.Fatal(err)
	}
	closeTree(t, d)
	if got := holdings(t, o)["x"]; got != "1 2" {
		t.Errorf("the file holds %q, want 1 2", got)
	}
}
