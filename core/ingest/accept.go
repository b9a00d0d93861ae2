package ingest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// keepAlive finds senders that are gone within four minutes, at the cost of one packet a minute.
func keepAlive() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 9}
}

// backlogTime bounds how long connections are taken from the backlog of a listener when a drain begins.
const backlogTime = drainSilence

// accept gives connections that may be served to serve, until ctx ends, a drain has taken the backlog, or the listener
// breaks. It does not close the listener.
func (t *TCP) accept(ctx context.Context, ln *net.TCPListener, serve func(*socket, netip.AddrPort)) error {
	var pause time.Duration
	for {
		c, err := ln.AcceptTCP()
		switch {
		case err == nil:
			pause = 0
			t.admit(c, serve)
		case ctx.Err() != nil:
			return nil
		case t.drain.Load() != nil:
			t.acceptBacklog(ctx, ln, serve)
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept for %s: %w", t.o.Address, err)
		case errors.Is(err, syscall.ECONNABORTED):
		default:
			// Out of descriptors or memory, most likely: connections that end free some.
			t.events.accept.warn(t.log, "cannot accept connections; trying again", "error", err)
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			t.pause(ctx, pause)
		}
	}
}

// pause waits, but not longer than until ctx or normal intake ends.
func (t *TCP) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-t.draining:
	}
}

// acceptBacklog accepts the connections that the kernel has made already.
func (t *TCP) acceptBacklog(ctx context.Context, ln *net.TCPListener, serve func(*socket, netip.AddrPort)) {
	raw, err := ln.SyscallConn()
	if err != nil {
		return
	}
	until := time.Now().Add(backlogTime)
	if ln.SetDeadline(until) != nil {
		return
	}
	for ctx.Err() == nil && time.Now().Before(until) {
		waiting := false
		err := raw.Control(func(fd uintptr) {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
			waiting = n > 0 || errors.Is(err, unix.EINTR)
		})
		if err != nil || !waiting {
			return
		}
		if c, err := ln.AcceptTCP(); err == nil {
			t.admit(c, serve)
		}
	}
}

// admit serves a new connection, or closes it when it is not allowed or over a limit, before any of its bytes are read.
func (t *TCP) admit(c *net.TCPConn, serve func(*socket, netip.AddrPort)) {
	peer, ok := peerOf(c)
	if !ok || !t.allowed(peer.Addr()) {
		t.metrics.RefusedNet.Add(1)
		_ = c.Close()
		t.events.notAllowed.warn(t.log, "refused connection from outside allow_from", "peer", peer)
		return
	}
	s, err := newSocket(c, &t.drain, t.o.IdleTimeout)
	if err != nil {
		_ = c.Close()
		return
	}
	if limit := t.conns.add(s, peer.Addr()); limit != "" {
		t.metrics.RefusedLimit.Add(1)
		_ = c.Close()
		t.events.overLimit.warn(t.log, "refused connection over a limit", "limit", limit, "peer", peer)
		return
	}
	t.metrics.ConnectionsTotal.Add(1)
	c.SetKeepAliveConfig(keepAlive()) //nolint:errcheck // fails on a connection that is gone, as reading it will
	serve(s, peer)
}

// peerOf returns the sender's address, an IPv4 address as such, and without a zone, which no prefix has.
func peerOf(c *net.TCPConn) (netip.AddrPort, bool) {
	addr, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	ap := addr.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port()), true
}

func (t *TCP) allowed(peer netip.Addr) bool {
	if len(t.allowFrom) == 0 {
		return true
	}
	for _, p := range t.allowFrom {
		if p.Contains(peer) {
			return true
		}
	}
	return false
}

// unmapped returns the prefixes with those of IPv4 addresses mapped into IPv6 as IPv4 prefixes, as peers are.
func unmapped(prefixes []netip.Prefix) []netip.Prefix {
	out := make([]netip.Prefix, 0, len(prefixes))
	for _, p := range prefixes {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		out = append(out, p)
	}
	return out
}
