package spool

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run writes, syncs and publishes what is appended, and keeps the disk in order, until ctx is done. Then it writes what
// is left, seals the log and makes the cursors durable; an error says that this failed. It is called once.
func (d *Disk) Run(ctx context.Context) error {
	defer close(d.ended)
	d.mu.Lock()
	d.running = true
	d.mu.Unlock()
	for _, p := range d.Parked() {
		d.log.Warn("a destination that is not configured has a place in the spool; its records are deleted once no other destination needs them: configure it again, or stop the router and give them to another one with skidway spool rename",
			"destination", p.Address, "records", p.Records, "dropped", p.Dropped)
	}
	var both sync.WaitGroup
	both.Go(func() { d.runCommits(ctx) })
	both.Go(func() { d.runTicks(ctx) })
	both.Wait()
	return d.finish()
}

func (d *Disk) runCommits(ctx context.Context) {
	timer := time.NewTimer(d.o.SyncInterval)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.work:
		case <-timer.C:
		}
		err := d.commit(d.now())
		switch {
		case err != nil:
			timer.Reset(troubleRetryEvery)
			d.pause(ctx, timer)
		case d.writer.done > 0:
			timer.Reset(max(0, d.o.SyncInterval-d.now().Sub(d.writer.unsyncedSince)))
		}
	}
}

// pause waits for the timer, so that a disk that can't be written is not asked with every append, and lets it fire again.
func (d *Disk) pause(ctx context.Context, timer *time.Timer) {
	select {
	case <-ctx.Done():
	case <-timer.C:
		timer.Reset(0)
	}
}

func (d *Disk) runTicks(ctx context.Context) {
	ticker := time.NewTicker(cursorWriteEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.chores:
		case <-ticker.C:
		}
		d.tick(d.now())
	}
}

// finish writes what is left and ends the log so that opening it is quick.
func (d *Disk) finish() error {
	now := d.now()
	err := d.commit(now)
	if err == nil {
		if err = d.sync(); err == nil {
			d.seal()
		}
	}
	settle := func() error { return errors.Join(d.syncCursors(), d.syncDrops()) }
	err = errors.Join(err, settle())
	if d.reclaim(now, false) {
		err = errors.Join(err, settle()) // parked destinations may have lost something with it
	}
	return err
}

// Close gives the files and the directory up. Run has returned, or was never called. Lanes must have ended.
func (d *Disk) Close() error {
	d.CloseAppend()
	for _, c := range d.cursors {
		c.mu.Lock()
		c.reader.close()
		c.mu.Unlock()
	}
	var errs []error
	if d.writer.file != nil {
		errs = append(errs, d.writer.file.Close())
	}
	for _, p := range []prepared{d.spare, d.reserve} {
		if p.file != nil {
			errs = append(errs, p.Close(), d.fs.Remove(p.name))
		}
	}
	return errors.Join(append(errs, d.house.file.close(), d.house.drops.close(), d.free())...)
}
