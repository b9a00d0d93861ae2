package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/skidway/skidway/core/spool"
)

// spool fills in router.spool.
func (b *builder) spool(n *node) {
	size := n.get("max_bytes")
	b.config.at.spool, b.config.at.spoolSet = size.at, n.body != nil
	r := &b.config.Router
	storage := n.get("storage")
	switch {
	case storage.unknown || storage.v == nil:
		r.Disk = b.durable
	case storage.v == "disk":
		r.Disk = true
		if !b.durable {
			b.fail(storage.at, `A spool on disk needs a "data_dir" to lie in.`, giveDataDir+`, or take storage out: records are held in memory then, and a crash loses them.`)
		}
	}
	if !storage.unknown {
		n.settle("storage", map[bool]string{true: "disk", false: "memory"}[r.Disk], "")
	}
	if r.Disk {
		b.diskSpool(n, size)
	} else {
		b.memorySpool(n, size, storage.unknown)
	}
}

func (b *builder) memorySpool(n *node, size *value, unsure bool) {
	o := &b.config.Router.Spool
	switch v := size.v.(type) {
	case nil:
		o.MaxBytes = memorySpoolBytes
		n.settle("max_bytes", o.MaxBytes, "of a spool in memory")
	case share:
		if !unsure {
			b.fail(size.at, fmt.Sprintf(`"max_bytes" = %q is a share of a filesystem, and the spool is in memory.`, v), `Write a size, such as "64MiB", or put the spool on disk: `+b.onDisk(n)+".")
		}
	case int64:
		o.MaxBytes = v
	}
	if size.unknown {
		o.MaxBytes = 0
	}
	b.spoolBytes = o.MaxBytes
	o.SegmentBytes = b.segmentBytes(n, memorySegmentBytes)
	for _, name := range []string{"min_free", "sync", "sync_interval", "retain"} {
		at, given := n.given(name)
		switch {
		case unsure:
		case given:
			b.fail(at, fmt.Sprintf("%q means nothing while the spool is in memory.", name), "Take it out, or put the spool on disk: "+b.onDisk(n)+".")
		default:
			n.settle(name, nil, "the spool is in memory")
		}
	}
}

// onDisk says how the spool of a router gets on disk.
func (b *builder) onDisk(n *node) string {
	if b.durable {
		return `take storage = "memory" out`
	}
	if _, given := n.given("storage"); given {
		return `set router.data_dir and take storage = "memory" out`
	}
	return "set router.data_dir"
}

func (b *builder) diskSpool(n *node, size *value) {
	o := &b.config.Router.DiskSpool
	switch v := size.v.(type) {
	case nil:
		b.spoolMost = diskSpoolMost
		n.settle("max_bytes", nil, "the smaller of 8GiB and 20% of the filesystem")
	case share:
		o.MaxShare = v.of1()
	case int64:
		o.MaxBytes = v
	}
	if size.unknown {
		o.MaxBytes, o.MaxShare, b.spoolMost = 0, 0, 0
	}
	b.spoolBytes = o.MaxBytes
	o.SegmentBytes = b.segmentBytes(n, diskSegmentBytes)
	free := n.get("min_free")
	switch v := free.v.(type) {
	case share:
		o.MinFreeShare = v.of1()
	case int64:
		o.MinFreeBytes = v
	}
	if o.MaxShare+o.MinFreeShare > 1 && !free.unknown {
		b.diags = append(b.diags, warning(size.at, "", fmt.Sprintf(`"max_bytes" and "min_free" are more than the filesystem together: %v and %v.`, size.v, free.v),
			`All sources wait before the spool is full, also for destinations with when_full = "drop_oldest". Lower one of them.`))
	}
	o.Retain = n.duration("retain")
	o.SyncInterval = n.duration("sync_interval")
	mode := n.get("sync")
	if mode.v == "interval" {
		o.Sync = spool.SyncInterval
	}
	if mode.v != "batch" || mode.unknown {
		return
	}
	if at, given := n.given("sync_interval"); given {
		b.fail(at, `"sync_interval" means nothing with sync = "batch".`, `Records are synced before they count as accepted. Say sync = "interval" beside it, or take it out.`)
		return
	}
	n.settle("sync_interval", nil, `only with sync = "interval"`)
}

// segmentBytes is the size of a segment; 0: the spool finds it, because max_bytes is not known here.
func (b *builder) segmentBytes(n *node, most int64) int64 {
	segment := n.get("segment_bytes")
	b.config.at.segment = segment.at
	own, given := segment.v.(int64)
	if !given {
		out := min(most, b.spoolBytes/4)
		n.settle("segment_bytes", sizeOrNone(out), "the smaller of "+formatBytes(most)+" and a quarter of max_bytes")
		return out
	}
	if segment.unknown {
		return 0
	}
	if own > b.spoolBytes/4 && b.spoolBytes > 0 {
		b.diags = append(b.diags, segmentTooLarge(segment.at, b.spoolBytes))
	}
	return own
}

func segmentTooLarge(at hcl.Range, spoolBytes int64) *hcl.Diagnostic {
	return problem(at, fmt.Sprintf(`"segment_bytes" must be at most a quarter of "max_bytes", which is %s.`, aboutBytes(spoolBytes/4)),
		"Make segments smaller or the spool larger.")
}

// sizeOrNone is a size in canonical form; nil for one that is not known.
func sizeOrNone(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}
