package sdk

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/skidway/skidway/plugins/sdk/internal/wire"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// author is what destinations and sources have in common.
type author interface {
	Open(ctx context.Context, c Config) error
	Close() error
}

// process is what one operating system process serves: the description, and one block.
type process struct {
	plugin Plugin
	log    hclog.Logger
	// stop ends when the process is to end: no further batch is started, a source drains.
	stop *halt
	// mark is what the author says about durability; made by Open.
	mark *durableMark
	// constants are the RECORD attributes that have one value for all records; set by Open.
	constants []wire.Pair
	// calls are Open, Deliver and Collect while they are served.
	calls sync.WaitGroup

	mu     sync.Mutex
	state  state
	ending bool   // no call is to begin any more: stop has ended
	author author // made and not closed
}

// state of the one block that a process serves.
type state uint8

const (
	fresh     state = iota
	opening         // Open is being answered
	ready           // Open was answered with OK
	streaming       // Deliver or Collect is being served
	closed          // Close was called
)

func newProcess(p Plugin, log hclog.Logger) *process {
	return &process{plugin: p, log: log, stop: newHalt()}
}

// register adds the plugin's services to a server whose codec is a wire.Codec.
func (p *process) register(to grpc.ServiceRegistrar) {
	pluginv1.RegisterPluginServiceServer(to, &pluginServer{plugin: p.plugin})
	if p.plugin.Destination != nil {
		pluginv1.RegisterDestinationServiceServer(to, &destinationServer{process: p, spec: p.plugin.Destination})
	}
	if p.plugin.Source != nil {
		pluginv1.RegisterSourceServiceServer(to, &sourceServer{process: p, spec: p.plugin.Source})
	}
}

// enter moves from one state to another and counts the call, which leave ends.
func (p *process) enter(from, to state) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ending {
		return streamStatus(p.stop.err())
	}
	if p.state != from {
		return status.Error(codes.FailedPrecondition, "a process serves one block: one Open, then one Deliver or Collect")
	}
	p.state = to
	p.calls.Add(1)
	return nil
}

func (p *process) leave(to state) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = to
	p.calls.Done()
}

// open makes the author's value from the options and opens it. A value that can't be opened is closed, and Open may
// come again.
func (p *process) open(
	ctx context.Context, req *pluginv1.OpenRequest, o *options, t Traits, create func(reflect.Value) author,
) (*pluginv1.OpenResponse, error) {
	if err := p.enter(fresh, opening); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer p.stop.watch(func(why error) { cancel(why) })()
	answer, err := p.openAuthor(ctx, req, o, t, create)
	if err != nil {
		p.leave(fresh)
		return nil, openStatus(err)
	}
	p.leave(ready)
	return answer, nil
}

// begin starts the one stream of the process.
func (p *process) begin() (author, error) {
	if err := p.enter(ready, streaming); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.author, nil
}

func (p *process) openAuthor(
	ctx context.Context, req *pluginv1.OpenRequest, o *options, t Traits, create func(reflect.Value) author,
) (*pluginv1.OpenResponse, error) {
	value, diagnostics := o.decode(req.GetConfigJson(), true)
	if len(diagnostics) > 0 {
		return nil, Reject(diagnosticsError(diagnostics))
	}
	p.mark = &durableMark{log: p.log} // what a value that could not be opened said is void
	p.constants, p.mark.interleaved = o.constants(value.Elem())
	config, err := p.config(req, t.WantsStdout)
	if err != nil {
		return nil, err
	}
	answer := &pluginv1.OpenResponse{}
	err = contain(func() error {
		a := create(value.Elem())
		if a == nil {
			return errors.New("the plugin's create function returned nil")
		}
		p.mu.Lock()
		p.author = a
		p.mu.Unlock()
		if err := a.Open(ctx, config); err != nil {
			return err
		}
		if resumer, ok := a.(Resumer); t.Resume {
			if !ok {
				return errors.New("the plugin's traits say Resume, and its destination is no Resumer")
			}
			if position, known := resumer.ResumeAfter(); known {
				answer.ResumeAfter = &position
				p.mark.resume(position)
			}
		}
		return nil
	})
	if err != nil {
		p.report(err, "Open")
		if closing := p.close(); closing != nil {
			p.log.Warn("the plugin failed to close after it failed to open", "error", closing)
		}
		return nil, err
	}
	return answer, nil
}

// close closes the author's value, if there is one that was not closed.
func (p *process) close() error {
	p.mu.Lock()
	a := p.author
	p.author = nil
	p.mu.Unlock()
	if a == nil {
		return nil
	}
	if err := contain(a.Close); err != nil {
		p.report(err, "Close")
		return fmt.Errorf("close %s: %w", p.plugin.Name, err)
	}
	return nil
}

// finish waits until nothing of the author's runs any more and closes what is left. stop has ended.
func (p *process) finish() {
	p.mu.Lock()
	p.ending = true
	p.mu.Unlock()
	p.calls.Wait()
	if err := p.close(); err != nil {
		p.log.Warn("the plugin failed to close", "error", err)
	}
}

// report logs a panic of the author's code in one of its calls. Other errors go to the router, which logs them.
func (p *process) report(err error, call string) {
	if panicked, ok := errors.AsType[*panicError](err); ok {
		p.log.Error("the plugin's code panicked", "call", call, "panic", panicked.value,
			"stack", panicked.trace())
	}
}

// openStatus says whether only the user can mend err.
func openStatus(err error) error {
	var (
		said     *verdictError
		panicked *panicError
		code     = codes.Unavailable
	)
	switch {
	case errors.As(err, &panicked):
		code = codes.Internal
	case errors.As(err, &said) && said.outcome == pluginv1.Outcome_OUTCOME_REJECTED:
		code = codes.InvalidArgument
	case said != nil && said.code == pluginv1.ErrorCode_ERROR_CODE_MISCONFIGURED:
		code = codes.FailedPrecondition
	case said != nil && said.code == pluginv1.ErrorCode_ERROR_CODE_UNAUTHENTICATED:
		code = codes.Unauthenticated
	}
	return status.Error(code, cut(text(err)))
}

// streamStatus is how a stream ends.
func streamStatus(err error) error {
	if err == nil {
		return nil
	}
	var leaves *leaveError
	code := codes.Unavailable
	switch s, ok := status.FromError(err); {
	case errors.As(err, &leaves):
		code = codes.Aborted
	case errors.Is(err, errViolation):
		code = codes.InvalidArgument
	case errors.Is(err, errGoexit):
		code = codes.Internal
	case ok && s.Code() != codes.Aborted: // which would say that the plugin leaves
		return s.Err()
	case errors.Is(err, context.Canceled):
		code = codes.Canceled
	}
	return status.Error(code, cut(text(err)))
}
