package spool

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/skidway/skidway/core/record"
)

// running opens a spool in a new directory and runs it until the benchmark ends.
func running(b *testing.B, o DiskOptions) *Disk {
	d, err := OpenDisk(filepath.Join(b.TempDir(), "spool"), o)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	return d
}

func groupOf(bytesPerRecord, groupBytes int) *record.Group {
	g := &record.Group{Origin: record.Origin{Source: "source.tcp.app", Peer: "10.0.0.1"}}
	for len(g.Data) < groupBytes {
		g.Sizes = append(g.Sizes, uint32(bytesPerRecord-1))
		g.Data = append(append(g.Data, bytes.Repeat([]byte{'x'}, bytesPerRecord-1)...), '\n')
	}
	return g
}

// BenchmarkDisk appends groups of 256-byte records with some callers, each of which waits until its group is published,
// or with "flow" only for the last one, and takes them with one lane. raw is what the disk does with 1 MiB write and
// fdatasync in a loop.
func BenchmarkDisk(b *testing.B) {
	b.Run("raw", benchmarkRaw)
	for _, mode := range []struct {
		name string
		sync SyncMode
	}{{"batch", SyncBatch}, {"interval", SyncInterval}} {
		for _, size := range []int{64 << 10, 256 << 10} {
			for _, callers := range []int{1, 4} {
				b.Run(fmt.Sprintf("sync=%s/group=%dKiB/callers=%d", mode.name, size>>10, callers), func(b *testing.B) {
					benchmarkDisk(b, mode.sync, size, callers, true)
				})
			}
			b.Run(fmt.Sprintf("sync=%s/group=%dKiB/callers=4/flow", mode.name, size>>10), func(b *testing.B) {
				benchmarkDisk(b, mode.sync, size, 4, false)
			})
		}
	}
}

func benchmarkRaw(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	const file = 1 << 30
	if err := allocate(f, file); err != nil {
		b.Fatal(err)
	}
	buf := bytes.Repeat([]byte{'x'}, 1<<20)
	b.SetBytes(1 << 20)
	for i := 0; b.Loop(); i++ {
		if _, err := f.WriteAt(buf, int64(i)<<20%file); err != nil {
			b.Fatal(err)
		}
		if err := syncData(f); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkDisk(b *testing.B, mode SyncMode, size, callers int, wait bool) {
	d := running(b, DiskOptions{Sync: mode, MaxBytes: 4 << 30})
	c, err := d.Cursor("destination.test.a", BacklogOptions{})
	if err != nil {
		b.Fatal(err)
	}
	set, err := d.Set("destination.test.a")
	if err != nil {
		b.Fatal(err)
	}
	appendAll(b, d, set, groupOf(256, size), callers, wait, c)
}

// appendAll appends the group b.N times with some callers and takes the records with one lane.
func appendAll(b *testing.B, d *Disk, set Set, g *record.Group, callers int, wait bool, c Cursor) {
	b.SetBytes(int64(len(g.Data)))
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			var last record.Position
			for left.Add(-1) >= 0 {
				p, err := d.Append(b.Context(), g, set)
				if err == nil && wait {
					err = d.WaitPublished(b.Context(), p)
				}
				if err != nil {
					b.Error(err)
					return
				}
				last = p
			}
			if err := d.WaitPublished(b.Context(), last); err != nil {
				b.Error(err)
			}
		})
	}
	all.Go(func() { drain(c, b.N*len(g.Sizes)) })
	all.Wait()
}

// BenchmarkDiskDead appends for a lane that keeps up, beside a destination that takes nothing and drops.
func BenchmarkDiskDead(b *testing.B) {
	for _, dead := range []bool{false, true} {
		b.Run(fmt.Sprint("dead=", dead), func(b *testing.B) {
			d := running(b, DiskOptions{MaxBytes: 1 << 30})
			c, err := d.Cursor("destination.test.a", BacklogOptions{})
			if err != nil {
				b.Fatal(err)
			}
			addresses := []string{"destination.test.a"}
			if dead {
				if _, err := d.Cursor("destination.test.dead", BacklogOptions{MaxBytes: 64 << 20, WhenFull: DropOldest}); err != nil {
					b.Fatal(err)
				}
				addresses = append(addresses, "destination.test.dead")
			}
			set, err := d.Set(addresses...)
			if err != nil {
				b.Fatal(err)
			}
			appendAll(b, d, set, groupOf(256, 64<<10), 4, false, c)
		})
	}
}

// BenchmarkDiskCatchUp reads a backlog from the disk, as a lane does that was away.
func BenchmarkDiskCatchUp(b *testing.B) {
	d := running(b, DiskOptions{Sync: SyncInterval, MaxBytes: 2 << 30, TailBytes: blockBytes})
	c, err := d.Cursor("destination.test.a", BacklogOptions{})
	if err != nil {
		b.Fatal(err)
	}
	set, err := d.Set("destination.test.a")
	if err != nil {
		b.Fatal(err)
	}
	g := groupOf(256, 256<<10)
	b.SetBytes(int64(len(g.Data)))
	for left := b.N; left > 0; {
		n := min(left, 2000)
		left -= n
		b.StopTimer()
		for range n {
			if _, err := d.Append(b.Context(), g, set); err != nil {
				b.Fatal(err)
			}
		}
		if err := d.WaitPublished(b.Context(), d.Stats().Next-1); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		drain(c, n*len(g.Sizes))
	}
}
