package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/skidway/skidway/core/delivery"
)

// guard watches the one stream of an open plugin, and ends stream and process, in this order, when one of them is over,
// when the plugin hangs, or when it is told to.
type guard struct {
	sup    *supervisor
	op     *opened
	stream grpc.ClientStream
	// cancel ends the stream.
	cancel context.CancelFunc
	// over is closed by the stream's receiver, which sets err before: io.EOF when the plugin closed the stream in order.
	over chan struct{}
	err  error
	// stop receives why the plugin is to be ended at once. It holds one, which is enough.
	stop chan stopRequest
	// activity says whether batches are outstanding and how many signs of life about them came so far.
	activity func() (outstanding bool, signs uint64)
	// drains says whether the plugin was told to end its stream. It is read when the stream is over.
	drains func() bool
}

// newGuard opens the stream of a method. Its life is not bounded by ctx, but by the guard.
func newGuard(ctx context.Context, sup *supervisor, op *opened, desc *grpc.StreamDesc, method string) (*guard, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	// Without the limit gRPC would keep every payload for a retry until the first answer.
	stream, err := op.conn.NewStream(ctx, desc, method, grpc.StaticMethod(), grpc.MaxRetryRPCBufferSize(0))
	if err != nil {
		cancel()
		return nil, err
	}
	return &guard{sup: sup, op: op, stream: stream, cancel: cancel, over: make(chan struct{}), stop: make(chan stopRequest, 1)}, nil
}

// stopRequest is why a plugin is to be ended at once; fault says that it is the plugin's.
type stopRequest struct {
	reason string
	fault  bool
}

// giveUp has the plugin ended at once. The first request counts.
func (g *guard) giveUp(r stopRequest) {
	select {
	case g.stop <- r:
	default:
	}
}

// cause is why a plugin's life is over.
type cause uint8

const (
	streamOver cause = iota
	processExit
	hung
	stopped
	atFault
)

func (r stopRequest) cause() cause {
	if r.fault {
		return atFault
	}
	return stopped
}

// manner is how a plugin ended, beyond what a lane needs to know.
type manner uint8

const (
	// failed: it broke, or was ended.
	failed manner = iota
	// asked: it was told to.
	asked
	// orderly: it ended its stream with OK, unasked.
	orderly
	// left: it ended its stream with ABORTED, which says that it ends on purpose.
	left
)

// run blocks until the plugin is gone, and says how it ended.
func (g *guard) run() (end delivery.End, how manner) {
	since := time.Now()
	why, reason := g.watch(since)
	proc, t := g.op.proc, g.sup.t
	switch why {
	case streamOver:
		if !errors.Is(g.err, io.EOF) && status.Code(g.err) != codes.Aborted {
			proc.exitsWithin(t.exit) // how it ended says more than how its connection did
		}
	case processExit:
		g.awaitReceiver(t.exit) // what it had sent before is still to be read
	case hung, stopped, atFault:
	}
	selfEnded := proc.hasExited() && !proc.signaled()
	g.cancel()

	var err error
	if why == hung {
		err = proc.kill(t.kill)
	}
	if err == nil {
		err = g.op.end(t)
	}
	g.awaitReceiver(t.exit)
	end, how = g.classify(why, reason, selfEnded)
	if err != nil {
		end.Reason += "; " + err.Error()
		g.sup.log.Error("plugin process not ended", "pid", proc.pid, "error", err)
	}
	g.sup.ended(end, how, since, g.op, !proc.hasExited())
	return end, how
}

func (g *guard) awaitReceiver(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-g.over:
	case <-t.C:
	}
}

func (g *guard) classify(why cause, reason string, selfEnded bool) (end delivery.End, how manner) {
	switch why {
	case stopped:
		return delivery.End{Reason: reason}, asked
	case hung, atFault:
		return delivery.End{Reason: reason, SelfCaused: why == atFault}, failed
	case streamOver, processExit:
	}
	var streamErr error
	select {
	case <-g.over:
		streamErr = g.err
	default:
	}
	closed := errors.Is(streamErr, io.EOF)
	if closed && g.drains() {
		return delivery.End{Drained: true, Reason: "drained"}, asked
	}
	st := status.Convert(streamErr)
	message := g.op.log.message(st.Message())
	if st.Code() == codes.Aborted {
		return delivery.End{Reason: "it ended itself: " + message}, left
	}
	text, self := describeExit(g.op.proc.state)
	if words := g.op.log.lastWords(); words != "" {
		text += "; last line: " + words
	}
	switch {
	case closed && (!selfEnded || g.op.proc.state.Success()):
		return delivery.End{Reason: "it closed its stream in order, unasked"}, orderly
	case selfEnded:
		return delivery.End{SelfCaused: self, Reason: text}, failed
	default:
		return delivery.End{SelfCaused: true, Reason: fmt.Sprintf("it broke its stream: %s (%s)", message, st.Code())}, failed
	}
}

// watch returns why it is time to end the plugin.
func (g *guard) watch(since time.Time) (why cause, reason string) {
	t, hang := g.sup.t, g.sup.o.HangTimeout
	w := watch{hang: hang, distance: min(max(hang/10, 10*time.Millisecond), time.Second), health: t.health}
	ticker := time.NewTicker(w.distance)
	defer ticker.Stop()

	ctx, cancel := context.WithCancel(g.stream.Context())
	defer cancel()
	answers := make(chan bool, 1) // so that a check that comes back too late need not be waited for
	var asked time.Time
	asking, healthy := false, false
	for {
		select {
		case <-g.over:
			select {
			case r := <-g.stop:
				return r.cause(), r.reason
			default:
				return streamOver, ""
			}
		case <-g.op.proc.exited:
			return processExit, ""
		case r := <-g.stop:
			return r.cause(), r.reason
		case answered := <-answers:
			asking = false
			if w.checked(answered, time.Since(asked)) {
				return hung, fmt.Sprintf("it hung: no answer to %d health checks in a row", missedHealth)
			}
		case now := <-ticker.C:
			outstanding, signs := g.activity()
			if w.tick(now, outstanding, signs) {
				return hung, fmt.Sprintf("it hung: no verdict and no sign of life about any batch for %s", hang)
			}
			if !healthy && now.Sub(since) >= t.backoff.healthy {
				healthy = true
				g.sup.healthy()
			}
			if !outstanding && !asking && now.Sub(asked) >= t.health {
				asking, asked = true, now
				go func() { answers <- g.askHealth(ctx, t.health) }()
			}
		}
	}
}

// askHealth says whether the plugin answers at all: a refusal is an answer.
func (g *guard) askHealth(ctx context.Context, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err := grpc_health_v1.NewHealthClient(g.op.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "plugin"})
	switch status.Code(err) {
	case codes.DeadlineExceeded, codes.Unavailable, codes.Canceled:
		return false
	default:
		return true
	}
}
