package file

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// unstable is a disk below base_dir whose files' syncs fail when told to, and whose next sync succeeds, as Linux's does.
type unstable struct {
	disk
	fails bool
}

func (u *unstable) sync(f *os.File) error {
	if u.fails && !strings.HasPrefix(filepath.Base(f.Name()), stateSuffix) {
		return errBroken
	}
	return u.disk.sync(f)
}

func TestAFailedSyncOfOneFileGivesUpWhatFollowedTheLast(t *testing.T) {
	for name, memory := range map[string]bool{"spool on disk": false, "spool in memory": true} {
		t.Run(name, func(t *testing.T) {
			o := treeOptions(t, nil)
			on := &unstable{}
			d := newTree(o)
			d.within = func(within disk) disk {
				on.disk = within
				return on
			}
			c := treeConfig()
			if memory {
				c.StateDir = ""
			}
			durable, exits := uint64(0), 0
			c.Durable = func(p uint64) { durable = p }
			c.Exit = func(string) { exits++ }
			if err := d.Open(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			d.stop()
			d.keeping.Wait() // the test is the keeper
			deliverAll(t, d, routed(t, "a", 0, 1), routed(t, "b", 0, 2))
			d.tick(time.Now())
			if durable != 2 {
				t.Fatalf("durable = %d, want 2", durable)
			}
			deliverAll(t, d, routed(t, "a", 0, 3), routed(t, "new", 0, 4))
			on.fails = true
			d.tick(time.Now())
			on.fails = false
			d.tick(time.Now())
			if memory {
				if exits != 0 || durable != 4 {
					t.Errorf("%d exits, durable = %d, want none and 4: nothing comes again", exits, durable)
				}
				closeTree(t, d)
				return
			}
			if exits != 1 || durable != 2 {
				t.Errorf("%d exits, durable = %d, want 1 and 2", exits, durable)
			}
			if got := outcome(t, d, routed(t, "a", 0, 5)); got != "RETRY" {
				t.Errorf("the verdict is %s, want RETRY", got)
			}
			if err := d.Close(); err == nil {
				t.Error("Close = nil, want what was lost")
			}
			d = openTree(t, o)
			if diff := cmp.Diff(map[string]string{"a": "1", "b": "2", "new": ""}, holdings(t, o)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			deliverAll(t, d, routed(t, "a", 0, 3), routed(t, "new", 0, 4))
			closeTree(t, d)
		})
	}
}

// TestDurableIsNeverSaidOfWhatIsNotSynced has records of one file lie between those of another.
func TestDurableIsNeverSaidOfWhatIsNotSynced(t *testing.T) {
	o := treeOptions(t, nil)
	d := newTree(o)
	c := treeConfig()
	durable := uint64(0)
	c.Durable = func(p uint64) { durable = p }
	if err := d.Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	d.stop()
	d.keeping.Wait()
	var during func()
	d.disk = &interrupted{d.disk, func() {
		if during != nil {
			f := during
			during = nil
			f()
		}
	}}
	deliverAll(t, d, routed(t, "a", 0, 1, 5, 9))
	during = func() { deliverAll(t, d, routed(t, "b", 0, 3, 7)) } // accepted while a is being synced
	d.tick(time.Now())
	if durable != 2 {
		t.Errorf("durable = %d, want 2: 3 is accepted and not synced", durable)
	}
	d.tick(time.Now())
	if durable != 9 {
		t.Errorf("durable = %d, want 9", durable)
	}
	deliverAll(t, d, routed(t, "c", 0, 4))
	durable = 0
	d.tick(time.Now())
	if durable != 9 {
		t.Errorf("durable = %d, want 9 once more", durable)
	}
	closeTree(t, d)
}

// interrupted is a disk that calls f before each sync.
type interrupted struct {
	disk
	f func()
}

func (i *interrupted) sync(f *os.File) error {
	i.f()
	return i.disk.sync(f)
}

func TestWhatIsSettledIsForgotten(t *testing.T) {
	o := treeOptions(t, nil)
	d := openTree(t, o)
	d.stop()
	d.keeping.Wait()
	for n := uint64(1); n <= 100; n++ {
		deliverAll(t, d, routed(t, strconv.FormatUint(n, 10), 0, n))
	}
	d.tick(time.Now())
	if len(d.leaves) != 100 {
		t.Errorf("%d files are known, want 100: nothing is settled", len(d.leaves))
	}
	deliverAll(t, d, routed(t, "last", 90, 101))
	d.tick(time.Now())
	known := 0
	for _, l := range d.leaves {
		if l.number > 0 {
			known++
		}
	}
	if known != 11 || len(d.leaves) > o.MaxOpenFiles {
		t.Errorf("%d files have positions, %d are known, want 11 and those that are open", known, len(d.leaves))
	}
	// Another process may now write to a file that is over, also after a kill.
	d.mu.Lock()
	for d.open.Len() > 0 {
		d.closeLocked(d.oldestLocked())
	}
	d.mu.Unlock()
	add(t, filepath.Join(string(o.BaseDir), "50"), numbered(1000)+"\n")
	abandon(d)
	d = openTree(t, o)
	deliverAll(t, d, routed(t, "50", 90, 102), routed(t, "95", 90, 95))
	closeTree(t, d)
	got := holdings(t, o)
	if got["50"] != "50 1000 102" || got["95"] != "95" {
		t.Errorf("the files hold %q and %q, want all three, and 95 once", got["50"], got["95"])
	}
}

// abandon does to d what the kernel does to a killed process.
func abandon(d *tree) {
	for d.open.Len() > 0 {
		d.closeLocked(d.oldestLocked())
	}
	d.ledger.file.Close()
	d.state.file.Close()
	_ = d.root.Close() // as the kernel does
}

func add(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func TestTheLedgerIsWrittenAnewBeforeItIsLong(t *testing.T) {
	o := treeOptions(t, nil)
	d := openTree(t, o)
	d.stop()
	d.keeping.Wait()
	n := uint64(0)
	for d.ledgers < 4 {
		for range 20 {
			n++
			deliverAll(t, d, routed(t, strconv.FormatUint(n%30, 10), 0, n))
		}
		d.mu.Lock()
		for range 20_000 { // as that many more would
			d.ledger.notes = appendSize(d.ledger.notes, d.leaves["1"].number, &d.leaves["1"].now)
		}
		d.mu.Unlock()
		d.tick(time.Now())
		if d.ledger.size > 3<<20 {
			t.Fatalf("the ledger has %d bytes", d.ledger.size)
		}
	}
	states, err := filepath.Glob(filepath.Join(string(o.BaseDir), stateSuffix+"*"))
	if err != nil || len(states) != 2 {
		t.Errorf("the state is %v, %v, want one ledger", states, err)
	}
	abandon(d)
	d = openTree(t, o)
	deliverAll(t, d, routed(t, strconv.FormatUint(n%30, 10), 0, n))
	closeTree(t, d)
	total := 0
	for _, held := range holdings(t, o) {
		total += len(strings.Fields(held))
	}
	if uint64(total) != n {
		t.Errorf("%d records, want %d", total, n)
	}
}

func TestAStateThatSomebodyRemovesIsWrittenAgain(t *testing.T) {
	for _, part := range []string{"", ".1"} {
		o := treeOptions(t, nil)
		d := openTree(t, o)
		d.stop()
		d.keeping.Wait()
		deliverAll(t, d, routed(t, "a", 0, 1))
		if err := os.Remove(filepath.Join(string(o.BaseDir), treeStatePath("destination.file.tenants")+part)); err != nil {
			t.Fatal(err)
		}
		d.tick(time.Now())
		deliverAll(t, d, routed(t, "a", 0, 2))
		abandon(d)
		d = openTree(t, o)
		deliverAll(t, d, routed(t, "a", 0, 1, 2, 3))
		closeTree(t, d)
		if got := holdings(t, o)["a"]; got != "1 2 3" {
			t.Errorf("the file holds %q, want each once", got)
		}
	}
}
