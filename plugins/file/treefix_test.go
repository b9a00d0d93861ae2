package file

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skidway/skidway/plugins/sdk"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// treeOptions returns the defaults for files below a new folder, changed by change unless that is nil.
func treeOptions(t testing.TB, change func(*Options)) Options {
	t.Helper()
	o := Options{BaseDir: sdk.Path(filepath.Join(t.TempDir(), "base")), Format: "raw", Mode: "0640", Sync: "interval", MaxOpenFiles: 16}
	if err := os.Mkdir(string(o.BaseDir), 0o700); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&o)
	}
	return o
}

// routed returns a batch of records for a path, each at the position that it begins with. The path "null" is none.
func routed(t testing.TB, path string, settled uint64, positions ...uint64) *sdk.Batch {
	t.Helper()
	req := &pluginv1.DeliverRequest{
		BatchId: 1, Attempt: 1, FirstPosition: positions[0], LastPosition: positions[len(positions)-1],
		SettledThrough: settled, Key: make([]byte, 16),
		Origins: []*pluginv1.Origin{{Count: uint32(len(positions)), Source: "source.tcp.app", Id: positions[0]}},
	}
	if path != "null" {
		req.Resolved = map[string]string{"path": path}
	}
	for i, p := range positions {
		if i > 0 {
			req.PositionSteps = append(req.PositionSteps, p-positions[i-1])
		}
		r := numbered(p)
		req.Sizes = append(req.Sizes, uint32(len(r)))
		req.Data = append(append(req.Data, r...), '\n')
	}
	b, err := sdk.NewBatch(req)
	if err != nil {
		t.Fatalf("make batch: %v", err)
	}
	return b
}

// openTree opens a tree, which the test closes.
func openTree(t testing.TB, o Options) *tree {
	t.Helper()
	d := newTree(o)
	if err := d.Open(t.Context(), treeConfig()); err != nil {
		t.Fatalf("Open: %v", err)
	}
	return d
}

// treeConfig is that of a router with a spool on disk.
func treeConfig() sdk.Config {
	return sdk.Config{Address: "destination.file.tenants", SpoolID: [16]byte{1}, StateDir: "/somewhere"}
}

// holdings returns the files below base_dir without the state, by path, each with the positions that it holds.
func holdings(t testing.TB, o Options) map[string]string {
	t.Helper()
	found := map[string]string{}
	base := string(o.BaseDir)
	err := filepath.WalkDir(base, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || strings.HasPrefix(e.Name(), stateSuffix) {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var held []string
		for line := range strings.Lines(string(content)) {
			n, rest, ok := strings.Cut(line, " ")
			if !ok || !strings.HasSuffix(rest, "\n") || strings.Trim(rest, "x\n") != "" {
				return fmt.Errorf("%s holds the line %q", path, line)
			}
			held = append(held, n)
		}
		rel, err := filepath.Rel(base, path)
		found[rel] = strings.Join(held, " ")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// deliverAll writes the batches at once.
func deliverAll(t testing.TB, d *tree, bs ...*sdk.Batch) {
	t.Helper()
	if err := d.WriteAll(t.Context(), bs); err != nil {
		t.Fatalf("WriteAll: %v", err)
	}
}

func closeTree(t testing.TB, d *tree) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}
