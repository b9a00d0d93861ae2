package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/router"
)

func newRun() *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "run [-c PATH]...",
		Short: "run the router in the foreground",
		Long: "Run the router in the foreground.\n\n" +
			"SIGTERM and SIGINT (Ctrl+C) drain it: intake ends, what is held is delivered, within drain_timeout. A second\n" +
			"one stops it at once. The exit status is 1 when a record ended undelivered, or when a dead letter existed only\n" +
			"in memory.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := flags.options(cmd.Context(), true)
			if err != nil {
				return err
			}
			o.NeedSecrets = true
			stderr := cmd.ErrOrStderr()
			c, err := load(stderr, o, func(*hcl.Diagnostic) bool { return false })
			if err != nil {
				return err
			}
			return runConfig(cmd.Context(), c, stderr, runOptions{})
		},
	}
	flags.add(cmd)
	return cmd
}

// runOptions say what `simulate` does otherwise than `run`.
type runOptions struct {
	endWithSources bool
	// started is called before the router runs; nil: nothing is.
	started func(*router.Router)
	// logged is told every line of the log; nil: nobody is.
	logged hclog.SinkAdapter
}

// runConfig runs a configuration until it is drained by a signal, or ends by itself.
func runConfig(ctx context.Context, c *config.Config, stderr io.Writer, o runOptions) error {
	log := newLog(c.Router, stderr)
	if o.logged != nil {
		log.RegisterSink(o.logged)
	}
	dir, err := runtimeDir()
	if err != nil {
		return err
	}
	drain, ctx, release := signals(ctx, log)
	defer release()
	r, err := router.New(ctx, c, router.Options{
		Version:        version(),
		BundledArgs:    func(plugin, address string) []string { return []string{pluginArg, plugin, address} },
		RuntimeDir:     dir,
		Stdout:         os.Stdout,
		StdoutGone:     readerGone(ctx, os.Stdout),
		Log:            log,
		EndWithSources: o.endWithSources,
	})
	if err != nil {
		return failed("", "%v", err)
	}
	if o.started != nil {
		o.started(r)
	}
	report, err := r.Run(ctx, drain)
	report.Log(log)
	switch {
	case err != nil:
		return failed("", "%v", err)
	case report.Lost():
		return &exitError{status: exitFailed}
	}
	return nil
}

// signals returns a channel that the first SIGTERM or SIGINT closes, and a context that the second one ends.
func signals(parent context.Context, log hclog.Logger) (drain <-chan struct{}, ctx context.Context, release func()) {
	ctx, cancel := context.WithCancel(parent)
	draining := make(chan struct{})
	received := make(chan os.Signal, 4) // room for two of each kind, so that none is missed while one is logged
	signal.Notify(received, syscall.SIGTERM, os.Interrupt, syscall.SIGHUP)
	var wg sync.WaitGroup
	wg.Go(func() {
		first := true
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-received:
				switch {
				case s == syscall.SIGHUP:
					log.Warn("reload is not supported yet: restart the router to use a changed configuration")
				case first:
					first = false
					log.Info("stopping: draining what is held; a second signal stops at once", "signal", s.String())
					close(draining)
				default:
					log.Warn("stopping at once", "signal", s.String())
					cancel()
				}
			}
		}
	})
	return draining, ctx, func() {
		signal.Stop(received)
		cancel()
		wg.Wait()
	}
}

func newLog(r config.Router, w io.Writer) hclog.InterceptLogger {
	f, isFile := w.(*os.File)
	terminal := isFile && isTerminal(f)
	o := &hclog.LoggerOptions{
		Name:       "skidway",
		Level:      hclog.LevelFromString(r.LogLevel),
		Output:     w,
		JSONFormat: r.LogFormat == "json" || r.LogFormat == "auto" && !terminal,
		TimeFormat: "2006-01-02T15:04:05.000Z07:00",
		TimeFn:     func() time.Time { return time.Now().UTC() },
	}
	if terminal && colored(w) {
		o.Color = hclog.ForceColor
	}
	return hclog.NewInterceptLogger(o)
}
