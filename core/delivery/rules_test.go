package delivery

import (
	"strings"
	"testing"
	"time"
)

func TestRetryDelayGrowsToItsLimit(t *testing.T) {
	o := Options{}.withDefaults().Retry
	for n, want := range map[int]time.Duration{
		1: 500 * time.Millisecond, 2: time.Second, 3: 2 * time.Second, 6: 16 * time.Second, 7: 30 * time.Second,
		1000: 30 * time.Second,
	} {
		if got := o.delay(n, 1); got != want {
			t.Errorf("longest delay after failure %d = %s, want %s", n, got, want)
		}
		if got := o.delay(n, 0.25); got != want/4 {
			t.Errorf("delay after failure %d with jitter 0.25 = %s, want %s", n, got, want/4)
		}
	}
	if got := o.delay(5, 0); got != 0 {
		t.Errorf("full jitter begins at %s, want 0", got)
	}
	long := Options{Retry: RetryOptions{InitialDelay: 1 << 62, MaxDelay: 1}}.withDefaults().Retry
	if got := long.delay(100, 1); got != 1<<62 {
		t.Errorf("delay of an initial delay above the limit = %s", got)
	}
}

func TestSlowRetryIsAboutAMinute(t *testing.T) {
	for r, want := range map[float64]time.Duration{0: 45 * time.Second, 0.5: time.Minute, 1: 75 * time.Second} {
		if got := slowDelay(r); got != want {
			t.Errorf("slowDelay(%v) = %s, want %s", r, got, want)
		}
	}
}

func TestRetryAfterIsBounded(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{
		-time.Second: 0, 0: 0, time.Second: time.Second, 5 * time.Minute: 5 * time.Minute, 1<<63 - 1: 5 * time.Minute,
	} {
		if got := retryAfter(asked); got != want {
			t.Errorf("retryAfter(%s) = %s, want %s", asked, got, want)
		}
	}
}

func TestGaveUp(t *testing.T) {
	first := time.Unix(100, 0)
	if (RetryOptions{}).gaveUp(first, first.Add(1000*time.Hour)) {
		t.Error("gave up without max_elapsed")
	}
	o := RetryOptions{MaxElapsed: time.Minute}
	if o.gaveUp(first, first.Add(time.Minute-1)) || !o.gaveUp(first, first.Add(time.Minute)) {
		t.Error("gave up at another time than max_elapsed")
	}
}

// failure is one failure of a batch: its records, whether a later batch was accepted, how many records were delivered.
type failure struct {
	records   int
	later     bool
	delivered uint64
	want      fate
}

func TestPoison(t *testing.T) {
	piece := poison{piece: true, mark: 100}
	for name, c := range map[string]struct {
		limit    int
		start    poison
		failures []failure
	}{
		"a batch is halved at the limit when later ones were accepted": {3, poison{}, []failure{
			{10, true, 50, tryAgain}, {10, true, 50, tryAgain}, {10, true, 50, halve},
		}},
		"and when the later one comes at last": {3, poison{}, []failure{
			{10, false, 0, tryAgain}, {10, false, 0, tryAgain}, {10, false, 0, tryAgain}, {10, true, 10, halve},
		}},
		"a batch of one record is given up at the limit": {2, poison{}, []failure{
			{1, true, 5, tryAgain}, {1, true, 5, giveUp},
		}},
		"but not when nothing later was accepted": {2, poison{}, []failure{
			{1, false, 5, tryAgain}, {1, false, 5, tryAgain}, {1, false, 5, tryAgain},
		}},
		"never when the limit is 0": {0, poison{}, []failure{
			{10, true, 5, tryAgain}, {10, true, 5, tryAgain}, {1, true, 5, tryAgain},
		}},
		"a half is halved at once when something was accepted since": {20, piece, []failure{
			{5, false, 101, halve},
		}},
		"a half is halved at the limit when nothing was": {3, piece, []failure{
			{5, true, 100, tryAgain}, {5, true, 100, tryAgain}, {5, true, 100, halve},
		}},
		"a single record is tried three times": {20, piece, []failure{
			{1, false, 101, tryAgain}, {1, false, 101, tryAgain}, {1, false, 101, giveUp},
		}},
		"a single record stays when nothing was accepted since": {3, piece, []failure{
			{1, true, 100, tryAgain},
			{1, true, 100, tryAgain},
			{1, true, 100, tryAgain},
			{1, true, 100, tryAgain},
			{1, false, 101, giveUp},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := c.start
			for i, f := range c.failures {
				if got := p.failed(c.limit, f.records, f.later, f.delivered); got != f.want {
					t.Fatalf("failure %d: fate %d, want %d", i+1, got, f.want)
				}
			}
		})
	}
	if got := (poison{failures: 20}).half(7); got != (poison{piece: true, mark: 7}) {
		t.Errorf("first half %+v", got)
	}
	if got := (poison{failures: 2, piece: true, mark: 7}).half(9); got != (poison{piece: true, mark: 7}) {
		t.Errorf("half of a half %+v: the mark is that of the first halving", got)
	}
}

func TestCrash(t *testing.T) {
	var c crash
	end := func(n int, delivered uint64) {
		for range n {
			c.ended(delivered)
		}
	}
	expect := func(records int, delivered uint64, want fate, isolated bool) {
		t.Helper()
		if got := c.fate(records, delivered); got != want || c.isolated != isolated {
			t.Errorf("after %d ends, %d alone: fate %d, isolated %t; want %d, %t", c.ends, c.alone, got, c.isolated, want, isolated)
		}
	}
	end(2, 50)
	expect(10, 60, tryAgain, false)
	end(1, 60)
	expect(10, 60, tryAgain, true)
	end(2, 60)
	expect(10, 60, tryAgain, true)
	end(1, 60)
	expect(10, 60, halve, true)
	expect(1, 51, giveUp, true)
	expect(1, 50, stay, true) // nothing was accepted since the first end

	c = c.half()
	if c.mark != 50 || !c.isolated || c.ends != 0 {
		t.Errorf("half %+v: suspect since the first end, and alone from the start", c)
	}
	end(2, 60)
	expect(5, 60, tryAgain, true)
	end(1, 60)
	expect(5, 60, halve, true)

	c = crash{stuck: true}
	end(9, 0)
	if c.lastResort() {
		t.Error("last resort after nine ends")
	}
	end(1, 0)
	if !c.lastResort() {
		t.Error("no last resort after ten ends")
	}
}

func TestRejectLimit(t *testing.T) {
	now := time.Unix(0, 0)
	type verdict struct {
		records, rejected int
		probe, keep       bool
	}
	for name, c := range map[string]struct {
		limit    float64
		verdicts []verdict
		holding  bool
	}{
		"two batches are too few": {0.5, []verdict{{100, 100, false, false}, {100, 100, false, false}}, false},
		"the third makes it hold and stays": {0.5, []verdict{
			{100, 100, false, false}, {100, 100, false, false}, {100, 100, false, true},
		}, true},
		"at the limit it does not hold": {0.5, []verdict{
			{100, 50, false, false}, {100, 50, false, false}, {100, 50, false, false}, {100, 51, false, true},
		}, true},
		"what is older than a thousand records does not count": {0.5, []verdict{
			{300, 300, false, false},
			{300, 300, false, false},
			{1000, 0, false, false},
			{400, 400, false, false},
			{600, 600, false, false},
			{10, 10, false, true},
		}, true},
		"off": {1, []verdict{
			{100, 100, false, false}, {100, 100, false, false}, {100, 100, false, false}, {100, 100, false, false},
		}, false},
		"a probe over the limit stays": {0.5, []verdict{
			{10, 10, false, false}, {10, 10, false, false}, {10, 10, false, true}, {10, 6, true, true}, {10, 10, false, true},
		}, true},
		"a probe within the limit ends the hold and clears the count": {0.5, []verdict{
			{10, 10, false, false},
			{10, 10, false, false},
			{10, 10, false, true},
			{10, 5, true, false},
			{10, 10, false, false},
			{10, 10, false, false},
		}, false},
		"an accepted batch that is no probe does not end the hold": {0.5, []verdict{
			{10, 10, false, false}, {10, 10, false, false}, {10, 10, false, true}, {10, 0, false, false},
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newRejectLimit(c.limit)
			for i, v := range c.verdicts {
				if got := l.judge(v.records, v.rejected, v.probe, now); got != v.keep {
					t.Fatalf("verdict %d: keep = %t, want %t", i+1, got, v.keep)
				}
			}
			if l.holding != c.holding {
				t.Errorf("holding = %t, want %t", l.holding, c.holding)
			}
		})
	}
}

func TestRejectLimitCountsTheLastThousand(t *testing.T) {
	l := newRejectLimit(0.999)
	for i := range 5000 {
		l.judge(1, i%2, false, time.Time{})
		if want := min(i+1, 1000); l.records != want || l.rejected != want/2 {
			t.Fatalf("after %d batches of one: %d of %d", i+1, l.rejected, l.records)
		}
	}
}

func TestLimiterCountsWhatItSkips(t *testing.T) {
	var l limiter
	now := time.Unix(0, 0)
	if n, ok := l.allow(now, 5); !ok || n != 5 {
		t.Errorf("first = %d, %t", n, ok)
	}
	for range 3 {
		if _, ok := l.allow(now.Add(logEvery-1), 2); ok {
			t.Error("allowed too soon")
		}
	}
	if n, ok := l.allow(now.Add(logEvery), 1); !ok || n != 7 {
		t.Errorf("next = %d, %t, want 7", n, ok)
	}
}

func TestEarliestKeepsToTheMonotonicClock(t *testing.T) {
	now := time.Now()
	n := earliest{after: now}
	n.add(now.Add(-time.Second))
	n.add(now.Add(time.Minute))
	n.add(now.Add(time.Second).Round(0))         // as the times of records are
	if !strings.Contains(n.at.String(), " m=") { // which is how a time shows its monotonic reading
		t.Error("the earliest time would move with the clock of the wall")
	}
	if d := n.at.Sub(now); d != time.Second {
		t.Errorf("earliest in %s, want 1s", d)
	}
}
