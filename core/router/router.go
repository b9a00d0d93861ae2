package router

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/ingest"
	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/pluginhost"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// Options say what a router works with besides its configuration.
type Options struct {
	// Version of the program, which plugins get to know.
	Version string
	// BundledArgs are the arguments after argv[0] with which the running image serves a bundled plugin.
	BundledArgs func(plugin, address string) []string
	// RuntimeDir is a folder for sockets, at most 69 bytes long (macOS: 65). It is made when it does not exist.
	RuntimeDir string
	// Stdout is where the records of a destination go that wants standard output.
	Stdout *os.File
	// StdoutGone is closed when nobody reads Stdout any more: the router drains then, without waiting for the destinations
	// that write there. Nil: that never happens.
	StdoutGone <-chan struct{}
	// Log is the router's; nil: nothing is logged.
	Log hclog.Logger
	// AdminConfig are the absolute paths of the configuration, by which commands find the admin socket; none: there is no
	// admin socket.
	AdminConfig []string
	// EndWithSources drains the router once every source has come to its end. Otherwise it runs on.
	EndWithSources bool
}

// Router is one assembled configuration. Run is called once.
type Router struct {
	o         Options
	c         *config.Config
	log       hclog.Logger
	spool     *storage
	tcp       []*tcpSource
	plugins   []*pluginSource
	lanes     []*lane // in the order of the configuration
	waypoints *waypoints
	admin     *adminSide // nil: there is no admin socket
	// hostname is what meta.hostname shows; empty when the machine has none.
	hostname string
}

type tcpSource struct {
	*ingest.TCP
	address string
	metrics *metrics.Source
}

type pluginSource struct {
	*pluginhost.Source
	address  string
	appender *acknowledged
}

// lane is a destination's lane with what is around it.
type lane struct {
	*delivery.Lane
	address string
	cursor  spool.Cursor
	plugin  *pluginhost.Destination
	metrics *metrics.Destination
	dead    delivery.DeadLetters
	// feeds is the address that its dead letters go to; empty: they stay in memory.
	feeds string
	// stdout: it writes to the router's standard output.
	stdout bool
	// ended is closed when Run has returned.
	ended chan struct{}
}

// New assembles the router and binds its listeners, so that whatever can't work is known before anything runs. It
// starts nothing. Close gives the listeners up when Run is not called.
func New(ctx context.Context, c *config.Config, o Options) (*Router, error) {
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	storage, err := openStorage(c, o)
	if err != nil {
		return nil, err
	}
	hostname, _ := os.Hostname()
	r := &Router{o: o, c: c, log: o.Log, spool: storage, hostname: hostname}
	if err := r.assemble(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Router) assemble(ctx context.Context) error {
	ids := record.NewIDs(time.Now())
	if err := r.addLanes(ids); err != nil {
		return err
	}
	if err := r.addWaypoints(); err != nil {
		return err
	}
	if err := r.addSources(ids); err != nil {
		return err
	}
	for _, s := range r.tcp {
		if _, err := s.Listen(ctx); err != nil {
			return err
		}
	}
	if len(r.o.AdminConfig) > 0 {
		var err error
		if r.admin, err = newAdmin(r); err != nil {
			return err
		}
	}
	return nil
}

// Close gives up the listeners and the spool of a router that is not run.
func (r *Router) Close() error {
	errs := []error{r.admin.close(), r.spool.close()}
	for _, s := range r.tcp {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

func (r *Router) addLanes(ids *record.IDs) error {
	used := r.used()
	for _, d := range used {
		cursor, err := r.spool.Cursor(d.Address, d.Backlog)
		if err != nil {
			return fmt.Errorf("assemble %s: %w", d.Address, err)
		}
		r.lanes = append(r.lanes, &lane{
			address: d.Address, cursor: cursor, feeds: d.DeadLetterTo,
			metrics: &metrics.Destination{}, ended: make(chan struct{}),
			stdout: d.Plugin.Description.GetDestination().GetCapabilities().GetWantsStdout(),
		})
	}
	for i, d := range used {
		l := r.lanes[i]
		o, err := r.pluginOptions(d.Address, d.Plugin, d.ConfigJSON)
		if err != nil {
			return err
		}
		if r.spool.disk == nil {
			o.StateDir = "" // what the plugin would keep there is of a spool that ends with the process
		}
		o.Identity = r.identity(l)
		o.HangTimeout = d.HangTimeout
		o.MaxInFlight = d.Delivery.MaxInFlight
		o.Restarts, o.LogLinesDropped = &l.metrics.Restarts, &l.metrics.PluginLogDropped
		l.plugin = pluginhost.NewDestination(o)
		dead, err := r.deadLetters(d, l.metrics, ids)
		if err != nil {
			return err
		}
		l.dead = dead
		var resolve delivery.Resolver
		if d.Resolve != nil {
			resolve = newResolver(d.Resolve, r.hostname)
		}
		l.Lane = delivery.New(l.cursor, l.plugin, dead, d.Delivery, delivery.Deps{
			Resolver: resolve,
			Metrics:  l.metrics, Log: r.log.With("destination", d.Address), Identity: o.Identity,
			SentBefore: r.spool.sentBefore(), RolledBack: r.rolledBack(), RecordDrop: r.spool.recordDrop(),
		})
	}
	return nil
}

// identity returns what the positions of a lane belong to.
func (r *Router) identity(l *lane) func() delivery.Identity {
	return func() delivery.Identity { return delivery.Identity{SpoolID: r.spool.ID(), Epoch: epochOf(l.cursor)} }
}

// rolledBack returns what a lane calls that finds the directory rolled back; nil with a spool in memory. Every session
// has to be opened anew then.
func (r *Router) rolledBack() func(record.Position) (bool, error) {
	if r.spool.disk == nil {
		return nil
	}
	return func(p record.Position) (bool, error) {
		changed, err := r.spool.disk.RolledBack(p)
		if changed {
			for _, l := range r.lanes {
				l.Reopen()
			}
		}
		return changed, err
	}
}

// used returns the destinations that records can come to, and those whose records wait in the spool; the others need no
// process.
func (r *Router) used() []config.Destination {
	reached := map[string]bool{}
	if r.spool.disk != nil {
		for _, p := range r.spool.disk.Parked() {
			reached[p.Address] = p.Records > 0 || p.Replaying
		}
	}
	destinations, _ := networkOf(r.c).reached(r.c)
	maps.Copy(reached, destinations)
	// Dead letters may go on from one to the next.
	for changed := true; changed; {
		changed = false
		for _, d := range r.c.Destinations {
			if to := d.DeadLetterTo; to != "" && reached[d.Address] && !reached[to] {
				reached[to], changed = true, true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(r.c.Destinations), func(d config.Destination) bool {
		if !reached[d.Address] {
			r.log.Warn("destination is not started: no records come to it", "destination", d.Address)
		}
		return !reached[d.Address]
	})
}

// deadLetters returns where a destination's dead letters go.
func (r *Router) deadLetters(d config.Destination, m *metrics.Destination, ids *record.IDs) (delivery.DeadLetters, error) {
	if d.DeadLetterTo == "" {
		if r.spool.dir == "" {
			return delivery.NewMemoryDeadLetters(m), nil
		}
		return r.spool.openLetters(&d, m, r.log.With("destination", d.Address))
	}
	set, err := r.spool.Set(d.DeadLetterTo)
	if err != nil {
		return nil, fmt.Errorf("assemble %s: %w", d.Address, err)
	}
	return delivery.NewForwardedDeadLetters(d.Address, forward{r.spool, set}, ids, time.Now), nil
}

func (r *Router) addSources(ids *record.IDs) error {
	budget := ingest.NewBudget(r.c.Router.IntakeMaxBytes)
	all := networkOf(r.c)
	for _, s := range r.c.Sources {
		w := all.from(r.c, s.Address)
		if len(w.sets)+len(w.waypoints) == 0 {
			r.log.Warn("source is not started: no pipeline takes its records", "source", s.Address)
			continue
		}
		to, err := r.waypoints.onward(all.first(r.c, s.Address))
		if err != nil {
			return fmt.Errorf("assemble %s: %w", s.Address, err)
		}
		if s.TCP != nil {
			counts := &metrics.Source{}
			t, err := ingest.New(*s.TCP, ingest.Deps{Appender: &handOver{*to}, IDs: ids, Metrics: counts, Budget: budget, Log: r.log})
			if err != nil {
				return err
			}
			r.tcp = append(r.tcp, &tcpSource{TCP: t, address: s.Address, metrics: counts})
			continue
		}
		o, err := r.pluginOptions(s.Address, s.Plugin, s.ConfigJSON)
		if err != nil {
			return err
		}
		o.IDs = ids
		o.DrainTimeout = intakePart(r.c.Router.DrainTimeout)
		r.plugins = append(r.plugins, &pluginSource{Source: pluginhost.NewSource(o), address: s.Address, appender: &acknowledged{*to, r.spool.WaitPublished, &metrics.Source{}}})
	}
	return nil
}

// intakePart is how much of the drain's time intake may take.
func intakePart(drain time.Duration) time.Duration { return drain / 4 }

func (r *Router) pluginOptions(address string, p *config.Plugin, configJSON []byte) (pluginhost.Options, error) {
	exe := pluginhost.Executable{Name: p.Name, Path: p.Path, PassEnv: p.PassEnv}
	if p.Path == "" {
		exe.Args = r.o.BundledArgs(p.Name, address)
	}
	state, err := r.spool.stateDir(address)
	return pluginhost.Options{
		Address: address, Executable: exe, Description: p.Description, ConfigJSON: configJSON, Secrets: r.c.Secrets,
		StateDir: state, RuntimeDir: r.o.RuntimeDir, Stdout: r.o.Stdout, RouterVersion: r.o.Version,
		Log: r.log,
	}, err
}

// forward appends dead letters for one destination.
type forward struct {
	spool spool.Spool
	set   spool.Set
}

func (f forward) AppendDeadLetters(ctx context.Context, g *record.Group) error {
	p, err := f.spool.AppendOver(ctx, g, f.set)
	if err != nil {
		return err
	}
	return f.spool.WaitPublished(ctx, p)
}
