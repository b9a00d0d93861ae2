package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/plugins/sdk"
)

// maxIdleText is the largest buffer for envelopes that is kept from one write to the next, in bytes.
const maxIdleText = 4 << 20

// Write stores one batch.
func (d *destination) Write(ctx context.Context, b *sdk.Batch) error {
	return d.WriteAll(ctx, []*sdk.Batch{b})
}

// WriteAll stores all of bs with one write, or nothing of them.
func (d *destination) WriteAll(_ context.Context, bs []*sdk.Batch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.forget()
	size := d.gather(bs)
	if d.lost != nil {
		return verdict(fmt.Errorf("sync %s: %w", d.opts.Path, d.lost))
	}
	if d.out == nil {
		if err := d.openLocked(time.Now()); err != nil {
			return verdict(err)
		}
	}
	if r := d.opts.Rotate; r.enabled() && r.MaxBytes > 0 && d.out.size > 0 && d.out.size+size > int64(r.MaxBytes) {
		if err := d.rotateLocked(time.Now()); err != nil {
			return verdict(err)
		}
	}
	if d.out.size == 0 {
		d.out.birth = time.Now() // an empty file has not begun to age
	}
	expected, err := d.out.append(d.bufs)
	if err != nil {
		return verdict(fmt.Errorf("write %s: %w", d.out.path, err))
	}
	foreign := d.out.size != expected
	if foreign {
		d.noticeLocked(expected, d.out.size, time.Now())
	}
	last, known := d.last, d.known
	d.last, d.known = bs[len(bs)-1].LastPosition(), true
	if err := d.keepLocked(); err != nil {
		d.last, d.known = last, known
		return verdict(d.takeBackLocked(size, foreign, err))
	}
	return nil
}

// keepLocked makes what was just written, and d.last with it, outlive the process, or the machine with sync = "batch".
func (d *destination) keepLocked() error {
	if d.opts.Sync != "batch" {
		d.unsynced = true
		return d.recordLocked(d.out)
	}
	if err := d.disk.sync(d.out.file); err != nil {
		return fmt.Errorf("sync %s: %w", d.out.path, err)
	}
	if err := d.out.checkLinked(); err != nil {
		return fmt.Errorf("%w; it is made again within a second", err)
	}
	if d.state == nil {
		return nil
	}
	if d.state.torn {
		if err := d.recordLocked(d.out); err != nil {
			return err
		}
	}
	e := d.entryLocked(d.out)
	return d.state.putSynced(&e)
}

// takeBackLocked cuts the last size bytes, which can't be kept for the reason err, off the file, and has the state say
// so. When somebody else wrote meanwhile, which foreign says, it can't be told what is whose, and all of it stays. It
// returns err with what it could not do.
func (d *destination) takeBackLocked(size int64, foreign bool, err error) error {
	cutErr := errForeign
	if !foreign {
		cutErr = d.out.cut(size)
	}
	if cutErr != nil {
		err = fmt.Errorf("%w; %d bytes stay in the file and will be written again: %w", err, size, cutErr)
	}
	if stateErr := d.recordLocked(d.out); stateErr != nil {
		// What the state says is either still true or beyond the file's end, which Open does not believe.
		d.log.Debug("state of the file could not be written", "path", d.out.path, "error", stateErr)
	}
	return err
}

// gather puts what is to be written into d.bufs and returns its size in bytes.
func (d *destination) gather(bs []*sdk.Batch) int64 {
	size := int64(0)
	for _, b := range bs {
		if d.opts.Format == "envelope" {
			d.text = d.encoder.AppendBatch(d.text, b)
			continue
		}
		d.bufs = append(d.bufs, b.Data())
		size += int64(len(b.Data()))
	}
	if len(d.text) > 0 {
		d.bufs = append(d.bufs, d.text)
		size = int64(len(d.text))
	}
	return size
}

// forget lets go of the batches' bytes.
func (d *destination) forget() {
	clear(d.bufs)
	d.bufs = d.bufs[:0]
	d.text = d.text[:0]
	if cap(d.text) > maxIdleText {
		d.text = nil
	}
}

// verdict says what the router should do about err, in words that its user can act on.
func verdict(err error) error {
	unusable := (*unusableError)(nil)
	switch {
	case errors.As(err, &unusable), errors.Is(err, os.ErrPermission), errors.Is(err, unix.EROFS):
		return sdk.Misconfigured(err)
	case errors.Is(err, unix.ENOSPC):
		return sdk.Retry(fmt.Errorf("%w: the disk is full; make room, the records wait in the spool", err))
	case errors.Is(err, unix.EDQUOT):
		return sdk.Retry(fmt.Errorf("%w: the user's disk quota is used up; make room, the records wait in the spool", err))
	case errors.Is(err, unix.EFBIG):
		return sdk.Retry(fmt.Errorf("%w: the file may not grow further; raise the limit or rotate by max_bytes, the records wait in the spool", err))
	}
	return sdk.Retry(err)
}
