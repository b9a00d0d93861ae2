package config

import (
	"path/filepath"
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

func TestGraphSaysWhatTheSpoolKeeps(t *testing.T) {
	type spooled struct{ Spool, Sync, SyncInterval string }
	for name, c := range map[string]struct {
		router string
		want   spooled
	}{
		"in memory":                  {"", spooled{Spool: "memory"}},
		"in memory beside data_dir":  {`data_dir = "/d"` + "\n" + `spool { storage = "memory" }`, spooled{Spool: "memory"}},
		"on disk":                    {`data_dir = "/d"`, spooled{"disk", "batch", ""}},
		"on disk, synced at times":   {`data_dir = "/d"` + "\nspool {\n" + `sync = "interval"` + "\n}", spooled{"disk", "interval", "1s"}},
		"on disk, synced more often": {`data_dir = "/d"` + "\nspool {\n" + `sync = "interval"` + "\n" + `sync_interval = "50ms"` + "\n}", spooled{"disk", "interval", "50ms"}},
	} {
		path := filepath.Join(t.TempDir(), "a.hcl")
		write(t, path, "router {\n"+c.router+"\n}\n"+`destination "file" "out" { path = "out.log" }`)
		loaded, _, diags := Load(testOptions(t, path))
		if loaded == nil {
			t.Fatal(found(diags))
		}
		g := GraphOf(loaded)
		if got := (spooled{g.Spool, g.Sync, g.SyncInterval}); got != c.want {
			t.Errorf("%s: the graph says %+v, want %+v", name, got, c.want)
		}
		if got := g.Destinations[0].Promise.ExactlyOnce; got != (c.want.Spool == "disk") {
			t.Errorf("%s: a file gets records exactly once: %v", name, got)
		}
	}
}
