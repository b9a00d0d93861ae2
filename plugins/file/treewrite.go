package file

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// maxTogether is how many files are opened, and written to, with one note in the ledger.
const maxTogether = 64

// Write stores one batch.
func (t *tree) Write(ctx context.Context, b *sdk.Batch) error {
	return t.WriteAll(ctx, []*sdk.Batch{b})
}

// WriteAll stores the batches, those of one file with one write. When it fails it may have stored some: their files have
// their positions, so that Write then finds nothing left to do for them.
func (t *tree) WriteAll(_ context.Context, bs []*sdk.Batch) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.clearLocked()
	if t.lost != nil {
		return judge(fmt.Errorf("sync: %w", t.lost))
	}
	first := t.sortLocked(bs)
	together := min(maxTogether, t.opts.MaxOpenFiles)
	for i := 0; i < len(t.touched); i += together {
		part := t.touched[i:min(i+together, len(t.touched))]
		t.storeLocked(part)
		for _, l := range part {
			if l.failed != nil && first == nil {
				first = l.failed
			}
		}
	}
	return judge(first)
}

// storeLocked writes what waits for the files, of which there may be as many as can be open at once. Each is written
// to completely or not at all.
func (t *tree) storeLocked(part []*leaf) {
	now := time.Now()
	defer func() {
		for _, l := range part {
			l.writing = false
		}
	}()
	for _, l := range part {
		if l.failed = t.prepareLocked(l, now); l.failed != nil {
			l.waiting = l.waiting[:0]
		}
	}
	if err := t.commitLocked(); err != nil {
		failAll(part, err)
		return
	}
	for _, l := range part {
		l.before, l.added = l.now, 0
		if l.failed == nil && len(l.waiting) > 0 {
			l.failed = t.appendLocked(l, now)
		}
	}
	if err := t.keepLocked(part); err != nil {
		t.takeBackLocked(part)
		failAll(part, err)
	}
}

func failAll(part []*leaf, err error) {
	for _, l := range part {
		if l.failed == nil {
			l.failed = err
		}
	}
}

// prepareLocked takes out what the file of l has, and if something is left opens the file and has the ledger say how it is.
func (t *tree) prepareLocked(l *leaf, now time.Time) error {
	left := l.waiting[:0]
	for _, d := range l.waiting {
		if l.fresh(d) < d.batch.Len() {
			left = append(left, d)
			continue
		}
		t.high = max(t.high, d.batch.LastPosition())
		if l.unsynced {
			l.from = min(l.from, d.batch.FirstPosition())
		}
	}
	clear(l.waiting[len(left):])
	if l.waiting = left; len(left) == 0 {
		return nil
	}
	if err := t.reachLocked(l, now); err != nil {
		return err
	}
	l.writing = true
	t.declareLocked(l)
	return nil
}

// appendLocked writes what waits for l to its file.
func (t *tree) appendLocked(l *leaf, now time.Time) error {
	size, from, marks := t.gatherLocked(l)
	defer t.forgetBytesLocked()
	if t.rotationDue(l, size, now) {
		if err := t.rotateLocked(l, now); err != nil {
			return err
		}
	}
	if l.out.size == 0 {
		l.out.birth = now // an empty file has not begun to age
	}
	expected, err := l.out.append(t.bufs)
	if err != nil {
		l.now.size = l.out.size
		return fmt.Errorf("write %s: %w", l.path, err)
	}
	l.foreign = l.out.size != expected
	l.before, l.added = l.now, size
	l.now.size, l.now.marks = l.out.size, marks
	t.ledger.notes = appendSize(t.ledger.notes, l.number, &l.now)
	if t.opts.Sync != "batch" {
		t.markUnsyncedLocked(l, from)
	}
	return nil
}

// markUnsyncedLocked notes that the file of l has something from a position on that is not synced.
func (t *tree) markUnsyncedLocked(l *leaf, from uint64) {
	if !l.unsynced {
		l.unsynced, l.from = true, from
		t.unsynced = append(t.unsynced, l)
	}
	l.from = min(l.from, from)
}

// gatherLocked puts what is to be written to l into t.bufs. It returns its size in bytes, the lowest position in it, and
// the marks once it is written.
func (t *tree) gatherLocked(l *leaf) (size int64, from uint64, marks [2]mark) {
	before := l.now.marks
	from = l.waiting[0].batch.FirstPosition()
	for _, d := range l.waiting {
		first := l.fresh(d) // which the batch before may have moved
		b := d.batch
		from = min(from, b.FirstPosition())
		l.now.marks[d.mark] = mark{max(b.LastPosition(), l.now.marks[d.mark].last), true}
		if first >= b.Len() {
			continue
		}
		if t.opts.Format == "envelope" {
			begin := len(t.text)
			t.text = t.encoder.AppendBatch(t.text, b)
			// Each record is one line. Records that are there already are rare, so there is no encoder for the others alone.
			cut := begin
			for range first {
				cut += bytes.IndexByte(t.text[cut:], '\n') + 1
			}
			t.text = append(t.text[:begin], t.text[cut:]...)
			continue
		}
		data := b.Data()
		if first > 0 {
			rest := 0
			for i := first; i < b.Len(); i++ {
				rest += len(b.Record(i)) + 1
			}
			data = data[len(data)-rest:]
		}
		t.bufs = append(t.bufs, data)
		size += int64(len(data))
	}
	if len(t.text) > 0 {
		t.bufs = append(t.bufs, t.text)
		size = int64(len(t.text))
	}
	marks, l.now.marks = l.now.marks, before
	return size, from, marks
}

// keepLocked makes what was just written outlive the process, or the machine with sync = "batch".
func (t *tree) keepLocked(part []*leaf) error {
	if t.opts.Sync == "batch" {
		if err := t.syncNowLocked(part); err != nil {
			return err
		}
	}
	if err := t.commitLocked(); err != nil {
		return err
	}
	if t.opts.Sync == "batch" {
		if err := t.stateNowLocked(); err != nil {
			return err
		}
	}
	for _, l := range part {
		if l.added > 0 && t.opts.Sync == "batch" {
			l.kept, l.sure = l.now, true
		}
		if l.failed == nil {
			for _, d := range l.waiting {
				t.high = max(t.high, d.batch.LastPosition())
			}
		}
	}
	return nil
}

// takeBackLocked cuts off what was just written, which can't be kept, and has the ledger say so. When somebody else wrote
// meanwhile it can't be told what is whose, and all of it stays.
func (t *tree) takeBackLocked(part []*leaf) {
	t.ledger.notes = t.ledger.notes[:0]
	for _, l := range part {
		if l.added == 0 {
			continue
		}
		err := errForeign
		if !l.foreign {
			err = l.out.cut(l.added)
		}
		if err != nil {
			t.log.Warn("what could not be kept stays in the file and will be written again", "path", l.path, "bytes", l.added, "error", err)
		}
		l.now = l.before
		l.now.size = l.out.size
		t.ledger.notes = appendSize(t.ledger.notes, l.number, &l.now)
	}
}

// forgetBytesLocked lets go of the batches' bytes.
func (t *tree) forgetBytesLocked() {
	clear(t.bufs)
	t.bufs = t.bufs[:0]
	t.text = t.text[:0]
	if cap(t.text) > maxIdleText {
		t.text = nil
	}
}

// clearLocked lets go of the batches.
func (t *tree) clearLocked() {
	for _, l := range t.touched {
		clear(l.waiting)
		l.waiting, l.failed, l.added = l.waiting[:0], nil, 0
		if cap(l.waiting) > 8 {
			l.waiting = nil
		}
		t.dropUnknownLocked(l)
	}
	clear(t.touched)
	t.touched = t.touched[:0]
}
