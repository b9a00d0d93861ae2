package pluginhost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/plugins/sdk"
)

// runSDKPlugin is a plugin as authors write them.
func runSDKPlugin() {
	sdk.Serve(sdk.Plugin{
		Name: "test", Version: "1.2.3",
		Destination: sdk.NewDestination(struct{}{}, func(struct{}) sdk.Destination { return &sdkDestination{} }, sdk.Traits{Ordered: true}),
	})
}

// sdkDestination accepts every batch, and does what the first record says.
type sdkDestination struct {
	exit func(string)
}

func (d *sdkDestination) Open(_ context.Context, c sdk.Config) error {
	d.exit = c.Exit
	return nil
}

func (d *sdkDestination) Write(_ context.Context, b *sdk.Batch) error {
	switch string(b.Record(0)) {
	case "print and exit":
		_, _ = fmt.Fprintln(os.Stdout, "nothing is left to do")
		_, _ = fmt.Fprintln(os.Stderr, "no space for this record")
		exit(3)
	case "leave":
		d.exit("standard output is closed")
	case "mallocs":
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return sdk.Reject(errors.New(strconv.FormatUint(m.Mallocs, 10)))
	}
	return nil
}

func (*sdkDestination) Close() error { return nil }

func sdkOptions(t testing.TB) (Options, *logBuffer) {
	o, log := testOptions(t)
	o.Executable.Args, o.Description = []string{"sdkplugin"}, nil
	return o, log
}

func TestLastWordsOfAPluginThatExitsAtOnce(t *testing.T) {
	o, log := sdkOptions(t)
	s := connect(t, newDestination(o, fastTimings()))
	send(t, s, testBatch(1, "print and exit"))
	e := ended(t, s)
	if want := "exit status 3; last line: no space for this record"; e.Reason != want || !e.SelfCaused {
		t.Errorf("End = %+v, want self-caused, %q", e, want)
	}
	event := regexp.MustCompile(`(?s)plugin ended: .*`).FindString(log.String())
	for _, line := range []string{"nothing is left to do", "no space for this record"} {
		if _, lines, _ := strings.Cut(event, "last_lines="); !strings.Contains(lines, line) {
			t.Errorf("the event %q has no line %q", event, line)
		}
	}
}

func TestPluginThatLeavesIsNotBlamedOnABatch(t *testing.T) {
	o, log := sdkOptions(t)
	tm := fastTimings()
	d := newDestination(o, tm)
	const reason = "it ended itself: standard output is closed"
	for range tm.backoff.crashes {
		s := connect(t, d)
		send(t, s, testBatch(1, "leave"))
		if v := verdict(t, s); v.BatchID != 1 || v.Outcome != delivery.Accepted {
			t.Errorf("verdict %+v, want batch 1 accepted", v)
		}
		if e := ended(t, s); e.SelfCaused || e.Drained || e.Reason != reason {
			t.Errorf("End = %+v, want reason %q and not self-caused", e, reason)
		}
	}
	if st := d.Status(); !st.Degraded || !strings.HasSuffix(st.Reason, reason) {
		t.Errorf("Status = %+v, want degraded because %s", st, reason)
	}
	if strings.Contains(log.String(), "exit status") {
		t.Errorf("the log speaks of an exit status:\n%s", log)
	}
}

// TestAllocationsOfBothSides holds codec, stream and SDK, in the host and in the plugin's process together, to their
// budget for a batch.
func TestAllocationsOfBothSides(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("counts allocations")
	}
	const batches, budget = 20_000, 20
	o, _ := sdkOptions(t)
	s := connect(t, newDestination(o, defaultTimings()))
	deliverMany(t, s, 1, 1000)
	plugin := func(id uint64) uint64 {
		t.Helper()
		send(t, s, testBatch(id, "mallocs"))
		n, err := strconv.ParseUint(verdict(t, s).Message, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := plugin(1001)
	host := mallocs(func() { deliverMany(t, s, 1002, batches) })
	after := plugin(1002 + batches)
	inHost, inPlugin := float64(host)/batches, float64(after-before)/batches
	t.Logf("a batch of 100 records: %.1f allocations in the host, %.1f in the plugin", inHost, inPlugin)
	if inHost+inPlugin > budget {
		t.Errorf("%.1f allocations for a batch, want at most %d", inHost+inPlugin, budget)
	}
}

// mallocs counts what f and everything that runs meanwhile allocates.
func mallocs(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// BenchmarkDeliverToSDK sends batches of 100 records of 256 bytes to a plugin process that only counts them, and reports
// what both processes use of the processor for a million records.
func BenchmarkDeliverToSDK(b *testing.B) {
	for _, window := range []int{4, 16} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) {
			o, _ := sdkOptions(b)
			o.MaxInFlight = window
			d := newDestination(o, defaultTimings())
			c, err := d.Connect(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			s := c.(*session)
			defer s.Stop("done")
			pid := d.Status().PID
			deliverMany(b, s, 1, 1000)
			b.ResetTimer()
			host, plugin := processorTime(b, os.Getpid()), processorTime(b, pid)
			deliverMany(b, s, 1001, b.N)
			million := float64(b.N) * 100 / 1e6
			b.ReportMetric((processorTime(b, os.Getpid())-host).Seconds()/million, "host-s/Mrecord")
			b.ReportMetric((processorTime(b, pid)-plugin).Seconds()/million, "plugin-s/Mrecord")
			b.ReportMetric(million*1e6/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// processorTime is what a process has used of the processor, to the clock tick.
func processorTime(tb testing.TB, pid int) time.Duration {
	tb.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		tb.Skip("there is no /proc here")
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var total time.Duration
	for _, f := range fields[11:13] {
		ticks, err := strconv.Atoi(f)
		if err != nil {
			tb.Fatal(err)
		}
		total += time.Duration(ticks) * 10 * time.Millisecond
	}
	return total
}
