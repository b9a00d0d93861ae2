package http

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"

	"github.com/skidway/skidway/plugins/internal/readme"
	"github.com/skidway/skidway/plugins/sdk"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "rewrite the option table of README.md")

func TestReadme(t *testing.T) {
	readme.Check(t, "README.md", Plugin("0.0.0").Describe().GetDestination().GetSchema(), *update)
}

// batchOf makes a batch of these records with the key 6b6b….
func batchOf(t testing.TB, records ...string) *sdk.Batch {
	t.Helper()
	req := &pluginv1.DeliverRequest{BatchId: 1, Attempt: 1, FirstPosition: 1, LastPosition: uint64(len(records))}
	var data strings.Builder
	for _, r := range records {
		req.Sizes = append(req.Sizes, uint32(len(r)))
		data.WriteString(r + "\n")
	}
	req.Data = []byte(data.String())
	req.Key = []byte(strings.Repeat("k", 16))
	req.Origins = []*pluginv1.Origin{{Count: uint32(len(records)), Source: "source.test.a"}}
	b, err := sdk.NewBatch(req)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// journal is a log that can be searched.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// open opens a destination, with defaults for what o leaves out, that is closed with the test.
func open(t testing.TB, o Options) *destination {
	t.Helper()
	d, _ := openLogged(t, o)
	return d
}

func openLogged(t testing.TB, o Options) (*destination, *journal) {
	t.Helper()
	d, j := newDestination(filled(o), "1.2.3"), &journal{}
	if err := d.Open(t.Context(), sdk.Config{Log: hclog.New(&hclog.LoggerOptions{Output: j}), MaxInFlight: 8}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d, j
}

// filled returns o with defaults for what it leaves out.
func filled(o Options) Options {
	def := defaults()
	set := func(v *string, def string) {
		if *v == "" {
			*v = def
		}
	}
	set(&o.Method, def.Method)
	set(&o.Format, def.Format)
	set(&o.Compress, def.Compress)
	if o.Timeout == 0 {
		o.Timeout = def.Timeout
	}
	return o
}

// wantVerdict fails the test unless err was made by wrap.
func wantVerdict(t testing.TB, what string, err error, wrap func(error) error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: accepted, want an error", what)
		return
	}
	// What the SDK made of an error shows in no other way.
	got, want := fmt.Sprintf("%#v", err), fmt.Sprintf("%#v", wrap(errors.Unwrap(err)))
	if got != want {
		t.Errorf("%s: %s, want %s (%v)", what, got, want, err)
	}
}

// retryAfterOf is sdk.RetryAfter with d.
func retryAfterOf(d time.Duration) func(error) error {
	return func(err error) error { return sdk.RetryAfter(err, d) }
}

// lines returns n JSON records of 256 bytes.
func lines(n int) []string {
	records := make([]string, n)
	for i := range records {
		records[i] = strings.Replace(string(jsonLine()), "123456", fmt.Sprintf("%d", 100000+i), 1)
	}
	return records
}
