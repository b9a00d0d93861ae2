package config

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/ingest"
	"github.com/skidway/skidway/core/spool"
)

// Defaults stand in the tables, from where they are shown, and beside the code that obeys them. They must be the same.
func TestDefaultsAgreeWithTheCode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.hcl")
	write(t, path, smallest)
	c, _, diags := Load(testOptions(t, path))
	if c == nil {
		t.Fatal(found(diags))
	}

	lane := c.Destinations[0].Delivery
	lane.Address = ""
	if diff := cmp.Diff(delivery.Defaults(), lane); diff != "" {
		t.Errorf("destination (-code +table):\n%s", diff)
	}

	source := *c.Sources[0].TCP
	source.Address = ""
	if diff := cmp.Diff(ingest.Defaults(), source); diff != "" {
		t.Errorf("source tcp (-code +table):\n%s", diff)
	}
	if c.Router.IntakeMaxBytes != ingest.DefaultIntakeMaxBytes {
		t.Errorf("intake_max_bytes is %d in the table and %d in the code", c.Router.IntakeMaxBytes, ingest.DefaultIntakeMaxBytes)
	}

	m, err := spool.NewMemory(spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Stats().MaxBytes; c.Router.Spool.MaxBytes != got {
		t.Errorf("spool.max_bytes is %d in the table and %d in the code", c.Router.Spool.MaxBytes, got)
	}
	cursor, err := m.Cursor("destination.stdout.console", spool.BacklogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// The spool rounds its share down to a multiple of 4.
	if code, table := cursor.Backlog().MaxBytes, c.Destinations[0].Backlog.MaxBytes; table < code || table-code >= 4 {
		t.Errorf("backlog.max_bytes is %d in the table and %d in the code", table, code)
	}
}

// loadDurable loads the smallest configuration with what stands in a router block.
func loadDurable(t *testing.T, router string) *Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.hcl")
	write(t, path, "router {\n data_dir = \"/var/lib/skidway\"\n"+router+"\n}\n"+smallest)
	c, _, diags := Load(testOptions(t, path))
	if c == nil {
		t.Fatal(found(diags))
	}
	return c
}

func TestDefaultsOfASpoolOnDisk(t *testing.T) {
	r := loadDurable(t, "").Router
	if !r.Disk || r.DataDir != "/var/lib/skidway" || r.Spool != (spool.Options{}) {
		t.Errorf("with a data_dir the spool is on disk: %v, in %q, in memory %+v", r.Disk, r.DataDir, r.Spool)
	}
	want := spool.DiskOptions{MinFreeShare: 0.05, Sync: spool.SyncBatch, SyncInterval: time.Second}
	if diff := cmp.Diff(want, r.DiskSpool); diff != "" {
		t.Errorf("options of the spool (-want +got):\n%s", diff)
	}
}

// The spool applies its own rule to a size that depends on the filesystem; what is said of it before must be the same.
func TestSizeOfASpoolOnDiskAgreesWithTheSpool(t *testing.T) {
	dir := t.TempDir()
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	total := int64(st.Blocks) * int64(st.Bsize) //nolint:unconvert // it is 32 bits wide on other systems
	for name, o := range map[string]spool.DiskOptions{
		"default": {}, "share": {MaxShare: 0.1}, "size": {MaxBytes: 16 << 20},
	} {
		d, err := spool.OpenDisk(filepath.Join(dir, name), o)
		if err != nil {
			t.Fatal(err)
		}
		r := Router{DiskSpool: o}
		if code, here := d.Stats().MaxBytes, r.SpoolBytes(total); code != here {
			t.Errorf("%s: the spool has %d bytes, and is said to have %d", name, code, here)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What the tables allow the spool takes, and what it refuses they refuse.
func TestLimitsAgreeWithTheSpool(t *testing.T) {
	s := routerSchema().block("spool").Schema
	limit := func(v any) int64 {
		n, ok := v.(int64)
		if !ok {
			t.Fatalf("limit %v is no size", v)
		}
		return n
	}
	size, segment := s.attribute("max_bytes"), s.attribute("segment_bytes")
	const large = 8 << 30
	for name, c := range map[string]struct {
		options spool.Options
		taken   bool
	}{
		"the smallest spool":    {spool.Options{MaxBytes: limit(size.min)}, true},
		"a smaller spool":       {spool.Options{MaxBytes: limit(size.min) - 1}, false},
		"the smallest segments": {spool.Options{MaxBytes: large, SegmentBytes: limit(segment.min)}, true},
		"smaller segments":      {spool.Options{MaxBytes: large, SegmentBytes: limit(segment.min) - 1}, false},
		"the largest segments":  {spool.Options{MaxBytes: large, SegmentBytes: limit(segment.max)}, true},
		"larger segments":       {spool.Options{MaxBytes: large, SegmentBytes: limit(segment.max) + 1}, false},
	} {
		if _, err := spool.NewMemory(c.options); (err == nil) != c.taken {
			t.Errorf("%s: %v, want taken %v", name, err, c.taken)
		}
	}
}
