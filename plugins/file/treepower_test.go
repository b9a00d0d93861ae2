package file

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// cutTree does to base_dir what a power cut does; see cut.
func (m *mortal) cutTree(t *testing.T, base string, luck *rand.Rand) {
	t.Helper()
	err := filepath.WalkDir(base, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		durable := m.durable[inode(info)]
		if e.Name() == treeStatePath("destination.file.tenants") {
			for at := 0; at+slotSize <= min(len(content), len(durable)); at += slotSize {
				if luck.IntN(2) == 0 {
					copy(content[at:at+slotSize], durable[at:])
				}
			}
		} else if extra := len(content) - len(durable); extra > 0 {
			content = content[:len(durable)+luck.IntN(extra+1)]
		}
		return os.WriteFile(path, content, 0o600) // keeps the inode
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPowerCutOfATree cuts the power in the middle of runs, the router's included, which then remembers what was said to be
// durable. Nothing is lost.
func TestPowerCutOfATree(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"sync interval": nil,
		"sync batch":    func(o *Options) { o.Sync = "batch" },
		"with rotation": func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024, Compress: "none"} },
	} {
		t.Run(name, func(t *testing.T) {
			seeds := uint64(12)
			if long() {
				seeds = 3000
			}
			for seed := range seeds {
				luck := rand.New(rand.NewPCG(seed, 1))
				o := treeOptions(t, change)
				f := newForest(80, 11, seed)
				f.amnesia = true
				durable := map[uint64][]byte{}
				for dieAt := luck.IntN(150) + 1; ; dieAt = luck.IntN(250) + 1 {
					on := newMortal(dieAt, moment(luck.IntN(3)))
					on.durable = durable
					d, err := f.run(t, o, on)
					if err == nil {
						err = d.Close()
					}
					if !on.dead {
						if err != nil {
							t.Fatalf("seed %d: %v", seed, err)
						}
						break
					}
					on.buryTree(d)
					on.cutTree(t, string(o.BaseDir), luck)
					f.boot++
				}
				f.wantAll(t, o, seed)
			}
		})
	}
}

// wantAll fails t unless each record is in its file, or in one that was rotated. Half a line may be there, too.
func (f *forest) wantAll(t *testing.T, o Options, seed uint64) {
	t.Helper()
	found := make([]bool, f.total+1)
	for path, content := range snapshot(t, string(o.BaseDir)) {
		if strings.HasPrefix(filepath.Base(path), stateSuffix) {
			continue
		}
		for line := range strings.Lines(content) {
			text, _, _ := strings.Cut(line, " ")
			if n, err := strconv.ParseUint(text, 10, 64); err == nil && n < uint64(len(found)) && line == numbered(n)+"\n" {
				found[n] = true
			}
		}
	}
	if n := slices.Index(found[1:], false); n >= 0 {
		t.Fatalf("seed %d: record %d is missing", seed, n+1)
	}
}
