package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/skidway/skidway/proto"
)

const (
	// connectTimeout is how long a plugin has to accept the connection.
	connectTimeout = 3 * time.Second
	// streamWindow and connWindow, and the size of the transport's buffers. Fixed windows save the allocations of
	// gRPC's bandwidth estimate; see BenchmarkDeliver.
	streamWindow = 1 << 20
	connWindow   = 4 << 20
	ioBuffer     = 128 << 10
	// maxMessage is the longest message that is taken from a plugin.
	maxMessage = 4 << 20
)

// incarnation is one process with everything that belongs to it. It is ended by end, once.
type incarnation struct {
	proc   *process
	conn   *grpc.ClientConn
	log    *pluginLog
	client *plugin.Client
	// dir is the socket directory, owner the lock on it.
	dir     string
	owner   *os.File
	readers sync.WaitGroup
	stdio   [2]*sharedLines
	// stdoutFD is the descriptor of the router's standard output in the plugin; 0: none.
	stdoutFD uint32
}

// launch starts the plugin's process and connects to it. On an error nothing of it is left.
func launch(ctx context.Context, o *Options, t timings) (*incarnation, error) {
	if err := prepareRuntimeDir(o.RuntimeDir); err != nil {
		return nil, &StartError{What: err.Error(), UserOnly: true, Err: err}
	}
	in := &incarnation{log: newPluginLog(o)}
	in.stdio = [2]*sharedLines{{lines: in.log.stream()}, {lines: in.log.stream()}}
	var r *pluginRunner
	in.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  proto.ProtocolVersion,
			MagicCookieKey:   proto.MagicCookieKey,
			MagicCookieValue: proto.MagicCookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{proto.ProtocolVersion: {}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		// The library's own messages say nothing that the host does not say better, and at this level it parses no line.
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Off, Output: io.Discard}),
		SkipHostEnv:      true,
		StartTimeout:     t.handshake + time.Second, // the host's own deadline comes first
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: o.RuntimeDir},
		SyncStdout:       in.stdio[0],
		SyncStderr:       in.stdio[1],
		GRPCDialOptions:  dialOptions(),
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, dir string) (runner.Runner, error) {
			in.dir = dir
			var err error
			if in.owner, err = lockSocketDir(dir); err != nil {
				return nil, err
			}
			r = &pluginRunner{
				name: o.Executable.Name, dir: dir, killWithin: t.kill,
				launch: func(start context.Context) (*process, string, error) {
					if err := errors.Join(start.Err(), ctx.Err()); err != nil {
						return nil, "", err
					}
					return in.start(ctx, o, t, cmd.Env)
				},
			}
			return r, nil
		},
	})

	_, err := in.client.Start()
	if err == nil {
		// A process that is killed closes its socket, which ends every wait for it.
		stop := context.AfterFunc(ctx, func() { _ = in.proc.kill(t.kill) })
		defer stop()
		var c plugin.ClientProtocol
		if c, err = in.client.Client(); err == nil {
			g, ok := c.(*plugin.GRPCClient)
			if ok {
				in.conn = g.Conn
				return in, nil
			}
			err = fmt.Errorf("connect: unexpected client %T", c)
		}
	}
	if in.proc == nil || in.proc.kill(t.kill) == nil {
		_ = in.release()
	}
	return nil, err
}

// start runs the executable and reads its handshake. On an error the process is gone.
func (in *incarnation) start(ctx context.Context, o *Options, t timings, handshake []string) (*process, string, error) {
	spec, err := in.spec(o, handshake)
	if err != nil {
		return nil, "", err
	}
	deadline := time.Now().Add(t.handshake)
	proc, err := startProcess(spec)
	if err != nil {
		return nil, "", execFailure(spec.path, err)
	}
	in.readers.Go(func() { in.log.read(proc.stderr, nil) })
	stop := context.AfterFunc(ctx, func() { _ = proc.kill(t.kill) })
	line, rest, err := readHandshake(proc.stdout, deadline)
	stop()
	if err == nil {
		var socket string
		if socket, err = parseHandshake(line, in.dir); err == nil {
			if proc.hasExited() {
				proc.limitReaders() // reading the handshake has lifted the deadline
			}
			in.readers.Go(func() { in.log.read(proc.stdout, rest) })
			in.proc = proc
			return proc, fmt.Sprintf("%s|%d|unix|%s|grpc", coreProtocol, proto.ProtocolVersion, socket), nil
		}
	}

	// A plugin that closed its output is about to end; how it does says more than that it closed it.
	ended := errors.Is(err, io.EOF) && proc.exitsWithin(t.exit) || proc.hasExited()
	if proc.kill(t.kill) != nil {
		proc.limitReaders()
	}
	proc.closeStdin()
	proc.stdout.Close()
	in.readers.Wait()
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	return nil, "", in.handshakeFailure(proc, line, err, ended, t)
}

func (in *incarnation) handshakeFailure(proc *process, line string, err error, ended bool, t timings) error {
	e := &StartError{Err: err}
	var bad *handshakeError
	switch {
	case errors.As(err, &bad):
		e.What, e.Hint, e.UserOnly = bad.what, bad.hint, true
	case ended:
		text, _ := describeExit(proc.state)
		e.What = "it ended before its handshake: " + text
		if line != "" {
			e.What += fmt.Sprintf("; it printed %q on its standard output", shorten(line, 80))
		}
		e.Hint = "run it by hand to see what it needs"
	case errors.Is(err, io.EOF):
		e.What, e.Hint = "it closed its standard output before its handshake", "it is no Skidway plugin"
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.What = fmt.Sprintf("it made no handshake within %s", t.handshake)
		e.Hint = "it is no Skidway plugin, or it works before it serves: what takes time belongs into Open"
	default:
		e.What = fmt.Sprintf("read its handshake: %v", err)
	}
	if words := in.log.lastWords(); words != "" {
		e.What += "; last line: " + words
	}
	return e
}

// spec says how the process is started.
func (in *incarnation) spec(o *Options, handshake []string) (processSpec, error) {
	spec := processSpec{path: o.Executable.Path, args: []string{o.Executable.Path}, env: environment(o.Executable, handshake)}
	if spec.path == "" {
		path, err := ownImage()
		if err != nil {
			return spec, err
		}
		spec.path, spec.args = path, []string{"skidway: " + o.Address}
	}
	spec.args = append(spec.args, o.Executable.Args...)
	if o.Stdout != nil && o.Description.GetDestination().GetCapabilities().GetWantsStdout() {
		spec.extra = []*os.File{o.Stdout}
		in.stdoutFD = 3
	}
	return spec, nil
}

func dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(
			grpc.ForceCodecV2(newCodec()),
			grpc.MaxCallRecvMsgSize(maxMessage),
		),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: connectTimeout}),
		grpc.WithIdleTimeout(0),
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithStaticStreamWindowSize(streamWindow),
		grpc.WithStaticConnWindowSize(connWindow),
		grpc.WithReadBufferSize(ioBuffer),
		grpc.WithWriteBufferSize(ioBuffer),
	}
}

// end ends the process, gently first, and releases what belongs to it. The plugin's streams are over by then.
func (in *incarnation) end(t timings) error {
	if err := in.proc.end(t); err != nil {
		// The directory stays: the process may still use it.
		_ = in.conn.Close()
		return err
	}
	return in.release()
}

// release frees what is left of an incarnation whose process is gone.
func (in *incarnation) release() error {
	if in.proc != nil {
		in.proc.closeStdin()
	}
	in.readers.Wait()
	in.client.Kill()
	for _, s := range in.stdio {
		s.end()
	}
	in.log.finish()
	if in.owner != nil {
		in.owner.Close()
	}
	if in.dir != "" {
		if err := os.RemoveAll(in.dir); err != nil {
			return fmt.Errorf("remove socket directory: %w", err)
		}
	}
	return nil
}
