package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/skidway/skidway/proto"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Output takes a source's records. It is safe for concurrent use.
type Output struct {
	send func(*pluginv1.CollectResponse) error

	sending  sync.Mutex // one batch at a time, in the order of ids
	response pluginv1.CollectResponse
	origin   pluginv1.Origin

	mu      sync.Mutex
	sent    uint64        // batches, so the id of the last one
	credit  uint64        // batches that may have been sent in all
	acked   uint64        // batches that the router holds
	closed  error         // why neither credit nor acks will come any more; nil while they may
	changed chan struct{} // closed and replaced when one of the above changes
}

// errNoMore is the end of what the router says to a source: it has closed its side.
var errNoMore = errors.New("the router has closed its side of the stream")

func newOutput(send func(*pluginv1.CollectResponse) error) *Output {
	return &Output{send: send, changed: make(chan struct{})}
}

// NewOutput returns an output that hands every batch to send and counts it as accepted when that returns nil: for
// tests of a source. The message is valid until send returns.
func NewOutput(send func(*pluginv1.CollectResponse) error) *Output {
	o := newOutput(nil)
	o.credit = math.MaxUint64
	o.send = func(batch *pluginv1.CollectResponse) error {
		if err := send(batch); err != nil {
			return err
		}
		o.grant(&pluginv1.CollectRequest{AckedBatchId: batch.GetBatchId(), Credit: math.MaxUint64})
		return nil
	}
	return o
}

// Send hands records over to the router and returns a receipt, with which the source can wait until they are accepted.
// It blocks while the router does not take more, which is how backpressure reaches a source. r is the caller's again
// when it returns. Without records it does nothing. It goes on during the drain. Once the router has closed its side,
// which it does when a drain takes too long, it sends what the router had asked for before, and then returns an error:
// what it returned an error for was not handed over.
func (o *Output) Send(ctx context.Context, r *Records) (*Receipt, error) {
	o.sending.Lock()
	defer o.sending.Unlock()
	if r.Len() == 0 {
		return &Receipt{output: o, id: o.last()}, nil
	}
	if r.Bytes() > proto.MaxBatchBytes {
		return nil, fmt.Errorf("send records: %d bytes at once, at most %d are allowed", r.Bytes(), proto.MaxBatchBytes)
	}
	err := o.await(ctx, func() bool { return o.sent < o.credit })
	if err != nil {
		return nil, fmt.Errorf("send records: %w", err)
	}
	received := r.Received
	if received.IsZero() {
		received = time.Now()
	}
	o.origin.Count = uint32(r.Len())
	o.origin.ReceivedUnixNano = received.UnixNano()
	o.origin.Peer, o.origin.PeerPort, o.origin.ClientName = r.Peer, r.PeerPort, r.ClientName
	id := o.last() + 1
	o.response.BatchId = id
	o.response.Origins = append(o.response.Origins[:0], &o.origin)
	o.response.Sizes, o.response.Data = r.sizes, r.data
	err = o.send(&o.response)
	o.response.Sizes, o.response.Data = nil, nil
	if err != nil {
		return nil, fmt.Errorf("send records: %w", err)
	}
	o.mu.Lock()
	o.sent = id
	o.mu.Unlock()
	return &Receipt{output: o, id: id}, nil
}

// last returns the id of the last batch.
func (o *Output) last() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sent
}

// await blocks until ready, which is called with the lock held, is true.
func (o *Output) await(ctx context.Context, ready func() bool) error {
	for {
		o.mu.Lock()
		ok, closed, changed := ready(), o.closed, o.changed
		o.mu.Unlock()
		if ok {
			return nil
		}
		if closed != nil {
			return closed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// grant takes in what the router said. Totals that went back are ignored.
func (o *Output) grant(r *pluginv1.CollectRequest) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.credit = max(o.credit, r.GetCredit())
	o.acked = max(o.acked, r.GetAckedBatchId())
	o.wakeLocked()
}

// close says that the router will say nothing more: io.EOF when it has closed its side in order.
func (o *Output) close(why error) {
	if errors.Is(why, io.EOF) {
		why = errNoMore
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed == nil {
		o.closed = why
		o.wakeLocked()
	}
}

func (o *Output) wakeLocked() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// settle waits until everything sent is accepted, or the router says nothing more.
func (o *Output) settle(ctx context.Context) error {
	err := o.await(ctx, func() bool { return o.acked >= o.sent })
	if errors.Is(err, errNoMore) {
		return nil
	}
	return err
}

// Receipt is for the records of one Send. It is safe for concurrent use.
type Receipt struct {
	output *Output
	id     uint64
}

// Wait blocks until the records are accepted by the router, or ctx ends. An error says that they may or may not be:
// a source that can should send them again when it is next started.
func (r *Receipt) Wait(ctx context.Context) error {
	if err := r.output.await(ctx, func() bool { return r.output.acked >= r.id }); err != nil {
		return fmt.Errorf("wait for records to be accepted: %w", err)
	}
	return nil
}
