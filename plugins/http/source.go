package http

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/plugins/sdk"
)

// source takes the records of requests in.
type source struct {
	opts SourceOptions

	log      hclog.Logger
	events   *repeated
	listener *listener
	tls      *serverTLS // nil: plaintext
	memory   *memory
	decoder  *decoder
	token    [sha256.Size]byte // of bearer_token
}

func newSource(o SourceOptions) *source { return &source{opts: o} }

// Open listens. Requests wait for Run.
func (s *source) Open(ctx context.Context, c sdk.Config) error {
	if s.log = c.Log; s.log == nil {
		s.log = hclog.NewNullLogger()
	}
	s.events = newRepeated(s.log)
	s.memory = &memory{limit: int64(s.opts.MaxBufferedBytes)}
	s.decoder = newDecoder(int(s.opts.MaxBodyBytes))
	s.token = sha256.Sum256([]byte(s.opts.BearerToken))
	if s.opts.TLS != nil {
		var err error
		if s.tls, err = loadServerTLS(*s.opts.TLS, s.log); err != nil {
			return err
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.opts.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.opts.Listen, err)
	}
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		_ = l.Close()
		return fmt.Errorf("listen on %s: got a %T", s.opts.Listen, l)
	}
	// A name leads where the system says.
	if a, err := netip.ParseAddrPort(l.Addr().String()); s.tls == nil && !s.opts.AllowPlaintext && (err != nil || !a.Addr().Unmap().IsLoopback()) {
		_ = l.Close()
		return sdk.Reject(fmt.Errorf("listen on %s: it is %s, which other machines reach; add a tls block, listen on 127.0.0.1, or set allow_plaintext = true",
			s.opts.Listen, l.Addr()))
	}
	s.listener = newListener(tcp, s.opts.MaxConnections, func(peer net.Addr) {
		s.events.warn("over", "refused connection over max_connections", "peer", peer.String())
	})
	s.log.Info("listening", "address", l.Addr().String(), "tls", s.tls != nil)
	return nil
}

// Run takes requests until ctx is done. Then it stops listening and answers those that have come.
func (s *source) Run(ctx context.Context, out *sdk.Output) error {
	h := newHandover(out)
	in := newIntake(s, h)
	server := s.server(in)
	var running sync.WaitGroup
	running.Go(h.run)
	defer running.Wait()
	defer h.close()
	defer in.wait()

	served := make(chan error, 1)
	running.Go(func() {
		if s.tls != nil {
			served <- server.ServeTLS(s.listener, "", "")
			return
		}
		served <- server.Serve(s.listener)
	})
	select {
	case <-ctx.Done():
		s.drain(server, in)
		return nil
	case err := <-served:
		_ = server.Close()
		return fmt.Errorf("serve %s: %w", s.opts.Listen, err)
	}
}

func (s *source) server(in *intake) *http.Server {
	server := &http.Server{
		Handler:           in,
		ReadHeaderTimeout: min(headerTimeout, s.opts.ReadTimeout),
		ReadTimeout:       s.opts.ReadTimeout,
		// It begins with the header's end.
		WriteTimeout:   s.opts.ReadTimeout + s.opts.AcceptTimeout + answerTimeout,
		IdleTimeout:    s.opts.IdleTimeout,
		MaxHeaderBytes: maxHeader,
		ConnContext:    withConn,
		ErrorLog: hclog.New(&hclog.LoggerOptions{Output: s.events, DisableTime: true}).
			StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Warn}),
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          maxStreams,
			MaxReceiveBufferPerConnection: receiveWindow,
			MaxReceiveBufferPerStream:     receiveWindow / 2,
			// Connections whose peer is gone are found out.
			SendPingTimeout: time.Minute,
			PingTimeout:     15 * time.Second,
		},
	}
	if s.tls != nil {
		server.TLSConfig = s.tls.config()
	}
	return server
}

// drain answers the requests under way. Those that have not come in whole by drainReading are refused.
func (s *source) drain(server *http.Server, in *intake) {
	patience := time.AfterFunc(drainReading, func() {
		in.stopReading()
		s.listener.giveUpReading()
	})
	defer patience.Stop()
	// This ends by itself, since every wait of a request has an end.
	ctx, cancel := context.WithTimeout(context.Background(), drainReading+s.opts.AcceptTimeout+answerTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		s.log.Warn("connections did not end in time and are closed", "error", err)
		_ = server.Close()
	}
}

// Close closes the listener of a source that did not run.
func (s *source) Close() error {
	if s.listener == nil {
		return nil
	}
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close the listener: %w", err)
	}
	return nil
}
