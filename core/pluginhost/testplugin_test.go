package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/skidway/skidway/proto"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// exit ends the test plugin, which is a program of its own.
func exit(code int) { syscall.Exit(code) }

// testDescription is what the test plugin says of itself.
func testDescription() *pluginv1.DescribeResponse {
	return &pluginv1.DescribeResponse{
		Name: "test", Version: "1.2.3",
		Destination: &pluginv1.DestinationDescription{
			Capabilities: &pluginv1.Capabilities{
				Ordered: true, Resume: true, WantsStdout: true, MaxBatchBytes: 1 << 20,
			},
			Schema: &pluginv1.Body{Attributes: []*pluginv1.Attribute{
				{Name: "path", Type: pluginv1.Type_TYPE_STRING, Phase: pluginv1.Phase_PHASE_RECORD},
			}},
		},
		Source: &pluginv1.SourceDescription{},
	}
}

// runTestPlugin behaves as its arguments say. Without any it is a good plugin, written on the bare library.
func runTestPlugin(args []string) {
	// The library replaces both by pipes of its own.
	stdout, stderr := os.Stdout, os.Stderr
	say := func(format string, a ...any) { _, _ = fmt.Fprintf(stdout, format, a...) }
	dir := os.Getenv(plugin.EnvUnixSocketDir)
	wait := func() { _, _ = io.Copy(io.Discard, os.Stdin) }
	listen := func(path string) {
		if _, err := net.Listen("unix", path); err != nil {
			panic(err)
		}
	}
	has := func(arg string) bool { return slices.Contains(args, arg) }
	switch {
	case has("exit-before-handshake"):
		_, _ = fmt.Fprintln(os.Stderr, "cannot find my licence")
		exit(3)
	case has("silent"):
		wait()
		exit(0)
	case has("close-stdout"):
		_ = stdout.Close()
		wait()
		exit(0)
	case has("banner"):
		say("Welcome to ACME!\n")
		wait()
		exit(0)
	case has("long-line"):
		say("%s", strings.Repeat("x", 1<<20))
		wait()
		exit(0)
	case has("old"):
		say("1|0|unix|%s/s|grpc\n", dir)
		wait()
		exit(0)
	case has("netrpc"):
		say("1|%d|unix|%s/s\n", proto.ProtocolVersion, dir)
		wait()
		exit(0)
	case has("tcp"):
		say("1|%d|tcp|127.0.0.1:1234|grpc\n", proto.ProtocolVersion)
		wait()
		exit(0)
	case has("abstract"):
		listen("@skidway-test-abstract-" + strconv.Itoa(os.Getpid()))
		say("1|%d|unix|@skidway-test-abstract-%d|grpc\n", proto.ProtocolVersion, os.Getpid())
		wait()
		exit(0)
	case has("dotdot"):
		listen(filepath.Join(dir, "s"))
		say("1|%d|unix|%s/../%s/s|grpc\n", proto.ProtocolVersion, dir, filepath.Base(dir))
		wait()
		exit(0)
	case has("symlink"):
		elsewhere, err := os.MkdirTemp(filepath.Dir(dir), "elsewhere") // removed with the runtime directory
		if err != nil {
			panic(err)
		}
		listen(filepath.Join(elsewhere, "s"))
		if err := os.Symlink(filepath.Join(elsewhere, "s"), filepath.Join(dir, "s")); err != nil {
			panic(err)
		}
		say("1|%d|unix|%s/s|grpc\n", proto.ProtocolVersion, dir)
		wait()
		exit(0)
	case has("never-accepts"):
		listen(filepath.Join(dir, "s"))
		say("1|%d|unix|%s/s|grpc\n", proto.ProtocolVersion, dir)
		wait()
		exit(0)
	case has("child"):
		// A grandchild in a session of its own holds on to the pipes.
		p, err := os.StartProcess("/bin/sleep", []string{"sleep", "30"}, &os.ProcAttr{
			Files: []*os.File{nil, stdout, stderr},
			Sys:   &syscall.SysProcAttr{Setsid: true},
		})
		if err != nil {
			panic(err)
		}
		_, _ = fmt.Fprintf(os.Stderr, "child %d\n", p.Pid)
		exit(4)
	case has("non-string-level"):
		_, _ = io.WriteString(os.Stderr, `{"@level":3,"@message":["a",{"b":1}],"@timestamp":7,"x":null}`+"\n")
	case has("long-log-line"):
		_, _ = io.WriteString(os.Stderr, strings.Repeat("y", 1<<20)+"\nafter the long line\n")
	case has("print-stdout"):
		defer say("bye\n")
	}
	serveTestPlugin(&testPlugin{has: has, stderr: stderr})
}

func runTestDescribe() {
	text, _ := protojson.Marshal(testDescription())
	_, _ = os.Stdout.Write(text)
}

// serveTestPlugin serves until standard input ends and the stream is over.
func serveTestPlugin(p *testPlugin) {
	var server *grpc.Server
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		time.AfterFunc(2*time.Second, func() { exit(9) })
		p.streams.Wait()
		server.Stop()
	}()
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: proto.ProtocolVersion, MagicCookieKey: proto.MagicCookieKey, MagicCookieValue: proto.MagicCookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{proto.ProtocolVersion: {proto.PluginSetName: p}},
		GRPCServer: func(o []grpc.ServerOption) *grpc.Server {
			server = grpc.NewServer(append(o, grpc.MaxRecvMsgSize(5<<20), grpc.StaticStreamWindowSize(1<<20), grpc.StaticConnWindowSize(4<<20))...)
			return server
		},
	})
}

// testPlugin is a source and a destination that misbehave on demand.
type testPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	pluginv1.UnimplementedPluginServiceServer
	has     func(arg string) bool
	stderr  io.Writer
	streams sync.WaitGroup
	open    *pluginv1.OpenRequest
}

func (p *testPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginv1.RegisterPluginServiceServer(s, p)
	if !p.has("no-services") {
		pluginv1.RegisterDestinationServiceServer(s, testDestination{p: p})
		pluginv1.RegisterSourceServiceServer(s, testSource{p: p})
	}
	return nil
}

func (p *testPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("not a client")
}

func (p *testPlugin) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	d := testDescription()
	switch {
	case p.has("other-name"):
		d.Name = "other"
	case p.has("no-roles"):
		d.Destination, d.Source = nil, nil
	case p.has("resume-unordered"):
		d.Destination.Capabilities.Ordered = false
	}
	return d, nil
}

func (p *testPlugin) Validate(_ context.Context, r *pluginv1.ValidateRequest) (*pluginv1.ValidateResponse, error) {
	return &pluginv1.ValidateResponse{Diagnostics: []*pluginv1.Diagnostic{{
		Summary: fmt.Sprintf("%s %s %s", r.GetRole(), r.GetAddress(), r.GetConfigJson()), Detail: "\x1b[31mred",
		Path: []*pluginv1.PathStep{{Step: &pluginv1.PathStep_Name{Name: "url"}}},
	}}}, nil
}

func (p *testPlugin) opened(r *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	p.open = r
	switch {
	case p.has("open-invalid"):
		return nil, status.Error(codes.InvalidArgument, "no such index: hunter2-secret")
	case p.has("open-unavailable"):
		return nil, status.Error(codes.Unavailable, "connection refused")
	case p.has("open-exit"):
		_, _ = fmt.Fprintln(p.stderr, "goodbye from Open")
		exit(5)
	case p.has("open-hang"):
		select {}
	}
	_, _ = fmt.Fprintf(p.stderr, `{"@level":"info","@message":"opened","fd":"%d","env":"%s"}`+"\n", r.GetStdoutFd(), strings.Join(os.Environ(), " "))
	if fd := r.GetStdoutFd(); fd != 0 {
		_, _ = os.NewFile(uintptr(fd), "stdout").WriteString("to the real stdout\n")
	}
	after := uint64(41)
	return &pluginv1.OpenResponse{ResumeAfter: &after}, nil
}
