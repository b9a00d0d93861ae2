package file

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/sdk"
)

// letters returns a record that takes n bytes in the file.
func letters(letter string, n int) string { return strings.Repeat(letter, n-1) }

func TestRotationBySize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024} })
		d := open(t, o)
		write(t, d, letters("a", 1000))
		write(t, d, letters("b", 24)) // fits exactly
		write(t, d, letters("c", 1))  // one too many
		write(t, d, letters("d", 3000))
		write(t, d, letters("e", 10)) // a batch is never split, and nothing joins one that is too large by itself
		closeIt(t, d)

		var contents []string
		names := listing(t, o)
		for _, name := range names {
			content, err := os.ReadFile(filepath.Join(filepath.Dir(string(o.Path)), name))
			if err != nil {
				t.Fatal(err)
			}
			contents = append(contents, string(content))
		}
		// The clock of the bubble stands still, so the names differ by the microsecond that keeps them apart.
		wantNames := []string{
			"app-20000101T000000.000000Z.log", "app-20000101T000000.000001Z.log", "app-20000101T000000.000002Z.log", "app.log",
		}
		if diff := cmp.Diff(wantNames, names); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
		want := []string{
			letters("a", 1000) + "\n" + letters("b", 24) + "\n", "\n", letters("d", 3000) + "\n", letters("e", 10) + "\n",
		}
		if diff := cmp.Diff(want, contents); diff != "" {
			t.Errorf("contents (-want +got):\n%s", diff)
		}
	})
}

func TestRotationByAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(t, func(o *Options) { o.Rotate = &Rotate{MaxAge: time.Minute} })
		d := open(t, o)
		<-time.After(10 * time.Minute) // an empty file does not age
		write(t, d, "one")
		<-time.After(58 * time.Second)
		write(t, d, "two")
		wantFile(t, o.Path, "one\ntwo\n")
		<-time.After(4 * time.Second)
		synctest.Wait()
		wantFile(t, o.Path, "")
		write(t, d, "three")
		closeIt(t, d)
		if names := listing(t, o); len(names) != 2 {
			t.Errorf("the folder has %q, want one rotated file", names)
		}
	})
}

func TestAgeSurvivesARestart(t *testing.T) {
	o := options(t, func(o *Options) { o.Rotate = &Rotate{MaxAge: time.Hour} })
	d := open(t, o)
	write(t, d, "one")
	closeIt(t, d)
	d = open(t, o)
	now := time.Now()
	d.rotateByAge(now.Add(59 * time.Minute))
	wantFile(t, o.Path, "one\n")
	d.rotateByAge(now.Add(61 * time.Minute))
	wantFile(t, o.Path, "")
}

func TestRotatedNamesStayInOrder(t *testing.T) {
	o := options(t, func(o *Options) { o.Rotate = &Rotate{MaxAge: time.Hour} })
	future := "app-29990101T000000.000000Z.log"
	put(t, filepath.Join(filepath.Dir(string(o.Path)), future), "from a clock that was ahead\n")
	d := open(t, o)
	write(t, d, "one")
	d.rotateByAge(time.Now().Add(2 * time.Hour))
	if diff := cmp.Diff([]string{future, "app-29990101T000000.000001Z.log", "app.log"}, listing(t, o)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestWritingGoesOnWhenRotationFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024} })
		d := open(t, o)
		obstacle := filepath.Join(filepath.Dir(string(o.Path)), "app-20000101T000000.000000Z.log")
		if err := os.Mkdir(obstacle, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, d, letters("a", 1000))
		write(t, d, letters("b", 1000))
		wantFile(t, o.Path, letters("a", 1000)+"\n"+letters("b", 1000)+"\n")
		<-time.After(rotateRetry)
		write(t, d, "c")
		wantFile(t, o.Path, "c\n")
		closeIt(t, d)
	})
}

// TestNoRecordIsLostOrDoubled does what routers, users and logrotate do to a file, in any order, and looks for every
// record afterwards.
func TestNoRecordIsLostOrDoubled(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		folder := t.TempDir()
		compress := rapid.SampledFrom([]string{"none", "gzip", "zstd"}).Draw(rt, "compress")
		o := Options{Path: sdk.Path(filepath.Join(folder, "app.log")), Format: "raw", Mode: "0640", Sync: "interval"}
		o.Rotate = &Rotate{MaxBytes: 1024, MaxAge: time.Hour, Compress: compress}
		start := func() *destination {
			d := newDestination(o)
			d.disk = newMortal(0, before) // which syncs in no time
			if err := d.Open(t.Context(), sdk.Config{}); err != nil {
				rt.Fatal(err)
			}
			return d
		}
		d := start()
		next, renamed := 0, 0
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				var bs []*sdk.Batch
				for range rapid.IntRange(1, 3).Draw(rt, "batches") {
					records := make([]string, rapid.IntRange(1, 60).Draw(rt, "records"))
					for i := range records {
						records[i] = strconv.Itoa(next)
						next++
					}
					bs = append(bs, batchtest.New(t, 1, records...))
				}
				if err := d.WriteAll(t.Context(), bs); err != nil {
					rt.Fatal(err)
				}
			},
			"grow old": func(*rapid.T) { d.rotateByAge(time.Now().Add(2 * time.Hour)) },
			"rename": func(rt *rapid.T) {
				renamed++
				if err := os.Rename(string(o.Path), filepath.Join(folder, "renamed."+strconv.Itoa(renamed))); err != nil {
					rt.Fatal(err)
				}
				d.look(time.Now())
			},
			"restart": func(rt *rapid.T) {
				if err := d.Close(); err != nil {
					rt.Fatal(err)
				}
				d = start()
			},
		})
		if err := d.Close(); err != nil {
			rt.Fatal(err)
		}
		var found []int
		for _, text := range readAll(t, folder) {
			var inFile []int
			for line := range strings.Lines(text) {
				n, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
				if err != nil {
					rt.Fatalf("a file holds the line %q", line)
				}
				inFile = append(inFile, n)
			}
			if !slices.IsSorted(inFile) {
				rt.Fatalf("a file is out of order: %v", inFile)
			}
			found = append(found, inFile...)
		}
		slices.Sort(found)
		want := make([]int, 0, next)
		for i := range next {
			want = append(want, i)
		}
		if !slices.Equal(want, found) {
			rt.Fatalf("%d records were written, the files hold %v", next, found)
		}
	})
}
