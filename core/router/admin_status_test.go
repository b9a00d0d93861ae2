package router

import (
	"strings"
	"testing"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/pluginhost"
	"github.com/skidway/skidway/core/spool"
)

func TestLimitedBy(t *testing.T) {
	waiting := spool.Backlog{Records: 10, Untaken: 5}
	for name, test := range map[string]struct {
		state       delivery.Status
		backlog     spool.Backlog
		maxInFlight int
		want        string
	}{
		"nothing waits":                     {delivery.Status{State: delivery.Connecting}, spool.Backlog{}, 0, ""},
		"the destination is away":           {delivery.Status{State: delivery.Retrying}, waiting, 0, "retrying"},
		"the plugin is away":                {delivery.Status{State: delivery.Connecting}, waiting, 0, "connecting"},
		"the plugin has all that it may":    {delivery.Status{State: delivery.Running, WithPlugin: 8}, waiting, 8, "window"},
		"as above, by default":              {delivery.Status{State: delivery.Running, WithPlugin: 4}, waiting, 0, "window"},
		"it has all that there is":          {delivery.Status{State: delivery.Running, WithPlugin: 4}, spool.Backlog{Records: 10}, 0, ""},
		"a batch that waits to get fuller":  {delivery.Status{State: delivery.Running}, spool.Backlog{Records: 10}, 0, ""},
		"there is more, and room in window": {delivery.Status{State: delivery.Running, WithPlugin: 1}, waiting, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := limitedBy(test.state, test.backlog, test.maxInFlight); got != test.want {
				t.Errorf("limited by %q, want %q", got, test.want)
			}
		})
	}
}

func TestReasonOfAState(t *testing.T) {
	a := &adminSide{scrub: strings.NewReplacer("hunter2", "(sensitive)")}
	for name, test := range map[string]struct {
		state  delivery.Status
		plugin pluginhost.Status
		want   string
	}{
		"the lane's own":             {delivery.Status{State: delivery.Retrying, Reason: "refused"}, pluginhost.Status{Reason: "exit status 1"}, "refused"},
		"why there is no plugin":     {delivery.Status{State: delivery.Connecting, Reason: "waiting for the plugin"}, pluginhost.Status{Reason: "exit status 1"}, "exit status 1"},
		"that there is none yet":     {delivery.Status{State: delivery.Connecting, Reason: "waiting for the plugin"}, pluginhost.Status{}, "waiting for the plugin"},
		"a secret that was repeated": {delivery.Status{State: delivery.Retrying, Reason: "bad token hunter2"}, pluginhost.Status{}, "bad token (sensitive)"},
	} {
		if got := a.reason(test.state, test.plugin); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
