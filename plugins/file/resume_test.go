package file

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/sdk"
)

// TestWhatIsLeftOfAKilledProcess is about everything that can be different at the next start. The killed process had
// 12 records in the state, and was writing "torn".
func TestWhatIsLeftOfAKilledProcess(t *testing.T) {
	const all = "all of it, and the end of its line"
	for name, tc := range map[string]struct {
		feed    feed
		disturb func(path string) error
		want    string // what is left; all: everything
		resumed uint64
		log     string
	}{
		"nothing":                   {feed{}, nil, "", 12, "cut what an earlier process"},
		"another spool":             {feed{spool: 1}, nil, all, 0, "another spool"},
		"another block":             {feed{address: "destination.file.b"}, nil, all, 0, "another block"},
		"a replay":                  {feed{epoch: 1}, nil, "", 0, "cut what an earlier process"},
		"another boot, synced then": {feed{boot: 1}, nil, "", 12, "cut what an earlier process"},
		"the file was removed":      {feed{}, os.Remove, "-", 0, "changed by somebody else"},
		"the file was made anew by a copy": {feed{}, func(path string) error {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := os.Rename(path, path+".old"); err != nil {
				return err
			}
			return os.WriteFile(path, content, 0o600)
		}, all, 0, "another file"},
		"the file was truncated":  {feed{}, func(path string) error { return os.Truncate(path, 0) }, "-", 0, "shorter"},
		"the file lost some ends": {feed{}, func(path string) error { return os.Truncate(path, 10) }, numbered(1)[:10] + "\n", 0, "shorter"},
		"the file was edited": {feed{}, func(path string) error {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, append([]byte("inserted"), content...), 0o600)
		}, "inserted" + all, 0, "not what it was"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, nil)
			content, _ := killed(t, o, "torn")
			if tc.disturb != nil {
				if err := tc.disturb(string(o.Path)); err != nil {
					t.Fatal(err)
				}
			}
			text, log, resumed, known := reopened(t, &tc.feed, o)
			want := tc.want
			switch want {
			case "":
				want = strings.TrimSuffix(string(content), "torn")
			case "-":
				want = ""
			default:
				want = strings.Replace(want, all, string(content)+"\n", 1)
			}
			if text != want {
				t.Errorf("left is %q, want %q", text, want)
			}
			if resumed != tc.resumed || known != (tc.resumed > 0) {
				t.Errorf("ResumeAfter = %d, %t, want %d", resumed, known, tc.resumed)
			}
			if !strings.Contains(log, tc.log) {
				t.Errorf("the log does not mention %q: %s", tc.log, log)
			}
		})
	}
}

func TestWhatOthersAppendToAClosedFileStays(t *testing.T) {
	o := options(t, nil)
	f := &feed{total: 3}
	d, err := f.run(t, o, realDisk{})
	if err != nil {
		t.Fatal(err)
	}
	closeIt(t, d)
	appendTo(t, string(o.Path), "foreign")
	text, _, resumed, _ := reopened(t, f, o)
	if !strings.HasSuffix(text, "\nforeign\n") || resumed != 3 {
		t.Errorf("left is %q, resumed after %d", text, resumed)
	}
}

// TestRecordsAreKeptBehindWhatOthersAppended kills a process whose file others write to: what was accepted is not cut.
func TestRecordsAreKeptBehindWhatOthersAppended(t *testing.T) {
	o := options(t, nil)
	f := &feed{}
	on := newMortal(0, before)
	d, err := f.open(t, o, on)
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(3) {
		if err := d.WriteAll(t.Context(), []*sdk.Batch{batchtest.New(t, n+1, "ours")}); err != nil {
			t.Fatal(err)
		}
		appendTo(t, string(o.Path), "foreign\n")
	}
	on.bury(d)
	text, _, resumed, _ := reopened(t, f, o)
	if want := "ours\nforeign\nours\nforeign\nours\n"; text != want || resumed != 3 {
		t.Errorf("left is %q, resumed after %d, want %q and 3", text, resumed, want)
	}
}

// TestOthersBetweenWriteAndKill has others do to the file and its state what they do while the process runs, and kills
// it after a batch more.
func TestOthersBetweenWriteAndKill(t *testing.T) {
	for name, disturb := range map[string]func(path string) error{
		"renamed":       func(path string) error { return os.Rename(path, path+".1") },
		"removed":       os.Remove,
		"copytruncate":  func(path string) error { return os.Truncate(path, 0) },
		"state removed": func(path string) error { return os.Remove(statePath(path)) },
		"state emptied": func(path string) error { return os.Truncate(statePath(path), 0) },
		"state replaced": func(path string) error {
			if err := os.Remove(statePath(path)); err != nil {
				return err
			}
			return os.WriteFile(statePath(path), []byte("something"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, nil)
			f := &feed{total: 5}
			on := newMortal(0, before)
			d, err := f.run(t, o, on)
			if err != nil {
				t.Fatal(err)
			}
			d.tick(time.Now())
			if err := disturb(string(o.Path)); err != nil {
				t.Fatal(err)
			}
			d.tick(time.Now())
			if err := d.WriteAll(t.Context(), []*sdk.Batch{batchtest.New(t, 6, "six")}); err != nil {
				t.Fatal(err)
			}
			on.bury(d)
			appendTo(t, string(o.Path), "torn")
			text, log, resumed, _ := reopened(t, f, o)
			if !strings.HasSuffix(text, "six\n") || strings.Contains(text, "\x00") || resumed != 6 {
				t.Errorf("left is %q, resumed after %d, want 6; the log: %s", text, resumed, log)
			}
		})
	}
}

func TestAStateIsLockedToo(t *testing.T) {
	o := options(t, nil)
	first := open(t, o)
	write(t, first, "one")
	// Without the file's lock only the state's is left.
	if err := os.Rename(string(o.Path), string(o.Path)+".1"); err != nil {
		t.Fatal(err)
	}
	second := newDestination(o)
	err := second.Open(t.Context(), sdk.Config{})
	if locked := (*lockedError)(nil); !errors.As(err, &locked) {
		t.Errorf("Open beside another writer = %v, want it refused", err)
	}
	closeIt(t, second)
}

// TestAnEmptyFileOfUnknownAgeIsNotCut has a state of an empty file on a file system that does not say when files were
// made, where the number of that file may have been given to another one.
func TestAnEmptyFileOfUnknownAgeIsNotCut(t *testing.T) {
	for made, want := range map[int64]string{0: "another file\n", 1: ""} {
		o := options(t, nil)
		put(t, string(o.Path), "another file\n")
		d := newDestination(o)
		d.owner = [16]byte{1}
		out, err := openOutput(realDisk{}, string(o.Path), 0o600, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		out.id.made = made
		e := entry{owner: d.owner, file: out.id, name: "app.log"}
		if err := d.reconcileLocked(out, &e, nil); err != nil {
			t.Fatal(err)
		}
		out.file.Close()
		wantFile(t, o.Path, want)
	}
}
