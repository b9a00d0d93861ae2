package router

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// TestResult is what became of one test of a configuration.
type TestResult struct {
	Test config.Test
	// Failures are empty when it passed.
	Failures []TestFailure
}

// TestFailure is one thing that was not as expected.
type TestFailure struct {
	At config.Place
	// Message is one sentence; Detail shows what there was, and may have several lines.
	Message, Detail string
}

// RunTest runs one test of a configuration in memory: the records go through the real pipelines and batch policies, time
// is virtual, and no plugin is started.
func RunTest(c *config.Config, t config.Test) (TestResult, error) {
	result := TestResult{Test: t}
	tr := &trial{c: c, test: t, at: map[string][]arrival{}, now: t.Now}
	if err := tr.run(); err != nil {
		return result, err
	}
	named := map[string]bool{}
	for _, e := range t.Expects {
		for _, at := range e.At {
			named[at] = true
			result.Failures = append(result.Failures, tr.check(&e, at)...)
		}
	}
	for _, at := range tr.places() {
		if n := len(tr.at[at]); n > 0 && !named[at] {
			result.Failures = append(result.Failures, TestFailure{
				At: t.Place, Message: fmt.Sprintf("%s got %s that no expect names.", at, records(n)), Detail: tr.sample(at),
			})
		}
	}
	return result, nil
}

// arrival is a record that came to a place.
type arrival struct {
	data []byte
	at   time.Time
	// key are the values of what the destination computes for every record.
	key string
}

// trial stands for the spool and the destinations. A record is run alone, so that one that comes nowhere is known to be
// dropped.
type trial struct {
	c    *config.Config
	test config.Test
	now  time.Time

	sets [][]string
	at   map[string][]arrival // by address, config.TestDropped or config.TestDeadLetter
	// came: the record at work came somewhere.
	came      bool
	resolvers map[string]*resolver
}

func (t *trial) run() error {
	ctx := context.Background()
	way, err := t.entrance()
	if err != nil {
		return err
	}
	id := uint64(0)
	for _, in := range t.test.Inputs {
		t.now = t.now.Add(in.After)
		given := uint64(0) // records of this input
		for range in.Count {
			for _, line := range in.Records {
				id++
				g := &record.Group{Origin: in.Origin, Sizes: []uint32{uint32(len(line))}, Data: append(slices.Clone(line), '\n')}
				if g.Origin.ID == 0 {
					g.Origin.ID = id
				} else {
					g.Origin.ID += given
					given++
				}
				if g.Origin.ReceivedUnixNano == 0 {
					g.Origin.ReceivedUnixNano = t.now.UnixNano()
				}
				if g.Origin.Source == "" {
					g.Origin.Source = t.source()
				}
				t.came = false
				if _, err := way.append(ctx, g); err != nil {
					return err
				}
				if !t.came {
					t.arrive(config.TestDropped, arrival{data: line, at: t.now})
				}
			}
		}
	}
	return nil
}

// source is the first source of the pipeline that is tested.
func (t *trial) source() string {
	for _, p := range t.c.Pipelines {
		if p.Address == t.test.Pipeline && len(p.From) > 0 {
			return p.From[0]
		}
	}
	return ""
}

// entrance is the way into the pipeline, with all waypoints that may follow.
func (t *trial) entrance() (*onward, error) {
	waypoints := &waypoints{
		network: networkOf(t.c), spool: t, made: map[string]*waypoint{}, log: hclog.NewNullLogger(),
		now: func() time.Time { return t.now },
		letters: func(string, *metrics.Destination, hclog.Logger) (delivery.DeadLetters, error) {
			return trialLetters{t}, nil
		},
		hostname: "localhost",
	}
	for _, p := range t.c.Pipelines {
		if p.Steps != nil {
			if err := waypoints.add(p); err != nil {
				return nil, err
			}
		}
	}
	t.resolvers = map[string]*resolver{}
	for _, d := range t.c.Destinations {
		if d.Resolve != nil {
			t.resolvers[d.Address] = newResolver(d.Resolve, "localhost")
		}
	}
	return waypoints.onward([]string{t.test.Pipeline})
}

func (t *trial) arrive(at string, a arrival) {
	t.came = true
	t.at[at] = append(t.at[at], a)
}

// Set implements appender.
func (t *trial) Set(addresses ...string) (spool.Set, error) {
	t.sets = append(t.sets, addresses)
	return spool.Set(len(t.sets)), nil
}

// Append implements appender.
func (t *trial) Append(_ context.Context, g *record.Group, s spool.Set) (record.Position, error) {
	for _, d := range t.sets[s-1] {
		data := g.Data
		for i, size := range g.Sizes {
			t.deliver(d, g, i, slices.Clone(data[:size]))
			data = data[size+1:]
		}
	}
	return 0, nil
}

// deliver gives a destination a record, as far as the test says that it takes it.
func (t *trial) deliver(address string, g *record.Group, i int, line []byte) {
	a := arrival{data: line, at: t.now}
	reason := ""
	if r := t.resolvers[address]; r != nil {
		var err error
		if _, a.key, err = r.describe(&g.Origin, g.ID(i), line); err != nil {
			reason = err.Error()
		}
	}
	for _, c := range t.test.Captures {
		if c.Destination == address && c.Reject {
			reason = c.Reason
		}
	}
	if reason == "" {
		t.arrive(address, a)
		return
	}
	t.arrive(config.TestDeadLetter, a)
	for _, d := range t.c.Destinations {
		if d.Address != address || d.DeadLetterTo == "" {
			continue
		}
		origin := g.Origin
		origin.ID = g.ID(i)
		letter := delivery.DeadLetter{Record: line, Origin: origin, Destination: address, Reason: reason, Code: delivery.Invalid, GivenUp: t.now}
		if text, err := letter.Envelope(); err == nil { // dead letters go in no circle, so this ends
			t.deliver(d.DeadLetterTo, &record.Group{Origin: origin}, 0, text)
		}
	}
}

// trialLetters are the dead letters of a pipeline.
type trialLetters struct{ *trial }

// Put implements delivery.DeadLetters.
func (t trialLetters) Put(_ context.Context, letters []delivery.DeadLetter) error {
	for _, l := range letters {
		t.arrive(config.TestDeadLetter, arrival{data: slices.Clone(l.Record), at: t.now})
	}
	return nil
}

// places are where records may have come, in order.
func (t *trial) places() []string {
	all := []string{}
	for _, d := range t.c.Destinations {
		all = append(all, d.Address)
	}
	return append(all, config.TestDeadLetter)
}

// sample shows the first records at a place.
func (t *trial) sample(at string) string {
	const most = 5
	var b strings.Builder
	for i, a := range t.at[at] {
		if i == most {
			fmt.Fprintf(&b, "… and %d more\n", len(t.at[at])-most)
			break
		}
		fmt.Fprintf(&b, "%s\n", a.data)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func records(n int) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", n)
}
