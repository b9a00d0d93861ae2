package router

import "testing"

func TestWhatIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		report Report
		want   bool
	}{
		"nothing":                               {Report{Destinations: []DestinationReport{{Delivered: 5}}}, false},
		"held in memory":                        {Report{Destinations: []DestinationReport{{Held: 1}}}, true},
		"held on disk":                          {Report{Destinations: []DestinationReport{{Held: 1, OnDisk: true}}}, false},
		"a destination's dead letter":           {Report{Destinations: []DestinationReport{{DeadLettersInMemory: 1}}}, true},
		"a pipeline's dead letter":              {Report{Pipelines: []PipelineReport{{DeadLettersInMemory: 1}}}, true},
		"what a pipeline dropped, as it should": {Report{Pipelines: []PipelineReport{{}}}, false},
	} {
		if got := c.report.Lost(); got != c.want {
			t.Errorf("%s: lost is %t, want %t", name, got, c.want)
		}
	}
}
