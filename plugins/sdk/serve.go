package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/skidway/skidway/plugins/sdk/internal/wire"
	"github.com/skidway/skidway/proto"
)

// Serve serves the plugin and ends the process when the router is done with it. Call it in main, and print nothing to
// standard output before: its first line is the router's.
//
// What the plugin's code prints to os.Stdout and os.Stderr while it serves is a line of the router's log, as the last
// words of a program that crashes are. Serve points both to the process's standard error; Config.Log says more.
//
// Started with the one argument --describe, the executable prints the plugin's description as JSON; started by hand in
// any other way, it says on standard error what it is. Serve panics on a mistake in the program, as Describe does.
func Serve(p Plugin) {
	os.Exit(serve(p, os.Args[1:]))
}

// serve returns the exit status.
func serve(p Plugin, args []string) int {
	description := p.Describe()
	if len(args) == 1 && args[0] == "--describe" {
		if err := printJSON(os.Stdout, description); err != nil {
			fmt.Fprintf(os.Stderr, "print description: %v\n", err)
			return 1
		}
		return 0
	}
	if os.Getenv(proto.MagicCookieKey) != proto.MagicCookieValue {
		explain(os.Stderr, p)
		return 1
	}
	nameProcess("skidway:" + p.Name)

	// The library replaces os.Stderr when it begins to serve. The file as it is now is the way to the router's log.
	stderr := os.Stderr
	proc := newProcess(p, hclog.New(&hclog.LoggerOptions{
		Level: hclog.Debug, Output: stderr, JSONFormat: true,
	}))
	var server *grpc.Server
	life := newLife(proc, func() { server.Stop() })
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			MagicCookieKey:   proto.MagicCookieKey,
			MagicCookieValue: proto.MagicCookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{
			proto.ProtocolVersion: {proto.PluginSetName: &services{process: proc}},
		},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			opts = append(opts, serverOptions()...)
			server = grpc.NewServer(append(opts, printsTo(stderr)...)...)
			life.start()
			return server
		},
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: stderr, JSONFormat: true}),
	})
	if server == nil {
		return 1 // the library has logged why
	}
	proc.stop.end(errStopped)
	life.ended.Wait()
	life.leave(0)
	return 0
}

// errStopped is why a process ends whose server was stopped from outside.
var errStopped = errors.New("the server was stopped")

// Flow control and buffers: with both windows fixed gRPC's bandwidth estimator, whose pings and window updates are a
// quarter of all allocations, is off. See BenchmarkDeliver.
const (
	streamWindow     = 1 << 20
	connectionWindow = 4 << 20
	socketBuffer     = 128 << 10
	// receiveLimit leaves room above a batch's largest data for its other fields.
	receiveLimit = 8 << 20
)

func serverOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(wire.NewCodec()),
		grpc.MaxRecvMsgSize(receiveLimit),
		grpc.InitialWindowSize(streamWindow),
		grpc.InitialConnWindowSize(connectionWindow),
		grpc.ReadBufferSize(socketBuffer),
		grpc.WriteBufferSize(socketBuffer),
	}
}

// services registers a process's services with the handshake library.
type services struct {
	plugin.NetRPCUnsupportedPlugin
	process *process
}

// GRPCServer registers the services.
func (s *services) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	s.process.register(server)
	return nil
}

// GRPCClient is for the router's side, which does without.
func (*services) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("the SDK has no client side")
}

// printJSON prints a message in protobuf's JSON form, the same at every call.
func printJSON(w io.Writer, m protoreflect.ProtoMessage) error {
	// protojson varies its white space on purpose.
	encoded, err := protojson.Marshal(m)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, encoded, "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err = out.WriteTo(w)
	return err
}

// explain says what the executable is to a person who started it by hand.
func explain(w io.Writer, p Plugin) {
	fmt.Fprintf(w, "This is the Skidway plugin %s %s.", p.Name, p.Version)
	if p.Description != "" {
		fmt.Fprintf(w, " %s", p.Description)
	}
	fmt.Fprintf(w, `
It is started by a router, not by hand. To use it, name it in the router's configuration:

    plugin %q {
      source = "./%s"
    }
`, p.Name, filepath.Base(os.Args[0]))
	if p.Destination != nil {
		fmt.Fprintf(w, "    destination %q \"main\" {\n    }\n", p.Name)
	}
	if p.Source != nil {
		fmt.Fprintf(w, "    source %q \"main\" {\n    }\n", p.Name)
	}
	fmt.Fprintf(w, "\n--describe prints what it provides and which attributes it takes, as JSON.\n")
}
