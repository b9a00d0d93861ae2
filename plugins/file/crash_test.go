package file

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/sdk"
)

// feed is a router with records 1 to total, each at the position of its number.
type feed struct {
	total uint64
	spool byte
	// address is that of the block.
	address string
	epoch   uint64
	// boot is that of the machine.
	boot byte
	// accepted is the last position with a verdict, durable the last one said to be durable.
	accepted, durable uint64
	// amnesia: the router dies with the plugin, and remembers only what was durable.
	amnesia bool
	// memory: the router's spool is in memory.
	memory bool
	// resumed is what the last process said to have.
	resumed uint64
}

// open starts a process of the plugin on the disk.
func (f *feed) open(t testing.TB, o Options, on disk) (*destination, error) {
	t.Helper()
	d := newDestination(o)
	d.disk, d.boot = on, [16]byte{f.boot + 1}
	state := "/somewhere" // which only says that the router keeps what is accepted
	if f.memory {
		state = ""
	}
	err := d.Open(t.Context(), sdk.Config{
		StateDir: state, Address: f.address, SpoolID: [16]byte{f.spool + 1}, CursorEpoch: f.epoch,
		Durable: func(p uint64) { f.durable = max(f.durable, p) },
	})
	return d, err
}

// run starts a process, sends it what it does not have, and ends it in order.
func (f *feed) run(t testing.TB, o Options, on disk) (*destination, error) {
	t.Helper()
	d, err := f.open(t, o, on)
	if err != nil {
		return d, err
	}
	if f.amnesia {
		f.accepted = f.durable
	}
	next := f.accepted + 1
	if p, ok := d.ResumeAfter(); ok {
		f.resumed = p
		next = max(next, p+1)
	} else {
		f.resumed = 0
	}
	for n := 0; next <= f.total; n++ {
		var bs []*sdk.Batch
		for range n%3 + 1 {
			var records []string
			first := next
			for range n%4 + 1 {
				if next <= f.total {
					records = append(records, numbered(next))
					next++
				}
			}
			if len(records) > 0 {
				bs = append(bs, batchtest.New(t, first, records...))
			}
		}
		if err := d.WriteAll(t.Context(), bs); err != nil {
			return d, err
		}
		f.accepted = next - 1
		if n%3 == 2 {
			d.tick(time.Now())
		}
	}
	return d, nil
}

// numbered returns a record that is worth about 50 bytes.
func numbered(n uint64) string { return fmt.Sprintf("%d %s", n, strings.Repeat("x", 45)) }

// finish ends a process in order and has it compress what is to be compressed.
func finish(d *destination) error {
	if d.archiver != nil && d.stop != nil {
		d.stop()
		d.keeping.Wait()
		close(d.archiver.old)
		d.archiving.Wait()
		d.archiver = nil
	}
	return d.Close()
}

// numbers returns the numbers of the records in all files of the folder in the order of their names, and fails t for a
// line that is no record, or not the beginning of one either if torn is set.
func numbers(t *testing.T, folder string, torn bool) []uint64 {
	t.Helper()
	var found []uint64
	files := readAll(t, folder)
	for _, name := range slices.Sorted(maps.Keys(files)) { // app-….log sorts before app.log
		for line := range strings.Lines(files[name]) {
			text, _, _ := strings.Cut(line, " ")
			n, err := strconv.ParseUint(strings.TrimSuffix(text, "\n"), 10, 64)
			switch whole := numbered(n) + "\n"; {
			case err == nil && line == whole:
				found = append(found, n)
			case err != nil || !torn || !strings.HasPrefix(whole, strings.TrimSuffix(line, "\n")):
				t.Fatalf("%s holds the line %q", name, line)
			}
		}
	}
	return found
}

func wantOnceInOrder(t *testing.T, folder string, total uint64) {
	t.Helper()
	found := numbers(t, folder, false)
	for i, n := range found {
		if n != uint64(i)+1 {
			t.Fatalf("record %d comes where %d should", n, i+1)
		}
	}
	if uint64(len(found)) != total {
		t.Fatalf("%d records, want %d", len(found), total)
	}
}

// TestKillAtEveryStep kills the process in each of its calls, and the one after it once more, until a run ends
// untouched; with SKIDWAY_LONG_TESTS=1 at each moment of each call. Whatever was accepted is there after the next start, and in the end every record is there once.
func TestKillAtEveryStep(t *testing.T) {
	for name, rotate := range map[string]*Rotate{
		"without rotation":          nil,
		"with rotation":             {MaxBytes: 1024, Compress: "none"},
		"rotation with compression": {MaxBytes: 1024, Compress: "gzip"},
	} {
		for _, sync := range []string{"interval", "batch"} {
			t.Run(name+" and sync "+sync, func(t *testing.T) {
				steps := 0
				for died := true; died; steps++ {
					for _, when := range []moment{before, halfway, after} {
						if !long() && rotate != nil && when != moment(steps%3) {
							continue
						}
						died = killAt(t, steps+1, when, steps%2 == 0, func(o *Options) { o.Rotate, o.Sync = rotate, sync })
					}
				}
				if steps < 40 {
					t.Errorf("the process made %d calls: nothing was tested", steps)
				}
			})
		}
	}
}

// long reports whether tests may take minutes.
func long() bool { return os.Getenv("SKIDWAY_LONG_TESTS") != "" }

// killAt reports whether the process died.
func killAt(t *testing.T, step int, when moment, amnesia bool, change func(*Options)) (died bool) {
	t.Helper()
	o := options(t, change)
	f := &feed{total: 60, amnesia: amnesia}
	// The second process dies while it recovers, or soon after.
	for _, dieAt := range []int{step, step%13 + 1, 0} {
		on := newMortal(dieAt, when)
		accepted := f.accepted
		d, err := f.run(t, o, on)
		if !amnesia && err == nil && f.resumed < accepted {
			t.Fatalf("killed in call %d (%d): the next process has records up to %d, accepted were those up to %d",
				step, when, f.resumed, accepted)
		}
		if err == nil {
			err = finish(d)
		}
		if on.dead {
			died = true
			on.bury(d)
			continue
		}
		if err != nil {
			t.Fatalf("killed in call %d (%d): the next process fails: %v", step, when, err)
		}
		if !died {
			break
		}
	}
	wantOnceInOrder(t, filepath.Dir(string(o.Path)), f.total)
	return died
}
