package router

import (
	"maps"
	"slices"

	"github.com/skidway/skidway/core/config"
)

// way is where records go next.
type way struct {
	// sets of destinations each get every record once, as it is. The first holds all of them; another follows for those
	// that are reached over more than one way, which get a record once per way.
	sets [][]string
	// waypoints are the pipelines with steps that get every record, once per way.
	waypoints []string
}

// network finds ways through the pipelines of a configuration.
type network map[string]config.Pipeline

func networkOf(c *config.Config) network {
	n := network{}
	for _, p := range c.Pipelines {
		n[p.Address] = p
	}
	return n
}

// from returns the way of a source's records; the zero way for one that no pipeline names.
func (n network) from(c *config.Config, source string) way { return n.to(n.first(c, source)) }

// first returns the pipelines that name a source.
func (n network) first(c *config.Config, source string) (first []string) {
	for _, p := range c.Pipelines {
		for _, from := range p.From {
			if from == source {
				first = append(first, p.Address)
			}
		}
	}
	return first
}

// to returns the way to addresses of destinations and pipelines. It leads through pipelines that have no steps.
func (n network) to(addresses []string) (w way) {
	reached := map[string]int{} // destination → number of ways
	var order []string          // destinations as first reached
	var walk func(to []string)
	walk = func(to []string) {
		for _, address := range to {
			switch p, ok := n[address]; {
			case ok && p.Steps != nil:
				w.waypoints = append(w.waypoints, address)
			case ok:
				walk(p.To)
			default:
				if reached[address] == 0 {
					order = append(order, address)
				}
				reached[address]++
			}
		}
	}
	walk(addresses)
	for times := 1; len(order) > 0; times++ {
		w.sets = append(w.sets, order)
		order = slices.DeleteFunc(slices.Clone(order), func(d string) bool { return reached[d] <= times })
	}
	return w
}

// reached returns all destinations that some source's records may come to, and all pipelines with steps on the way.
func (n network) reached(c *config.Config) (destinations, waypoints map[string]bool) {
	destinations, waypoints = map[string]bool{}, map[string]bool{}
	var visit func(w way)
	visit = func(w way) {
		for _, set := range w.sets {
			for _, d := range set {
				destinations[d] = true
			}
		}
		for _, s := range w.waypoints {
			if !waypoints[s] {
				waypoints[s] = true
				visit(n.to(n[s].To))
			}
		}
	}
	for _, s := range c.Sources {
		visit(n.from(c, s.Address))
	}
	return destinations, waypoints
}

// meeting returns what reports whether records may come to one destination from both of two addresses of destinations and
// pipelines. It walks from each address once, for it is asked for every pair of a pipeline's targets.
func (n network) meeting() func(a, b string) bool {
	known := map[string]map[string]bool{}
	beyond := func(address string) map[string]bool {
		if known[address] == nil {
			known[address] = n.beyond(address)
		}
		return known[address]
	}
	return func(a, b string) bool {
		reached := beyond(a)
		for d := range beyond(b) {
			if reached[d] {
				return true
			}
		}
		return false
	}
}

// beyond returns the destinations that records may come to from an address; itself when it is one.
func (n network) beyond(address string) map[string]bool {
	seen := map[string]bool{}
	var walk func(address string)
	walk = func(address string) {
		if !seen[address] {
			seen[address] = true
			for _, to := range n[address].To {
				walk(to)
			}
		}
	}
	walk(address)
	maps.DeleteFunc(seen, func(a string, _ bool) bool { _, pipeline := n[a]; return pipeline })
	return seen
}

// downstream returns how many destinations the dead letters of a destination may come to, one after the other.
func downstream(c *config.Config, address string) int {
	to := map[string]string{}
	for _, d := range c.Destinations {
		to[d.Address] = d.DeadLetterTo
	}
	n := 0
	for address = to[address]; address != "" && n < len(to); address = to[address] {
		n++
	}
	return n
}
