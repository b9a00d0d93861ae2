package sdk

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// pluginServer serves what needs no open block.
type pluginServer struct {
	pluginv1.UnimplementedPluginServiceServer
	plugin Plugin
}

// Describe returns the description.
func (s *pluginServer) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	return s.plugin.Describe(), nil
}

// Validate checks a configuration; the author's part of it may panic.
func (s *pluginServer) Validate(_ context.Context, req *pluginv1.ValidateRequest) (*pluginv1.ValidateResponse, error) {
	var answer *pluginv1.ValidateResponse
	err := contain(func() error {
		answer = s.plugin.Validate(req)
		return nil
	})
	if err != nil {
		return nil, status.Error(codes.Internal, cut(text(err)))
	}
	return answer, nil
}

// destinationServer serves one destination block.
type destinationServer struct {
	pluginv1.UnimplementedDestinationServiceServer
	process *process
	spec    *DestinationSpec
	window  int // set by Open, before Deliver
}

// Open opens the destination.
func (s *destinationServer) Open(ctx context.Context, req *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	answer, err := s.process.open(ctx, req, s.spec.options, s.spec.traits, func(v reflect.Value) author {
		if d := s.spec.create(v); d != nil {
			return d
		}
		return nil
	})
	if err == nil {
		s.window = window(req)
	}
	return answer, err
}

// Deliver serves the stream of batches and closes the destination at its end.
func (s *destinationServer) Deliver(stream grpc.BidiStreamingServer[pluginv1.DeliverRequest, pluginv1.DeliverResponse]) error {
	opened, err := s.process.begin()
	if err != nil {
		return err
	}
	defer s.process.leave(closed)
	d := &delivery{
		destination: opened.(Destination),
		traits:      s.spec.traits,
		log:         s.process.log,
		mark:        s.process.mark,
		constants:   s.process.constants,
		stream:      stream,
	}
	err = d.run(s.process.stop, s.window)
	closing := s.process.close() // which may have the last word about durability
	d.hush()
	if err == nil && closing != nil {
		return status.Error(codes.Internal, cut(text(closing)))
	}
	return streamStatus(err)
}

// sourceServer serves one source block.
type sourceServer struct {
	pluginv1.UnimplementedSourceServiceServer
	process *process
	spec    *SourceSpec
}

// Open opens the source.
func (s *sourceServer) Open(ctx context.Context, req *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	return s.process.open(ctx, req, s.spec.options, Traits{}, func(v reflect.Value) author {
		if src := s.spec.create(v); src != nil {
			return src
		}
		return nil
	})
}

// Collect serves the stream of records and closes the source at its end.
func (s *sourceServer) Collect(stream grpc.BidiStreamingServer[pluginv1.CollectRequest, pluginv1.CollectResponse]) error {
	opened, err := s.process.begin()
	if err != nil {
		return err
	}
	defer s.process.leave(closed)
	err = collect(stream, opened.(Source), s.process.stop)
	s.process.report(err, "Run")
	if closing := s.process.close(); err == nil && closing != nil {
		return status.Error(codes.Internal, cut(text(closing)))
	}
	return collectStatus(err)
}

// collect runs the source until it has ended and everything it sent is accepted, or the stream is over.
func collect(
	stream grpc.BidiStreamingServer[pluginv1.CollectRequest, pluginv1.CollectResponse], src Source, stop *halt,
) error {
	out := newOutput(stream.Send)
	ctx, drain := context.WithCancel(stream.Context())
	defer drain()
	defer stop.watch(func(error) { drain() })()
	// The reader ends with the stream, which ends when the handler returns.
	go func() {
		defer drain()
		for {
			req, err := stream.Recv()
			if err != nil {
				out.close(err)
				return
			}
			out.grant(req)
			if req.GetDrain() {
				drain()
			}
		}
	}()
	err := contain(func() error { return src.Run(ctx, out) })
	if err != nil && (ctx.Err() == nil || !errors.Is(err, context.Canceled) && !errors.Is(err, errNoMore)) {
		return fmt.Errorf("run: %w", err)
	}
	if err := out.settle(stream.Context()); err != nil {
		return err
	}
	return stop.err()
}

// collectStatus is how the stream of a source ends.
func collectStatus(err error) error {
	var (
		said     *verdictError
		panicked *panicError
	)
	switch {
	case errors.As(err, &panicked):
		return status.Error(codes.Internal, cut(text(err)))
	case errors.As(err, &said):
		return openStatus(err)
	default:
		return streamStatus(err)
	}
}
