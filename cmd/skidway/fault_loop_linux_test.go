package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// mounted is an ext4 in a file.
type mounted struct {
	t          *testing.T
	image, dir string
}

func onLoop(t *testing.T, size int64) *mounted {
	t.Helper()
	m := &mounted{t, filepath.Join(t.TempDir(), "image"), t.TempDir()}
	f, err := os.Create(m.image)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	f.Close()
	m.command("mkfs.ext4", "-q", "-F", m.image)
	m.command("mount", "-o", "loop", m.image, m.dir)
	t.Cleanup(m.unmount)
	return m
}

// command runs a command of the system, and skips the test where it can't be run.
func (m *mounted) command(name string, args ...string) {
	m.t.Helper()
	if out, err := exec.CommandContext(m.t.Context(), name, args...).CombinedOutput(); err != nil {
		m.t.Skipf("a file system can't be made here: %s: %v: %s", name, err, out)
	}
}

func (m *mounted) unmount() {
	if err := unix.Unmount(m.dir, unix.MNT_DETACH); err != nil {
		m.t.Errorf("unmount: %v", err)
	}
}

// again mounts it anew, as after a repair.
func (m *mounted) again() {
	m.t.Helper()
	m.unmount()
	m.command("mount", "-o", "loop", m.image, m.dir)
}
