// Package stdout is the destination that writes records to the router's standard output.
package stdout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/skidway/skidway/plugins/internal/envelope"
	"github.com/skidway/skidway/plugins/sdk"
)

// Plugin returns the plugin.
func Plugin(version string) sdk.Plugin {
	return sdk.Plugin{
		Name:        "stdout",
		Version:     version,
		Description: "Writes records to the router's standard output.",
		Destination: sdk.NewDestination(
			Options{Format: "raw"},
			func(o Options) sdk.Destination { return &destination{opts: o} },
			sdk.Traits{Ordered: true, Durability: sdk.OSBuffer, WantsStdout: true, MaxInFlight: 16},
		),
	}
}

// Options are the attributes of a destination "stdout" block.
type Options struct {
	Format string `sk:"format" doc:"How a record is written: its bytes as they came, or as JSON with its origin." oneof:"raw|envelope"`
}

// maxIdleText is the largest buffer for envelopes that is kept from one batch to the next, in bytes.
const maxIdleText = 4 << 20

type destination struct {
	opts    Options
	out     io.Writer
	exit    func(reason string)
	encoder envelope.Encoder
	text    []byte
	// What went out of a batch can't be taken back. cutKey is the key of a batch whose first cutAfter bytes did; nil: none.
	cutKey   []byte
	cutAfter int
	// midLine: the last of these bytes was no LF.
	midLine bool
}

// Open takes the router's standard output.
func (d *destination) Open(_ context.Context, c sdk.Config) error {
	if c.Stdout == nil {
		return sdk.Reject(errors.New("open standard output: the router did not pass one on; start it with its standard output open"))
	}
	d.out, d.exit = c.Stdout, c.Exit
	return nil
}

// Write writes one batch, and goes on in its middle when an earlier attempt got that far.
func (d *destination) Write(_ context.Context, b *sdk.Batch) error {
	rest := b.Data()
	if d.opts.Format == "envelope" {
		d.text = d.encoder.AppendBatch(d.text[:0], b)
		rest = d.text
		defer d.trim()
	}
	done, err := d.resume(b)
	if err != nil {
		return d.failed(err)
	}
	rest = rest[min(done, len(rest)):]
	for len(rest) > 0 {
		n, err := d.out.Write(rest)
		done += n
		if n > 0 {
			d.midLine = rest[n-1] != '\n'
			rest = rest[n:]
		}
		if err == nil && n == 0 {
			err = io.ErrShortWrite
		}
		if err != nil {
			d.cutKey, d.cutAfter = bytes.Clone(b.Key()), done
			return d.failed(err)
		}
	}
	return nil
}

// resume returns how much of b an earlier attempt wrote. When another batch comes instead, it ends the line in whose
// middle that attempt stopped.
func (d *destination) resume(b *sdk.Batch) (int, error) {
	if len(d.cutKey) > 0 && bytes.Equal(d.cutKey, b.Key()) {
		return d.cutAfter, nil
	}
	if d.midLine {
		if _, err := d.out.Write([]byte{'\n'}); err != nil {
			return 0, err
		}
		d.midLine = false
	}
	d.cutKey, d.cutAfter = nil, 0
	return 0, nil
}

// failed says what becomes of a batch that could not be written. Without a reader the process ends: the router tries
// again with a new one, or ends itself.
func (d *destination) failed(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		d.exit("the reader of standard output is gone")
	}
	return sdk.Retry(fmt.Errorf("write standard output: %w", err))
}

func (d *destination) trim() {
	if cap(d.text) > maxIdleText {
		d.text = nil
	}
}

// Close leaves standard output open: it is the router's.
func (d *destination) Close() error { return nil }
