package pluginhost

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-plugin/runner"
)

// pluginRunner is what the handshake library sees of a process: one checked handshake line, and an empty standard error.
// So nothing that a plugin prints reaches the library, and its exit is not hidden by whoever else holds the pipes.
type pluginRunner struct {
	name string
	dir  string
	// launch starts the process and returns it with its handshake line.
	launch func(ctx context.Context) (*process, string, error)
	// killWithin bounds Kill.
	killWithin time.Duration

	proc *process
	line string
}

var _ runner.Runner = (*pluginRunner)(nil)

// Start starts the process and makes the handshake.
func (r *pluginRunner) Start(ctx context.Context) (err error) {
	r.proc, r.line, err = r.launch(ctx)
	return err
}

// Diagnose has nothing to add: Start said what is wrong.
func (r *pluginRunner) Diagnose(context.Context) string { return "" }

// Stdout returns the handshake line and ends.
func (r *pluginRunner) Stdout() io.ReadCloser { return io.NopCloser(strings.NewReader(r.line + "\n")) }

// Stderr is empty: the host reads the real one.
func (r *pluginRunner) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is used in the library's log, which goes nowhere.
func (r *pluginRunner) Name() string { return r.name }

// ID is never empty, because the library cleans up only after what has one.
func (r *pluginRunner) ID() string {
	if r.proc == nil {
		return "starting"
	}
	return strconv.Itoa(r.proc.pid)
}

// Wait blocks until the process is gone.
func (r *pluginRunner) Wait(ctx context.Context) error {
	if r.proc == nil {
		return errors.New("process was not started")
	}
	select {
	case <-r.proc.exited:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Kill ends the process group; it may come more than once.
func (r *pluginRunner) Kill(context.Context) error {
	if r.proc == nil {
		return nil
	}
	return r.proc.kill(r.killWithin)
}

// PluginToHost checks the address once more, just before it is used.
func (r *pluginRunner) PluginToHost(network, address string) (hostNetwork, hostAddress string, err error) {
	if network != "unix" {
		return "", "", errors.New("only unix sockets are allowed")
	}
	return network, address, checkSocket(address, r.dir)
}

// HostToPlugin is for the library's broker, which is not used.
func (r *pluginRunner) HostToPlugin(network, address string) (pluginNetwork, pluginAddress string, err error) {
	return network, address, nil
}
