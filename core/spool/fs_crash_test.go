//go:build crashpoint

package spool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/skidway/skidway/core/record"
)

// TestDiskDiesAtEveryCall runs a child that appends to a real directory and says which position was published, and lets
// it die before and after each call. Run it with: go test -tags crashpoint -run DiesAtEveryCall ./core/spool.
func TestDiskDiesAtEveryCall(t *testing.T) {
	if dir := os.Getenv("SPOOL_TEST_CHILD"); dir != "" {
		crashChild(t, dir)
		return
	}
	for n, untouched := 1, false; !untouched; n++ {
		for _, at := range []int{n, -n} {
			dir := filepath.Join(t.TempDir(), "spool")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDiskDiesAtEveryCall$")
			cmd.Env = append(os.Environ(), "SPOOL_TEST_CHILD="+dir, fmt.Sprint("SKIDWAY_CRASH_AT=", at))
			out, err := cmd.Output()
			var exit *exec.ExitError
			switch {
			case err == nil:
				untouched = true
			case !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL:
				t.Fatalf("at %d: %v\n%s", at, err, out)
			}
			said, err := os.ReadFile(dir + ".said")
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			checkAfterCrash(t, dir, string(said), at)
		}
	}
}

// crashChild appends 12 groups of two records and settles every third.
func crashChild(t *testing.T, dir string) {
	d, err := OpenDisk(dir, DiskOptions{MaxBytes: 16 << 20, SegmentBytes: 64 << 10, MinFreeShare: 1e-6})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Cursor("a", BacklogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	set := diskSet(t, d, "a")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	said, err := os.Create(dir + ".said")
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	go func() { ended <- d.Run(ctx) }()
	for i := range 12 {
		p, err := d.Append(ctx, testGroup(fmt.Sprint("g", i), 2, 15_000), set)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.WaitPublished(ctx, p); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(said, "published", p)
		if i%3 != 0 {
			continue
		}
		if r, ok := c.Take(1, 1<<20, true); ok {
			fmt.Fprintln(said, "settled", r.First)
			settle(c, r)
		}
	}
	cancel()
	if err := errors.Join(<-ended, d.Close()); err != nil {
		t.Fatal(err)
	}
}

func checkAfterCrash(t *testing.T, dir, said string, at int) {
	t.Helper()
	var published record.Position
	settled := map[record.Position]bool{}
	for lines := bufio.NewScanner(strings.NewReader(said)); lines.Scan(); {
		var p record.Position
		if _, err := fmt.Sscanf(lines.Text(), "published %d", &p); err == nil {
			published = p
		} else if _, err := fmt.Sscanf(lines.Text(), "settled %d", &p); err == nil {
			settled[p] = true
		}
	}
	d, err := OpenDisk(dir, DiskOptions{MaxBytes: 16 << 20, SegmentBytes: 64 << 10, MinFreeShare: 1e-6})
	if err != nil {
		t.Fatalf("at %d: %v", at, err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	c := diskCursorOf(t, d, "a", BacklogOptions{})
	for _, r := range takeAll(c) {
		for p := r.First; p <= r.Last(); p++ {
			if want := fmt.Sprintf("g%d-%d-", (p-1)/2, (p-1)%2); !strings.HasPrefix(string(r.Data[15_000*int(p-r.First):]), want) {
				t.Fatalf("at %d: the record at %d is not %s", at, p, want)
			}
			settled[p] = true
		}
		r.Segment.Release()
	}
	for p := record.Position(1); p <= published; p++ {
		if !settled[p] {
			t.Fatalf("at %d: the record at %d was published and is gone", at, p)
		}
	}
	if n := d.State().Damages; n > 0 {
		t.Fatalf("at %d: %d damages", at, n)
	}
}
