package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"

	"github.com/skidway/skidway/core/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// runDisk runs a spool in a directory until stop is called.
func runDisk(t *testing.T, dir string, o DiskOptions) (d *Disk, stop func()) {
	t.Helper()
	o.MinFreeShare = 1e-6
	d, err := OpenDisk(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	return d, func() {
		t.Helper()
		cancel()
		if err := errors.Join(<-ended, d.Close()); err != nil {
			t.Error(err)
		}
	}
}

// Several appenders and lanes at once, with segments and memory so small that lanes read the disk while it is written,
// and a restart in the middle: every record reaches every lane once, in order.
func TestDiskUnderLoad(t *testing.T) {
	const appenders, groups = 4, 150
	for _, mode := range []SyncMode{SyncBatch, SyncInterval} {
		dir := filepath.Join(t.TempDir(), "spool")
		o := DiskOptions{MaxBytes: 16 << 20, SegmentBytes: 256 << 10, TailBytes: 1 << 20, Sync: mode}
		next := map[string]*[appenders]int{"fast": {}, "slow": {}}
		for range 2 {
			d, stop := runDisk(t, dir, o)
			fast, slow := diskCursorOf(t, d, "fast", BacklogOptions{}), diskCursorOf(t, d, "slow", BacklogOptions{})
			set := diskSet(t, d, "fast", "slow")
			start := *next["fast"]
			var all sync.WaitGroup
			for a := range appenders {
				all.Go(func() {
					for i := range groups {
						p, err := d.Append(t.Context(), countedGroup(a, start[a]+i*10, 10), set)
						if err == nil && i%20 == 0 {
							err = d.WaitPublished(t.Context(), p)
						}
						if err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			all.Go(func() { expect(t, fast, next["fast"], appenders*groups*10) })
			all.Wait()
			expect(t, slow, next["slow"], appenders*groups*10)
			d.CloseAppend()
			stop()
		}
		d, stop := runDisk(t, dir, o)
		for _, name := range []string{"fast", "slow"} {
			if b := diskCursorOf(t, d, name, BacklogOptions{}).Backlog(); b.Records != 0 {
				t.Errorf("%s: backlog = %+v at the end", name, b)
			}
		}
		stop()
	}
}

// countedGroup returns n records of an appender, numbered from first on.
func countedGroup(appender, first, n int) *record.Group {
	g := &record.Group{Origin: record.Origin{Source: fmt.Sprint("source.", appender)}}
	for i := range n {
		addRecord(g, fmt.Sprintf("%d %d ", appender, first+i), 300)
	}
	return g
}

// expect takes and settles n records, which of each appender must come in order.
func expect(t *testing.T, c Cursor, next *[4]int, n int) {
	for n > 0 {
		r, ok := c.Take(100, 1<<20, true)
		if !ok {
			<-c.Ready()
			continue
		}
		data := r.Data
		for _, size := range r.Sizes {
			var appender, number int
			if _, err := fmt.Sscanf(string(data[:20]), "%d %d", &appender, &number); err != nil || number != next[appender] {
				t.Errorf("got %q, want number %d of its appender (%v)", data[:20], next[appender], err)
				return
			}
			next[appender]++
			data = data[size+1:]
		}
		n -= r.Len()
		settle(c, r)
	}
}

func TestDiskRefusesASecondProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	_, stop := runDisk(t, dir, DiskOptions{})
	defer stop()
	if _, err := OpenDisk(dir, DiskOptions{}); err == nil || !strings.Contains(err.Error(), "another process uses it") {
		t.Errorf("OpenDisk = %v, want that another process uses it", err)
	}
}

func TestDiskFilesAreItsOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "outside")
	foreign := map[string]string{"notes.txt": "x", "00000000000000000900.seg.bak": "y", "7.seg": "z"}
	for name, text := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(
		os.WriteFile(outside, []byte("outside"), 0o600),
		os.Symlink(outside, filepath.Join(dir, segmentName(1))),
		os.Mkdir(filepath.Join(dir, segmentName(5)), 0o700),
	); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	d, stop := runDisk(t, dir, DiskOptions{Log: hclog.New(&hclog.LoggerOptions{Output: &said})})
	diskCursorOf(t, d, "a", BacklogOptions{})
	p, err := d.Append(t.Context(), testGroup("g", 1, 100), diskSet(t, d, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.WaitPublished(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if p <= 5 {
		t.Errorf("position %d has a name that is taken", p)
	}
	stop()
	for name, text := range foreign {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
			t.Errorf("%s = %q, %v", name, got, err)
		}
		if !strings.Contains(said.String(), name) {
			t.Errorf("%s is not named in a warning", name)
		}
	}
	if got, err := os.ReadFile(outside); err != nil || string(got) != "outside" {
		t.Errorf("a file outside is %q, %v", got, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory's mode is %v, %v", info.Mode(), err)
	}
	for _, name := range []string{segmentName(p), cursorName, lockName} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

func TestDiskOfANewerVersionIsNotDamaged(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	diskCursorOf(t, d, "a", BacklogOptions{})
	p := put(t, d, testGroup("g", 1, 100), diskSet(t, d, "a"))
	end(t, d)
	data := m.names[segmentName(p)].data
	contents, _, ok := openSheet(headerMagic, 0, data)
	if !ok {
		t.Fatal("no header")
	}
	copy(data, sealSheet(headerMagic, formatVersion+1, 0, contents))
	if _, err := tryDisk(m, DiskOptions{}, d.now); err == nil || !strings.Contains(err.Error(), "format version 2") {
		t.Errorf("open = %v, want that the format is newer", err)
	}
}
