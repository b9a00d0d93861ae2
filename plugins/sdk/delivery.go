package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/plugins/sdk/internal/wire"
)

// deliverStream is the part of the Deliver stream that a delivery uses; its messages are the codec's own types.
type deliverStream interface {
	Context() context.Context
	RecvMsg(m any) error
	SendMsg(m any) error
}

// delivery runs one Deliver stream: one goroutine reads batches, one or more workers run the author's code.
type delivery struct {
	destination Destination
	traits      Traits
	log         hclog.Logger
	mark        *durableMark
	constants   []wire.Pair
	stream      deliverStream
	begun       time.Time

	// intake ends when no further batch is to be started, and says why. An orderly end of the stream does not
	// end it.
	intake *halt

	// queue holds batches that were read and not started, free those that can be read into. Both have room for every
	// batch there is, so neither side waits for room.
	queue, free chan *Batch
	// made and most count the batches that there are and that there may be; the reader's.
	made, most int
	// violation is set before queue is closed: what the router did wrong; nil for an orderly end.
	violation error

	// given counts the verdicts that the router answers with a higher retries_seen. Only for an ordered destination,
	// which has one worker.
	given uint64

	sending  sync.Mutex // SendMsg takes one caller at a time
	plain    wire.Verdict
	marked   uint64   // the highest durable_through sent
	silent   bool     // nothing more is sent
	occupied []*Batch // the worker's, for WriteAll
}

var (
	// errViolation is wrapped by what a router may never send. Batches read before it still get their verdicts.
	errViolation = errors.New("the router broke the protocol")
	errEnded     = errors.New("the stream has ended")
	errGoexit    = errors.New("the destination's code ended the goroutine it was called on")
)

// run serves the stream until it has ended or stop is done, and returns nil after an orderly end. The author's code is
// not running any more then; the destination is not closed. The reading goroutine may outlive run: it ends with the
// stream, which ends when the handler that called run returns.
func (d *delivery) run(stop *halt, window int) error {
	d.begun = time.Now()
	d.intake = newHalt()
	d.mark.notify(d.sendMark)
	d.sendMark() // an earlier process's records may have become durable since Open
	// One more than the window, so that the next batch can be read while the whole window is with the author's code.
	d.most = window + 1
	d.queue, d.free = make(chan *Batch, d.most), make(chan *Batch, d.most)
	go d.read()

	defer stop.watch(d.intake.end)()
	var workers sync.WaitGroup
	for range max(d.traits.Concurrency, 1) {
		workers.Go(d.work)
	}
	workers.Wait()
	if err := d.intake.err(); err != nil {
		return err
	}
	d.intake.end(errEnded) // the reader, if a violation ended the stream
	return d.violation
}

// read takes batches from the stream until it ends, either closing queue or ending the intake.
func (d *delivery) read() {
	strings := &wire.Strings{}
	last := uint64(0)
	for {
		b := d.blank(strings)
		if b == nil {
			return
		}
		err := d.stream.RecvMsg(&b.wire)
		if errors.Is(err, io.EOF) {
			close(d.queue)
			return
		}
		if err != nil {
			d.intake.end(err)
			return
		}
		if err = b.prepare(); err == nil && b.wire.ID <= last {
			err = fmt.Errorf("batch_id %d after %d", b.wire.ID, last)
		}
		if err != nil {
			d.violation = fmt.Errorf("%w: %w", errViolation, err)
			close(d.queue)
			return
		}
		last = b.wire.ID
		d.queue <- b
	}
}

// blank returns a batch to read into; nil when the intake has ended.
func (d *delivery) blank(strings *wire.Strings) *Batch {
	select {
	case b := <-d.free:
		return b
	default:
	}
	if d.made < d.most {
		d.made++
		b := &Batch{delivery: d}
		b.wire.Strings = strings
		return b
	}
	select {
	case b := <-d.free:
		return b
	case <-d.intake.done:
		return nil
	}
}

// next returns the next batch; nil when there is none to come or the intake has ended.
func (d *delivery) next() *Batch {
	select {
	case <-d.intake.done:
		return nil
	default:
	}
	select {
	case b := <-d.queue:
		return b
	case <-d.intake.done:
		return nil
	}
}

// work runs the author's code on batches until there are no more.
func (d *delivery) work() {
	finished := false
	defer func() {
		if !finished {
			d.intake.end(errGoexit)
		}
	}()
	all, several := d.destination.(BatchWriter)
	several = several && d.traits.Concurrency <= 1
	for b := d.next(); b != nil; b = d.next() {
		if several {
			d.writeAll(all, d.gather(b))
		} else {
			d.write(b)
		}
	}
	finished = true
}

// gather returns b and every batch that waits behind it, valid until the next call.
func (d *delivery) gather(b *Batch) []*Batch {
	d.occupied = append(d.occupied[:0], b)
	for {
		select {
		case b := <-d.queue:
			if b == nil {
				return d.occupied
			}
			d.occupied = append(d.occupied, b)
		default:
			return d.occupied
		}
	}
}

// write runs the author's Write on one batch and answers it.
func (d *delivery) write(b *Batch) {
	if !d.inOrder(b) {
		return
	}
	d.mark.give(b.wire.Last)
	ctx := d.stream.Context()
	d.answer(b, contain(func() error { return d.destination.Write(ctx, b) }))
}

// writeAll runs the author's WriteAll on several batches and answers them.
func (d *delivery) writeAll(all BatchWriter, bs []*Batch) {
	ready := bs[:0]
	for _, b := range bs {
		if d.inOrder(b) {
			ready = append(ready, b)
		}
	}
	if len(ready) == 0 || d.intake.err() != nil {
		return
	}
	first, last := ready[0].wire.First, ready[0].wire.Last
	for _, b := range ready[1:] {
		first, last = min(first, b.wire.First), max(last, b.wire.Last)
	}
	d.mark.give(last)
	ctx := d.stream.Context()
	err := contain(func() error { return all.WriteAll(ctx, ready) })
	switch {
	case err == nil:
		id := ready[len(ready)-1].wire.ID
		for _, b := range ready {
			d.recycle(b)
		}
		d.accept(id, first, last, len(ready) > 1)
	case len(ready) == 1:
		d.answer(ready[0], withoutPartial(err))
	default:
		d.report(err, ready[0].wire.ID)
		for _, b := range ready {
			if d.intake.err() != nil {
				return
			}
			d.write(b)
		}
	}
}

// recycle makes b's memory available to the reader. Nothing of b may be used afterwards.
func (d *delivery) recycle(b *Batch) {
	b.release()
	b.lastWorking.Store(0)
	d.free <- b
}
