package spool

import (
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// foreign puts something that is no regular file into a directory under each of the names.
func foreign(t *testing.T, dir, kind string, names ...string) {
	t.Helper()
	for _, n := range names {
		var err error
		switch name := filepath.Join(dir, n); kind {
		case "link":
			err = os.Symlink(filepath.Join(dir, "..", "target"), name)
		case "pipe":
			err = syscall.Mkfifo(name, 0o600)
		case "folder":
			err = os.Mkdir(name, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestDiskLeavesAloneWhatHasANameThatItNeeds(t *testing.T) {
	for _, kind := range []string{"link", "pipe", "folder"} {
		t.Run(kind, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "spool")
			fsys, err := openDirectory(dir)
			if err != nil {
				t.Fatal(err)
			}
			names := []string{spareName, reserveName, thinName, pastTemp, whereName, whereTemp, replayTemp}
			foreign(t, dir, kind, names...)
			d, err := tryDisk(fsys, DiskOptions{Retain: time.Hour}, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			diskCursorOf(t, d, "a", BacklogOptions{})
			s := diskSet(t, d, "a")
			d.checkSpace()
			if tryPut(t, d, testGroup("x", 1, 100), s) {
				t.Error("there is room although the next segment can't be made")
			}
			if err := d.State().Trouble; err == nil || !strings.Contains(err.Error(), "spare in the spool's directory is in the way") {
				t.Errorf("the trouble is %v; it should name what is in the way", err)
			}
			for _, n := range names {
				info, err := os.Lstat(filepath.Join(dir, n))
				if err != nil || info.Mode().Type()&(fs.ModeSymlink|fs.ModeNamedPipe|fs.ModeDir) == 0 {
					t.Fatalf("%s is gone: %v", n, err)
				}
			}
			for _, n := range []string{spareName, reserveName} {
				if err := os.Remove(filepath.Join(dir, n)); err != nil {
					t.Fatal(err)
				}
			}
			d.checkSpace()
			if !tryPut(t, d, testGroup("x", 1, 100), s) {
				t.Errorf("the intake does not go on when nothing is in the way any more: %v", d.State().Trouble)
			}
			end(t, d)
		})
	}
}

func TestDiskDeletesNothingForWhatIsInTheWay(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{Retain: time.Hour})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	for range 60 {
		put(t, d, testGroup("x", 10, 100), s)
	}
	settle(a, takeAll(a)...)
	before := d.State().Segments
	m.names[spareName] = &modelFile{kind: "link"}
	d.checkSpace()
	d.makeSpace(d.now())
	if n := d.State().Segments; n != before || d.State().Trouble == nil {
		t.Errorf("%d segments of %d are left; trouble: %v", n, before, d.State().Trouble)
	}
}

func TestDiskThinsNothingOverWhatIsInTheWay(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "dead", BacklogOptions{})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	put(t, d, testGroup("d", 1, 100), diskSet(t, d, "dead"))
	s := diskSet(t, d, "a")
	for range 60 {
		put(t, d, testGroup("x", 10, 100), s)
	}
	settle(a, takeAll(a)...)
	m.names[thinName] = &modelFile{kind: "folder"}
	if d.thin(math.MaxInt64) || m.names[thinName] == nil {
		t.Error("a folder called thin is gone")
	}
	delete(m.names, thinName)
	if !d.thin(math.MaxInt64) {
		t.Error("nothing is thinned when nothing is in the way any more")
	}
}
