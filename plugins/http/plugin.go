// Package http is the destination that sends batches as HTTP requests, one request per batch.
//
// It does not retry: its answer to the router says what became of the batch, and the router sends it again. Nor does
// it know any service's own API.
package http

import (
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// maxConcurrency is how many requests may be under way at once, whatever max_in_flight says.
const maxConcurrency = 64

// Plugin returns the plugin.
func Plugin(version string) sdk.Plugin {
	return sdk.Plugin{
		Name:        "http",
		Version:     version,
		Description: "Sends batches as HTTP requests.",
		Destination: sdk.NewDestination(defaults(), func(o Options) sdk.Destination { return newDestination(o, version) }, sdk.Traits{
			StableBatches: true,
			Concurrency:   maxConcurrency,
			Durability:    sdk.Remote,
			MaxRecords:    1000,
			MaxAge:        time.Second,
			MaxBytes:      1 << 20,
			MaxInFlight:   8,
		}),
	}
}
