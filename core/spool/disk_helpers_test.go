package spool

import (
	"errors"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// testDisk opens a spool of small segments on a disk of the model, without goroutines: a test calls commit and tick.
func testDisk(tb testing.TB, m fileSystem, o DiskOptions) *Disk {
	tb.Helper()
	d, err := tryDisk(m, o, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func tryDisk(m fileSystem, o DiskOptions, now func() time.Time) (*Disk, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 20
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 32 << 10
	}
	o.MinFreeShare = 1e-12
	o = o.withRest(1 << 40)
	d, err := recoverDisk(m, o, now)
	if err != nil {
		return nil, err
	}
	d.blockBytes = 4 << 10
	d.poison = func(b *block) {
		for i := range b.buf {
			b.buf[i] = 0xdd
		}
	}
	return d, nil
}

func diskCursorOf(tb testing.TB, d *Disk, address string, o BacklogOptions) *diskCursor {
	tb.Helper()
	c, err := d.Cursor(address, o)
	if err != nil {
		tb.Fatal(err)
	}
	return c.(*diskCursor)
}

func diskSet(tb testing.TB, d *Disk, addresses ...string) Set {
	tb.Helper()
	s, err := d.Set(addresses...)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// put appends and publishes.
func put(tb testing.TB, d *Disk, g *record.Group, s Set) record.Position {
	tb.Helper()
	p, err := d.Append(tb.Context(), g, s)
	if err != nil {
		tb.Fatal(err)
	}
	if err := d.commit(d.now()); err != nil {
		tb.Fatal(err)
	}
	return p
}

// end ends a spool as Run and Close do.
func end(tb testing.TB, d *Disk) {
	tb.Helper()
	if err := errors.Join(d.finish(), d.Close()); err != nil {
		tb.Fatal(err)
	}
}

// helped is a context for an append on a spool without goroutines: when it has to wait, that is done once which the
// goroutines would do, and then it is done.
type helped struct {
	impatient
	help func()
}

func (h *helped) Done() <-chan struct{} {
	h.help()
	return h.impatient.Done()
}
