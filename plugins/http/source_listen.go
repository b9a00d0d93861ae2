package http

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// listener is a TCP listener with a limit to its connections. Connections over it are closed at once.
type listener struct {
	*net.TCPListener
	limit int
	// over is told of each connection that is closed for the limit.
	over func(peer net.Addr)

	mu   sync.Mutex
	open map[*conn]struct{}
}

func newListener(l *net.TCPListener, limit int, over func(net.Addr)) *listener {
	return &listener{TCPListener: l, limit: limit, over: over, open: map[*conn]struct{}{}}
}

// Accept returns the next connection that is within the limit, a *conn.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptTCP()
		if err != nil {
			return nil, err
		}
		tracked := &conn{TCPConn: c, listener: l}
		if l.add(tracked) {
			return tracked, nil
		}
		l.over(c.RemoteAddr())
		_ = c.Close()
	}
}

func (l *listener) add(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) >= l.limit {
		return false
	}
	l.open[c] = struct{}{}
	return true
}

func (l *listener) remove(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// giveUpReading ends the reading from connections that carry no request: of a TLS handshake, or a header that has not
// come yet. An answer that is on its way is still sent.
func (l *listener) giveUpReading() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		if c.requests.Load() == 0 {
			_ = c.SetReadDeadline(time.Now())
		}
	}
}

// conn is a connection that its listener counts.
type conn struct {
	*net.TCPConn
	listener *listener
	requests atomic.Int32 // that have their header and not their answer
}

// Close closes the connection, which then counts no more.
func (c *conn) Close() error {
	c.listener.remove(c)
	return c.TCPConn.Close()
}
