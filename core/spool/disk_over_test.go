package spool

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"github.com/skidway/skidway/core/record"
)

// tryOver is tryPut for a dead letter.
func tryOver(t *testing.T, d *Disk, g *record.Group, s Set) bool {
	t.Helper()
	round := func() {
		_ = d.commit(d.now())
		d.tick(d.now())
	}
	_, err := d.AppendOver(&helped{impatient{Context: t.Context()}, round}, g, s)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if d.overs != 0 {
		t.Fatalf("%d dead letters count as waiting", d.overs)
	}
	round()
	return err == nil
}

func TestDiskDeadLettersWaitForTheBacklogOfADestinationThatBlocks(t *testing.T) {
	d := testDisk(t, newModelDisk(), DiskOptions{})
	a := diskCursorOf(t, d, "a", BacklogOptions{MaxBytes: 4000})
	s := diskSet(t, d, "a")
	if !tryOver(t, d, testGroup("g", 20, 200), s) {
		t.Fatal("no room in an empty backlog")
	}
	d.CloseAppend()
	if _, err := d.Append(t.Context(), testGroup("g", 1, 200), s); !errors.Is(err, ErrClosed) {
		t.Errorf("Append = %v after CloseAppend", err)
	}
	runs := takeAll(a)
	if tryOver(t, d, testGroup("g", 10, 200), s) {
		t.Error("a dead letter exceeds the backlog")
	}
	done := make(chan error, 1)
	go func() {
		_, err := d.AppendOver(t.Context(), testGroup("g", 10, 200), s)
		done <- err
	}()
	for waits := false; !waits; {
		d.mu.Lock()
		waits = d.overs == 1
		d.mu.Unlock()
	}
	d.CloseAppend()
	settle(a, runs...)
	if err := <-done; err != nil {
		t.Errorf("AppendOver = %v after room was made in a closed spool", err)
	}
	end(t, d)
}

func TestDiskDeadLettersOfADeadDestinationAreBounded(t *testing.T) {
	for name, policy := range map[string]Policy{"block": Block, "drop oldest": DropOldest} {
		t.Run(name, func(t *testing.T) {
			d := testDisk(t, newModelDisk(), DiskOptions{})
			a := diskCursorOf(t, d, "a", BacklogOptions{MaxBytes: 1 << 30})
			dead := diskCursorOf(t, d, "dead", BacklogOptions{MaxBytes: 1 << 30, WhenFull: policy})
			onlyA, s := diskSet(t, d, "a"), diskSet(t, d, "dead")
			for tryPut(t, d, testGroup("g", 10, 200), onlyA) {
			}
			held := takeAll(a)
			appended := 0
			for appended < 2000 && tryOver(t, d, testGroup("dead", 10, 200), s) {
				appended++
				// A thin segment without records takes a kilobyte until those before it can go.
				if used, most := d.Stats().Bytes, int64(1<<20+3*32<<10+d.State().Segments<<10); used > most {
					t.Fatalf("the spool has %d bytes after %d dead letters, want at most %d", used, appended, most)
				}
			}
			if appended < 20 {
				t.Errorf("%d dead letters went into a full spool: the lane that drains it could not go on", appended)
			}
			if policy == DropOldest {
				if appended < 2000 {
					t.Errorf("dead letters wait after %d, although older ones may be dropped", appended)
				}
				settle(a, held...)
				return
			}
			settle(dead, takeAll(dead)...)
			if !tryOver(t, d, testGroup("dead", 10, 200), s) {
				t.Error("dead letters wait although their destination has nothing any more")
			}
			settle(a, held...)
			if !tryOver(t, d, testGroup("dead", 10, 200), s) {
				t.Error("dead letters wait although the spool has room")
			}
			settle(dead, takeAll(dead)...)
			end(t, d)
		})
	}
}

func TestDiskDeadLettersTakeBoundedMemoryWhileTheDiskFails(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{MaxBytes: 1 << 30})
	diskCursorOf(t, d, "dead", BacklogOptions{WhenFull: DropOldest, MaxBytes: 1 << 20})
	s := diskSet(t, d, "dead")
	m.fail = func(_ int, what, _ string) error {
		if what == "write" {
			return syscall.EIO
		}
		return nil
	}
	n := 0
	for n < 100 && tryOver(t, d, testGroup("dead", 1, 1<<20), s) {
		n++
	}
	if n < 16 || n > 33 {
		t.Errorf("%d MiB of dead letters were taken while nothing could be written, want more than maxPending and at most maxPendingOver", n)
	}
	m.fail = nil
	if !tryOver(t, d, testGroup("dead", 1, 1<<20), s) {
		t.Error("dead letters wait although the disk can be written again")
	}
}
