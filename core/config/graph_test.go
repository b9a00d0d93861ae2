package config

import (
	"testing"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestExactlyOnceNeedsASpoolThatLasts(t *testing.T) {
	for name, c := range map[string]struct {
		capabilities *pluginv1.Capabilities
		spool        string
		want         bool
	}{
		"a position is kept, the spool lasts":     {&pluginv1.Capabilities{Ordered: true, Resume: true}, "disk", true},
		"a position is kept, the spool does not":  {&pluginv1.Capabilities{Ordered: true, Resume: true}, "memory", false},
		"no position is kept":                     {&pluginv1.Capabilities{Ordered: true}, "disk", false},
		"a position is kept of what has no order": {&pluginv1.Capabilities{Resume: true}, "disk", false},
	} {
		d := &Destination{Plugin: &Plugin{Description: &pluginv1.DescribeResponse{
			Destination: &pluginv1.DestinationDescription{Capabilities: c.capabilities},
		}}}
		if got := promiseOf(d, c.spool).ExactlyOnce; got != c.want {
			t.Errorf("%s: exactly once is %v, want %v", name, got, c.want)
		}
	}
}
