package file

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// killedPaths is how many files the processes of TestTreeSIGKILL write to.
const killedPaths = 1000

// killedPath returns where a record of theirs goes.
func killedPath(n uint64) string { return fmt.Sprintf("t%d/%d.log", n%10, n*7919%killedPaths) }

// killedOptions are those of the processes.
func killedOptions(base string) Options {
	return Options{
		BaseDir: sdk.Path(base), Format: "raw", Mode: "0640", Sync: "interval", MaxOpenFiles: 64,
		Rotate: &Rotate{MaxBytes: 128, Compress: "none"},
	}
}

// TestTreeAsAProcess is the process that TestTreeSIGKILL kills. It gets records from a position on, and begins 3000
// lower: a router that died sends again what was not settled.
func TestTreeAsAProcess(t *testing.T) {
	base := os.Getenv(childEnv)
	if base == "" {
		t.Skip("is a part of TestTreeSIGKILL")
	}
	d := newTree(killedOptions(base))
	if err := d.Open(t.Context(), treeConfig()); err != nil {
		t.Fatal(err)
	}
	next, err := strconv.ParseUint(os.Getenv(childFrom), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	settled := uint64(0)
	if next > 3000 {
		next -= 3000
		settled = next - 1
	} else {
		next = 1
	}
	for {
		window := map[string][]uint64{}
		for range 50 + next%100 {
			window[killedPath(next)] = append(window[killedPath(next)], next)
			next++
		}
		var bs []*sdk.Batch
		for at, positions := range window {
			bs = append(bs, routed(t, at, settled, positions...))
		}
		if err := d.WriteAll(t.Context(), bs); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintln(os.Stderr, "accepted", next-1); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTreeSIGKILL kills real processes, again and again, while they write to and rotate many files. In the end every
// record is in its file once. SKIDWAY_LONG_TESTS=1 kills many more.
func TestTreeSIGKILL(t *testing.T) {
	kills := 8
	if long() {
		kills = 200
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	base := t.TempDir()
	accepted := uint64(0)
	for range kills {
		child := exec.CommandContext(t.Context(), self, "-test.run", "^TestTreeAsAProcess$")
		child.Env = append(os.Environ(), childEnv+"="+base, childFrom+"="+strconv.FormatUint(accepted+1, 10))
		out, err := child.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var death *time.Timer
		for lines := bufio.NewScanner(out); lines.Scan(); {
			word, number, _ := strings.Cut(lines.Text(), " ")
			n, err := strconv.ParseUint(number, 10, 64)
			if err != nil || word != "accepted" {
				t.Errorf("the process says %q", lines.Text())
			}
			accepted = max(accepted, n)
			if death == nil { // counted from its first word, so that it gets to do something
				death = time.AfterFunc(time.Duration(rand.Int64N(int64(300*time.Millisecond))), func() { _ = child.Process.Kill() })
			}
		}
		if death != nil {
			death.Stop()
		}
		if err := child.Wait(); err == nil || child.ProcessState.ExitCode() >= 0 {
			t.Fatalf("the process ended by itself: %v", err)
		}
	}
	// What the last process had no time to accept is cut off, or comes once more: it must not be there twice.
	o := killedOptions(base)
	d := openTree(t, o)
	closeTree(t, d)
	held := map[uint64]int{}
	for name, positions := range holdings(t, o) {
		family, ok := familyOf("", name[strings.LastIndexByte(name, '/')+1:])
		at := name
		if ok {
			at = name[:strings.LastIndexByte(name, '/')+1] + family.stem + family.ext
		}
		var last uint64
		for p := range strings.FieldsSeq(positions) {
			n, err := strconv.ParseUint(p, 10, 64)
			if err != nil || killedPath(n) != at || n <= last {
				t.Fatalf("%s holds %s after %d", name, p, last)
			}
			last = n
			held[n]++
		}
	}
	missing := slices.DeleteFunc(sequence(1, accepted), func(n uint64) bool { return held[n] == 1 })
	if len(missing) > 0 {
		t.Errorf("%d of %d records are not there once, the first is %d (%d times)", len(missing), accepted, missing[0], held[missing[0]])
	}
	for n, times := range held {
		if times > 1 {
			t.Errorf("record %d is there %d times", n, times)
		}
	}
	t.Logf("%d records, %d kills", accepted, kills)
}

func sequence(from, to uint64) []uint64 {
	var s []uint64
	for n := from; n <= to; n++ {
		s = append(s, n)
	}
	return s
}
