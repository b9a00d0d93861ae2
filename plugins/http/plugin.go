// Package http is the destination that sends batches as HTTP requests, one request per batch, and the source that takes
// records in requests and answers when they are accepted.
//
// The destination does not retry: its answer to the router says what became of the batch, and the router sends it
// again. Nor does it know any service's own API. The source takes a body as a whole or not at all: it is read and
// checked to its end before the first of its records is sent.
package http

import (
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// maxConcurrency is how many requests may be under way at once, whatever max_in_flight says.
const maxConcurrency = 64

// Plugin returns the plugin.
func Plugin(version string) sdk.Plugin {
	source := sourceDefaults()
	source.TLS = &SourceTLS{MinVersion: "1.2"} // the defaults of the block when there is one
	return sdk.Plugin{
		Name:        "http",
		Version:     version,
		Description: "Sends batches as HTTP requests, and takes records in requests.",
		Destination: sdk.NewDestination(defaults(), func(o Options) sdk.Destination { return newDestination(o, version) }, sdk.Traits{
			StableBatches: true,
			Concurrency:   maxConcurrency,
			Durability:    sdk.Remote,
			MaxRecords:    1000,
			MaxAge:        time.Second,
			MaxBytes:      1 << 20,
			MaxInFlight:   8,
		}),
		Source: sdk.NewSource(source, func(o SourceOptions) sdk.Source { return newSource(o) }),
	}
}
