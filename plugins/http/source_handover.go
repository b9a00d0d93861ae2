package http

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

const (
	// sendBytes is the most in one Send, with the terminators: one record of 3.5 MiB.
	sendBytes = 7<<19 + 1
	// sendRecords bounds the records of one Send, whose sizes are on the wire too.
	sendRecords = 1 << 16
	// keepBytes is how large the memory for a Send may be that is kept for the next one.
	keepBytes = 512 << 10
)

var (
	errNotSent = errors.New("nothing was handed over")
	errUnknown = errors.New("records may have been accepted")
)

// handover sends the records of bodies to the router, from one goroutine: a Send may block for longer than a request
// waits. It is safe for concurrent use.
type handover struct {
	out  *sdk.Output
	jobs chan *job

	last *sdk.Receipt // of what was sent last; the sender's
	// late says that a request gave up waiting for its receipt. Until the router has caught up nothing more is handed
	// over: what a sender then sends again would lie there twice, as often as it tries.
	late atomic.Bool
}

// job is a body on its way to the router.
type job struct {
	ctx      context.Context
	body     buffer // records with a line feed after each
	received time.Time
	peer     string
	port     uint32
	client   string          // the verified name of the sender's certificate
	gone     <-chan struct{} // closed when nobody waits for the answer any more

	begun atomic.Bool   // the sender has come as far as handing over
	users atomic.Int32  // of body: it is freed by the last one
	sent  chan struct{} // closed when the sender is done with the job
	// receipts and err are the sender's until then. err says that not all was handed over.
	receipts []*sdk.Receipt
	err      error
}

func newHandover(out *sdk.Output) *handover {
	return &handover{out: out, jobs: make(chan *job)}
}

// run sends jobs until close.
func (h *handover) run() {
	var records sdk.Records
	for j := range h.jobs {
		j.err = h.send(j, &records)
		close(j.sent)
		j.done()
		if records.Bytes() > keepBytes {
			records = sdk.Records{}
		}
	}
}

// close ends run. No take may be under way.
func (h *handover) close() { close(h.jobs) }

// take hands a body over and waits until all of it is accepted, at most until ctx ends. The body is taken over. The
// errors are errNotSent, which says that none of the records was accepted, and errUnknown.
func (h *handover) take(ctx context.Context, j *job) error {
	j.ctx, j.sent = ctx, make(chan struct{})
	j.users.Store(2)
	defer j.done()
	select {
	case h.jobs <- j:
	case <-ctx.Done():
		j.done()
		return errNotSent
	}
	select {
	case <-j.sent:
	case <-ctx.Done():
		if !j.begun.Load() {
			return errNotSent // The sender looks at ctx after it has set begun.
		}
		h.late.Store(true)
		return errUnknown
	}
	// Of a Send that failed in another way than by waiting, nobody knows how far it came.
	if len(j.receipts) == 0 && (errors.Is(j.err, errNotSent) || errors.Is(j.err, context.DeadlineExceeded)) {
		return errNotSent
	}
	for _, r := range j.receipts {
		if r.Wait(ctx) != nil {
			h.late.Store(true)
			return errUnknown
		}
	}
	if j.err != nil {
		return errUnknown
	}
	return nil
}

func (j *job) done() {
	if j.users.Add(-1) == 0 {
		j.body.free()
	}
}

// catchUp waits until the router has accepted what a request gave up waiting for.
func (h *handover) catchUp(j *job) error {
	if !h.late.Load() || h.last == nil {
		return nil
	}
	if err := h.last.Wait(j.ctx); err != nil {
		return err
	}
	h.late.Store(false)
	select {
	case <-j.gone: // Meanwhile its sender went away, and sends it again or has done so.
		return errNotSent
	default:
		return nil
	}
}

// send hands one body over, as one batch or several.
func (h *handover) send(j *job, records *sdk.Records) error {
	if err := h.catchUp(j); err != nil {
		return err
	}
	j.begun.Store(true)
	records.Received, records.Peer, records.PeerPort, records.ClientName = j.received, j.peer, j.port, j.client
	for data := j.body.data; len(data) > 0; {
		if err := j.ctx.Err(); err != nil {
			return err
		}
		records.Reset()
		data = gather(records, data)
		receipt, err := h.out.Send(j.ctx, records)
		if err != nil {
			return err
		}
		j.receipts, h.last = append(j.receipts, receipt), receipt
	}
	return nil
}

// gather appends as many records of data as fit into one Send, at least one, and returns the rest.
func gather(records *sdk.Records, data []byte) []byte {
	for len(data) > 0 && records.Len() < sendRecords {
		end := bytes.IndexByte(data, '\n')
		if records.Len() > 0 && records.Bytes()+end+1 > sendBytes {
			break
		}
		records.Append(data[:end])
		data = data[end+1:]
	}
	return data
}
