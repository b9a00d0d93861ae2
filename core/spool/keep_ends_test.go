package spool

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"
)

// TestKeeperEndsWhenTheOldestSegmentCannotGo: what can't be deleted now is tried again with the next tick, not at once.
func TestKeeperEndsWhenTheOldestSegmentCannotGo(t *testing.T) {
	fails := func(err error, ops ...string) func(d *Disk, m *modelDisk) {
		return func(_ *Disk, m *modelDisk) {
			m.fail = func(_ int, op, name string) error {
				for _, o := range ops {
					if _, segment := segmentFirst(name); op == o && (segment || name == cursorName || name == cursorTemp) {
						return err
					}
				}
				return nil
			}
		}
	}
	for _, when := range []roomCase{{"nothing is needed", Block, true}, {"what is needed may be dropped", DropOldest, false}} {
		for why, hinder := range map[string]func(d *Disk, m *modelDisk){
			"can't be deleted":           fails(syscall.EACCES, "remove"),
			"cursors can't be written":   fails(syscall.EIO, "write", "sync", "syncall"),
			"a replay is being chosen":   func(d *Disk, _ *modelDisk) { d.evaluating = 1 },
			"its directory is read only": fails(syscall.EROFS, "remove", "rename", "create", "write"),
		} {
			t.Run(when.name+"/"+why, func(t *testing.T) {
				m := newModelDisk()
				d := testDisk(t, m, DiskOptions{MaxBytes: 128 << 10})
				d.checkSpace()
				c := diskCursorOf(t, d, "a", BacklogOptions{MaxBytes: 1 << 30, WhenFull: when.policy})
				s := diskSet(t, d, "a")
				g := testGroup("x", 10, 400)
				size, err := groupBytes(g)
				if err != nil {
					t.Fatal(err)
				}
				for d.roomLocked(size) {
					put(t, d, g, s)
				}
				if when.settled {
					settle(c, takeAll(c)...)
				}
				hinder(d, m)
				before := m.calls
				ctx := &helped{impatient{Context: t.Context()}, func() {
					done := make(chan struct{})
					go func() { defer close(done); d.tick(time.Now()) }()
					select {
					case <-done:
					case <-time.After(5 * time.Second):
						m.mu.Lock()
						t.Errorf("the keeper does not end: %d calls of the disk", m.calls-before)
						m.fail = nil
						m.mu.Unlock()
						d.mu.Lock()
						d.evaluating = 0
						d.mu.Unlock()
						<-done
					}
				}}
				if _, err := d.Append(ctx, g, s); err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				if n := m.calls - before; n > 100 {
					t.Errorf("%d calls of the disk", n)
				}
				// And goes on when it can.
				m.fail, d.evaluating = nil, 0
				ctx = &helped{impatient{Context: t.Context()}, func() { d.tick(time.Now().Add(time.Minute)); d.tick(time.Now().Add(2 * time.Minute)) }}
				if _, err := d.Append(ctx, g, s); err != nil {
					t.Errorf("when it can go: %v", err)
				}
				if err := d.commit(d.now()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// roomCase is what the destination that needs the spool does when there is no room.
type roomCase struct {
	name    string
	policy  Policy
	settled bool
}
