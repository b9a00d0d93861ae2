package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// troubled is a folder with a configuration of a destination of the plugin trouble.
type troubled struct {
	t   *testing.T
	dir string
	p   *poster
	// retains: what was delivered is kept.
	retains bool
}

func newTroubled(t *testing.T) *troubled {
	t.Helper()
	x := &troubled{t: t, dir: t.TempDir(), p: newPoster(t, 100)}
	installTestPlugin(t, x.dir, "trouble")
	if err := os.Mkdir(x.folder(), 0o700); err != nil {
		t.Fatal(err)
	}
	return x
}

// destination is the block of the plugin, with more attributes. What it is to do is asked for with want.
func (x *troubled) destination(more string) string {
	x.t.Helper()
	if !strings.Contains(more, "max_in_flight") {
		more += `
  max_in_flight = 1` // in order
	}
	if !strings.Contains(more, "batch {") {
		more += `
  batch { max_age = "10ms" }`
	}
	return fmt.Sprintf(`
destination "trouble" "a" {
  path   = %q
  folder = %q
  retry {
    initial_delay = "10ms"
    max_delay     = "100ms"
  }
  %s
}
`, x.out(), x.folder(), more)
}

// configure writes the configuration: everything that is posted goes to all these destinations.
func (x *troubled) configure(addresses []string, blocks ...string) {
	x.t.Helper()
	router := routerOnDisk
	if x.retains {
		router = strings.Replace(router, "spool {", "spool {\n    retain = \"1h\"", 1)
	}
	config := router + `
plugin "trouble" { source = "./trouble" }
` + postedTo(addresses...)
	for _, b := range blocks {
		config += b
	}
	write(x.t, filepath.Join(x.dir, "skidway.hcl"), config)
}

func (x *troubled) out() string    { return filepath.Join(x.dir, "a.log") }
func (x *troubled) folder() string { return filepath.Join(x.dir, "wanted") }

func (x *troubled) want(what string) {
	x.t.Helper()
	write(x.t, filepath.Join(x.folder(), what), "")
}

func (x *troubled) enough(what string) {
	x.t.Helper()
	if err := os.Remove(filepath.Join(x.folder(), what)); err != nil {
		x.t.Fatal(err)
	}
}

// run starts the router and posts to it from now on.
func (x *troubled) run() *daemon {
	x.t.Helper()
	d := runIn(x.t, x.dir)
	if !x.p.to(d) {
		x.t.Fatal("the router did not start")
	}
	return d
}

const troubleA = "destination.trouble.a"

// TestStopDuringAnOutageIsFastAndKeepsTheBacklog: what is on the disk is delivered after the next start, whatever of the
// configuration is another one by then.
func TestStopDuringAnOutageIsFastAndKeepsTheBacklog(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(x *troubled){
		"as it was": func(*troubled) {},
		"other batches": func(x *troubled) {
			x.configure([]string{troubleA}, x.destination("batch {\n max_records = 7\n max_age = \"10ms\"\n}"))
		},
		"other attributes": func(x *troubled) {
			x.configure([]string{troubleA}, x.destination("max_in_flight = 1\n  hang_timeout = \"5s\"\n  reject_on = \"nothing\""))
		},
		"another destination more": func(x *troubled) {
			x.configure([]string{troubleA, "destination.file.more"}, x.destination(""), fileOut("more"))
		},
		"another way of the records": func(x *troubled) {
			x.configure([]string{"pipeline.second"}, x.destination(""), `
pipeline "second" {
  to = [destination.trouble.a]
}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTroubled(t)
			x.configure([]string{troubleA}, x.destination(""))
			x.want("down")
			d := x.run()
			for range 20 {
				x.p.must(50)
			}
			d.WaitLog("the outage is said", message("batch is to be sent again"))
			began := time.Now()
			d.stopped()
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("the stop took %s with a drain_timeout of 30s", took)
			}
			d.has(troubleA, "held", 1000, "delivered", 0, "dropped", 0)
			change(x)
			x.enough("down")
			d = x.run()
			x.p.must(1)
			x.p.waitLast(x.out())
			d.stopped()
			d.has(troubleA, "held", 0, "delivered", 1001, "dropped", 0)
			if n := atLeastOnce(t, read(t, x.out()), x.p.accepted); n > 0 {
				t.Errorf("%d records came twice although nothing was killed", n)
			}
			if name == "another destination more" {
				if got := string(read(t, filepath.Join(x.dir, "more.log"))); got != fmt.Sprintf("%d:0 %s\n", x.p.run, strings.Repeat("x", 100)) {
					t.Errorf("the new destination begins with %.100q; it begins at the end", got)
				}
			}
		})
	}
}

// TestDestinationThatLeavesAndReturns resumes where it was, and holds back nothing while it is away.
func TestDestinationThatLeavesAndReturns(t *testing.T) {
	t.Parallel()
	x := newTroubled(t)
	x.retains = true // without it what only the destination that left has not got may be deleted
	both := []string{troubleA, "destination.file.b"}
	x.configure(both, x.destination(""), fileOut("b"))
	x.want("down")
	d := x.run()
	x.p.must(50)
	d.WaitLog("the outage is said", message("batch is to be sent again"))
	d.stopped()

	x.configure(both[1:], fileOut("b"))
	d = x.run()
	d.WaitLog("the parked place is said", message("a destination that is not configured has a place in the spool", "destination", troubleA))
	x.p.must(50)
	x.p.waitLast(filepath.Join(x.dir, "b.log"))
	d.killed()

	x.configure(both, x.destination(""), fileOut("b"))
	x.enough("down")
	d = x.run()
	x.p.must(50)
	x.p.waitLast(x.out())
	d.stopped()
	exactlyOnce(t, read(t, filepath.Join(x.dir, "b.log")), x.p.accepted, x.p.size)
	// It is sent nothing of the time in which it was not configured.
	accepted := map[int]int{0: 50, 2: 50}
	atLeastOnce(t, read(t, x.out()), accepted)
	d.has(troubleA, "held", 0, "delivered", 100, "dropped", 0)
}

// TestDestinationWithoutARouteGetsWhatWaitsForIt: it is configured, and no pipeline leads to it any more.
func TestDestinationWithoutARouteGetsWhatWaitsForIt(t *testing.T) {
	t.Parallel()
	x := newTroubled(t)
	both := []string{troubleA, "destination.file.b"}
	x.configure(both, x.destination(""), fileOut("b"))
	x.want("down")
	d := x.run()
	x.p.must(50)
	last := x.p.last()
	d.WaitLog("the outage is said", message("batch is to be sent again"))
	d.stopped()

	x.configure(both[1:], x.destination(""), fileOut("b"))
	x.enough("down")
	d = x.run()
	x.p.must(50)
	waitHolds(t, x.out(), last)
	d.stopped()
	atLeastOnce(t, read(t, x.out()), map[int]int{0: 50})
	d.has(troubleA, "held", 0, "delivered", 50, "dropped", 0)
}

// TestParkedDestinationDoesNotFillTheSpool: records that only a destination that left did not get are deleted in time,
// and counted when it returns.
func TestParkedDestinationDoesNotFillTheSpool(t *testing.T) {
	t.Parallel()
	x := newTroubled(t)
	x.p.size = 1000
	both := []string{troubleA, "destination.file.b"}
	x.configure(both, x.destination(""), fileOut("b"))
	x.want("down")
	d := x.run()
	for range 10 {
		x.p.must(100)
	}
	d.WaitLog("the outage is said", message("batch is to be sent again"))
	d.stopped()

	x.configure(both[1:], fileOut("b"))
	d = x.run()
	for range 10 {
		x.p.must(100)
	}
	x.p.waitLast(filepath.Join(x.dir, "b.log"))
	eventually(t, "what nobody needs is deleted", func() bool {
		segments, err := filepath.Glob(filepath.Join(x.dir, "data", "spool", "*.seg"))
		return err == nil && len(segments) <= 2
	})
	d.stopped()

	x.configure(both, x.destination(""), fileOut("b"))
	x.enough("down")
	d = x.run()
	l := d.WaitLog("what was dropped is said", message("records of a destination were dropped while it was not configured", "destination", troubleA))
	dropped := int(l["records"].(float64))
	x.p.must(50)
	x.p.waitLast(x.out())
	d.stopped()
	e := d.Ended(troubleA)
	delivered := int(e["delivered"].(float64))
	if delivered+dropped != 1050 || dropped == 0 || e["held"] != 0.0 {
		t.Errorf("%d delivered and %d dropped, want 1050 together: %v", delivered, dropped, e)
	}
	exactlyOnce(t, read(t, filepath.Join(x.dir, "b.log")), x.p.accepted, x.p.size)
}
