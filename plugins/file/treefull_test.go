package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/plugins/sdk"
)

// TestAFullDiskOfATree fills the disk for the files, for the state, or for both, and then kills the process.
func TestAFullDiskOfATree(t *testing.T) {
	for _, sync := range []string{"interval", "batch"} {
		for name, full := range map[string]struct{ file, state bool }{"files": {file: true}, "state": {state: true}} {
			t.Run(name+" with sync "+sync, func(t *testing.T) {
				o := treeOptions(t, func(o *Options) { o.Sync = sync })
				on := &crowded{mortal: mortal{durable: map[uint64][]byte{}}}
				d := newTree(o)
				d.within = func(within disk) disk {
					on.disk = within
					return on
				}
				if err := d.Open(t.Context(), treeConfig()); err != nil {
					t.Fatal(err)
				}
				deliverAll(t, d, routed(t, "a", 0, 1), routed(t, "b", 0, 2))
				want := map[string]string{"a": "1", "b": "2", "c": ""}
				for range 3 {
					on.file, on.state, on.used = full.file, full.state, false
					bs := []*sdk.Batch{routed(t, "a", 0, 3), routed(t, "c", 0, 4)}
					if err := d.WriteAll(t.Context(), bs); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "the disk is full") {
						t.Errorf("WriteAll to a full disk = %v, want ENOSPC explained", err)
					}
					if diff := cmp.Diff(want, holdings(t, o)); diff != "" {
						t.Errorf("files (-want +got):\n%s", diff)
					}
				}
				on.file, on.state = false, false
				deliverAll(t, d, routed(t, "a", 0, 3), routed(t, "c", 0, 4))
				on.buryTree(d)
				d = openTree(t, o)
				deliverAll(t, d, routed(t, "a", 0, 1, 3, 5), routed(t, "b", 0, 2), routed(t, "c", 0, 4))
				closeTree(t, d)
				want = map[string]string{"a": "1 3 5", "b": "2", "c": "4"}
				if diff := cmp.Diff(want, holdings(t, o)); diff != "" {
					t.Errorf("files after a restart (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// scarce is a disk for a process that may have only so many files open.
type scarce struct {
	disk
	root  string
	limit int
}

func (s *scarce) open(path string, flag int, mode os.FileMode) (*os.File, error) {
	held := 0
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(to, s.root+"/") {
			held++
		}
	}
	if held >= s.limit {
		return nil, &fs.PathError{Op: "open", Path: path, Err: unix.EMFILE}
	}
	return s.disk.open(path, flag, mode)
}

func TestFewerFilesAreOpenWhenTheSystemRefusesMore(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("counts descriptors in /proc")
	}
	o := treeOptions(t, func(o *Options) { o.MaxOpenFiles = 512 })
	on := &scarce{root: string(o.BaseDir), limit: 20}
	d := newTree(o)
	d.within = func(within disk) disk {
		on.disk = within
		return on
	}
	if err := d.Open(t.Context(), treeConfig()); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(100) {
		deliverAll(t, d, routed(t, fmt.Sprint(n%40), 0, n+1))
	}
	on.limit = 0
	if got := outcome(t, d, routed(t, "new", 0, 1000)); got != "RETRY" {
		t.Errorf("the verdict without any descriptor is %s, want RETRY", got)
	}
	on.limit = 20
	closeTree(t, d)
	if n := len(holdings(t, o)); n != 40 {
		t.Errorf("%d files, want 40", n)
	}
}

func TestFilesOfATreeRotateOnTheirOwn(t *testing.T) {
	o := treeOptions(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024, Keep: 2, Compress: "gzip"} })
	d := openTree(t, o)
	for n := uint64(1); n <= 200; n += 2 {
		deliverAll(t, d, routed(t, "x/big.log", 0, n))
		if n < 20 {
			deliverAll(t, d, routed(t, "x/small.log", 0, n+1))
		}
	}
	for _, at := range []string{"x/big-20260102T150405.123456Z.log", "y.gz", "y-20260102T150405.123456Z"} {
		if got := outcome(t, d, routed(t, at, 0, 1000)); got != "REJECTED" {
			t.Errorf("the verdict on %s is %s, want REJECTED", at, got)
		}
	}
	finishTree(t, d)
	var found []string
	for path := range snapshot(t, string(o.BaseDir)) {
		if ext := filepath.Ext(path); ext == ".gz" || ext == ".log" {
			found = append(found, filepath.Base(path))
		}
	}
	slices.Sort(found)
	if len(found) != 4 || found[2] != "big.log" || found[3] != "small.log" ||
		!strings.HasSuffix(found[0], ".log.gz") || !strings.HasSuffix(found[1], ".log.gz") {
		t.Errorf("files are %v, want both and two compressed ones of big.log", found)
	}
}

// finishTree ends a process in order and has it compress what is to be compressed.
func finishTree(t *testing.T, d *tree) {
	t.Helper()
	d.stop()
	d.keeping.Wait()
	close(d.archiver.old)
	d.archiving.Wait()
	d.archiver = nil
	closeTree(t, d)
}

func TestWhatAKillLeftOfRotationIsFinished(t *testing.T) {
	o := treeOptions(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024, Compress: "zstd"} })
	base := string(o.BaseDir)
	if err := os.Mkdir(filepath.Join(base, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"x/a-20260102T150405.123456Z.log", "b-20260102T150405.123456Z"} {
		put(t, filepath.Join(base, at), numbered(1)+"\n")
		put(t, filepath.Join(base, at)+".zst.partial", "half")
	}
	finishTree(t, openTree(t, o))
	var found []string
	for path := range snapshot(t, base) {
		if rel, err := filepath.Rel(base, path); err == nil && !strings.HasPrefix(rel, ".") && filepath.Base(rel) != "x" {
			found = append(found, rel)
		}
	}
	slices.Sort(found)
	want := []string{"b-20260102T150405.123456Z.zst", "x/a-20260102T150405.123456Z.log.zst"}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestFilesOfATreeRotateByAge(t *testing.T) {
	o := treeOptions(t, func(o *Options) { o.Rotate = &Rotate{MaxAge: time.Hour, Compress: "none"} })
	d := openTree(t, o)
	d.stop()
	d.keeping.Wait()
	deliverAll(t, d, routed(t, "a", 0, 1), routed(t, "b", 0, 2))
	d.tick(time.Now().Add(time.Hour + time.Second))
	deliverAll(t, d, routed(t, "a", 0, 3))
	closeTree(t, d)
	got := holdings(t, o)
	if len(got) != 4 || got["a"] != "3" || got["b"] != "" {
		t.Errorf("files are %v, want a rotated one for each, and 3", got)
	}
}

func TestATreeFollowsWhatOthersDo(t *testing.T) {
	for name, tc := range map[string]struct {
		disturb func(path string) error
		closed  bool
		want    string
	}{
		"renamed":                 {func(p string) error { return os.Rename(p, p+".1") }, false, "3"},
		"renamed while closed":    {func(p string) error { return os.Rename(p, p+".1") }, true, "3"},
		"removed with its folder": {func(p string) error { return os.RemoveAll(filepath.Dir(p)) }, false, "3"},
		"truncated":               {func(p string) error { return os.Truncate(p, 0) }, false, "3"},
		"truncated while closed":  {func(p string) error { return os.Truncate(p, 0) }, true, "3"},
		"appended to":             {func(p string) error { return appended(p, numbered(9)) }, false, "1 2 9 3"},
		"appended while closed":   {func(p string) error { return appended(p, numbered(9)) }, true, "1 2 9 3"},
	} {
		t.Run(name, func(t *testing.T) {
			o := treeOptions(t, nil)
			d := openTree(t, o)
			d.stop()
			d.keeping.Wait()
			deliverAll(t, d, routed(t, "x/a", 0, 1, 2))
			d.tick(time.Now())
			if tc.closed {
				d.mu.Lock()
				d.closeLocked(d.oldestLocked())
				d.mu.Unlock()
			}
			if err := tc.disturb(filepath.Join(string(o.BaseDir), "x/a")); err != nil {
				t.Fatal(err)
			}
			d.tick(time.Now())
			deliverAll(t, d, routed(t, "x/a", 0, 1, 2, 3)) // what is settled or not stays known
			abandon(d)
			d = openTree(t, o)
			deliverAll(t, d, routed(t, "x/a", 0, 2, 3))
			closeTree(t, d)
			if got := holdings(t, o)["x/a"]; got != tc.want {
				t.Errorf("the file holds %q, want %q", got, tc.want)
			}
		})
	}
}

func appended(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
