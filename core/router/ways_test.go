package router

import (
	"testing"

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

func TestDrainOrderPutsDeadLetterDestinationsLast(t *testing.T) {
	c := &config.Config{Destinations: []config.Destination{
		{Address: "c"}, {Address: "a", DeadLetterTo: "b"}, {Address: "b", DeadLetterTo: "c"}, {Address: "d", DeadLetterTo: "c"},
	}}
	got := drainOrder(c)
	at := map[string]int{}
	for i, d := range got {
		at[d] = i
	}
	if len(got) != 4 || at["a"] > at["b"] || at["b"] > at["c"] || at["d"] > at["c"] {
		t.Errorf("drain order = %v", got)
	}
}
