package file

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/sdk"
)

// awaitKeeper lets the keeper have its turn. It must be called in a bubble.
func awaitKeeper() {
	<-time.After(keepInterval + time.Millisecond)
	synctest.Wait()
}

// syncer is a disk whose syncs are f.
type syncer struct {
	realDisk
	f func(*os.File) error
}

func (s syncer) sync(f *os.File) error { return s.f(f) }

func TestKeeperFollowsWhatOthersDoToTheFile(t *testing.T) {
	for name, tc := range map[string]struct {
		had      string
		disturb  func(path string) error
		want     string // of the file at the path, after "new" was written
		wantElse string // of the file that was renamed to .1
	}{
		"renamed": {
			"old\n", func(path string) error { return os.Rename(path, path+".1") },
			"new\n", "old\n",
		},
		"renamed and made again by logrotate": {
			"old\n", func(path string) error {
				if err := os.Rename(path, path+".1"); err != nil {
					return err
				}
				return os.WriteFile(path, nil, 0o600)
			},
			"new\n", "old\n",
		},
		"removed": {
			"old\n", os.Remove,
			"new\n", "",
		},
		"removed with its folder": {
			"old\n", func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
			"new\n", "",
		},
		"copied and truncated by logrotate": {
			"old\n", func(path string) error { return os.Truncate(path, 0) },
			"new\n", "",
		},
		"truncated in the middle of a line": {
			"old\n", func(path string) error { return os.Truncate(path, 2) },
			"ol\nnew\n", "",
		},
		"left alone": {
			"old\n", func(string) error { return nil },
			"old\nnew\n", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := options(t, func(o *Options) { o.Path = sdk.Path(filepath.Join(filepath.Dir(string(o.Path)), "logs", "app.log")) })
				d := open(t, o)
				write(t, d, tc.had[:len(tc.had)-1])
				awaitKeeper() // what went to a removed file unsynced is another test
				if err := tc.disturb(string(o.Path)); err != nil {
					t.Fatal(err)
				}
				awaitKeeper()
				write(t, d, "new")
				wantFile(t, o.Path, tc.want)
				if tc.wantElse != "" {
					wantFile(t, o.Path+".1", tc.wantElse)
				}
				closeIt(t, d)
			})
		})
	}
}

func TestKeeperEndsALineThatAnotherWriterLeftTorn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(t, nil)
		d := open(t, o)
		appendTo(t, string(o.Path), "foreign")
		awaitKeeper()
		write(t, d, "ours")
		wantFile(t, o.Path, "foreign\nours\n")
		closeIt(t, d)
	})
}

func TestKeeperSyncsOnceASecondAndOnlyWhatWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDestination(options(t, nil))
		var syncs atomic.Int64
		d.disk = syncer{f: func(*os.File) error { syncs.Add(1); return nil }}
		if err := d.Open(t.Context(), sdk.Config{}); err != nil {
			t.Fatal(err)
		}
		awaitKeeper() // what Open did
		syncs.Store(0)
		for range 100 {
			write(t, d, "x")
		}
		if n := syncs.Load(); n != 0 {
			t.Errorf("%d syncs on the way of batches, want 0", n)
		}
		awaitKeeper()
		awaitKeeper()
		awaitKeeper()
		if n := syncs.Load(); n != 2 {
			t.Errorf("%d syncs in three seconds after 100 writes, want 2, of the file and of its state", n)
		}
		closeIt(t, d)
	})
}

// TestABatchDuringASyncIsNewer writes a batch while the keeper syncs the one before, and kills the process then.
func TestABatchDuringASyncIsNewer(t *testing.T) {
	o := options(t, nil)
	f := &feed{}
	on := newMortal(0, before)
	d, err := f.open(t, o, on)
	if err != nil {
		t.Fatal(err)
	}
	d.stop()
	d.keeping.Wait()
	batch := func(n uint64) {
		if err := d.WriteAll(t.Context(), []*sdk.Batch{batchtest.New(t, n, "x")}); err != nil {
			t.Error(err)
		}
	}
	batch(1)
	during := sync.OnceFunc(func() { batch(2) })
	d.disk = syncer{f: func(*os.File) error { during(); return nil }}
	d.sync()
	if f.durable != 1 {
		t.Errorf("durable through %d, want 1", f.durable)
	}
	on.bury(d)
	if _, _, resumed, _ := reopened(t, f, o); resumed != 2 {
		t.Errorf("resumed after %d, want 2", resumed)
	}
}

func TestSyncBatchSyncsBeforeItAccepts(t *testing.T) {
	d := newDestination(options(t, func(o *Options) { o.Sync = "batch" }))
	var sizes []int64
	d.disk = syncer{f: func(f *os.File) error {
		info, err := f.Stat()
		if err == nil && f.Name() == string(d.opts.Path) {
			sizes = append(sizes, info.Size())
		}
		return err
	}}
	if err := d.Open(t.Context(), sdk.Config{}); err != nil {
		t.Fatal(err)
	}
	d.stop() // the keeper would sync too
	d.keeping.Wait()
	write(t, d, "x")
	write(t, d, "yz")
	if len(sizes) < 2 || sizes[len(sizes)-2] != 2 || sizes[len(sizes)-1] != 5 {
		t.Errorf("the file was synced at the sizes %v, want at 2 and 5", sizes)
	}
	closeIt(t, d)
}
