package pluginhost

import (
	"context"

	"github.com/skidway/skidway/core/delivery"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Destination runs the plugin of one destination block. Connect is called by one goroutine at a time; Status by anyone.
type Destination struct{ sup *supervisor }

var _ delivery.Destination = (*Destination)(nil)

// NewDestination returns a Destination. It starts nothing.
func NewDestination(o Options) *Destination { return newDestination(o, defaultTimings()) }

func newDestination(o Options, t timings) *Destination {
	return &Destination{sup: newSupervisor(o, t, pluginv1.Role_ROLE_DESTINATION)}
}

// Status returns the state of the plugin.
func (d *Destination) Status() Status { return d.sup.current() }

// Hurry implements delivery.Destination: starts are at most half a second apart from now on.
func (d *Destination) Hurry() { d.sup.hurry() }

// Connect starts the plugin and returns a session with it. It tries again, with the delays of supervision, until it
// succeeds or ctx is done, and returns ctx's error then; no process is left. ctx does not bound the session.
func (d *Destination) Connect(ctx context.Context) (delivery.Session, error) {
	for {
		op, err := d.sup.connect(ctx)
		if err != nil {
			return nil, err
		}
		s, err := newSession(ctx, d.sup, op)
		if err == nil {
			return s, nil
		}
		_ = op.end(d.sup.t)
		d.sup.failed(startError(ctx, &d.sup.o, op.callFailure("Deliver", d.sup.t.open, d.sup.t, err)))
	}
}
