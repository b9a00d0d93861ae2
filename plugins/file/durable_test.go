package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/sdk"
)

var errBroken = errors.New("broken disk")

// forgetful is a disk that fails some syncs of the output, and calls the next one a success, as Linux does.
type forgetful struct {
	realDisk
	syncs int
	// fails says whether the sync of that number, from 1, fails.
	fails func(n int) bool
}

func (s *forgetful) sync(f *os.File) error {
	if filepath.Base(f.Name()) != "app.log" {
		return nil
	}
	if s.syncs++; s.fails != nil && s.fails(s.syncs) {
		return errBroken
	}
	return nil
}

// first says that only the first sync fails.
func first(n int) bool { return n == 1 }

// byHand opens a destination of f whose keeper is the test, and counts how often its process is told to end.
func byHand(t *testing.T, f *feed, o Options, on disk) (d *destination, exits *int) {
	t.Helper()
	d, err := f.open(t, o, on)
	if err != nil {
		t.Fatal(err)
	}
	d.stop()
	d.keeping.Wait()
	exits = new(int)
	d.exit = func(string) { *exits++ }
	return d, exits
}

func batchOf(t *testing.T, d *destination, n uint64, record string) error {
	t.Helper()
	return d.WriteAll(t.Context(), []*sdk.Batch{batchtest.New(t, n, record)})
}

func mustWrite(t *testing.T, d *destination, n uint64, record string) {
	t.Helper()
	if err := batchOf(t, d, n, record); err != nil {
		t.Fatal(err)
	}
}

// TestAFailedSyncGivesUpNothingThatWouldNotComeAgain: the router's spool is in memory.
func TestAFailedSyncGivesUpNothingThatWouldNotComeAgain(t *testing.T) {
	o, f := options(t, nil), &feed{memory: true}
	on := &forgetful{}
	d, exits := byHand(t, f, o, on)
	mustWrite(t, d, 1, "one")
	d.tick(time.Now())
	mustWrite(t, d, 2, "two")
	on.fails = func(int) bool { on.fails = nil; return true }
	d.tick(time.Now())
	mustWrite(t, d, 3, "three")
	d.tick(time.Now())
	if err := d.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if *exits != 0 {
		t.Errorf("told to end %d times, want 0", *exits)
	}
	if text, _, resumed, _ := reopened(t, f, o); text != "one\ntwo\nthree\n" || resumed != 3 {
		t.Errorf("left is %q, resumed after %d; want all of it", text, resumed)
	}
}

// TestAFailedSyncGivesUpWhatItCovered fails the sync of the second record of two, in a tick or at the end. The next
// process has the first.
func TestAFailedSyncGivesUpWhatItCovered(t *testing.T) {
	for _, when := range []string{"in a tick", "at the end"} {
		t.Run(when, func(t *testing.T) {
			o, f := options(t, nil), &feed{}
			on := &forgetful{}
			d, exits := byHand(t, f, o, on)
			mustWrite(t, d, 1, "one")
			d.tick(time.Now())
			mustWrite(t, d, 2, "two")
			on.fails = func(int) bool { on.fails = nil; return true }
			if when == "in a tick" {
				d.tick(time.Now())
				if err := batchOf(t, d, 3, "three"); !errors.Is(err, errBroken) {
					t.Errorf("WriteAll after a failed sync = %v, want %v", err, errBroken)
				}
				d.tick(time.Now())
			}
			if err := d.Close(); !errors.Is(err, errBroken) {
				t.Errorf("Close = %v, want %v", err, errBroken)
			}
			if *exits != 1 || f.durable != 1 {
				t.Errorf("told to end %d times, durable through %d; want 1 and 1", *exits, f.durable)
			}
			if text, _, resumed, _ := reopened(t, f, o); text != "one\n" || resumed != 1 {
				t.Errorf("left is %q, resumed after %d; want the first record and 1", text, resumed)
			}
		})
	}
}

// TestAFailedSyncIsNotForgiven fails the first sync of the output, wherever the record is by then.
func TestAFailedSyncIsNotForgiven(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for name, more := range map[string]func(t *testing.T, d *destination) error{
		"of the file": func(*testing.T, *destination) error { return nil },
		"of a rotated file": func(t *testing.T, d *destination) error {
			return batchOf(t, d, 2, long)
		},
		"of a file rotated before another": func(t *testing.T, d *destination) error {
			return errors.Join(batchOf(t, d, 2, long), batchOf(t, d, 3, long))
		},
		"of a renamed file": func(_ *testing.T, d *destination) error {
			return os.Rename(d.out.path, d.out.path+".1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024} })
			f := &feed{}
			d, exits := byHand(t, f, o, &forgetful{fails: first})
			mustWrite(t, d, 1, long)
			if err := more(t, d); err != nil {
				t.Fatal(err)
			}
			if d.rotating != nil {
				<-d.rotating.synced
			}
			for range 3 {
				d.tick(time.Now())
			}
			if f.durable > 0 || *exits != 1 {
				t.Errorf("durable through %d, told to end %d times; want 0 and 1", f.durable, *exits)
			}
			if err := d.Close(); err == nil {
				t.Error("Close = nil, want an error")
			}
		})
	}
}

// unwritable is a forgetful disk whose state can't be written to while full is set.
type unwritable struct {
	forgetful
	full bool
}

func (u *unwritable) writeAt(f *os.File, p []byte, at int64) error {
	if u.full {
		return errBroken
	}
	return u.realDisk.writeAt(f, p, at)
}

func TestTheProcessStaysUntilItsStateFellBack(t *testing.T) {
	o, f := options(t, nil), &feed{}
	on := &unwritable{}
	d, exits := byHand(t, f, o, on)
	mustWrite(t, d, 1, "one")
	on.fails, on.full = func(int) bool { return true }, true
	d.tick(time.Now())
	if *exits != 0 {
		t.Error("told to end before the state fell back")
	}
	on.full = false
	d.tick(time.Now())
	if *exits != 1 {
		t.Errorf("told to end %d times, want once", *exits)
	}
	if err := d.Close(); err == nil {
		t.Error("Close = nil, want an error")
	}
	if _, _, resumed, known := reopened(t, f, o); known {
		t.Errorf("resumed after %d, want nothing known", resumed)
	}
}

func TestWhatWentToARemovedFileComesAgain(t *testing.T) {
	o, f := options(t, nil), &feed{}
	d, exits := byHand(t, f, o, realDisk{})
	mustWrite(t, d, 1, "one")
	d.tick(time.Now())
	if err := os.Remove(string(o.Path)); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, d, 2, "two")
	d.sync() // somebody removed it after the keeper had looked
	d.tick(time.Now())
	if f.durable != 1 || *exits != 1 {
		t.Errorf("durable through %d, told to end %d times; want 1 and 1", f.durable, *exits)
	}
	if err := d.Close(); !errors.Is(err, errRemoved) {
		t.Errorf("Close = %v, want %v", err, errRemoved)
	}
}

func TestSyncBatchAcceptsNothingIntoARemovedFile(t *testing.T) {
	o := options(t, func(o *Options) { o.Sync = "batch" })
	d, _ := byHand(t, &feed{}, o, realDisk{})
	if err := os.Remove(string(o.Path)); err != nil {
		t.Fatal(err)
	}
	if err := batchOf(t, d, 1, "one"); !errors.Is(err, errRemoved) {
		t.Errorf("WriteAll = %v, want %v", err, errRemoved)
	}
	d.tick(time.Now())
	mustWrite(t, d, 1, "one")
	wantFile(t, o.Path, "one\n")
	closeIt(t, d)
}

// foldersFail is a disk that fails to sync folders while broken is set.
type foldersFail struct {
	realDisk
	broken bool
	synced int
}

func (s *foldersFail) syncFolder(string) error {
	if s.broken {
		return errBroken
	}
	s.synced++
	return nil
}

func TestSyncBatchSyncsTheNameOfAFileThatIsThere(t *testing.T) {
	o := options(t, func(o *Options) { o.Sync, o.Rotate = "batch", &Rotate{MaxBytes: 1024} })
	on := &foldersFail{}
	d, _ := byHand(t, &feed{}, o, on)
	mustWrite(t, d, 1, strings.Repeat("x", 1000))
	on.broken = true
	if err := batchOf(t, d, 2, strings.Repeat("y", 1000)); !errors.Is(err, errBroken) {
		t.Fatalf("WriteAll = %v, want %v", err, errBroken)
	}
	on.broken, on.synced = false, 0
	mustWrite(t, d, 2, strings.Repeat("y", 1000))
	if on.synced == 0 {
		t.Error("a batch was accepted into a file whose name was never synced")
	}
	closeIt(t, d)
}

// guest is a disk on which another process appends a line after the first write to the output, whose syncs fail.
type guest struct {
	forgetful
	t     *testing.T
	wrote bool
}

func (g *guest) write(f *os.File, bufs [][]byte) (int, error) {
	n, err := g.realDisk.write(f, bufs)
	if !g.wrote {
		g.wrote = true
		appendTo(g.t, f.Name(), "foreign\n")
	}
	return n, err
}

func TestNothingIsTakenBackOnceAnotherProcessWrote(t *testing.T) {
	o := options(t, func(o *Options) { o.Sync = "batch" })
	d, _ := byHand(t, &feed{}, o, &guest{t: t, forgetful: forgetful{fails: func(n int) bool { return n == 2 }}}) // the first is Open's
	var bs []*sdk.Batch
	for n := range uint64(maxIovecs + 10) { // more than one call takes
		bs = append(bs, batchtest.New(t, n+1, "ours"))
	}
	if err := d.WriteAll(t.Context(), bs); !errors.Is(err, errBroken) || !errors.Is(err, errForeign) {
		t.Errorf("WriteAll = %v, want %v and %v", err, errBroken, errForeign)
	}
	content, err := os.ReadFile(string(o.Path))
	if err != nil || strings.Count(string(content), "foreign\n") != 1 {
		t.Errorf("the line of the other process is not there once: %v", err)
	}
	closeIt(t, d)
}
