package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/core/admin"
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
			"one stops it at once. When the terminal it was started in is closed it drains too, except under nohup.\n\n" +
			"With router.data_dir what is accepted is on disk: what is left after the drain is delivered after the next start.\n\n" +
			"The exit status is 1 when a record or a dead letter that existed only in memory is lost, and 2 when the\n" +
			"configuration can't be used.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := flags.options(cmd.Context(), true)
			if err != nil {
				return err
			}
			o.NeedSecrets = true
			c, files, diags := config.Load(o)
			stderr := cmd.ErrOrStderr()
			if err := report(stderr, files, diags, func(*hcl.Diagnostic) bool { return true }); err != nil {
				return err
			}
			return runConfig(cmd.Context(), c, stderr, runOptions{warnings: diags, files: files, config: configPaths(flags.paths)})
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
	// patience bounds the time from the first signal to the end; 0: only drain_timeout does.
	patience time.Duration
	// warnings are what is to be said about the configuration, files its sources.
	warnings hcl.Diagnostics
	files    *config.Files
	// config are the absolute paths of the configuration; none: there is no admin socket.
	config []string
}

// runConfig runs a configuration until it is drained by a signal, or ends by itself.
func runConfig(ctx context.Context, c *config.Config, stderr io.Writer, o runOptions) error {
	log := newLog(c.Router, stderr)
	if o.logged != nil {
		log.RegisterSink(o.logged)
	}
	dir, err := runtimeDir()
	if err != nil {
		return failed(runtimeDirHint, "%v", err)
	}
	logWarnings(log, o.warnings)
	drain, ctx, release := signals(ctx, log, o.patience)
	defer release()
	r, err := router.New(ctx, c, router.Options{
		Version:        version(),
		BundledArgs:    func(plugin, address string) []string { return []string{pluginArg, plugin, address} },
		RuntimeDir:     dir,
		Stdout:         os.Stdout,
		StdoutGone:     readerGone(ctx, os.Stdout),
		Log:            log,
		EndWithSources: o.endWithSources,
		AdminConfig:    o.config,
	})
	if d := listenFailed(c, err); d != nil && o.files != nil {
		if err := writeDiagnostics(stderr, hcl.Diagnostics{d}, o.files); err != nil {
			return err
		}
		return failed("", "the router was not started")
	}
	if err != nil {
		return failed(startHint(c, err), "%v", err)
	}
	defer tellDrain(drain, r.Report, log)()
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

// startHint says what to do about an error of the start that has to do with the data_dir or the admin socket; empty when
// it has not.
func startHint(c *config.Config, err error) string {
	if errors.As(err, new(*admin.ListenError)) {
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
			return "Make its folder, which the router's user has to be able to write to, or choose another router.admin.socket."
		}
		return ""
	}
	if dir := c.Router.DataDir; dir != "" && (errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS)) {
		return permit(dir, err)
	}
	return ""
}

// logWarnings logs what is to be said about a configuration that can be used, a line each. What `skidway validate` says at
// length and nobody has to hear at every start is left to it.
func logWarnings(log hclog.Logger, diags hcl.Diagnostics) {
	for _, d := range diags {
		if code := config.CodeOf(d); code == config.CodeSharedSource || code == config.CodeNote {
			continue
		}
		args := []any{"warning", strings.TrimSuffix(d.Summary, ".")}
		if d.Subject != nil {
			args = append(args, "at", fmt.Sprintf("%s:%d", d.Subject.Filename, d.Subject.Start.Line))
		}
		log.Warn("configuration warning: see skidway validate", args...)
	}
}
