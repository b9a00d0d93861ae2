package pluginhost

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/status"

	"github.com/skidway/skidway/core/delivery"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// opened is a plugin that is ready for its stream.
type opened struct {
	*incarnation
	description *pluginv1.DescribeResponse
	resumeAfter uint64
	// identity that a destination was opened with.
	identity delivery.Identity
}

// open starts a process for a block and opens it. On an error, which is a *StartError or ctx's, the process is gone.
func open(ctx context.Context, o *Options, t timings, role pluginv1.Role) (*opened, error) {
	in, err := launch(ctx, o, t)
	if err != nil {
		return nil, startError(ctx, o, err)
	}
	op := &opened{incarnation: in}
	err = op.describe(ctx, o, t, role)
	if err == nil {
		err = op.open(ctx, o, t, role)
	}
	if err != nil {
		_ = in.end(t)
		return nil, startError(ctx, o, err)
	}
	return op, nil
}

// startError fills in what an error of a start does not know of itself.
func startError(ctx context.Context, o *Options, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e, ok := err.(*StartError) //nolint:errorlint // one that is wrapped has its name already
	if !ok {
		e = &StartError{What: err.Error(), Err: err}
	}
	e.Plugin, e.Block = o.Executable.Name, o.Address
	return e
}

func (op *opened) describe(ctx context.Context, o *Options, t timings, role pluginv1.Role) error {
	call, cancel := context.WithTimeout(ctx, t.describe)
	defer cancel()
	got, err := pluginv1.NewPluginServiceClient(op.conn).Describe(call, &pluginv1.DescribeRequest{})
	if err != nil {
		return op.callFailure("Describe", t.describe, t, err)
	}
	op.description = got
	return checkDescription(got, o, role)
}

// checkDescription compares what a plugin says of itself now with what it said when the configuration was loaded.
func checkDescription(got *pluginv1.DescribeResponse, o *Options, role pluginv1.Role) error {
	want := o.Description
	bad := func(what, hint string) error { return &StartError{What: what, Hint: hint, UserOnly: true} }
	switch {
	case want != nil && got.GetName() != want.GetName():
		return bad(fmt.Sprintf("it says that it is plugin %q, not %q", shorten(got.GetName(), 64), want.GetName()),
			"check which executable the plugin block names")
	case o.Executable.Path == "" && want != nil && got.GetBuildId() != want.GetBuildId():
		return bad("the router's executable was replaced since the router started", "restart the router")
	case role == pluginv1.Role_ROLE_DESTINATION && got.GetDestination() == nil:
		return bad("it provides no destination", "use a plugin that does")
	case role == pluginv1.Role_ROLE_SOURCE && got.GetSource() == nil:
		return bad("it provides no source", "use a plugin that does")
	}
	if c := got.GetDestination().GetCapabilities(); c.GetResume() && !c.GetOrdered() {
		return bad("it says that it resumes without being ordered", "tell the plugin's author: resume requires ordered")
	}
	return nil
}

func (op *opened) open(ctx context.Context, o *Options, t timings, role pluginv1.Role) error {
	call, cancel := context.WithTimeout(ctx, t.open)
	defer cancel()
	req := &pluginv1.OpenRequest{
		ConfigJson:    o.ConfigJSON,
		Address:       o.Address,
		StateDir:      o.StateDir,
		MaxInFlight:   uint32(o.MaxInFlight),
		MaxBatchBytes: uint64(o.MaxBatchBytes),
		StdoutFd:      op.stdoutFD,
		RouterVersion: o.RouterVersion,
	}
	var resp *pluginv1.OpenResponse
	var err error
	if role == pluginv1.Role_ROLE_SOURCE {
		resp, err = pluginv1.NewSourceServiceClient(op.conn).Open(call, req)
	} else {
		op.identity = o.Identity()
		req.SpoolId, req.CursorEpoch = op.identity.SpoolID[:], op.identity.Epoch
		resp, err = pluginv1.NewDestinationServiceClient(op.conn).Open(call, req)
	}
	if err != nil {
		return op.callFailure("Open", t.open, t, err)
	}
	if op.description.GetDestination().GetCapabilities().GetResume() {
		op.resumeAfter = resp.GetResumeAfter()
	}
	return nil
}

// callFailure explains why a call came back with an error.
func (op *opened) callFailure(call string, within time.Duration, t timings, err error) error {
	st := status.Convert(err)
	message := op.log.message(st.Message())
	e := &StartError{Err: err}
	switch st.Code() {
	case codes.InvalidArgument, codes.FailedPrecondition:
		e.What, e.UserOnly = message, true
		e.Hint = "correct the configuration or what it names; it is tried again from time to time"
	case codes.DeadlineExceeded:
		e.What = fmt.Sprintf("it did not answer %s within %s", call, within)
	case codes.Unimplemented:
		e.What, e.UserOnly = fmt.Sprintf("it does not serve %s", call), true
		e.Hint = "it is no Skidway plugin, or not for this kind of block"
	case codes.Unavailable:
		switch {
		case op.proc.exitsWithin(t.exit):
			op.readers.Wait()
			text, _ := describeExit(op.proc.state)
			e.What = fmt.Sprintf("it ended during %s: %s", call, text)
			if words := op.log.lastWords(); words != "" {
				e.What += "; last line: " + words
			}
		case op.conn.GetState() == connectivity.Ready: // the plugin says so itself
			e.What = fmt.Sprintf("%s failed: %s (%s)", call, message, st.Code())
		default:
			e.What = fmt.Sprintf("its connection broke during %s: %s", call, message)
		}
	default:
		e.What = fmt.Sprintf("%s failed: %s (%s)", call, message, st.Code())
	}
	return e
}
