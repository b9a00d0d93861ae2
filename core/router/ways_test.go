package router

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/config"
)

func TestWays(t *testing.T) {
	c := &config.Config{Pipelines: []config.Pipeline{
		{Address: "pipeline.a", From: []string{"source.tcp.x"}, To: []string{"destination.file.f", "pipeline.shared"}},
		{Address: "pipeline.b", From: []string{"source.tcp.x", "source.tcp.y"}, To: []string{"pipeline.shared"}},
		{Address: "pipeline.shared", To: []string{"destination.http.h", "destination.stdout.s"}},
		{Address: "pipeline.c", From: []string{"source.tcp.x"}, To: []string{"destination.stdout.s"}},
	}}
	want := map[string][][]string{
		"source.tcp.x": {
			{"destination.file.f", "destination.http.h", "destination.stdout.s"},
			{"destination.http.h", "destination.stdout.s"},
			{"destination.stdout.s"},
		},
		"source.tcp.y": {{"destination.http.h", "destination.stdout.s"}},
	}
	if diff := cmp.Diff(want, ways(c)); diff != "" {
		t.Errorf("ways (-want +got):\n%s", diff)
	}
}

func TestDownstreamCountsTheWayOfDeadLetters(t *testing.T) {
	c := &config.Config{Destinations: []config.Destination{
		{Address: "c"}, {Address: "a", DeadLetterTo: "b"}, {Address: "b", DeadLetterTo: "c"}, {Address: "d", DeadLetterTo: "c"},
	}}
	for address, want := range map[string]int{"a": 2, "b": 1, "c": 0, "d": 1} {
		if got := downstream(c, address); got != want {
			t.Errorf("downstream of %s = %d, want %d", address, got, want)
		}
	}
}

func TestDrainLeavesTimeForThoseThatTakeDeadLetters(t *testing.T) {
	const whole = 16 * time.Second
	now := time.Unix(1000, 0)
	for n, want := range []time.Duration{whole, 12 * time.Second, 9 * time.Second} {
		if got := drainUntil(now, now.Add(whole), n).Sub(now); got != want {
			t.Errorf("with %d behind it a lane has %s, want %s", n, got, want)
		}
	}
}
