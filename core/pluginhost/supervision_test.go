package pluginhost

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBackoffDoublesToItsBound(t *testing.T) {
	s := schedule{o: defaultBackoff()}
	now := time.Unix(1000, 0)
	want := []time.Duration{
		500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second,
		16 * time.Second, 32 * time.Second, time.Minute, time.Minute,
	}
	for i, w := range want {
		if got := s.ended(now, 0, false, 1); got != w {
			t.Errorf("delay %d = %s, want %s", i, got, w)
		}
	}
	if got := s.ended(now, time.Minute, false, 1); got != 500*time.Millisecond {
		t.Errorf("delay after a healthy minute = %s, want 500ms", got)
	}
	if got := s.ended(now, time.Minute-1, false, 1); got != time.Second {
		t.Errorf("delay after less than a healthy minute = %s, want 1s", got)
	}
}

func TestJitterIsFull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := schedule{o: defaultBackoff()}
		for range rapid.IntRange(1, 20).Draw(t, "ends") {
			chance := rapid.Float64Range(0, 1).Draw(t, "chance")
			before := s.delay
			got := s.ended(time.Unix(0, 0), 0, true, chance)
			if got < 0 || got > s.delay || s.delay < before || s.delay > time.Minute {
				t.Fatalf("delay %s of %s after %s", got, s.delay, before)
			}
		}
		if got := s.slow(rapid.Float64Range(0, 1).Draw(t, "chance")); got < 30*time.Second || got > time.Minute {
			t.Fatalf("slow delay %s", got)
		}
	})
}

func TestCrashingIsFiveOwnEndsInTwoMinutes(t *testing.T) {
	start := time.Unix(1000, 0)
	tests := map[string]struct {
		gap        time.Duration
		selfCaused []bool
		want       bool
	}{
		"five in time":           {20 * time.Second, []bool{true, true, true, true, true}, true},
		"five at the bound":      {30 * time.Second, []bool{true, true, true, true, true}, true},
		"five too slowly":        {31 * time.Second, []bool{true, true, true, true, true}, false},
		"four":                   {time.Second, []bool{true, true, true, true}, false},
		"one was from outside":   {time.Second, []bool{true, true, false, true, true}, false},
		"the last five count":    {25 * time.Second, []bool{true, true, true, true, true, true, true}, true},
		"and a kill after these": {20 * time.Second, []bool{true, true, true, true, true, false}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := schedule{o: defaultBackoff()}
			now := start
			for i, self := range tt.selfCaused {
				if i > 0 {
					now = now.Add(tt.gap)
				}
				s.ended(now, 0, self, 0)
			}
			if got := s.crashing(now); got != tt.want {
				t.Errorf("crashing = %t, want %t", got, tt.want)
			}
			s.recovered()
			if s.crashing(now) {
				t.Error("crashing after it recovered")
			}
		})
	}
}

func TestWatchSeesAHang(t *testing.T) {
	type tick struct {
		after       time.Duration
		outstanding bool
		signs       uint64
	}
	const s = time.Second
	quiet := func(n int) (ticks []tick) {
		for range n {
			ticks = append(ticks, tick{s, true, 0})
		}
		return ticks
	}
	tests := map[string]struct {
		ticks []tick
		want  int // the tick that sees the hang; -1: none does
	}{
		"silence":                        {quiet(20), 10},
		"idle is no hang":                {[]tick{{s, false, 0}, {9 * s, false, 0}, {9 * s, false, 0}}, -1},
		"a sign of life starts it anew":  {append(append(quiet(10), tick{s, true, 1}), tick{s, true, 1}), -1},
		"an empty window starts it anew": {append(append(quiet(10), tick{s, false, 0}), quiet(9)...), -1},
		"the router was stopped":         {[]tick{{s, true, 0}, {time.Hour, true, 0}, {time.Hour, true, 0}}, -1},
		"and the plugin hangs besides":   {append([]tick{{s, true, 0}, {time.Hour, true, 0}}, quiet(10)...), 9},
		"ticks that come a little late":  {[]tick{{s, true, 0}, {1900 * time.Millisecond, true, 0}, {1900 * time.Millisecond, true, 0}, {1900 * time.Millisecond, true, 0}, {1900 * time.Millisecond, true, 0}, {1900 * time.Millisecond, true, 0}, {1900 * time.Millisecond, true, 0}}, 6},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := watch{hang: 10 * s, distance: s, health: 5 * s}
			now, got := time.Unix(1000, 0), -1
			for i, k := range tt.ticks {
				now = now.Add(k.after)
				if w.tick(now, k.outstanding, k.signs) {
					got = i
					break
				}
			}
			if got != tt.want {
				t.Errorf("hang seen at tick %d, want %d", got, tt.want)
			}
		})
	}
}

func TestWatchCountsUnansweredHealthChecks(t *testing.T) {
	w := watch{health: 5 * time.Second}
	for range missedHealth - 1 {
		if w.checked(false, 5*time.Second) {
			t.Error("hung before the third check")
		}
	}
	if w.checked(true, time.Millisecond) || w.checked(false, 5*time.Second) || w.checked(false, time.Second) {
		t.Error("hung although an answer came between")
	}
	if w.checked(false, time.Hour) {
		t.Error("a check counts that the router slept through")
	}
	if !w.checked(false, 5*time.Second) {
		t.Error("not hung after three checks without an answer")
	}
}
