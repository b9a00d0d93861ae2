package pluginhost

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/proto"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

var (
	errSessionEnded = errors.New("session has ended")
	errSendClosed   = errors.New("session drains: nothing can be sent any more")
)

// maxHeldBytes bounds what a plugin may declare to hold.
const maxHeldBytes = 1 << 40

// session is one stream to one process. Three goroutines serve it, all of which end with it: a sender, so that a plugin
// that does not read never blocks the lane; a receiver; and the guard, which ends stream and process.
type session struct {
	*guard
	info delivery.SessionInfo

	// queue holds what the lane handed over and the sender has not sent: at most the window.
	queue chan *delivery.Batch
	sent  chan struct{} // closed when the sender has ended
	out   outgoing
	// verdicts has room for a window of answers, so that the receiver rarely waits for the lane.
	verdicts chan delivery.Verdict
	// quit is closed by Stop: what still comes is not delivered.
	quit     chan struct{}
	stopOnce sync.Once
	done     chan struct{} // closed when the process is gone; end is valid from then on
	end      delivery.End

	// sendClosed is the lane's alone; drained says the same to other goroutines.
	sendClosed bool
	drained    atomic.Bool
	// delivering: the receiver waits for the lane, so silence says nothing about the plugin.
	delivering atomic.Bool

	mu sync.Mutex
	// open are the ids of batches without a verdict, ascending.
	open []uint64
	// signs counts verdicts and signs of life about open batches.
	signs uint64
	// largest is the most records in one batch so far.
	largest atomic.Int64
}

// outgoing is what the sender sends: one batch after the other. Their ids rise.
type outgoing struct {
	batch *delivery.Batch
	// encoded is the id of the last batch that nobody looks at any more but through loans.
	encoded atomic.Uint64
}

var _ delivery.Session = (*session)(nil)

func newSession(ctx context.Context, sup *supervisor, op *opened) (*session, error) {
	g, err := newGuard(ctx, sup, op, &pluginv1.DestinationService_ServiceDesc.Streams[0],
		pluginv1.DestinationService_Deliver_FullMethodName)
	if err != nil {
		return nil, err
	}
	c := op.description.GetDestination().GetCapabilities()
	s := &session{
		guard: g,
		info: delivery.SessionInfo{
			Identity:      op.identity,
			Ordered:       c.GetOrdered(),
			ResumeAfter:   record.Position(op.resumeAfter),
			MaxBatchBytes: int(min(c.GetMaxBatchBytes(), proto.MaxBatchBytes)),
			StableBatches: c.GetStableBatches(),
			MaxHeldBytes:  int64(min(c.GetMaxHeldBytes(), maxHeldBytes)),
		},
		queue:    make(chan *delivery.Batch, sup.o.MaxInFlight),
		sent:     make(chan struct{}),
		verdicts: make(chan delivery.Verdict, sup.o.MaxInFlight),
		quit:     make(chan struct{}),
		done:     make(chan struct{}),
	}
	g.activity, g.drains = s.activity, s.drained.Load
	go s.send()
	go s.receive()
	go func() {
		defer close(s.done)
		s.end, _ = g.run()
	}()
	return s, nil
}

// Info is what the plugin answered when it was opened.
func (s *session) Info() delivery.SessionInfo { return s.info }

// Send queues one batch. It waits only while the lane is ahead of the window it was given.
func (s *session) Send(b *delivery.Batch) error {
	if s.sendClosed {
		return errSendClosed
	}
	select {
	case <-s.sent:
		return errSessionEnded
	default:
	}
	s.mu.Lock()
	if i, found := slices.BinarySearch(s.open, b.ID); !found {
		s.open = slices.Insert(s.open, i, b.ID)
	}
	s.mu.Unlock()
	n := 0
	for i := range b.Runs {
		n += b.Runs[i].Len()
	}
	if int64(n) > s.largest.Load() {
		s.largest.Store(int64(n))
	}
	select {
	case s.queue <- b:
		return nil
	case <-s.sent:
		return errSessionEnded
	}
}

// Verdicts delivers the plugin's answers.
func (s *session) Verdicts() <-chan delivery.Verdict { return s.verdicts }

// CloseSend begins the drain.
func (s *session) CloseSend() {
	if s.sendClosed {
		return
	}
	s.sendClosed = true
	close(s.queue)
}

// Stop ends the session and returns when the process is gone or known not to die.
func (s *session) Stop(reason string) {
	s.stopOnce.Do(func() {
		close(s.quit)
		s.giveUp(stopRequest{reason: reason})
	})
	<-s.done
}

// End says why the session ended, once it has.
func (s *session) End() delivery.End {
	<-s.done
	return s.end
}

// send sends what is queued until the stream ends or the drain begins.
func (s *session) send() {
	defer close(s.sent)
	gone := s.stream.Context().Done()
	for {
		select {
		case b, ok := <-s.queue:
			if !ok {
				s.drained.Store(true)
				_ = s.stream.CloseSend()
				return
			}
			s.out.batch = b
			if err := s.stream.SendMsg(&s.out); err != nil {
				if !errors.Is(err, io.EOF) { // else the receiver learns why
					s.giveUp(stopRequest{reason: "send batch: " + err.Error()})
				}
				return
			}
		case <-gone:
			return
		}
	}
}

// receive delivers answers until the stream ends. By the time the lane sees the end of them, the sender has ended, so
// nobody looks at a batch any more.
func (s *session) receive() {
	defer close(s.over)
	defer close(s.verdicts)
	defer func() { <-s.sent }()
	defer s.cancel()
	scrub := &s.op.log.scrub
	m := verdictMessage{maxRecords: s.maxRecords}
	for {
		if err := s.stream.RecvMsg(&m); err != nil {
			s.err = err
			return
		}
		if m.BatchID > s.out.encoded.Load() {
			m.BatchID = 0 // the lane would use again what the sender may still read
		}
		s.note(&m.Verdict)
		m.Message = scrub.scrub(m.Message)
		for i := range m.Records {
			m.Records[i].Reason = scrub.scrub(m.Records[i].Reason)
		}
		select {
		case s.verdicts <- m.Verdict:
			continue
		default:
		}
		s.delivering.Store(true)
		select {
		case s.verdicts <- m.Verdict:
		case <-s.quit:
		}
		s.delivering.Store(false)
	}
}

func (s *session) maxRecords() int { return int(s.largest.Load()) + 1 }

// note takes a batch with a verdict out of the open ones. An answer about no open batch is no sign of life; the lane
// judges it.
func (s *session) note(v *delivery.Verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, found := slices.BinarySearch(s.open, v.BatchID)
	if !found {
		return
	}
	s.signs++
	switch {
	case v.Outcome == delivery.Working:
	case v.Through && v.Outcome == delivery.Accepted:
		s.open = slices.Delete(s.open, 0, i+1)
	default:
		s.open = slices.Delete(s.open, i, i+1)
	}
}

func (s *session) activity() (outstanding bool, signs uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) > 0 && !s.delivering.Load(), s.signs
}
