package file

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/sdk"
)

// limitFileSize keeps the process from writing beyond n bytes of any file, until the returned function is called.
func limitFileSize(t *testing.T, n uint64) (lift func()) {
	t.Helper()
	signal.Ignore(unix.SIGXFSZ)
	var had unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &had); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: had.Max}); err != nil {
		t.Fatal(err)
	}
	lift = func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &had); err != nil {
			t.Error(err)
		}
		signal.Reset(unix.SIGXFSZ)
	}
	t.Cleanup(lift)
	return lift
}

func TestAFailedWriteLeavesNothingBehind(t *testing.T) {
	for _, format := range []string{"raw", "envelope"} {
		t.Run(format, func(t *testing.T) {
			o := options(t, func(o *Options) { o.Format = format })
			d := open(t, o)
			write(t, d, "kept")
			kept, err := os.ReadFile(string(o.Path))
			if err != nil {
				t.Fatal(err)
			}
			lift := limitFileSize(t, uint64(len(kept))+100) // the failing write gets 100 bytes far
			bs := []*sdk.Batch{batchtest.New(t, 2, strings.Repeat("a", 60)), batchtest.New(t, 3, strings.Repeat("b", 600))}
			if err := d.WriteAll(t.Context(), bs); !errors.Is(err, unix.EFBIG) || !strings.Contains(err.Error(), "may not grow") {
				t.Errorf("WriteAll beyond the limit = %v, want EFBIG explained", err)
			}
			wantFile(t, o.Path, string(kept))
			lift()
			if err := d.WriteAll(t.Context(), bs); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(string(o.Path))
			if err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(string(got), "\n"); lines != 3 {
				t.Errorf("the file has %d lines after the repetition, want 3:\n%s", lines, got)
			}
		})
	}
}

func TestAFullDiskIsSaidAndNothingIsDoubled(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	folder := t.TempDir()
	if err := mountSmall(folder, 1<<20); err != nil {
		t.Skipf("no small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	o := options(t, func(o *Options) { o.Path = sdk.Path(filepath.Join(folder, "app.log")) })
	d := open(t, o)
	filler := filepath.Join(folder, "filler")
	put(t, filler, strings.Repeat("f", 900<<10))
	var want strings.Builder
	record := strings.Repeat("r", 50_000)
	for {
		err := d.WriteAll(t.Context(), []*sdk.Batch{batchtest.New(t, 1, record)})
		if err == nil {
			want.WriteString(record + "\n")
			continue
		}
		if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "the disk is full") {
			t.Fatalf("WriteAll to a full disk = %v, want ENOSPC explained", err)
		}
		break
	}
	wantFile(t, o.Path, want.String())
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	write(t, d, record)
	wantFile(t, o.Path, want.String()+record+"\n")
}

func TestASyncThatFailsIsARetryWithoutDoubledLines(t *testing.T) {
	o := options(t, func(o *Options) { o.Sync = "batch" })
	d := open(t, o)
	write(t, d, "one")
	broken := errors.New("broken disk")
	d.disk = syncer{f: func(*os.File) error { return broken }}
	if err := d.WriteAll(t.Context(), []*sdk.Batch{batchtest.New(t, 2, "two")}); !errors.Is(err, broken) {
		t.Errorf("WriteAll = %v, want %v", err, broken)
	}
	wantFile(t, o.Path, "one\n")
	d.disk = realDisk{}
	write(t, d, "two")
	wantFile(t, o.Path, "one\ntwo\n")
}

func TestCutLeavesWhatSomebodyElseAppended(t *testing.T) {
	o := options(t, nil)
	d := open(t, o)
	write(t, d, "one")
	d.mu.Lock()
	defer d.mu.Unlock()
	appendTo(t, string(o.Path), "foreign\npart")
	if err := d.out.cut(4); err == nil {
		t.Error("cut of bytes that are not known to be ours = nil, want an error")
	}
	if _, err := d.out.append([][]byte{[]byte("two\n")}); err != nil {
		t.Fatal(err)
	}
	wantFile(t, o.Path, "one\nforeign\npart\ntwo\n")
}

func appendTo(t *testing.T, path, content string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
}
