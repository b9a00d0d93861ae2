package tcp

import (
	"context"
	"time"
)

// prove waits, once on each connection, until its acknowledgements mean something. The peer's kernel acknowledges what
// comes on a connection that the peer has not seen yet, or is about to refuse: a TLS server that does not like the
// client, a receiver at its limit of connections or one that checks the client's name after the handshake, a proxy whose
// own server is away. They end the connection without reading it, at once when they have looked at it; the first bytes
// have been acknowledged when prove is called, so what the peer said about the handshake has had its time to arrive. A
// connection that stays open for timing.trial is taken for a good one.
//
// A server that speaks only TLS 1.3 and asked for a certificate gets up to timing.judgement before that, which
// ends when it shows that it has accepted the client.
func (l *link) prove(ctx context.Context, p *patience) error {
	if l.proven {
		return nil
	}
	p.alive()
	if l.judged != nil && !isClosed(l.judged) {
		l.log.Info("waiting for a sign that the server accepts us: it asks for a certificate and speaks only TLS 1.3",
			"at_most", shown(l.timing.judgement))
		if err := l.watch(ctx, l.timing.judgement, l.judged); err != nil {
			return err
		}
	}
	if err := l.watch(ctx, l.timing.trial, nil); err != nil {
		return err
	}
	l.proven = true
	return nil
}

// watch returns nil when the connection is still open after d, or after enough.
func (l *link) watch(ctx context.Context, d time.Duration, enough <-chan struct{}) error {
	for until := time.Now().Add(d); ; {
		if err := l.pause(ctx, max(time.Until(until), 0), enough); err != nil {
			return err
		}
		// The reader does not see what comes after the peer's close: a reset, when the peer had not read everything.
		if open, err := l.alive(); err != nil || !open {
			return l.lost(orLost(err))
		}
		if isClosed(enough) || !time.Now().Before(until) {
			return nil
		}
	}
}

// isClosed reports whether c, to which nothing is sent, is closed; not when it is nil.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// alive reports whether the kernel still has the connection.
func (l *link) alive() (open bool, err error) {
	var h health
	failed := l.raw.Control(func(fd uintptr) { h, err = readHealth(int(fd)) })
	if failed != nil {
		err = failed
	}
	return h.open, err
}

func orLost(err error) error {
	if err == nil {
		return errLost
	}
	return err
}
