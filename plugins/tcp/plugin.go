// Package tcp is the destination that writes records as lines to a TCP connection: another router, or any receiver of
// lines.
//
// TCP has no acknowledgement above the kernel's, so a batch is accepted when the peer's kernel has its bytes, on a
// connection that the peer has shown not to refuse (handshake.go, prove.go). What a peer that is killed had received and
// not read is lost; a protocol with an answer, such as the http destination's, does not have that gap.
package tcp

import (
	"time"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/sdk"
)

// Plugin returns the plugin.
func Plugin(version string) sdk.Plugin {
	return sdk.Plugin{
		Name:        "tcp",
		Version:     version,
		Description: "Writes records as lines to a TCP connection.",
		Destination: sdk.NewDestination(defaults(), func(o Options) sdk.Destination { return newDestination(o, standard()) }, sdk.Traits{
			Ordered:     true,
			Durability:  sdk.Sent,
			MaxInFlight: 16,
		}),
	}
}

// Options are the attributes of a destination "tcp" block.
type Options struct {
	Address        string    `sk:"address,required" doc:"Host and port of the receiver." example:"logs.example.com:6514"`
	Framing        string    `sk:"framing" doc:"How a record ends: with a line feed. Line feeds inside of a record become spaces." oneof:"newline"`
	AllowPlaintext bool      `sk:"allow_plaintext" doc:"Write to another machine without TLS."`
	TLS            *peer.TLS `sk:"tls,block" doc:"Use TLS."`
}

func defaults() Options { return Options{Framing: "newline"} }

// timing is how long things may take. Tests shorten it.
type timing struct {
	// hold is how long a batch may wait without any progress before the router is told to send it again. The router
	// restarts a plugin that gives no sign of life for hang_timeout, 30 s by default.
	hold time.Duration
	// trial and judgement are the times that link.prove waits.
	trial, judgement time.Duration
	// dial bounds one attempt to connect, TLS handshake included.
	dial time.Duration
	// first and last delay between attempts to connect.
	first, last time.Duration
	// linger bounds the wait for the peer's close when we close.
	linger time.Duration
}

func standard() timing {
	return timing{
		hold:      20 * time.Second,
		trial:     250 * time.Millisecond,
		judgement: 10 * time.Second,
		dial:      10 * time.Second,
		first:     100 * time.Millisecond,
		last:      5 * time.Second,
		linger:    time.Second,
	}
}
