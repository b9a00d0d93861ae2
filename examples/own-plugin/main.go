// Command skidway-plugin-unix is a destination plugin that writes every record as a line to a Unix socket.
package main

import (
	"context"
	"net"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

type options struct {
	Path    sdk.Path      `sk:"path,required" doc:"The socket." example:"\"/run/collector.sock\""`
	Timeout time.Duration `sk:"timeout" doc:"How long one batch may take." min:"1ms"`
}

type destination struct {
	options options
	conn    net.Conn // nil: not connected
}

// Open need not connect: a reader that comes later is no error.
func (*destination) Open(context.Context, sdk.Config) error { return nil }

// Write accepts the batch when the socket has taken all of it. An error makes the router send it again.
func (d *destination) Write(ctx context.Context, b *sdk.Batch) (err error) {
	if d.conn == nil {
		if d.conn, err = new(net.Dialer).DialContext(ctx, "unix", string(d.options.Path)); err != nil {
			d.conn = nil
			return err
		}
	}
	if err = d.conn.SetWriteDeadline(time.Now().Add(d.options.Timeout)); err == nil {
		_, err = d.conn.Write(b.Data())
	}
	if err != nil {
		_ = d.Close()
		d.conn = nil
	}
	return err
}

func (d *destination) Close() error {
	if d.conn == nil {
		return nil
	}
	return d.conn.Close()
}

func main() {
	create := func(o options) sdk.Destination { return &destination{options: o} }
	sdk.Serve(sdk.Plugin{
		Name: "unix", Version: "1.0.0", Description: "Writes lines to a Unix socket.",
		Destination: sdk.NewDestination(options{Timeout: 10 * time.Second}, create,
			sdk.Traits{Ordered: true, Durability: sdk.Sent}),
	})
}
