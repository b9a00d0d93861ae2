// Package metrics holds the counters of sources and destinations. It exports nothing over the network.
package metrics

import "sync/atomic"

// Counter only rises. Its zero value is ready, and it is safe for concurrent use.
type Counter struct{ n atomic.Int64 }

// Add adds n, which is not negative.
func (c *Counter) Add(n int64) { c.n.Add(n) }

// Load returns the count.
func (c *Counter) Load() int64 { return c.n.Load() }

// Gauge rises and falls. Its zero value is ready, and it is safe for concurrent use.
type Gauge struct{ n atomic.Int64 }

// Add adds n, which may be negative.
func (g *Gauge) Add(n int64) { g.n.Add(n) }

// Load returns the value.
func (g *Gauge) Load() int64 { return g.n.Load() }
