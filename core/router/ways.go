package router

import (
	"slices"

	"github.com/skidway/skidway/core/config"
)

// ways returns, for each source, the destinations that its records reach: a list of sets, each of which gets every
// record once. The first holds all destinations; another follows for those that are reached over more than one way,
// which get a record once per way. A source that no pipeline names has none.
func ways(c *config.Config) map[string][][]string {
	pipelines := map[string]config.Pipeline{}
	for _, p := range c.Pipelines {
		pipelines[p.Address] = p
	}
	reached := map[string]map[string]int{} // source → destination → number of ways
	order := map[string][]string{}         // source → destinations as first reached
	var walk func(source string, p config.Pipeline)
	walk = func(source string, p config.Pipeline) {
		for _, to := range p.To {
			if next, ok := pipelines[to]; ok {
				walk(source, next)
				continue
			}
			if reached[source] == nil {
				reached[source] = map[string]int{}
			}
			if reached[source][to] == 0 {
				order[source] = append(order[source], to)
			}
			reached[source][to]++
		}
	}
	for _, p := range c.Pipelines {
		for _, source := range p.From {
			walk(source, p)
		}
	}
	sets := map[string][][]string{}
	for source, destinations := range order {
		for way := 1; len(destinations) > 0; way++ {
			sets[source] = append(sets[source], destinations)
			destinations = slices.DeleteFunc(slices.Clone(destinations), func(d string) bool {
				return reached[source][d] <= way
			})
		}
	}
	return sets
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
