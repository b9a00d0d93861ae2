package config

import (
	"slices"
	"strings"

	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/spool"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Graph is what leads where, as data. Lists are in the order of the files.
type Graph struct {
	// Spool is where records are held: "memory" or "disk".
	Spool string `json:"spool"`
	// Sync is when a record on disk counts as accepted: "batch", when it is synced, or "interval", when it is written.
	// Empty for a spool in memory.
	Sync string `json:"sync,omitempty"`
	// SyncInterval is the time between two syncs when Sync is "interval"; empty otherwise.
	SyncInterval string             `json:"sync_interval,omitempty"`
	Sources      []GraphSource      `json:"sources"`
	Pipelines    []GraphPipeline    `json:"pipelines"`
	Destinations []GraphDestination `json:"destinations"`
}

// GraphSource is a source.
type GraphSource struct {
	Address string `json:"address"`
	// Listen is the address of a tcp source; empty otherwise.
	Listen string `json:"listen,omitempty"`
	// Pipelines are those that name it.
	Pipelines []string `json:"pipelines"`
	// Reaches are all destinations that its records can come to.
	Reaches []string `json:"reaches"`
}

// GraphPipeline is a pipeline.
type GraphPipeline struct {
	Address string   `json:"address"`
	From    []string `json:"from"`
	// To are all destinations and pipelines that it leads to.
	To         []string         `json:"to"`
	Transforms []GraphTransform `json:"transforms,omitempty"`
	Routes     []GraphRoute     `json:"routes,omitempty"`
	Otherwise  *GraphOtherwise  `json:"otherwise,omitempty"`
}

// GraphTransform is a transform; When is empty when it is for all records.
type GraphTransform struct {
	Kind string `json:"kind"`
	When string `json:"when,omitempty"`
}

// GraphRoute is a route; When is empty when it takes all records.
type GraphRoute struct {
	Name  string   `json:"name"`
	When  string   `json:"when,omitempty"`
	To    []string `json:"to"`
	Final bool     `json:"final,omitempty"`
}

// GraphOtherwise is where records go that no route took.
type GraphOtherwise struct {
	To   []string `json:"to"`
	Drop bool     `json:"drop,omitempty"`
}

// GraphDestination is a destination.
type GraphDestination struct {
	Address string  `json:"address"`
	Promise Promise `json:"promise"`
	// WhenFull is "block" or "drop_oldest".
	WhenFull     string `json:"when_full"`
	DeadLetterTo string `json:"dead_letter_to,omitempty"`
}

// Promise is what a destination promises of the records it accepts.
type Promise struct {
	// Durability says where an accepted record is at least: memory, sent, os_buffer, fsync, remote.
	Durability string `json:"durability"`
	// Ordered: records arrive in spool order.
	Ordered bool `json:"ordered"`
	// ExactlyOnce from the spool to the destination, because it stores its position with the data and the spool outlives
	// the router. Otherwise at least once; with a spool in memory, while the router lives.
	ExactlyOnce bool `json:"exactly_once"`
}

// GraphOf returns the graph of a configuration.
func GraphOf(c *Config) *Graph {
	g := &Graph{Spool: "memory", Sources: []GraphSource{}, Pipelines: []GraphPipeline{}, Destinations: []GraphDestination{}}
	if c.Router.Disk {
		g.Spool, g.Sync = "disk", "batch"
		if c.Router.DiskSpool.Sync == spool.SyncInterval {
			g.Sync, g.SyncInterval = "interval", formatDuration(c.Router.DiskSpool.SyncInterval)
		}
	}
	reach := c.reach()
	for _, s := range c.Sources {
		n := GraphSource{Address: s.Address, Pipelines: []string{}, Reaches: notNil(reach[s.Address])}
		if s.TCP != nil {
			n.Listen = s.TCP.Listen
		}
		for _, p := range c.Pipelines {
			if slices.Contains(p.From, s.Address) {
				n.Pipelines = append(n.Pipelines, p.Address)
			}
		}
		g.Sources = append(g.Sources, n)
	}
	for _, p := range c.Pipelines {
		g.Pipelines = append(g.Pipelines, graphPipeline(c, &p))
	}
	for _, d := range c.Destinations {
		whenFull := "block"
		if d.Backlog.WhenFull != 0 {
			whenFull = "drop_oldest"
		}
		g.Destinations = append(g.Destinations, GraphDestination{
			Address: d.Address, Promise: promiseOf(&d, g.Spool), WhenFull: whenFull, DeadLetterTo: d.DeadLetterTo,
		})
	}
	return g
}

func graphPipeline(c *Config, p *Pipeline) GraphPipeline {
	out := GraphPipeline{Address: p.Address, From: notNil(p.From), To: notNil(p.To)}
	if p.Steps == nil {
		return out
	}
	text := func(when *expr.Predicate) string {
		if when == nil {
			return ""
		}
		return c.Scrub(when.Source())
	}
	for _, t := range p.Steps.Transforms {
		out.Transforms = append(out.Transforms, GraphTransform{Kind: t.Kind.String(), When: text(t.When)})
	}
	for _, r := range p.Steps.Routes {
		out.Routes = append(out.Routes, GraphRoute{Name: r.Name, When: text(r.When), To: notNil(r.To), Final: r.Final})
	}
	if o := p.Steps.Otherwise; o.Given {
		out.Otherwise = &GraphOtherwise{To: notNil(o.To), Drop: o.Drop}
	}
	return out
}

// promiseOf is what d promises when records are held in that kind of spool. A position says nothing about records of
// another spool, so one in memory, which is another after each start, makes no destination exact.
func promiseOf(d *Destination, storage string) Promise {
	c := d.Plugin.Description.GetDestination().GetCapabilities()
	return Promise{
		Durability:  durabilityName(c.GetDurability()),
		Ordered:     c.GetOrdered() || d.Delivery.MaxInFlight == 1,
		ExactlyOnce: c.GetOrdered() && c.GetResume() && storage == "disk",
	}
}

func durabilityName(d pluginv1.Durability) string {
	switch d {
	case pluginv1.Durability_DURABILITY_SENT:
		return "sent"
	case pluginv1.Durability_DURABILITY_OS_BUFFER:
		return "os_buffer"
	case pluginv1.Durability_DURABILITY_FSYNC:
		return "fsync"
	case pluginv1.Durability_DURABILITY_REMOTE:
		return "remote"
	case pluginv1.Durability_DURABILITY_UNSPECIFIED, pluginv1.Durability_DURABILITY_MEMORY:
	}
	return "memory"
}

// reach returns, for each source, the destinations that its records come to, in the order they are met.
func (c *Config) reach() map[string][]string {
	pipelines := map[string]*Pipeline{}
	for i := range c.Pipelines {
		pipelines[c.Pipelines[i].Address] = &c.Pipelines[i]
	}
	out := map[string][]string{}
	for _, s := range c.Sources {
		seen := map[string]bool{}
		var visit func(address string)
		visit = func(address string) {
			if seen[address] {
				return
			}
			seen[address] = true
			if !strings.HasPrefix(address, "pipeline.") {
				out[s.Address] = append(out[s.Address], address)
				return
			}
			if p := pipelines[address]; p != nil {
				for _, to := range p.To {
					visit(to)
				}
			}
		}
		for _, p := range c.Pipelines {
			if slices.Contains(p.From, s.Address) {
				visit(p.Address)
			}
		}
	}
	return out
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
