package pluginhost

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/skidway/skidway/core/record"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Appender takes what a source plugin produced.
type Appender interface {
	// Append returns when the group is in the spool; it is the caller's again. accepted is called once: it blocks until
	// the group is accepted for good.
	Append(ctx context.Context, g *record.Group) (accepted func(context.Context) error, err error)
}

// Source runs the plugin of one source block. Run is called once; Status by anyone.
type Source struct{ sup *supervisor }

// NewSource returns a Source. It starts nothing.
func NewSource(o Options) *Source { return newSource(o, defaultTimings()) }

func newSource(o Options, t timings) *Source {
	return &Source{sup: newSupervisor(o, t, pluginv1.Role_ROLE_SOURCE)}
}

// Status returns the state of the plugin.
func (s *Source) Status() Status { return s.sup.current() }

// Run starts the plugin, and again whenever it ends, and appends what it produces to appender, until the source comes to its
// end or ctx is done. Then it drains: the plugin stops producing, and what it still sends is appended and acknowledged.
// A plugin that has not ended its stream after three quarters of DrainTimeout gets no further acknowledgement, and one
// that has not at the deadline is ended. Run returns nil, or the first error of an Append, once the process is gone.
func (s *Source) Run(ctx context.Context, appender Appender) error {
	for {
		op, err := s.sup.connect(ctx)
		if err != nil {
			return nil // nothing runs, so there is nothing to drain
		}
		c, err := newCollector(ctx, s.sup, op, appender)
		if err != nil {
			_ = op.end(s.sup.t)
			s.sup.failed(startError(ctx, &s.sup.o, op.callFailure("Collect", s.sup.t.open, s.sup.t, err)))
			continue
		}
		finished, err := c.run(ctx)
		switch {
		case err != nil:
			return err
		case finished, ctx.Err() != nil:
			return nil
		}
	}
}

// collector is one Collect stream. Its receiver appends and acknowledges; the guard ends stream and process.
type collector struct {
	*guard
	appender Appender
	// checked turns messages into groups.
	checked collected

	// appended are batches that are in the spool and not accepted yet, in their order. No more than the window.
	appended chan appended

	failure   sync.Mutex
	appendErr error // the first one; valid once receiver and acknowledger have ended

	send sender
}

// appended is a batch that is in the spool.
type appended struct {
	id       uint64
	accepted []func(context.Context) error // one for each of its groups
}

func newCollector(ctx context.Context, sup *supervisor, op *opened, appender Appender) (*collector, error) {
	g, err := newGuard(ctx, sup, op, &pluginv1.SourceService_ServiceDesc.Streams[0],
		pluginv1.SourceService_Collect_FullMethodName)
	if err != nil {
		return nil, err
	}
	c := &collector{guard: g, appender: appender, checked: collected{source: sup.o.Address, ids: sup.o.IDs, window: uint64(sup.o.MaxInFlight)}}
	c.send.stream = g.stream
	c.appended = make(chan appended, c.checked.window)
	g.activity = func() (bool, uint64) { return false, 0 } // a source may be silent; its health is asked for
	g.drains = c.send.draining
	return c, nil
}

// run blocks until the process is gone. finished says that the source came to its end by itself.
func (c *collector) run(ctx context.Context) (finished bool, err error) {
	// Records that arrive during the drain are still appended.
	appending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var both sync.WaitGroup
	both.Go(func() { c.acknowledge(appending) })
	both.Go(func() {
		defer close(c.appended)
		c.receive(appending)
	})
	drained := make(chan struct{})
	stopDrain := context.AfterFunc(ctx, func() {
		defer close(drained)
		c.drain(cancel)
	})

	_, how := c.guard.run()
	both.Wait() // what was received in whole is appended, however long it has to wait for room
	if !stopDrain() {
		<-drained
	}
	if c.appendErr != nil && ctx.Err() == nil {
		return false, c.appendErr
	}
	return how == orderly, nil
}

// drain tells the plugin to end its stream once everything it sent is acknowledged. Late in DrainTimeout it closes the
// host's side, which a plugin that waits for no message notices too, and at the deadline gives the plugin up.
func (c *collector) drain(cancel context.CancelFunc) {
	var sends sync.WaitGroup // each may wait for a plugin that does not read
	defer sends.Wait()
	sends.Go(c.send.drain)
	begun, timeout := time.Now(), c.sup.o.DrainTimeout
	defer func() {
		// What is appended may have to wait for a disk that hangs, also when the stream is over.
		time.AfterFunc(timeout-time.Since(begun), cancel)
	}()
	t := time.NewTimer(timeout - timeout/4)
	defer t.Stop()
	select {
	case <-c.over:
		return
	case <-t.C:
	}
	sends.Go(c.send.close)
	t.Reset(timeout - time.Since(begun))
	select {
	case <-c.over:
	case <-t.C:
		c.giveUp(stopRequest{reason: fmt.Sprintf("it did not end within %s of the drain", timeout)})
	}
}

// receive appends what comes until the stream ends.
func (c *collector) receive(ctx context.Context) {
	defer close(c.over)
	defer c.cancel()
	_ = c.send.ack(0, c.checked.window)
	var m pluginv1.CollectResponse
	for {
		if c.err = c.stream.RecvMsg(&m); c.err != nil {
			return
		}
		if err := c.checked.take(&m); err != nil {
			c.err = err
			c.giveUp(stopRequest{reason: "it broke the protocol: " + err.Error(), fault: true})
			return
		}
		batch := appended{id: m.GetBatchId()}
		for g := range c.checked.groups(&m, time.Now()) {
			accepted, err := c.appender.Append(ctx, g)
			if err != nil {
				c.err = err
				c.notAccepted(err)
				return
			}
			batch.accepted = append(batch.accepted, accepted)
		}
		c.appended <- batch
	}
}

// acknowledge tells the plugin which batches are accepted, so that several wait for the same sync.
func (c *collector) acknowledge(ctx context.Context) {
	failed := false
	for batch := range c.appended {
		for _, accepted := range batch.accepted {
			if err := accepted(ctx); err != nil && !failed {
				failed = true
				c.notAccepted(err)
			}
		}
		if !failed {
			// An error says that the stream is over, or drains. The next receive says why.
			_ = c.send.ack(batch.id, batch.id+c.checked.window)
		}
	}
}

// notAccepted ends the stream because the spool did not take what was sent.
func (c *collector) notAccepted(err error) {
	c.failure.Lock()
	if c.appendErr == nil {
		c.appendErr = fmt.Errorf("append records of %s: %w", c.sup.o.Address, err)
	}
	c.failure.Unlock()
	c.giveUp(stopRequest{reason: "its records could not be appended: " + err.Error()})
}
