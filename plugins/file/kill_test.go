package file

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/sdk"
)

// childEnv names the file that this test binary writes to as a process of the plugin, with records from childFrom on.
const (
	childEnv  = "SKIDWAY_TEST_FILE_CHILD"
	childFrom = "SKIDWAY_TEST_FILE_FROM"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(m.Run()) // of TestAsAProcess or TestTreeAsAProcess alone, which never end
	}
	goleakMain(m)
}

// TestAsAProcess is the process that TestSIGKILL kills.
func TestAsAProcess(t *testing.T) {
	path := os.Getenv(childEnv)
	if path == "" {
		t.Skip("is a part of TestSIGKILL")
	}
	o := Options{Path: sdk.Path(path), Format: "raw", Mode: "0640", Sync: "interval"}
	o.Rotate = &Rotate{MaxBytes: 256 << 10, Compress: "gzip"}
	d := newDestination(o)
	if err := d.Open(t.Context(), sdk.Config{SpoolID: [16]byte{1}}); err != nil {
		t.Fatal(err)
	}
	next, err := strconv.ParseUint(os.Getenv(childFrom), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := d.ResumeAfter(); ok {
		fmt.Fprintln(os.Stderr, "resume", p)
		next = max(next, p+1)
	}
	for {
		var bs []*sdk.Batch
		for range next%3 + 1 {
			var records []string
			first := next
			for range 1 + next%20 {
				records = append(records, numbered(next))
				next++
			}
			bs = append(bs, batchtest.New(t, first, records...))
		}
		if err := d.WriteAll(t.Context(), bs); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintln(os.Stderr, "accepted", next-1); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSIGKILL kills real processes, again and again, while they write, rotate and compress. In the end every record is
// there once. SKIDWAY_LONG_TESTS=1 kills many more.
func TestSIGKILL(t *testing.T) {
	kills := 12
	if long() {
		kills = 600
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 256 << 10, Compress: "gzip"} })
	accepted := uint64(0)
	for range kills {
		child := exec.CommandContext(t.Context(), self, "-test.run", "^TestAsAProcess$")
		child.Env = append(os.Environ(), childEnv+"="+string(o.Path), childFrom+"="+strconv.FormatUint(accepted+1, 10))
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
			switch {
			case err != nil:
				t.Errorf("the process says %q", lines.Text())
			case word == "resume" && n < accepted:
				t.Errorf("the process has records up to %d, accepted were those up to %d", n, accepted)
			case word == "accepted":
				accepted = n
			}
			if death == nil { // counted from its first word, so that it gets to do something
				death = time.AfterFunc(time.Duration(rand.Int64N(int64(60*time.Millisecond))), func() { _ = child.Process.Kill() })
			}
		}
		if death != nil {
			death.Stop()
		}
		if err := child.Wait(); err == nil || child.ProcessState.ExitCode() >= 0 {
			t.Fatalf("the process ended by itself: %v", err)
		}
	}
	d := newDestination(o)
	if err := d.Open(t.Context(), sdk.Config{SpoolID: [16]byte{1}}); err != nil {
		t.Fatal(err)
	}
	last, _ := d.ResumeAfter()
	if last < accepted {
		t.Errorf("the file has records up to %d, accepted were those up to %d", last, accepted)
	}
	if err := finish(d); err != nil {
		t.Fatal(err)
	}
	wantOnceInOrder(t, filepath.Dir(string(o.Path)), last)
	t.Logf("%d records, %d kills", last, kills)
}
