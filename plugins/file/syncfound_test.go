package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// TestSyncBatchAcceptsNothingThatAKilledProcessLeftUnsynced has a process that synced once a second be killed, and the power cut
// once another one, with sync = "batch", had accepted what was in the file.
func TestSyncBatchAcceptsNothingThatAKilledProcessLeftUnsynced(t *testing.T) {
	o := treeOptions(t, nil)
	f := newForest(0, 1, 0)
	on := newMortal(0, before)
	d, err := f.open(t, o, on)
	if err != nil {
		t.Fatal(err)
	}
	d.stop()
	d.keeping.Wait()
	deliverAll(t, d, routed(t, "t/a", 0, 1))
	d.tick(time.Now())
	deliverAll(t, d, routed(t, "t/a", 0, 2), routed(t, "t/b", 0, 3))
	on.buryTree(d)

	o.Sync = "batch"
	durable := on.durable
	on = newMortal(0, before)
	on.durable = durable
	if d, err = f.open(t, o, on); err != nil {
		t.Fatal(err)
	}
	deliverAll(t, d, routed(t, "t/a", 0, 2), routed(t, "t/b", 0, 3))
	on.buryTree(d)
	on.cutDurable(t, string(o.BaseDir))
	f.boot++
	if d, err = f.open(t, o, nil); err != nil {
		t.Fatal(err)
	}
	closeTree(t, d)
	if got := holdings(t, o); got["t/a"] != "1 2" || got["t/b"] != "3" {
		t.Errorf("after a power cut the files hold %v, want all that was accepted", got)
	}
}

// cutDurable leaves of each file what was synced.
func (m *mortal) cutDurable(t *testing.T, folder string) {
	t.Helper()
	for path := range snapshot(t, folder) {
		info, err := os.Stat(path)
		switch {
		case err != nil || info.IsDir():
		case strings.HasSuffix(path, stateName), filepath.Base(path) == treeStatePath(treeConfig().Address):
			err = os.WriteFile(path, m.durable[inode(info)], 0o600) // keeps the inode
		default:
			err = os.Truncate(path, int64(len(m.durable[inode(info)])))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestSyncBatchDoesNotOpenWithWhatCouldNotBeSynced fails the sync of what a killed process left. The next process has what was
// synced before, and the rest comes again.
func TestSyncBatchDoesNotOpenWithWhatCouldNotBeSynced(t *testing.T) {
	o := treeOptions(t, nil)
	d := openTree(t, o)
	d.stop()
	d.keeping.Wait()
	deliverAll(t, d, routed(t, "a", 0, 1))
	d.tick(time.Now())
	deliverAll(t, d, routed(t, "a", 0, 2))
	abandon(d)

	o.Sync = "batch"
	d = newTree(o)
	d.within = func(within disk) disk { return &unstable{disk: within, fails: true} }
	exits := 0
	c := treeConfig()
	c.Exit = func(string) { exits++ }
	if err := d.Open(t.Context(), c); err == nil || exits != 1 {
		t.Errorf("Open = %v, %d exits, want an error and one", err, exits)
	}
	if err := d.Close(); err == nil {
		t.Error("Close = nil, want what was lost")
	}
	d = openTree(t, o)
	if got := holdings(t, o)["a"]; got != "1" {
		t.Errorf("the file holds %q, want what was synced", got)
	}
	deliverAll(t, d, routed(t, "a", 0, 2))
	closeTree(t, d)
	if got := holdings(t, o)["a"]; got != "1 2" {
		t.Errorf("the file holds %q, want both", got)
	}
}

// TestSyncBatchResumesAfterNothingUnsynced does the same with one file, which says itself what it has.
func TestSyncBatchResumesAfterNothingUnsynced(t *testing.T) {
	o, f := options(t, nil), &feed{}
	on := newMortal(0, before)
	d, _ := byHand(t, f, o, on)
	mustWrite(t, d, 1, "one")
	d.tick(time.Now())
	mustWrite(t, d, 2, "two")
	on.bury(d)

	o.Sync = "batch"
	durable := on.durable
	on = newMortal(0, before)
	on.durable = durable
	d, _ = byHand(t, f, o, on)
	if p, ok := d.ResumeAfter(); !ok || p != 2 {
		t.Errorf("resumes after %d, %v, want 2", p, ok)
	}
	on.bury(d)
	on.cutDurable(t, filepath.Dir(string(o.Path)))
	f.boot++
	if text, _, resumed, _ := reopened(t, f, o); text != "one\ntwo\n" || resumed != 2 {
		t.Errorf("after a power cut the file holds %q and resumes after %d, want both", text, resumed)
	}
}

func TestSyncBatchResumesAfterNothingThatCouldNotBeSynced(t *testing.T) {
	o, f := options(t, nil), &feed{}
	on := newMortal(0, before)
	d, _ := byHand(t, f, o, on)
	mustWrite(t, d, 1, "one")
	d.tick(time.Now())
	mustWrite(t, d, 2, "two")
	on.bury(d)

	o.Sync = "batch"
	exits := 0
	d = newDestination(o)
	d.boot, d.disk = [16]byte{f.boot + 1}, &forgetful{fails: first}
	err := d.Open(t.Context(), sdk.Config{StateDir: "/somewhere", SpoolID: [16]byte{1}, Exit: func(string) { exits++ }})
	if err == nil || !strings.Contains(err.Error(), errBroken.Error()) || exits != 1 {
		t.Errorf("Open = %v, %d exits, want %v and one", err, exits, errBroken)
	}
	_ = d.Close() // its file could not be opened
	if text, _, resumed, _ := reopened(t, f, o); text != "one\n" || resumed != 1 {
		t.Errorf("the file holds %q and resumes after %d, want what was synced", text, resumed)
	}
}
