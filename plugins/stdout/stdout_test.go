package stdout

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/internal/readme"
	"github.com/skidway/skidway/plugins/sdk"
)

var update = flag.Bool("update", false, "rewrite the option table of README.md")

func TestReadmeHoldsTheSchema(t *testing.T) {
	readme.Check(t, "README.md", Plugin("1.0.0").Describe().GetDestination().GetSchema(), *update)
}

func TestPluginAsksForStandardOutput(t *testing.T) {
	c := Plugin("1.0.0").Describe().GetDestination().GetCapabilities()
	if !c.GetWantsStdout() || !c.GetOrdered() {
		t.Errorf("capabilities are %v, want wants_stdout and ordered", c)
	}
}

// open returns a destination that writes to out, and the reasons for which it ended its process.
func open(t *testing.T, format string, out io.Writer) (*destination, *[]string) {
	t.Helper()
	exits := &[]string{}
	d := &destination{opts: Options{Format: format}}
	c := sdk.Config{Stdout: out, Exit: func(reason string) { *exits = append(*exits, reason) }}
	if err := d.Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return d, exits
}

func TestWrite(t *testing.T) {
	const meta = `,"meta":{"source":"source.tcp.app","received_at":"1970-01-01T00:00:00Z","id":`
	for format, want := range map[string]string{
		"raw":      "one\ntwo\nlines\nthree\n",
		"envelope": `{"record":"one"` + meta + "\"1\"}}\n" + `{"record":"two\nlines"` + meta + "\"2\"}}\n" + `{"record":"three"` + meta + "\"3\"}}\n",
	} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			d, _ := open(t, format, &out)
			for _, b := range []*sdk.Batch{batchtest.New(t, 1, "one", "two\nlines"), batchtest.New(t, 3, "three")} {
				if err := d.Write(t.Context(), b); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Errorf("standard output (-want +got):\n%s", diff)
			}
		})
	}
}

// narrow takes a few bytes at a time, and fails once it has taken limit bytes, until limit is raised.
type narrow struct {
	bytes.Buffer

	limit int
}

var errStuck = errors.New("stuck")

func (n *narrow) Write(p []byte) (int, error) {
	if n.Len() == n.limit {
		return 0, errStuck
	}
	return n.Buffer.Write(p[:min(len(p), 3, n.limit-n.Len())])
}

func TestWriteGoesOnWhereItStopped(t *testing.T) {
	first, second := batchtest.New(t, 1, "alpha", "beta"), batchtest.New(t, 3, "gamma")
	for name, tc := range map[string]struct {
		stopAfter int
		next      []*sdk.Batch
		want      string
	}{
		"with the same batch again":                  {7, []*sdk.Batch{first, second}, "alpha\nbeta\ngamma\n"},
		"with the same batch from its start":         {0, []*sdk.Batch{first, second}, "alpha\nbeta\ngamma\n"},
		"ending the line before another batch":       {7, []*sdk.Batch{second}, "alpha\nb\ngamma\n"},
		"adding no line after a whole record":        {6, []*sdk.Batch{second}, "alpha\ngamma\n"},
		"forgetting a batch that did not come again": {7, []*sdk.Batch{second, first}, "alpha\nb\ngamma\nalpha\nbeta\n"},
	} {
		t.Run(name, func(t *testing.T) {
			out := &narrow{limit: tc.stopAfter}
			d, exits := open(t, "raw", out)
			if err := d.Write(t.Context(), first); !errors.Is(err, errStuck) {
				t.Fatalf("Write = %v, want %v", err, errStuck)
			}
			out.limit = 1000
			for _, b := range tc.next {
				if err := d.Write(t.Context(), b); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("standard output (-want +got):\n%s", diff)
			}
			if len(*exits) > 0 {
				t.Errorf("the process ended: %q", *exits)
			}
		})
	}
}

func TestWriteEndsTheProcessWithoutAReader(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	d, exits := open(t, "raw", w)
	if err := d.Write(t.Context(), batchtest.New(t, 1, "read")); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if err := d.Write(t.Context(), batchtest.New(t, 2, "unread")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write = %v, want EPIPE", err)
	}
	if len(*exits) != 1 {
		t.Errorf("Exit was called for %q, want it once", *exits)
	}
}

func TestOpenNeedsStandardOutput(t *testing.T) {
	d := &destination{opts: Options{Format: "raw"}}
	if err := d.Open(t.Context(), sdk.Config{}); err == nil {
		t.Error("Open without a standard output = nil, want an error")
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

func TestWriteAllocatesNothing(t *testing.T) {
	for _, format := range []string{"raw", "envelope"} {
		d, _ := open(t, format, io.Discard)
		b := batchtest.New(t, 1, "one", "two")
		if n := testing.AllocsPerRun(100, func() {
			if err := d.Write(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("Write with format %s allocates %v times a batch, want 0", format, n)
		}
	}
}
