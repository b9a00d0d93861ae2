package tcp

import (
	"errors"
	"net"
	"sync"
)

// gather lies between a tls.Conn and its connection. Once the handshake is over it keeps what the tls.Conn writes, for
// the sender to write itself: a tls.Conn cannot go on after a write that timed out, and makes a system call for every
// 16 KiB.
type gather struct {
	net.Conn

	mu      sync.Mutex
	keeping bool
	kept    []byte
	passed  int64 // bytes written through during the handshake
}

// maxKept bounds what is kept between two drains, in bytes: more than the sender lets come together, so that only a
// peer that provokes answers without end gets there.
const maxKept = 8 * tlsChunk

var errProvoked = errors.New("the peer demands too many TLS messages")

// Write is called by the tls.Conn.
func (g *gather) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.keeping {
		n, err := g.Conn.Write(p)
		g.passed += int64(n)
		return n, err
	}
	if len(g.kept)+len(p) > maxKept {
		return 0, errProvoked
	}
	g.kept = append(g.kept, p...)
	return len(p), nil
}

// keep ends the handshake's way of writing, and returns how many bytes it wrote.
func (g *gather) keep() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keeping = true
	return g.passed
}

// drain appends what was kept to dst.
func (g *gather) drain(dst []byte) []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	dst = append(dst, g.kept...)
	g.kept = g.kept[:0]
	return dst
}
