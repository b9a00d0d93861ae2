package http

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
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
	// writeBuffer is what a request is written by, in bytes. 4 KiB, the default, costs 2 system calls more per batch.
	writeBuffer = 64 << 10
)

// newTransport returns a transport that keeps window connections to a host.
func newTransport(window int, c *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &http.Transport{
		Proxy:                  proxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        c,
		TLSHandshakeTimeout:    handshakeTimeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    window,
		MaxConnsPerHost:        window,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxAnswerHeader,
		WriteBufferSize:        writeBuffer,
		DisableCompression:     true,
		// A connection on which nothing comes back is found out, or HTTP/2 would send everything into it.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
	}
}

var errProxy = errors.New("the proxy variables of the environment hold no valid URL")

// proxyFromEnvironment is http.ProxyFromEnvironment, whose error shows the variable, which may hold a password.
func proxyFromEnvironment(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errProxy
	}
	return u, nil
}

// roundTripper is the part of http.Transport that a destination uses.
type roundTripper interface {
	RoundTrip(*http.Request) (*http.Response, error)
	CloseIdleConnections()
}

// withTimeout is context.WithTimeout whose cause says how long the timeout was.
func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, timeoutError{d})
}

// timeoutError is the cause of a request's end by Options.Timeout.
type timeoutError struct{ after time.Duration }

func (e timeoutError) Error() string { return "no complete answer within " + e.after.String() }
