package router

import (
	"fmt"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/pipeline"
	"github.com/skidway/skidway/core/record"
)

// Explained is what one pipeline makes of a record, on one way that leads to it.
type Explained struct {
	// Pipeline is its address. Depth is how many pipelines the record came through before.
	Pipeline string
	Depth    int
	// Steps is nil for a pipeline that has none: it hands the record on. They are of Options.
	Steps   *pipeline.Explanation
	Options *pipeline.Options
	// To are the destinations that get it from here, in order.
	To []ExplainedDestination
}

// ExplainedDestination is a destination that a record comes to.
type ExplainedDestination struct {
	Address string
	// Record is what it gets.
	Record []byte
	// Values are what it computes for the record, by attribute; one that is null is not in it. Nil: it computes nothing.
	Values map[string]string
	// Problem says why it gets no values: the record becomes a dead letter.
	Problem string
}

// Explain says how one record goes that comes in at a source. Nothing is started, counted or stored.
func Explain(c *config.Config, o record.Origin, hostname string, now int64, line []byte) ([]Explained, error) {
	e := &explainer{
		c: c, pipelines: networkOf(c), now: now,
		meta: expr.Meta{
			Source: o.Source, Peer: o.Peer, PeerPort: o.PeerPort, ClientName: o.ClientName, Hostname: hostname,
			ReceivedUnixNano: o.ReceivedUnixNano, Truncated: o.Truncated, ID: o.ID, Now: now,
		},
		origin: o,
	}
	for _, address := range e.pipelines.first(c, o.Source) {
		if err := e.pipeline(address, 0, line); err != nil {
			return nil, err
		}
	}
	return e.all, nil
}

type explainer struct {
	c         *config.Config
	pipelines network
	meta      expr.Meta
	origin    record.Origin
	now       int64
	all       []Explained
}

func (e *explainer) pipeline(address string, depth int, line []byte) error {
	p := e.pipelines[address]
	x := Explained{Pipeline: address, Depth: depth}
	to := p.To
	if p.Steps != nil {
		made, err := pipeline.New(*p.Steps)
		if err != nil {
			return fmt.Errorf("explain %s: %w", address, err)
		}
		steps := made.Explain(line, &e.meta)
		x.Steps, x.Options = &steps, p.Steps
		to, line = steps.To, steps.Record
	}
	at := len(e.all)
	e.all = append(e.all, x)
	for _, a := range to {
		if _, ok := e.pipelines[a]; ok {
			if err := e.pipeline(a, depth+1, line); err != nil {
				return err
			}
			continue
		}
		e.all[at].To = append(e.all[at].To, e.destination(a, line))
	}
	return nil
}

func (e *explainer) destination(address string, line []byte) ExplainedDestination {
	d := ExplainedDestination{Address: address, Record: line}
	for _, c := range e.c.Destinations {
		if c.Address != address || c.Resolve == nil {
			continue
		}
		values, _, err := newResolver(c.Resolve, e.meta.Hostname).describe(&e.origin, e.meta.ID, line)
		d.Values = values
		if err != nil {
			d.Problem = err.Error()
		}
	}
	return d
}
