package file

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// scarcer is scarce also of the descriptors that folders are synced with.
type scarcer struct{ scarce }

func (s *scarcer) syncFolder(path string) error {
	f, err := s.open(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	f.Close()
	return s.disk.syncFolder(path)
}

// scarceTree is a tree for a process that may have 20 files open.
func scarceTree(t *testing.T, o Options) (*tree, *scarcer) {
	t.Helper()
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("counts descriptors in /proc")
	}
	on := &scarcer{scarce{root: string(o.BaseDir), limit: 20}}
	d := newTree(o)
	d.within = func(within disk) disk {
		on.disk = within
		return on
	}
	if err := d.Open(t.Context(), treeConfig()); err != nil {
		t.Fatal(err)
	}
	return d, on
}

// TestAWriteToMoreFilesThanTheSystemOpens has the system refuse more files than the batches that wait are for.
func TestAWriteToMoreFilesThanTheSystemOpens(t *testing.T) {
	o := treeOptions(t, func(o *Options) { o.MaxOpenFiles = 512 })
	d, on := scarceTree(t, o)
	var bs []*sdk.Batch
	for n := range uint64(40) {
		bs = append(bs, routed(t, fmt.Sprint(n), 0, n+1))
	}
	if err := d.WriteAll(t.Context(), bs); err != nil {
		for _, b := range bs { // as the SDK does
			deliverAll(t, d, b)
		}
	}
	on.limit = 100
	closeTree(t, d)
	if n := len(holdings(t, o)); n != 40 {
		t.Errorf("%d files, want 40", n)
	}
}

// TestFilesAreSyncedWhenTheSystemRefusesMore has as many open as the system gives, and more of them closed and unsynced.
func TestFilesAreSyncedWhenTheSystemRefusesMore(t *testing.T) {
	o := treeOptions(t, func(o *Options) { o.MaxOpenFiles = 512 })
	d, _ := scarceTree(t, o)
	for n := range uint64(40) {
		deliverAll(t, d, routed(t, fmt.Sprint(n), 0, n+1))
		if n == 17 || n == 39 { // just as many as there may be, and more
			d.tick(time.Now())
		}
		if d.lost != nil {
			t.Fatalf("what was accepted is given up: %v", d.lost)
		}
	}
	deliverAll(t, d, routed(t, "0", 0, 41))
	closeTree(t, d)
	if n := len(holdings(t, o)); n != 40 {
		t.Errorf("%d files, want 40", n)
	}
}
