package main

import (
	"maps"
	"os"
	"slices"

	"github.com/skidway/skidway/plugins/file"
	"github.com/skidway/skidway/plugins/http"
	"github.com/skidway/skidway/plugins/sdk"
	"github.com/skidway/skidway/plugins/simulator"
	"github.com/skidway/skidway/plugins/stdout"
	"github.com/skidway/skidway/plugins/tcp"
	"github.com/skidway/skidway/proto"
)

// pluginArg is the first argument of a process that serves a bundled plugin; the plugin's name and the block's address
// follow. It is not a command for people.
const pluginArg = "serve-plugin"

// bundled returns the standard plugins by name.
func bundled() map[string]func(version string) sdk.Plugin {
	return map[string]func(version string) sdk.Plugin{
		"file":      file.Plugin,
		"http":      http.Plugin,
		"simulator": simulator.Plugin,
		"stdout":    stdout.Plugin,
		"tcp":       tcp.Plugin,
	}
}

func bundledNames() []string { return slices.Sorted(maps.Keys(bundled())) }

// servesPlugin returns the bundled plugin that the router started this process for, if it did.
func servesPlugin(args []string) (p sdk.Plugin, ok bool) {
	if len(args) < 3 || args[1] != pluginArg || os.Getenv(proto.MagicCookieKey) != proto.MagicCookieValue {
		return p, false
	}
	plugin, ok := bundled()[args[2]]
	if !ok {
		return p, false
	}
	return plugin(version()), true
}
