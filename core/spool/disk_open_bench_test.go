package spool

import (
	"os"
	"path/filepath"
	"testing"
)

// How long it takes to open, and to look at, a directory of many segments, all of which a destination still needs.
func BenchmarkDiskOpensManySegments(b *testing.B) {
	const segments = 5000
	m := newModelDisk()
	d := testDisk(b, m, DiskOptions{MaxBytes: 1 << 30, SegmentBytes: 8_000})
	diskCursorOf(b, d, "a", BacklogOptions{})
	s := diskSet(b, d, "a")
	for d.State().Segments < segments {
		put(b, d, testGroup("g", 2, 2500), s)
	}
	end(b, d)
	dir := filepath.Join(b.TempDir(), "spool")
	if err := os.Mkdir(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	for name, f := range m.names {
		if err := os.WriteFile(filepath.Join(dir, name), f.data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			d, err := OpenDisk(dir, DiskOptions{MaxBytes: 1 << 30})
			if err != nil {
				b.Fatal(err)
			}
			if c := diskCursorOf(b, d, "a", BacklogOptions{}); c.Backlog().Records < segments {
				b.Fatalf("backlog = %+v", c.Backlog())
			}
			if err := d.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("inspect", func(b *testing.B) {
		for b.Loop() {
			if r, err := Inspect(dir); err != nil || len(r.Segments) != segments {
				b.Fatal(err)
			}
		}
	})
}
