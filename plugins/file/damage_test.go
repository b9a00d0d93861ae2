package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/plugins/sdk"
)

// killed leaves behind what a process leaves that was killed after it wrote a batch and before it said so in the state.
func killed(t *testing.T, o Options, tail string) (content, state []byte) {
	t.Helper()
	f := &feed{total: 12}
	on := newMortal(0, before)
	d, err := f.run(t, o, on)
	if err != nil {
		t.Fatal(err)
	}
	d.tick(d.out.birth)
	on.bury(d)
	if tail != "" {
		appendTo(t, string(o.Path), tail)
	}
	content, err = os.ReadFile(string(o.Path))
	if err != nil {
		t.Fatal(err)
	}
	state, err = os.ReadFile(statePath(string(o.Path)))
	if err != nil {
		t.Fatal(err)
	}
	return content, state
}

// reopened starts a process on what is there, and returns what it left of the file and what it logged.
func reopened(t *testing.T, f *feed, o Options) (content, log string, resumed uint64, known bool) {
	t.Helper()
	var lines strings.Builder
	d := newDestination(o)
	d.disk, d.boot = newMortal(0, before), [16]byte{f.boot + 1}
	if err := d.Open(t.Context(), sdk.Config{
		Address: f.address, SpoolID: [16]byte{f.spool + 1}, CursorEpoch: f.epoch,
		Log: hclog.New(&hclog.LoggerOptions{Output: &lines, Level: hclog.Debug}),
	}); err != nil {
		t.Fatalf("Open: %v", err)
	}
	resumed, known = d.ResumeAfter()
	closeIt(t, d)
	text, err := os.ReadFile(string(o.Path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text), lines.String(), resumed, known
}

// TestDamagedState flips each byte of a state and cuts it at each length. Every time the file opens, nothing of it is
// cut, and nothing is said about positions.
func TestDamagedState(t *testing.T) {
	o := options(t, nil)
	content, state := killed(t, o, numbered(13)+"\n")
	if text, _, resumed, known := reopened(t, &feed{}, o); text != strings.TrimSuffix(string(content), numbered(13)+"\n") || resumed != 12 || !known {
		t.Fatalf("the undamaged state says %d, %t and leaves %d bytes", resumed, known, len(text))
	}
	check := func(what string, at int, damaged []byte) {
		t.Helper()
		for path, text := range map[string][]byte{string(o.Path): content, statePath(string(o.Path)): damaged} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		text, log, _, known := reopened(t, &feed{}, o)
		if text != string(content) || known {
			t.Fatalf("%s %d: %d bytes are left of %d, a position is known: %t", what, at, len(text), len(content), known)
		}
		if want := "can't be used"; len(damaged) > 0 && !strings.Contains(log, want) {
			t.Fatalf("%s %d: the log does not mention %q: %s", what, at, want, log)
		}
		if at%64 != 0 {
			return
		}
		if again, _, _, _ := reopened(t, &feed{}, o); again != string(content) {
			t.Fatalf("%s %d: the second start leaves %d bytes of %d", what, at, len(again), len(content))
		}
	}
	for at := range state {
		damaged := append([]byte(nil), state...)
		damaged[at] ^= 1 << (at % 8)
		check("flipped byte", at, damaged)
	}
	for size := range state {
		check("truncated to", size, state[:size])
	}
	check("longer by", 1, append(append([]byte(nil), state...), 0))
	check("zeros", stateSize, make([]byte, stateSize))
}

func TestAStateThatIsGoneOrInTheWay(t *testing.T) {
	for name, tc := range map[string]struct {
		do  func(path string) error
		log string
	}{
		"removed": {os.Remove, "no state yet"},
		"a folder": {func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Mkdir(path, 0o755)
		}, "no state beside it"},
		"a link": {func(path string) error {
			if err := os.Rename(path, path+".real"); err != nil {
				return err
			}
			return os.Symlink(path+".real", path)
		}, "no state beside it"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, nil)
			content, _ := killed(t, o, "torn")
			if err := tc.do(statePath(string(o.Path))); err != nil {
				t.Fatal(err)
			}
			text, log, _, known := reopened(t, &feed{}, o)
			if text != string(content)+"\n" || known || !strings.Contains(log, tc.log) {
				t.Errorf("the file ends in %q, a position is known: %t, the log is %s", text[len(text)-10:], known, log)
			}
		})
	}
}

func FuzzSlot(f *testing.F) {
	var b [slotSize]byte
	(&entry{generation: 1, size: 100, last: 7, known: true, name: "app.log"}).put(&b)
	f.Add(b[:])
	(&entry{generation: 1 << 63, intent: 5, closed: true, name: strings.Repeat("n", maxName)}).put(&b)
	f.Add(b[:])
	f.Add(make([]byte, slotSize))
	f.Fuzz(func(t *testing.T, content []byte) {
		var b [slotSize]byte
		copy(b[:], content)
		e, err := parseSlot(&b)
		if err != nil {
			return
		}
		var again [slotSize]byte
		e.put(&again)
		back, err := parseSlot(&again)
		if diff := cmp.Diff(e, back, cmp.AllowUnexported(entry{}, identity{})); err != nil || diff != "" {
			t.Errorf("an entry comes back changed (-want +got), %v:\n%s", err, diff)
		}
	})
}

func TestALongNameHasNoState(t *testing.T) {
	o := options(t, func(o *Options) {
		o.Path = sdk.Path(filepath.Join(filepath.Dir(string(o.Path)), strings.Repeat("n", maxName+1)))
	})
	d := open(t, o)
	write(t, d, "x")
	if d.state != nil || !d.stateless {
		t.Error("there is a state")
	}
	o.Path = sdk.Path(filepath.Join(filepath.Dir(string(o.Path)), strings.Repeat("n", maxName)))
	d = open(t, o)
	write(t, d, "x")
	if d.state == nil {
		t.Error("there is no state of the longest name")
	}
}
