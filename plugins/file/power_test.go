package file

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// cut does to the folder what a power cut does: of each file the bytes that were synced are there, and as many of the
// others as luck would have it; the state's slots, which are sectors, are each the synced or the last one.
func (m *mortal) cut(t *testing.T, folder string, luck *rand.Rand) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		durable := m.durable[inode(info)]
		if e.Name() == stateName {
			for at := 0; at+slotSize <= min(len(content), len(durable)); at += slotSize {
				if luck.IntN(2) == 0 {
					copy(content[at:at+slotSize], durable[at:])
				}
			}
			if len(durable) == 0 && luck.IntN(2) == 0 {
				content = nil
			}
		} else if extra := len(content) - len(durable); extra > 0 {
			content = content[:len(durable)+luck.IntN(extra+1)]
		}
		if err := os.WriteFile(path, content, 0o600); err != nil { // keeps the inode
			t.Fatal(err)
		}
	}
}

// TestPowerCut cuts the power in the middle of runs, the router's included, which then remembers what was said to be
// durable. Nothing is lost. Without rotation nothing is there twice, nor is half a line, once
// something was durable.
func TestPowerCut(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"sync interval": nil,
		"sync batch":    func(o *Options) { o.Sync = "batch" },
		"with rotation": func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024} },
	} {
		t.Run(name, func(t *testing.T) {
			seeds := uint64(60)
			if long() {
				seeds = 5000
			}
			for seed := range seeds {
				luck := rand.New(rand.NewPCG(seed, 1))
				o := options(t, change)
				folder := filepath.Dir(string(o.Path))
				f := &feed{total: 60, amnesia: true}
				exact := o.Rotate == nil
				durable := map[uint64][]byte{}
				for dieAt := luck.IntN(70) + 1; ; dieAt = luck.IntN(100) + 1 {
					on := newMortal(dieAt, moment(luck.IntN(3)))
					on.durable = durable
					d, err := f.run(t, o, on)
					if o.Sync == "batch" {
						f.durable = f.accepted // the verdict says so
					}
					if err == nil {
						err = finish(d)
					}
					if !on.dead {
						if err != nil {
							t.Fatalf("seed %d: %v", seed, err)
						}
						break
					}
					on.bury(d)
					exact = exact && f.durable > 0
					on.cut(t, folder, luck)
					f.boot++
				}
				found := numbers(t, folder, true)
				if exact {
					wantOnceInOrder(t, folder, f.total)
				}
				slices.Sort(found)
				if missing := len(slices.Compact(found)) - int(f.total); missing != 0 {
					t.Fatalf("seed %d: %d records are missing", seed, -missing)
				}
			}
		})
	}
}
