package file

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestWhatAKilledProcessRotatedIsSyncedBeforeItIsDurable kills a process after a rotation and before the sync of what was rotated.
func TestWhatAKilledProcessRotatedIsSyncedBeforeItIsDurable(t *testing.T) {
	t.Run("many files", func(t *testing.T) {
		o := treeOptions(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1, Compress: "none"} })
		d, _, _ := handTree(t, o, false, func(disk, *os.File) error { return nil })
		deliverAll(t, d, routed(t, "t/a", 0, 1))
		deliverAll(t, d, routed(t, "t/a", 0, 2))
		d.rotating.done()
		close(d.archiver.old)
		d.archiving.Wait()
		abandon(d)

		on := newMortal(0, before)
		d = newTree(o)
		d.within = func(within disk) disk {
			on.disk = within
			return on
		}
		durable := uint64(0)
		c := treeConfig()
		c.Durable = func(p uint64) { durable = p }
		if err := d.Open(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		deliverAll(t, d, routed(t, "t/a", 0, 1))
		deliverAll(t, d, routed(t, "t/a", 0, 2))
		d.tick(time.Now())
		if durable != 2 {
			t.Errorf("durable = %d, want 2", durable)
		}
		on.wantDurable(t, string(o.BaseDir), 2)
		closeTree(t, d)
	})
	t.Run("one file", func(t *testing.T) {
		o, f := options(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1, Compress: "none"} }), &feed{}
		on := newMortal(0, before)
		d, _ := byHand(t, f, o, syncless{on})
		mustWrite(t, d, 1, "one")
		mustWrite(t, d, 2, "two")
		on.bury(d)

		f.durable = 0
		on = newMortal(0, before)
		d, _ = byHand(t, f, o, on)
		d.tick(time.Now())
		if f.durable != 2 {
			t.Errorf("durable = %d, want 2", f.durable)
		}
		on.wantDurable(t, strings.TrimSuffix(string(o.Path), "/app.log"), 2)
		closeIt(t, d)
	})
}

// syncless is a mortal that dies before any sync.
type syncless struct{ *mortal }

func (syncless) sync(*os.File) error { return nil }

// wantDurable fails t unless so many files below a folder, but for the state, have all their bytes synced.
func (m *mortal) wantDurable(t *testing.T, folder string, files int) {
	t.Helper()
	for path, content := range snapshot(t, folder) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() || strings.Contains(path, stateSuffix) {
			continue
		}
		files--
		m.mu.Lock()
		if n := len(m.durable[inode(info)]); n != len(content) {
			t.Errorf("%d of %d bytes of %s are durable", n, len(content), path)
		}
		m.mu.Unlock()
	}
	if files != 0 {
		t.Errorf("%d files are missing", files)
	}
}
