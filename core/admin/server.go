package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Bounds of what a client may do to the router.
const (
	maxHeaderBytes    = 16 << 10
	maxBodyBytes      = 64 << 10
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	idleTimeout       = time.Minute
	// writeTimeout is how long a client may take to read what was written last.
	writeTimeout = 30 * time.Second
	// maxReading is how many requests may read spool or dead letters at once.
	maxReading = 4
	// shutdownPatience is how long answers may take that are under way when the server ends.
	shutdownPatience = time.Second
)

// Server answers requests. Serve is called once.
type Server struct {
	b   Backend
	log hclog.Logger
	// reading holds a token for each request that reads spool or dead letters.
	reading chan struct{}
}

// NewServer returns a server that answers from b and logs changes to log; nil: nowhere.
func NewServer(b Backend, log hclog.Logger) *Server {
	if log == nil {
		log = hclog.NewNullLogger()
	}
	return &Server{b: b, log: log, reading: make(chan struct{}, maxReading)}
}

// Serve answers at l until ctx is done, and closes l. What is under way then is ended.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	under, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes, BaseContext: func(net.Listener) context.Context { return under },
		ErrorLog: s.log.StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Debug}),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the admin socket: %w", err)
	case <-ctx.Done():
	}
	patience, stop := context.WithTimeout(context.WithoutCancel(ctx), shutdownPatience)
	defer stop()
	err := server.Shutdown(patience)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, l.Close())
}

// Handler answers requests, each checked first.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.routes(mux)
	profiles(mux)
	return guard(mux)
}
