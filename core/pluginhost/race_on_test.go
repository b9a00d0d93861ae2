//go:build race

package pluginhost

// raceEnabled: the race detector allocates by itself.
const raceEnabled = true
