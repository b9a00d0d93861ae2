package ingest

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
)

// Deps are what a source works with. All are needed but Log.
type Deps struct {
	Appender Appender
	IDs      *record.IDs
	Metrics  *metrics.Source
	// Budget is shared by all sources of the router.
	Budget *Budget
	// Log: nil, nothing is logged.
	Log hclog.Logger
}

// TCP is one TCP source. Make it with New; then Listen or Adopt, Run, and Drain.
type TCP struct {
	o         Options
	allowFrom []netip.Prefix
	appender  Appender
	ids       *record.IDs
	metrics   *metrics.Source
	budget    *Budget
	log       hclog.Logger
	certs     *certificates
	tlsConfig *tls.Config
	conns     *connections
	events    events
	// handshakeTimeout bounds a TLS handshake.
	handshakeTimeout time.Duration

	// unaccepted counts records that were read and never accepted, for the line at the end of a drain.
	unaccepted atomic.Int64
	drain      atomic.Pointer[drain]
	// draining is closed once drain is set, done when Run has returned.
	draining, done chan struct{}

	mu       sync.Mutex
	listener *net.TCPListener
	running  bool
}

// New validates the options, reads the certificate files, and starts nothing.
func New(o Options, d Deps) (*TCP, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("configure %s: %w", o.Address, err)
	}
	if d.Appender == nil || d.IDs == nil || d.Metrics == nil || d.Budget == nil {
		return nil, fmt.Errorf("configure %s: an appender, ids, metrics and a budget are needed", o.Address)
	}
	o = o.withDefaults()
	t := &TCP{
		o: o, allowFrom: unmapped(o.AllowFrom), appender: d.Appender, ids: d.IDs, metrics: d.Metrics, budget: d.Budget, log: d.Log,
		conns: newConnections(&o), handshakeTimeout: defaultHandshakeTimeout, draining: make(chan struct{}), done: make(chan struct{}),
	}
	if t.log == nil {
		t.log = hclog.NewNullLogger()
	}
	t.log = t.log.With("source", o.Address)
	if o.TLS != nil {
		certs, err := loadCertificates(*o.TLS, t.log)
		if err != nil {
			return nil, fmt.Errorf("configure %s: %w", o.Address, err)
		}
		t.certs, t.tlsConfig = certs, certs.serverConfig()
	}
	return t, nil
}

// Listen binds the listen address and returns the address it got. Senders may connect from then on; they are served
// once Run is called. It is called once, unless Adopt is.
func (t *TCP) Listen(ctx context.Context) (net.Addr, error) {
	// Keepalive is set on each connection: an adopted listener would not do it.
	lc := net.ListenConfig{KeepAlive: -1}
	ln, err := lc.Listen(ctx, "tcp", t.o.Listen)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w; end what listens there, or change listen", t.o.Address, err)
	}
	return t.Adopt(ln)
}

// Adopt takes a listener that is open already, which must be a *net.TCPListener, instead of Listen. On an error it
// closes the listener. The option listen then means nothing.
func (t *TCP) Adopt(ln net.Listener) (net.Addr, error) {
	tcp, ok := ln.(*net.TCPListener)
	if !ok {
		_ = ln.Close()
		return nil, fmt.Errorf("bind %s: listener is a %T; a TCP listener is needed", t.o.Address, ln)
	}
	// A name in listen may stand for any address, and an adopted listener has its own.
	addr, ok := tcp.Addr().(*net.TCPAddr)
	if !ok || !loopback(addr.AddrPort().Addr()) {
		if err := t.o.plaintext(tcp.Addr().String()); err != nil {
			_ = ln.Close()
			return nil, fmt.Errorf("bind %s: %w", t.o.Address, err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.listener != nil || t.running {
		_ = ln.Close()
		return nil, fmt.Errorf("bind %s: it is bound already", t.o.Address)
	}
	t.listener = tcp
	return tcp.Addr(), nil
}

// Close gives up a listener that Run was not called for. After Run it does nothing.
func (t *TCP) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.listener == nil || t.running {
		return nil
	}
	ln := t.listener
	t.listener = nil
	return ln.Close()
}

// CertificateNotAfter returns when the certificate in use expires; the zero time without TLS.
func (t *TCP) CertificateNotAfter() time.Time {
	if t.certs == nil {
		return time.Time{}
	}
	return t.certs.notAfter()
}

// Run accepts and serves connections. It returns nil when ctx has ended, which closes the connections at once, or when
// a drain is complete, and an error when the listener broke. It is called once, after Listen or Adopt.
func (t *TCP) Run(ctx context.Context) error {
	t.mu.Lock()
	ln := t.listener
	if ln == nil || t.running {
		t.mu.Unlock()
		return fmt.Errorf("run %s: it is not bound, or ran before", t.o.Address)
	}
	t.running = true
	t.mu.Unlock()
	defer close(t.done)
	share := t.budget.join()
	defer t.budget.leave(share)
	t.log.Info("listening", "address", ln.Addr().String(), "tls", t.certs != nil)

	ctx, stop := context.WithCancel(ctx)
	var stopper, conns sync.WaitGroup
	stopper.Go(func() { t.stopper(ctx, stop, ln) })
	err := t.accept(ctx, ln, func(s *socket, peer netip.AddrPort) {
		conns.Go(func() { t.serve(ctx, s, peer, share) })
	})
	_ = ln.Close()
	if err != nil {
		stop()
	}
	conns.Wait()
	stop()
	stopper.Wait()
	if t.drain.Load() != nil {
		t.log.Info("intake drained", "records_not_accepted", t.unaccepted.Load())
	}
	return err
}

// stopper ends what Run does: at once when ctx ends, in order when a drain begins. It returns when ctx has ended.
func (t *TCP) stopper(ctx context.Context, stop context.CancelFunc, ln *net.TCPListener) {
	select {
	case <-ctx.Done():
	case <-t.draining:
		n := t.conns.wake()
		t.log.Info("draining intake", "connections", n)
		ln.SetDeadline(time.Unix(1, 0)) //nolint:errcheck // fails on a closed listener, which accepts no more
		if by := t.drain.Load().by; !by.IsZero() {
			late := time.AfterFunc(time.Until(by), stop)
			defer late.Stop()
		}
		<-ctx.Done()
	}
	ln.SetDeadline(time.Unix(1, 0)) //nolint:errcheck // as above
	t.conns.close()
}

// Drain ends intake in order and returns when Run has ended, or with ctx's error. No connection is accepted any more
// but those that wait already. Each connection is half-closed, which tells its sender, and read until the sender closes
// it, is silent for 200 ms, or a quarter of the time until ctx's deadline is over; then it is closed. A record whose end has not come by then is counted, logged and lost, as
// are records that the appender has not taken. When ctx ends first, the caller ends Run's context.
func (t *TCP) Drain(ctx context.Context) error {
	d := &drain{}
	if deadline, ok := ctx.Deadline(); ok {
		now := time.Now()
		d.by = now.Add(deadline.Sub(now) / 4)
	}
	if t.drain.CompareAndSwap(nil, d) {
		close(t.draining)
	}
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain %s: %w", t.o.Address, context.Cause(ctx))
	}
}

// serve runs one connection.
func (t *TCP) serve(ctx context.Context, s *socket, peer netip.AddrPort, share *share) {
	t.metrics.Connections.Add(1)
	defer t.metrics.Connections.Add(-1)
	defer t.conns.remove(s)
	c := &conn{
		source: t, sock: s, peer: peer, framer: newFramer(&t.o),
		mem: newLease(share, t.o.MaxRecordBytes, func() { _ = s.Close() }),
		group: record.Group{Origin: record.Origin{
			Source: t.o.Address, Peer: peer.Addr().String(), PeerPort: uint32(peer.Port()),
		}},
	}
	if t.tlsConfig != nil {
		c.tls = tls.Server(s, t.tlsConfig)
	}
	c.serve(ctx)
}
