package router

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/spool"
)

// adminSide is the router as commands see it.
type adminSide struct {
	r       *Router
	socket  *admin.Socket
	started time.Time
	// scrub takes what is secret out of reasons.
	scrub *strings.Replacer
	// sets hold one destination each, by its address.
	sets map[string]spool.Set

	running, draining atomic.Bool

	mu        sync.Mutex
	forecasts map[string]*forecast // of backlogs by address, of the spool by ""

	stop  context.CancelFunc
	ended chan struct{}
}

// newAdmin makes the admin socket.
func newAdmin(r *Router) (*adminSide, error) {
	a := &adminSide{r: r, started: time.Now(), sets: map[string]spool.Set{}, forecasts: map[string]*forecast{"": {}}}
	var pairs []string
	for _, s := range r.c.Secrets { // the longest first
		pairs = append(pairs, s, "(sensitive)")
	}
	a.scrub = strings.NewReplacer(pairs...)
	for _, l := range r.lanes {
		set, err := r.spool.Set(l.address)
		if err != nil {
			return nil, fmt.Errorf("assemble %s: %w", l.address, err)
		}
		a.sets[l.address], a.forecasts[l.address] = set, &forecast{}
	}
	socket, err := admin.Listen(r.place(), os.Getenv)
	if err != nil {
		return nil, err
	}
	a.socket = socket
	return a, nil
}

// place is what the path of the socket follows from.
func (r *Router) place() admin.Place {
	o := r.c.Router
	return admin.Place{Socket: o.Admin.Socket, Group: o.Admin.SocketGroup, DataDir: o.DataDir, Config: r.o.AdminConfig}
}

// start begins to answer. It is nil-safe, as are the others: a router without AdminConfig has no socket.
func (a *adminSide) start(ctx context.Context) {
	if a == nil {
		return
	}
	a.running.Store(true)
	ctx, a.stop = context.WithCancel(context.WithoutCancel(ctx)) // also while the router drains
	a.ended = make(chan struct{})
	files := a.r.files()
	log := a.r.log.Named("admin")
	server := admin.NewServer(admin.Backend{
		State: a, Spool: &adminSpool{files, a}, Letters: &adminLetters{files, a}, Finder: &adminFinder{files, a},
	}, log)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := server.Serve(ctx, a.socket); err != nil && ctx.Err() == nil {
			log.Error("the admin socket answers no more: commands can't reach this router", "error", err)
		}
	})
	wg.Go(func() { a.watch(ctx) })
	go func() {
		wg.Wait()
		close(a.ended)
	}()
	a.r.log.Info("admin socket", "path", a.socket.Path())
}

// drains says that the router takes no more records.
func (a *adminSide) drains() {
	if a != nil {
		a.draining.Store(true)
	}
}

// close ends it, started or not.
func (a *adminSide) close() error {
	if a == nil {
		return nil
	}
	if a.stop != nil {
		a.stop()
		<-a.ended
	}
	return a.socket.Close()
}

// watch notes sizes for the forecasts.
func (a *adminSide) watch(ctx context.Context) {
	tick := time.NewTicker(forecastEvery)
	defer tick.Stop()
	for {
		a.noteSizes(time.Now())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (a *adminSide) noteSizes(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forecasts[""].note(now, a.r.spool.Stats().Bytes)
	for _, l := range a.r.lanes {
		a.forecasts[l.address].note(now, l.cursor.Backlog().Bytes)
	}
}

func (a *adminSide) fullIn(address string, now time.Time, bytes, limit int64) admin.Seconds {
	a.mu.Lock()
	defer a.mu.Unlock()
	d, _ := a.forecasts[address].fullIn(now, bytes, limit)
	return admin.Seconds(d / time.Second)
}

// addresses are those of the destinations that run.
func (a *adminSide) addresses() []string {
	var all []string
	for _, l := range a.r.lanes {
		all = append(all, l.address)
	}
	return all
}

func (a *adminSide) lane(address string) *lane {
	for _, l := range a.r.lanes {
		if l.address == address {
			return l
		}
	}
	return nil
}

// noDestination answers a change for a destination that does not run.
func (a *adminSide) noDestination(address string) error {
	return admin.NotFound("running: "+strings.Join(a.addresses(), ", "), "no destination %s runs", address)
}
