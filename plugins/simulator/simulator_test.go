package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/internal/readme"
	"github.com/skidway/skidway/plugins/sdk"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

var update = flag.Bool("update", false, "rewrite the option table of README.md")

func TestReadmeHoldsTheSchema(t *testing.T) {
	readme.Check(t, "README.md", Plugin("1.0.0").Describe().GetSource().GetSchema(), *update)
}

// sent is one record as it reached the router.
type sent struct {
	text string
	at   time.Time
}

// collector is the router's side: it keeps what is sent, and calls before for each batch.
type collector struct {
	records []sent
	before  func(batch int) error
	batches int
}

func (c *collector) output() *sdk.Output {
	return sdk.NewOutput(func(b *pluginv1.CollectResponse) error {
		c.batches++
		if c.before != nil {
			if err := c.before(c.batches); err != nil {
				return err
			}
		}
		data := b.GetData()
		for _, size := range b.GetSizes() {
			c.records = append(c.records, sent{string(data[:size]), time.Now()})
			data = data[size+1:]
		}
		return nil
	})
}

func options(change func(*Options)) Options {
	o := Options{Rate: 10, Size: 256, Seed: 1, ErrorRatio: 0.1}
	change(&o)
	return o
}

func TestRunMakesTheRecordsOfItsSeed(t *testing.T) {
	run := func(seed uint64) []string {
		c := &collector{}
		o := options(func(o *Options) { o.Rate, o.Count, o.Seed = 0, 2500, seed })
		if err := (&source{opts: o}).Run(t.Context(), c.output()); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, r := range c.records {
			texts = append(texts, withoutTime(t, r.text))
		}
		return texts
	}
	first, second, other := run(1), run(1), run(2)
	if len(first) != 2500 {
		t.Fatalf("Run made %d records, want the count of 2500", len(first))
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two runs with the same seed differ:\n%s", diff)
	}
	if slices.Equal(first, other) {
		t.Error("two runs with different seeds are the same")
	}
}

type line struct {
	Seq        uint64    `json:"seq"`
	TS         time.Time `json:"ts"`
	Level      string    `json:"level"`
	Service    string    `json:"service"`
	Status     int       `json:"status"`
	DurationMS float64   `json:"duration_ms"`
	Msg        string    `json:"msg"`
}

func decode(t *testing.T, text string) line {
	t.Helper()
	var l line
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatalf("record %q is no JSON object of the documented shape: %v", text, err)
	}
	return l
}

func withoutTime(t *testing.T, text string) string {
	t.Helper()
	l := decode(t, text)
	l.TS = time.Time{}
	out, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestRecordsHaveTheDocumentedShape(t *testing.T) {
	for name, o := range map[string]Options{
		"of the asked size":               options(func(*Options) {}),
		"no shorter than their fields":    options(func(o *Options) { o.Size = 1 }),
		"as large as asked":               options(func(o *Options) { o.Size = 64 << 10 }),
		"all errors with error_ratio 1":   options(func(o *Options) { o.ErrorRatio = 1 }),
		"without errors at error_ratio 0": options(func(o *Options) { o.ErrorRatio = 0 }),
	} {
		t.Run(name, func(t *testing.T) {
			g := newGenerator(o)
			now := time.Date(2026, 1, 2, 3, 4, 5, 678900000, time.UTC)
			g.at(now)
			counts := map[string]int{}
			const n = 500
			for seq := range uint64(n) {
				text := string(g.next())
				l := decode(t, text)
				if l.Seq != seq || !l.TS.Equal(now) || l.Service == "" || l.Msg == "" || l.DurationMS <= 0 {
					t.Fatalf("record %d is %s", seq, text)
				}
				lowest := map[string]int{"info": 200, "warn": 400, "error": 500}[l.Level]
				if lowest == 0 || l.Status < lowest || l.Status >= lowest+100 {
					t.Fatalf("record %d has level %s with status %d", seq, l.Level, l.Status)
				}
				if o.Size >= 256 && len(text) != o.Size {
					t.Fatalf("record %d has %d bytes, want %d", seq, len(text), o.Size)
				}
				counts[l.Level]++
			}
			if got, want := float64(counts["error"])/n, o.ErrorRatio; got < want-0.05 || got > want+0.05 || want == 0 && got > 0 {
				t.Errorf("the share of errors is %v, want about %v", got, want)
			}
		})
	}
}

func TestRunKeepsItsRate(t *testing.T) {
	for name, tc := range map[string]struct {
		rate  float64
		count uint64
		want  time.Duration
	}{
		"slower than one a second": {0.1, 7, 60 * time.Second},
		"a few a second":           {3, 3*600 + 1, 10 * time.Minute},
		"faster than it wakes up":  {20_000, 20_001, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &collector{}
				start := time.Now()
				o := options(func(o *Options) { o.Rate, o.Count = tc.rate, tc.count })
				if err := (&source{opts: o}).Run(t.Context(), c.output()); err != nil {
					t.Fatal(err)
				}
				if got := time.Since(start); got < tc.want || got > tc.want+2*minWait {
					t.Errorf("%d records took %v, want %v", tc.count, got, tc.want)
				}
				for i, r := range c.records {
					if seq := decode(t, r.text).Seq; seq != uint64(i) {
						t.Fatalf("record %d has seq %d", i, seq)
					}
				}
			})
		})
	}
}

func TestRunDoesNotMakeUpForALongPause(t *testing.T) {
	for name, tc := range map[string]struct {
		pause time.Duration
		want  int // records right after the pause
	}{
		"a short one is made up for":  {500 * time.Millisecond, 50},
		"a long one is not":           {time.Hour, 1},
		"nor one just over the bound": {maxLag + 20*time.Millisecond, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var resumed time.Time
				c := &collector{}
				c.before = func(batch int) error {
					if batch == 10 {
						<-time.After(tc.pause)
						resumed = time.Now()
					}
					return nil
				}
				o := options(func(o *Options) { o.Rate, o.Count = 100, 200 })
				if err := (&source{opts: o}).Run(t.Context(), c.output()); err != nil {
					t.Fatal(err)
				}
				burst := 0
				for _, r := range c.records[10:] {
					if r.at.Equal(resumed) {
						burst++
					}
				}
				if burst != tc.want {
					t.Errorf("%d records came right after the pause, want %d", burst, tc.want)
				}
			})
		})
	}
}

func TestRunEndsWithTheDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, drain := context.WithCancel(t.Context())
		c := &collector{}
		ended := make(chan error)
		go func() { ended <- (&source{opts: options(func(*Options) {})}).Run(ctx, c.output()) }()
		<-time.After(1050 * time.Millisecond)
		drain()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
		if len(c.records) != 11 {
			t.Errorf("%d records came before the drain, want 11", len(c.records))
		}
	})
}

func TestRunReportsAFailureThatIsNoDrain(t *testing.T) {
	broken := errors.New("broken")
	c := &collector{before: func(int) error { return broken }}
	if err := (&source{opts: options(func(*Options) {})}).Run(t.Context(), c.output()); !errors.Is(err, broken) {
		t.Errorf("Run = %v, want %v", err, broken)
	}
}

func TestGeneratorAllocatesNothing(t *testing.T) {
	g := newGenerator(options(func(*Options) {}))
	g.at(time.Unix(0, 0))
	g.next()
	if n := testing.AllocsPerRun(1000, func() { g.next() }); n != 0 {
		t.Errorf("next allocates %v times, want 0", n)
	}
}

func BenchmarkRunUnlimited(b *testing.B) {
	b.ReportAllocs()
	out := sdk.NewOutput(func(*pluginv1.CollectResponse) error { return nil })
	o := options(func(o *Options) { o.Rate, o.Count = 0, uint64(b.N) })
	if err := (&source{opts: o}).Run(b.Context(), out); err != nil {
		b.Fatal(err)
	}
}
