package spool

import (
	"syscall"
	"testing"
)

func TestDiskWritesTheCursorsAgainAfterAFailure(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	if err := a.SetNote([]byte("one")); err != nil {
		t.Fatal(err)
	}
	m.fail = func(_ int, op, name string) error {
		if op == "write" && (name == cursorName || name == cursorTemp) {
			return syscall.EIO
		}
		return nil
	}
	if err := a.SetNote([]byte("two")); err == nil {
		t.Fatal("SetNote succeeds although the cursors can't be written")
	}
	m.fail = nil
	if err := a.SetNote([]byte("one")); err != nil { // as it was before
		t.Fatal(err)
	}
	if err := d.syncCursors(); err != nil {
		t.Fatal(err)
	}
	d = testDisk(t, m.crash(nil), DiskOptions{})
	if n := string(diskCursorOf(t, d, "a", BacklogOptions{}).Note()); n != "one" {
		t.Errorf("the note is %q after the cursors were synced", n)
	}
}
