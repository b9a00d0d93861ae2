package file

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestALedgerWhoseSyncFailedIsNotBelieved: the system may have dropped what the sync was for, and calls the next one a
// success. After a power cut each record is there once all the same.
func TestALedgerWhoseSyncFailedIsNotBelieved(t *testing.T) {
	for _, sync := range []string{"interval", "batch"} {
		t.Run(sync, func(t *testing.T) {
			o := treeOptions(t, func(o *Options) { o.Sync = sync })
			fails := false
			var kept int64 // of the ledger whose sync failed, in bytes
			var dropped string
			d, durable, exits := handTree(t, o, false, func(on disk, f *os.File) error {
				if fails && isLedger(f) {
					fails, dropped = false, f.Name()
					return errBroken
				}
				return on.sync(f)
			})
			deliverAll(t, d, routed(t, "x", 0, 1))
			d.tick(time.Now())
			kept, fails = d.ledger.size, true
			if err := d.Write(t.Context(), routed(t, "x", 0, 2)); (err == nil) != (sync == "interval") {
				t.Errorf("Write = %v, want an error if its sync fails", err)
			}
			d.tick(time.Now())
			if fails || sync == "interval" && *durable != 1 {
				t.Errorf("durable = %d after the failure, want 1", *durable)
			}
			deliverAll(t, d, routed(t, "x", 0, 2))
			d.tick(time.Now())
			if *exits > 0 || sync == "interval" && *durable != 2 {
				t.Errorf("%d exits, durable = %d, want none and 2: the files are synced", *exits, *durable)
			}
			abandon(d)
			dropped = filepath.Join(string(o.BaseDir), filepath.Base(dropped))
			if info, err := os.Stat(dropped); err == nil {
				if err := os.Truncate(dropped, kept); err != nil {
					t.Fatal(err)
				}
				if err := os.Truncate(dropped, info.Size()); err != nil { // what was dropped is zeros
					t.Fatal(err)
				}
			}
			d = newTree(o)
			d.boot[0]++
			if err := d.Open(t.Context(), treeConfig()); err != nil {
				t.Fatal(err)
			}
			deliverAll(t, d, routed(t, "x", 0, 1), routed(t, "x", 0, 2, 3))
			closeTree(t, d)
			if got := holdings(t, o)["x"]; got != "1 2 3" {
				t.Errorf("the file holds %q, want each once", got)
			}
		})
	}
}

// TestABatchBeginsAnotherLedgerDuringASync has the ledger's sync fail for a batch during another sync, which then is to be done
// again. A power cut takes nothing.
func TestABatchBeginsAnotherLedgerDuringASync(t *testing.T) {
	o := treeOptions(t, nil)
	d, _, _ := handTree(t, o, false, nil)
	deliverAll(t, d, routed(t, "x", 0, 1), routed(t, "y", 0, 2))
	abandon(d)
	o.Sync = "batch"
	fails, during := false, (func())(nil)
	meanwhile := duringSync(&during)
	d, _, _ = handTree(t, o, false, func(on disk, f *os.File) error {
		if fails && isLedger(f) {
			fails = false
			return errBroken
		}
		return meanwhile(on, f)
	})
	d.markUnsyncedLocked(d.leaves["x"], 0)
	d.markUnsyncedLocked(d.leaves["y"], 0)
	during = func() {
		fails = true
		if got := outcome(t, d, routed(t, "x", 0, 3)); got != "RETRY" || fails {
			t.Errorf("the verdict is %s, want RETRY", got)
		}
		deliverAll(t, d, routed(t, "x", 0, 3))
	}
	if err := d.sync(false); err != nil || during != nil || len(d.unsynced) != 2 {
		t.Errorf("sync = %v, %d files are synced again; want nil and both", err, len(d.unsynced))
	}
	if err := d.sync(false); err != nil || len(d.unsynced) > 0 {
		t.Errorf("the next sync = %v, %d files are left, want nil and none", err, len(d.unsynced))
	}
	abandon(d)
	d = newTree(o)
	d.boot[0]++
	if err := d.Open(t.Context(), treeConfig()); err != nil {
		t.Fatal(err)
	}
	closeTree(t, d)
	if got := holdings(t, o); got["x"] != "1 3" || got["y"] != "2" {
		t.Errorf("the files hold %q and %q, want 1 3 and 2", got["x"], got["y"])
	}
}
