package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/router"
)

// envSocket names the admin socket, as --socket does.
const envSocket = "SKIDWAY_SOCKET"

// routerFlags are the flags of every command that asks a router.
type routerFlags struct {
	configFlags
	socket, dir string
}

// add adds the flags. stopped says that the command can do with a stopped router's files.
func (f *routerFlags) add(cmd *cobra.Command, stopped bool) {
	f.configFlags.add(cmd)
	cmd.Flags().StringVar(&f.socket, "socket", "", "admin socket of the router at `PATH` (default: where its configuration puts it; $"+envSocket+")")
	if stopped {
		cmd.Flags().StringVar(&f.dir, "dir", "", "data_dir of a router at `PATH`, which is looked at without asking a router")
	}
}

// tools are what a running router and a stopped one's files can both do.
type tools interface {
	admin.Spool
	admin.Letters
	admin.Finder
}

// reached is a router.
type reached struct {
	// client asks it; nil: it does not run.
	client *admin.Client
	// place is where it was looked for.
	place admin.Place
	tried []string
	// mistakes says that the configuration can't be used, so that what it says of the socket is not known.
	mistakes string
}

// tools returns what can be asked: the running router, or else the files of the stopped one.
func (f *routerFlags) tools(cmd *cobra.Command) (tools, func(), error) {
	log := hclog.New(&hclog.LoggerOptions{Name: "skidway", Level: hclog.Warn, Output: cmd.ErrOrStderr()})
	if f.dir != "" {
		s, err := openStopped(f.dir, log)
		return s, func() {}, err
	}
	r, err := f.reach(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	if r.client != nil {
		return r.client, r.client.Close, nil
	}
	if r.place.DataDir == "" || f.named() != "" {
		return nil, nil, r.nobody("start it, or pass --dir with its data_dir")
	}
	s, err := openStopped(r.place.DataDir, log)
	if err != nil {
		return nil, nil, r.nobody(fmt.Sprintf("and its files can't be looked at: %v", err))
	}
	return s, func() {}, nil
}

func openStopped(dir string, log hclog.Logger) (*router.Stopped, error) {
	s, err := router.OpenStopped(dir, log)
	if err != nil {
		return nil, failed("Name the data_dir of a router with --dir.", "%v", err)
	}
	return s, nil
}

// running returns a client of the running router.
func (f *routerFlags) running(ctx context.Context) (*admin.Client, error) {
	r, err := f.reach(ctx)
	if err != nil {
		return nil, err
	}
	if r.client == nil {
		return nil, r.nobody("start it: " + f.runCommand())
	}
	return r.client, nil
}

// runCommand is what starts the router that is asked.
func (f *routerFlags) runCommand() string {
	words := []string{"skidway run"}
	for _, p := range f.paths {
		words = append(words, "-c", p)
	}
	return strings.Join(words, " ")
}

// named is the socket that was named; empty: none.
func (f *routerFlags) named() string {
	if f.socket != "" {
		return f.socket
	}
	return os.Getenv(envSocket)
}

// reach finds the router, running or not.
func (f *routerFlags) reach(ctx context.Context) (*reached, error) {
	if path := f.named(); path != "" {
		r := &reached{tried: []string{path}}
		c, err := probe(ctx, path)
		r.client = c
		return r, err
	}
	r := &reached{}
	if err := f.read(ctx, r); err != nil {
		return nil, err
	}
	var refused error
	for _, candidate := range r.place.Candidates(os.Getenv) {
		if slices.Contains(r.tried, candidate.Path) {
			continue
		}
		r.tried = append(r.tried, candidate.Path)
		c, err := probe(ctx, candidate.Path)
		if err != nil && refused == nil {
			refused = err
		}
		if c == nil {
			continue
		}
		if candidate.Shared && !r.sameConfig(ctx, c) {
			r.tried[len(r.tried)-1] += " (which runs another configuration)"
			c.Close()
			continue
		}
		r.client = c
		return r, nil
	}
	return r, refused
}

// read finds out from the configuration where the router is. No secret is read.
func (f *routerFlags) read(ctx context.Context, r *reached) error {
	o, err := f.options(ctx, false)
	if err != nil {
		return err
	}
	c, _, diags := config.Load(o)
	none := slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return config.CodeOf(d) == config.CodeNoConfig })
	if none && len(f.paths) == 0 {
		return nil // the service's router may run
	}
	r.place.Config = configPaths(f.paths)
	if c == nil {
		r.mistakes = summary(diags)
		return nil
	}
	r.place.Socket, r.place.Group, r.place.DataDir = c.Router.Admin.Socket, c.Router.Admin.SocketGroup, c.Router.DataDir
	return nil
}

// sameConfig reports whether a router runs the configuration that is meant; when none was found, every one is.
func (r *reached) sameConfig(ctx context.Context, c *admin.Client) bool {
	if len(r.place.Config) == 0 {
		return true
	}
	s, err := c.Status(ctx)
	return err == nil && slices.Equal(s.Router.Config, r.place.Config)
}

// nobody says that no router runs.
func (r *reached) nobody(hint string) error {
	if r.mistakes != "" {
		hint = r.mistakes + ", so its socket is not known: see skidway validate, or name it with --socket"
	}
	if len(r.tried) == 0 {
		return failed(hint, "no router answers")
	}
	return failed(hint, "no router answers at %s", strings.Join(r.tried, ", nor at "))
}

// probe returns a client of the router that answers at a socket; nil when none does.
func probe(ctx context.Context, path string) (*admin.Client, error) {
	c := admin.NewClient(path)
	err := c.Alive(ctx)
	switch {
	case err == nil:
		return c, nil
	case ctx.Err() != nil:
		return nil, failed("", "%v", ctx.Err())
	case errors.Is(err, fs.ErrPermission):
		return nil, failed("Run it as the router's user, or give your group the socket with router.admin.socket_group.", "%v", err)
	case errors.As(err, new(*admin.Error)):
		return nil, failed("", "%v", err)
	}
	return nil, nil //nolint:nilnil // nobody is there, which is no error
}

// configPaths are the absolute paths of a configuration, by which its router is known. They are those that were given,
// or else those that are looked for by default.
func configPaths(paths []string) []string {
	if len(paths) == 0 {
		paths = []string{"/etc/skidway"}
		if _, err := os.Stat("skidway.hcl"); err == nil {
			paths = []string{"skidway.hcl"}
		}
	}
	var all []string
	for _, p := range paths {
		if abs, err := filepath.Abs(p); err == nil {
			p = abs
		}
		if real, err := filepath.EvalSymlinks(p); err == nil {
			p = real
		}
		all = append(all, p)
	}
	return all
}

// asked turns what a router or its files answered into the error of a command.
func asked(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*admin.Error](err); ok {
		if e.Status == 400 {
			return usage(e.Hint, "%v", err)
		}
		return failed(e.Hint, "%v", err)
	}
	if errors.As(err, new(*exitError)) {
		return err
	}
	return failed("", "%v", err)
}
