package file

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/sdk"
)

// crowded is a disk that is full for the file, for its state, or for both.
type crowded struct {
	mortal
	file, state bool
	// used: half of a batch took the last room.
	used bool
}

func (c *crowded) write(f *os.File, bufs [][]byte) (int, error) {
	switch {
	case !c.file:
		return c.mortal.write(f, bufs)
	case c.used:
		return 0, unix.ENOSPC
	}
	c.used = true
	return c.mortal.write(f, [][]byte{bufs[0][:len(bufs[0])/2]})
}

func (c *crowded) writeAt(f *os.File, p []byte, at int64) error {
	if !c.state {
		return c.mortal.writeAt(f, p, at)
	}
	if err := c.mortal.writeAt(f, p[:len(p)/2], at); err != nil {
		return err
	}
	return unix.ENOSPC
}

// TestAFullDiskLeavesNoHalfLineAndNoDuplicate fills the disk for one batch, which is retried; then the process is killed.
func TestAFullDiskLeavesNoHalfLineAndNoDuplicate(t *testing.T) {
	for _, sync := range []string{"interval", "batch"} {
		for name, full := range map[string]struct{ file, state bool }{"file": {file: true}, "state": {state: true}} {
			t.Run(name+" with sync "+sync, func(t *testing.T) {
				o := options(t, func(o *Options) { o.Sync = sync })
				on := &crowded{mortal: mortal{disk: realDisk{}, durable: map[uint64][]byte{}}}
				f := &feed{}
				d, err := f.open(t, o, on)
				if err != nil {
					t.Fatal(err)
				}
				put := func(n uint64) error {
					return d.WriteAll(t.Context(), []*sdk.Batch{batchtest.New(t, n, strings.Repeat(string(rune('a'+n)), 100))})
				}
				if err := put(1); err != nil {
					t.Fatal(err)
				}
				want, err := os.ReadFile(string(o.Path))
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					on.file, on.state, on.used = full.file, full.state, false
					if err := put(2); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "the disk is full") {
						t.Errorf("WriteAll to a full disk = %v, want ENOSPC explained", err)
					}
					wantFile(t, o.Path, string(want))
				}
				on.file, on.state = false, false
				for n := range uint64(2) {
					if err := put(n + 2); err != nil {
						t.Fatal(err)
					}
				}
				on.bury(d)
				text, log, resumed, known := reopened(t, f, o)
				if n := strings.Count(text, "\n"); n != 3 || len(text) != 303 || resumed != 3 || !known {
					t.Errorf("%d lines and %d bytes are left, resumed after %d, %t; want 3, 303, 3; the log: %s", n, len(text), resumed, known, log)
				}
			})
		}
	}
}
