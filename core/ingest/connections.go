package ingest

import (
	"net/netip"
	"sync"
)

// connections are the open connections of a source, within its limits. It is safe for concurrent use.
type connections struct {
	max, maxPerPeer int

	mu     sync.Mutex
	open   map[*socket]netip.Addr
	peers  map[netip.Addr]int
	closed bool
}

func newConnections(o *Options) *connections {
	return &connections{
		max: o.MaxConnections, maxPerPeer: o.MaxConnectionsPerPeer,
		open: make(map[*socket]netip.Addr), peers: make(map[netip.Addr]int),
	}
}

// add counts a connection in. It returns the option whose limit refuses it, empty: none.
func (c *connections) add(s *socket, peer netip.Addr) (limit string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(c.open) >= c.max:
		return "max_connections"
	case c.maxPerPeer > 0 && c.peers[peer] >= c.maxPerPeer:
		return "max_connections_per_peer"
	}
	c.open[s] = peer
	c.peers[peer]++
	if c.closed {
		_ = s.Close()
	}
	return ""
}

func (c *connections) remove(s *socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	peer := c.open[s]
	delete(c.open, s)
	if c.peers[peer]--; c.peers[peer] == 0 {
		delete(c.peers, peer)
	}
}

// wake ends the waits of all connections and returns their number.
func (c *connections) wake() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for s := range c.open {
		s.wake()
	}
	return len(c.open)
}

// close closes all connections, and those that come later.
func (c *connections) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for s := range c.open {
		_ = s.Close()
	}
}
