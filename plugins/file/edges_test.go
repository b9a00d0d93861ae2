package file

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
)

// The router's spool is in memory, somebody removes the file while records come: README says that the file is opened
// anew within a second. It never is: everything from then on goes to the removed file.
func TestARemovedFileIsMadeAgainWithASpoolInMemory(t *testing.T) {
	o, f := options(t, nil), &feed{memory: true}
	d, _ := byHand(t, f, o, realDisk{})
	mustWrite(t, d, 1, "one")
	d.tick(time.Now())
	mustWrite(t, d, 2, "two")
	if err := os.Remove(string(o.Path)); err != nil {
		t.Fatal(err)
	}
	for n := uint64(3); n < 8; n++ {
		d.tick(time.Now())
		mustWrite(t, d, n, "later")
	}
	d.tick(time.Now())
	if text, err := os.ReadFile(string(o.Path)); err != nil {
		t.Errorf("five ticks later: %v; want the file there again", err)
	} else {
		t.Logf("%q", text)
	}
	_ = d.Close()
}

// A process ends in order, the next one's first sync fails: "the state falls back to the last sync, the process ends, and
// the next one cuts the file to that".
func TestAFailedFirstSyncAfterACleanEndDoublesNothing(t *testing.T) {
	o, f := options(t, nil), &feed{}
	d, _ := byHand(t, f, o, realDisk{})
	mustWrite(t, d, 1, "one")
	d.tick(time.Now())
	closeIt(t, d)

	on := &forgetful{fails: first}
	d, exits := byHand(t, f, o, on)
	mustWrite(t, d, 2, "two")
	d.tick(time.Now()) // the sync fails
	if *exits != 1 {
		t.Fatalf("%d exits", *exits)
	}
	_ = d.Close()
	text, log, resumed, _ := reopened(t, f, o)
	if text != "one\n" || resumed != 1 {
		t.Errorf("left is %q, resumed after %d: record 2 comes again and is there twice; log: %s", text, resumed, log)
	}
}

// A process ends in order; the next one writes, and the power goes before its first sync, when the system had already
// written the file back.
func TestAPowerCutInTheFirstSecondAfterACleanEndDoublesNothing(t *testing.T) {
	o, f := options(t, nil), &feed{}
	d, _ := byHand(t, f, o, realDisk{})
	mustWrite(t, d, 1, "one")
	d.tick(time.Now())
	closeIt(t, d)

	d, _ = byHand(t, f, o, realDisk{})
	mustWrite(t, d, 2, "two")
	// The power goes: the file's bytes got to the disk, the state's slots too.
	copied := map[string][]byte{}
	for _, p := range []string{string(o.Path), statePath(string(o.Path))} {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		copied[p] = b
	}
	_ = d.Close()
	for p, b := range copied {
		fd, err := os.OpenFile(p, os.O_WRONLY|os.O_TRUNC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fd.Write(b); err != nil {
			t.Fatal(err)
		}
		fd.Close()
	}
	f.boot++
	text, log, resumed, _ := reopened(t, f, o)
	if text != "one\n" || resumed != 1 {
		t.Errorf("left is %q, resumed after %d: record 2 comes again and is there twice; log: %s", text, resumed, log)
	}
}

// With a spool in memory a rotated file could not be synced once: that is said once, and what follows is synced, and said
// to be in the state.
func TestARotatedFileThatFailedOnceIsNotSaidForEver(t *testing.T) {
	o := options(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024} })
	f := &feed{memory: true}
	d, _ := byHand(t, f, o, &forgetful{fails: first})
	var lines strings.Builder
	d.log = hclog.New(&hclog.LoggerOptions{Output: &lines, Level: hclog.Info})
	long := strings.Repeat("x", 1000)
	mustWrite(t, d, 1, long)
	mustWrite(t, d, 2, long)
	<-d.rotating.synced
	for range 20 {
		d.tick(time.Now())
	}
	mustWrite(t, d, 3, "short")
	d.tick(time.Now())
	if n := strings.Count(lines.String(), "could not be synced"); n > 2 || f.durable != 3 {
		t.Errorf("said %d times in 21 seconds; durable through %d, want 3", n, f.durable)
	}
	_ = d.Close()
}
