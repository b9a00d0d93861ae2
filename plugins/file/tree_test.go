package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/sdk"
)

func TestEachPathGetsItsRecordsOnce(t *testing.T) {
	for _, sync := range []string{"interval", "batch"} {
		t.Run(sync, func(t *testing.T) {
			o := treeOptions(t, func(o *Options) { o.Sync, o.FallbackPath = sync, "a" })
			d := openTree(t, o)
			deliverAll(t, d, routed(t, "a", 0, 1, 3), routed(t, "b/c", 0, 2, 4), routed(t, "a", 0, 5))
			deliverAll(t, d, routed(t, "a", 0, 1, 3, 5, 9), routed(t, "b/c", 0, 4, 10), routed(t, "null", 0, 6, 8))
			deliverAll(t, d, routed(t, "null", 0, 6, 8, 11), routed(t, "a", 0, 7, 9)) // 7 came with 9 before, if at all
			want := map[string]string{"a": "1 3 5 9 6 8 11", "b/c": "2 4 10"}
			if diff := cmp.Diff(want, holdings(t, o)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			closeTree(t, d)
			// The next process has the positions, and the router cuts the batches differently.
			d = openTree(t, o)
			deliverAll(t, d, routed(t, "a", 0, 3, 5, 9, 12), routed(t, "null", 0, 8), routed(t, "b/c", 0, 2, 4, 10))
			closeTree(t, d)
			want["a"] += " 12"
			if diff := cmp.Diff(want, holdings(t, o)); diff != "" {
				t.Errorf("files after a restart (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnvelopesOfRecordsThatAreThereAreLeftOut(t *testing.T) {
	o := treeOptions(t, func(o *Options) { o.Format = "envelope" })
	d := openTree(t, o)
	deliverAll(t, d, routed(t, "a", 0, 1, 2))
	deliverAll(t, d, routed(t, "a", 0, 1, 2, 3), routed(t, "a", 0, 3, 4))
	closeTree(t, d)
	content, err := os.ReadFile(filepath.Join(string(o.BaseDir), "a"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	for i, line := range lines {
		if want := fmt.Sprintf(`{"record":"%s",`, numbered(uint64(i)+1)); !strings.HasPrefix(line, want) {
			t.Errorf("line %d is %s", i, line)
		}
	}
	if len(lines) != 4 {
		t.Errorf("%d lines, want 4", len(lines))
	}
}

// TestHostilePathsStayInside gives the destination what no router sends, too.
func TestHostilePathsStayInside(t *testing.T) {
	long := strings.Repeat("n", 4096)
	for name, tc := range map[string]struct {
		path   string
		want   string // the file; empty: refused
		reason string
	}{
		"up":                      {"..", "%2E.", ""},
		"here":                    {".", "%2E", ""},
		"empty":                   {"", "%", ""},
		"root":                    {"/", "%/%", ""},
		"two":                     {"//", "%/%/%", ""},
		"absolute":                {"/etc/passwd", "%/etc/passwd", ""},
		"up in the middle":        {"a/../b", "a/%2E./b", ""},
		"far up":                  {"../../../../tmp/x", "%2E./%2E./%2E./%2E./tmp/x", ""},
		"state":                   {".skidway-destination.file.tenants", "%2Eskidway-destination.file.tenants", ""},
		"coded":                   {"..%2Fx", "%2E.%2Fx", ""},
		"NUL":                     {"a\x00b", "", "NUL"},
		"lower-case code":         {"%2fx", "", "begins no code"},
		"code of a letter":        {"%41", "", "begins no code"},
		"code of a dot":           {"%2E", "%2E", ""},
		"code of an empty value":  {"%_/x", "%_/x", ""},
		"bare percent":            {"100%", "", "begins no code"},
		"shortened":               {"a%~00", "", "begins no code"},
		"long":                    {long, "", ""},
		"long and coded":          {strings.Repeat("%2F", 4096), "", ""},
		"too long":                {strings.Repeat("n", maxPathText+1), "", "bytes, more than"},
		"deep":                    {strings.Repeat("a/", 40), "", "more than 32"},
		"look-alike dots":         {"․․/x", "․․/x", ""},
		"full width slash":        {"a／b", "a／b", ""},
		"composed":                {"\u00e9", "\u00e9", ""},
		"decomposed":              {"e\u0301", "e\u0301", ""},
		"newline":                 {"a\nb", "a\nb", ""},
		"below a file":            {"file/b", "", "is no folder"},
		"a folder":                {"folder", "", "is a folder"},
		"link to outside":         {"outside", "", "symbolic link"},
		"link to inside":          {"inside", "", "symbolic link"},
		"link to nothing":         {"dangling", "", "symbolic link"},
		"through a folder's link": {"folderlink/x", "", "symbolic link"},
		"through a link outside":  {"outlink/x", "", "symbolic link"},
		"FIFO":                    {"fifo", "", "is a FIFO"},
		"socket":                  {"socket", "", "is a socket"},
		"device":                  {"device", "", "is a device"},
		"hard link":               {"hard", "", "second name"},
		"hard link of ours":       {"hardown", "", "the same file as file"},
	} {
		t.Run(name, func(t *testing.T) {
			o := treeOptions(t, nil)
			base := string(o.BaseDir)
			outside := plant(t, base)
			before := snapshot(t, outside)
			d := openTree(t, o)
			deliverAll(t, d, routed(t, "file", 0, 1))
			if err := os.Link(filepath.Join(base, "file"), filepath.Join(base, "hardown")); err != nil {
				t.Fatal(err)
			}
			b := routed(t, tc.path, 0, 2)
			err := d.WriteAll(t.Context(), []*sdk.Batch{routed(t, "good", 0, 3), b})
			if len(tc.path) >= 4096 && tc.reason == "" {
				at, belowErr := below(tc.path)
				if err != nil || belowErr != nil || len(at) > maxComponent || !strings.Contains(at, "%~") {
					t.Fatalf("a long name is %q, %v, %v", at, belowErr, err)
				}
				tc.want = at
			}
			got := holdings(t, o)
			switch {
			case tc.want != "" && err != nil:
				t.Errorf("WriteAll = %v", err)
			case tc.want != "" && got[tc.want] != "2":
				t.Errorf("files are %v, want 2 in %q", got, tc.want)
			case tc.want == "" && (err == nil || !strings.Contains(err.Error(), tc.reason)):
				t.Errorf("WriteAll = %v, want something about %q", err, tc.reason)
			case tc.want == "" && outcome(t, d, b) != "REJECTED":
				t.Errorf("the verdict is %s, want REJECTED", outcome(t, d, b))
			}
			if got["good"] != "3" {
				t.Errorf("the other path holds %q, want 3", got["good"])
			}
			if diff := cmp.Diff(before, snapshot(t, outside)); diff != "" {
				t.Errorf("outside of base_dir (-before +after):\n%s", diff)
			}
			closeTree(t, d)
		})
	}
}

func TestTwoTreesNeverShareAStateOrAFile(t *testing.T) {
	o := treeOptions(t, nil)
	first := openTree(t, o)
	deliverAll(t, first, routed(t, "a", 0, 1))
	second := newTree(o)
	err := second.Open(t.Context(), treeConfig())
	if locked := (*lockedError)(nil); !errors.As(err, &locked) {
		t.Errorf("Open beside another process = %v, want a lockedError", err)
	}
	closeTree(t, second)
	// Another block has another state, and meets the lock of the file.
	third := newTree(o)
	c := treeConfig()
	c.Address = "destination.file.other"
	if err := third.Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	b := routed(t, "a", 0, 1)
	if got := outcome(t, third, b); got != "RETRY" {
		t.Errorf("the verdict on a file that another block writes is %s, want RETRY", got)
	}
	closeTree(t, first)
	deliverAll(t, third, b)
	closeTree(t, third)
	if got := holdings(t, o)["a"]; got != "1 1" {
		t.Errorf("the file holds %q, want 1 of each block", got)
	}
}

func TestNoMoreFilesAreOpenThanAllowed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("counts descriptors in /proc")
	}
	o := treeOptions(t, nil)
	before := descriptors(t)
	d := openTree(t, o)
	d.stop()
	d.keeping.Wait() // it opens a few more while it syncs them
	want := map[string]string{}
	for round := range uint64(3) {
		var bs []*sdk.Batch
		for i := range uint64(200) {
			at := fmt.Sprintf("t%d/app.log", i)
			bs = append(bs, routed(t, at, 0, round*1000+i+1))
			want[at] = strings.TrimSpace(fmt.Sprintf("%s %d", want[at], round*1000+i+1))
		}
		deliverAll(t, d, bs...)
		if n := descriptors(t) - before; n > o.MaxOpenFiles+3 { // the folder, the state and its ledger
			t.Errorf("%d descriptors for %d files", n, o.MaxOpenFiles)
		}
	}
	if err := d.sync(false); err != nil {
		t.Error(err)
	}
	closeTree(t, d)
	if n := descriptors(t); n != before {
		t.Errorf("%d descriptors are left open", n-before)
	}
	if diff := cmp.Diff(want, holdings(t, o)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestABaseDirThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	put(t, file, "")
	for _, base := range []string{"", "relative", file, filepath.Join(file, "below")} {
		d := newTree(Options{BaseDir: sdk.Path(base), Format: "raw", Mode: "0640", Sync: "interval", MaxOpenFiles: 16})
		err := d.Open(t.Context(), treeConfig())
		if err == nil || !strings.Contains(err.Error(), "base_dir") {
			t.Errorf("Open with base_dir %q = %v, want an error about it", base, err)
		}
		closeTree(t, d)
	}
}

func TestPositionsOfAnotherEpochOrSpoolDoNotCount(t *testing.T) {
	for name, change := range map[string]func(*sdk.Config){
		"epoch":   func(c *sdk.Config) { c.CursorEpoch++ },
		"spool":   func(c *sdk.Config) { c.SpoolID[0]++ },
		"nothing": func(*sdk.Config) {},
	} {
		t.Run(name, func(t *testing.T) {
			o := treeOptions(t, nil)
			d := openTree(t, o)
			deliverAll(t, d, routed(t, "a", 0, 1))
			closeTree(t, d)
			d = newTree(o)
			c := treeConfig()
			change(&c)
			if err := d.Open(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			deliverAll(t, d, routed(t, "a", 0, 1))
			closeTree(t, d)
			want := "1 1"
			if name == "nothing" {
				want = "1"
			}
			if got := holdings(t, o)["a"]; got != want {
				t.Errorf("the file holds %q, want %q", got, want)
			}
		})
	}
}
