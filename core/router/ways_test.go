package router

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/pipeline"
)

func TestWays(t *testing.T) {
	c := &config.Config{Pipelines: []config.Pipeline{
		{Address: "pipeline.a", From: []string{"source.tcp.x"}, To: []string{"destination.file.f", "pipeline.shared"}},
		{Address: "pipeline.b", From: []string{"source.tcp.x", "source.tcp.y"}, To: []string{"pipeline.shared"}},
		{Address: "pipeline.shared", To: []string{"destination.http.h", "destination.stdout.s"}},
		{Address: "pipeline.c", From: []string{"source.tcp.x"}, To: []string{"destination.stdout.s"}},
	}}
	c.Pipelines = append(c.Pipelines,
		config.Pipeline{Address: "pipeline.steps", From: []string{"source.tcp.z"}, To: []string{"destination.file.f", "pipeline.more"}, Steps: &pipeline.Options{}},
		config.Pipeline{Address: "pipeline.more", To: []string{"destination.file.g"}, Steps: &pipeline.Options{}},
		config.Pipeline{Address: "pipeline.d", From: []string{"source.tcp.z"}, To: []string{"pipeline.steps", "destination.stdout.s"}},
		config.Pipeline{Address: "pipeline.alone", To: []string{"destination.file.nobody"}, Steps: &pipeline.Options{}},
	)
	c.Sources = []config.Source{{Address: "source.tcp.x"}, {Address: "source.tcp.z"}}
	want := map[string]way{
		"source.tcp.x": {sets: [][]string{
			{"destination.file.f", "destination.http.h", "destination.stdout.s"},
			{"destination.http.h", "destination.stdout.s"},
			{"destination.stdout.s"},
		}},
		"source.tcp.y": {sets: [][]string{{"destination.http.h", "destination.stdout.s"}}},
		"source.tcp.z": {sets: [][]string{{"destination.stdout.s"}}, waypoints: []string{"pipeline.steps", "pipeline.steps"}},
		"source.tcp.n": {},
	}
	n := networkOf(c)
	for source, want := range want {
		if diff := cmp.Diff(want, n.from(c, source), cmp.AllowUnexported(way{})); diff != "" {
			t.Errorf("way of %s (-want +got):\n%s", source, diff)
		}
	}
	for _, m := range []struct {
		a, b string
		want bool
	}{
		{"destination.file.f", "destination.file.f", true},
		{"destination.file.f", "destination.file.g", false},
		{"pipeline.steps", "destination.file.g", true},
		{"destination.stdout.s", "pipeline.a", true},
		{"pipeline.more", "pipeline.shared", false},
		{"pipeline.d", "pipeline.c", true},
	} {
		if got := n.meeting()(m.a, m.b); got != m.want {
			t.Errorf("%s and %s meet: %t, want %t", m.a, m.b, got, m.want)
		}
	}
	destinations, waypoints := n.reached(c)
	if diff := cmp.Diff([]string{"destination.file.f", "destination.file.g", "destination.http.h", "destination.stdout.s"}, slices.Sorted(maps.Keys(destinations))); diff != "" {
		t.Errorf("destinations that are reached (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"pipeline.more", "pipeline.steps"}, slices.Sorted(maps.Keys(waypoints))); diff != "" {
		t.Errorf("waypoints that are reached (-want +got):\n%s", diff)
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
