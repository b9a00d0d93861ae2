package http

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// dialTimeout and handshakeTimeout bound the parts of a request that Options.Timeout bounds as a whole.
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	// idleTimeout is shorter than the 60 s after which common servers close idle connections.
	idleTimeout = 50 * time.Second
	// maxAnswerHeader bounds the header of an answer, in bytes.
	maxAnswerHeader = 64 << 10
)

// newTransport returns a transport that keeps window connections to a host.
func newTransport(window int, c *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dial,
		TLSClientConfig:        c,
		TLSHandshakeTimeout:    handshakeTimeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    window,
		MaxConnsPerHost:        window,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxAnswerHeader,
		DisableCompression:     true,
		// A connection on which nothing comes back is found out, or HTTP/2 would send everything into it.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
	}
}

// wholeWriter is a connection that writes a body in one piece. net/http would copy it through a buffer of 32 KiB made
// for each request. Where net/http comes to hand bodies over in another way, or through TLS, that is what happens.
type wholeWriter struct{ *net.TCPConn }

// ReadFrom implements io.ReaderFrom.
func (w wholeWriter) ReadFrom(r io.Reader) (int64, error) {
	limited, ok := r.(*io.LimitedReader)
	if !ok {
		return w.TCPConn.ReadFrom(r)
	}
	body, ok := limited.R.(*bodyReader)
	if !ok || int64(body.Len()) > limited.N {
		return w.TCPConn.ReadFrom(r)
	}
	n, err := body.WriteTo(w.TCPConn)
	limited.N -= n
	return n, err
}

// dial connects.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
	if t, ok := c.(*net.TCPConn); ok && err == nil {
		return wholeWriter{t}, nil
	}
	return c, err
}

// withTimeout is context.WithTimeout whose cause says how long the timeout was.
func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, timeoutError{d})
}

// timeoutError is the cause of a request's end by Options.Timeout.
type timeoutError struct{ after time.Duration }

func (e timeoutError) Error() string { return "no complete answer within " + e.after.String() }
