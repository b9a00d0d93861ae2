package admin

import (
	"net/http"
	"net/http/pprof"
	"time"
)

// profileTimeout is how long a profile may take.
const profileTimeout = 5 * time.Minute

// profiles serves the runtime's profiles under the paths that its tools ask for. The command line is not among them: it
// may hold values of variables.
func profiles(mux *http.ServeMux) {
	for _, name := range []string{"allocs", "block", "goroutine", "heap", "mutex", "threadcreate"} {
		mux.Handle("GET /debug/pprof/"+name, slow(pprof.Handler(name)))
	}
	mux.Handle("GET /debug/pprof/profile", slow(http.HandlerFunc(pprof.Profile)))
	mux.Handle("GET /debug/pprof/trace", slow(http.HandlerFunc(pprof.Trace)))
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
}

func slow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		patient(w)
		deadline(w, profileTimeout)
		next.ServeHTTP(w, r)
	})
}

// deadline gives the client so long to read what is written from now on.
func deadline(w http.ResponseWriter, d time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d)) // a writer without one has none
}

// patient takes away the time by which the request had to be read: when it passes, an answer that takes longer is given
// up. The body of a change is bounded, and read first.
func patient(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // a writer without one has none
}
