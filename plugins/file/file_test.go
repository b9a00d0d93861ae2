package file

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/internal/readme"
	"github.com/skidway/skidway/plugins/sdk"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

var update = flag.Bool("update", false, "rewrite the option table of README.md")

// goleakMain runs the tests and looks for goroutines that outlive them.
func goleakMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReadmeHoldsTheSchema(t *testing.T) {
	readme.Check(t, "README.md", Plugin("1.0.0").Describe().GetDestination().GetSchema(), *update)
}

func TestPluginPromisesNoMoreThanItsWeakestSync(t *testing.T) {
	c := Plugin("1.0.0").Describe().GetDestination().GetCapabilities()
	if !c.GetOrdered() || !c.GetResume() || c.GetDurability() != pluginv1.Durability_DURABILITY_OS_BUFFER {
		t.Errorf("capabilities are %v, want ordered, resume, os_buffer", c)
	}
}

// options returns the defaults for a file app.log in a new folder, changed by change unless that is nil.
func options(t *testing.T, change func(*Options)) Options {
	t.Helper()
	o := Options{Path: sdk.Path(filepath.Join(t.TempDir(), "app.log")), Format: "raw", Mode: "0640", Sync: "interval"}
	if change != nil {
		change(&o)
	}
	return o
}

// open opens a destination and closes it at the end of the test, if the test did not.
func open(t *testing.T, o Options) *destination {
	t.Helper()
	d := newDestination(o)
	if err := d.Open(t.Context(), sdk.Config{}); err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		d.mu.Lock()
		isOpen := d.out != nil
		d.mu.Unlock()
		if isOpen {
			closeIt(t, d)
		}
	})
	return d
}

func closeIt(t testing.TB, d *destination) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func write(t *testing.T, d *destination, records ...string) {
	t.Helper()
	if err := d.WriteAll(t.Context(), []*sdk.Batch{batchtest.New(t, 1, records...)}); err != nil {
		t.Fatalf("WriteAll(%q): %v", records, err)
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantFile fails t unless the file at path holds want.
func wantFile[P ~string](t *testing.T, path P, want string) {
	t.Helper()
	got, err := os.ReadFile(string(path))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", filepath.Base(string(path)), diff)
	}
}

// stateName is the name of the state of app.log.
const stateName = ".app.log.skidway"

// listing returns the names in the folder of the file o names, without its state.
func listing(t *testing.T, o Options) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(string(o.Path)))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		if e.Name() != stateName {
			found = append(found, e.Name())
		}
	}
	return found
}

func TestWriteAllGathersBatches(t *testing.T) {
	const meta = `,"meta":{"source":"source.tcp.app","received_at":"1970-01-01T00:00:00Z","id":`
	for format, want := range map[string]string{
		"raw":      "one\ntwo\nlines\n\nthree\n",
		"envelope": `{"record":"one"` + meta + "\"1\"}}\n" + `{"record":"two\nlines\n"` + meta + "\"2\"}}\n" + `{"record":"three"` + meta + "\"3\"}}\n",
	} {
		for _, sync := range []string{"interval", "batch"} {
			t.Run(format+" with sync "+sync, func(t *testing.T) {
				o := options(t, func(o *Options) { o.Format, o.Sync = format, sync })
				d := open(t, o)
				bs := []*sdk.Batch{batchtest.New(t, 1, "one", "two\nlines\n"), batchtest.New(t, 3, "three")}
				if err := d.WriteAll(t.Context(), bs); err != nil {
					t.Fatal(err)
				}
				wantFile(t, o.Path, want)
				if err := d.Write(t.Context(), bs[1]); err != nil {
					t.Fatal(err)
				}
				last := want[strings.LastIndex(strings.TrimSuffix(want, "\n"), "\n")+1:]
				wantFile(t, o.Path, want+last)
			})
		}
	}
}

func TestWriteAllTakesMoreBatchesThanOneCall(t *testing.T) {
	o := options(t, nil)
	d := open(t, o)
	bs := slices.Repeat([]*sdk.Batch{batchtest.New(t, 1, "a", "b")}, 2*maxIovecs+1)
	if err := d.WriteAll(t.Context(), bs); err != nil {
		t.Fatal(err)
	}
	wantFile(t, o.Path, strings.Repeat("a\nb\n", len(bs)))
}

func TestWriteAllAllocatesNothing(t *testing.T) {
	for _, format := range []string{"raw", "envelope"} {
		d := open(t, options(t, func(o *Options) { o.Format = format }))
		bs := []*sdk.Batch{batchtest.New(t, 1, "one", "two"), batchtest.New(t, 3, "three")}
		if n := testing.AllocsPerRun(100, func() {
			if err := d.WriteAll(t.Context(), bs); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("WriteAll with format %s allocates %v times, want 0", format, n)
		}
	}
}

func BenchmarkWriteAll(b *testing.B) {
	records := slices.Repeat([]string{strings.Repeat("x", 255)}, 100)
	for name, batches := range map[string]int{"one batch": 1, "four batches": 4} {
		for _, format := range []string{"raw", "envelope"} {
			b.Run(format+"/"+name, func(b *testing.B) {
				o := Options{Path: sdk.Path(filepath.Join(b.TempDir(), "app.log")), Format: format, Mode: "0640", Sync: "interval"}
				o.Rotate = &Rotate{MaxBytes: 256 << 20, Keep: 1} // the benchmark fills no disk
				d := newDestination(o)
				if err := d.Open(b.Context(), sdk.Config{}); err != nil {
					b.Fatal(err)
				}
				defer closeIt(b, d)
				bs := slices.Repeat([]*sdk.Batch{batchtest.New(b, 1, records...)}, batches)
				b.SetBytes(int64(batches) * 25_600)
				b.ReportAllocs()
				start := time.Now()
				for b.Loop() {
					if err := d.WriteAll(b.Context(), bs); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(b.N*batches), "ns/batch")
			})
		}
	}
}

func BenchmarkStateAlone(b *testing.B) {
	d := newDestination(Options{Path: sdk.Path(filepath.Join(b.TempDir(), "app.log")), Format: "raw", Mode: "0640", Sync: "interval"})
	if err := d.Open(b.Context(), sdk.Config{}); err != nil {
		b.Fatal(err)
	}
	defer closeIt(b, d)
	b.ReportAllocs()
	for b.Loop() {
		d.mu.Lock()
		err := d.recordLocked(d.out)
		d.mu.Unlock()
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkState compares writing with and without the state, in turns. A router with much to send has 4 to 32 batches
// waiting.
func BenchmarkState(b *testing.B) {
	records := slices.Repeat([]string{strings.Repeat("x", 255)}, 100)
	for _, batches := range []int{1, 8, 32} {
		b.Run(strconv.Itoa(batches)+" batches", func(b *testing.B) {
			var ds [2]*destination
			for i := range ds {
				o := Options{Path: sdk.Path(filepath.Join(b.TempDir(), "app.log")), Format: "raw", Mode: "0640", Sync: "interval"}
				o.Rotate = &Rotate{MaxBytes: 1 << 30, Keep: 1}
				ds[i] = newDestination(o)
				if err := ds[i].Open(b.Context(), sdk.Config{}); err != nil {
					b.Fatal(err)
				}
				defer closeIt(b, ds[i])
			}
			ds[1].mu.Lock()
			ds[1].dropStateLocked()
			ds[1].mu.Unlock()
			bs := slices.Repeat([]*sdk.Batch{batchtest.New(b, 1, records...)}, batches)
			var spent [2]time.Duration
			for b.Loop() {
				for i, d := range ds {
					start := time.Now()
					if err := d.WriteAll(b.Context(), bs); err != nil {
						b.Fatal(err)
					}
					spent[i] += time.Since(start)
				}
			}
			for i, name := range []string{"ns/write", "ns/write-without-state"} {
				b.ReportMetric(float64(spent[i].Nanoseconds())/float64(b.N), name)
			}
		})
	}
}
