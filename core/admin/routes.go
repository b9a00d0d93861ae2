package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// Paths of the API.
const (
	pathHealth       = "/healthz"
	pathStatus       = "/api/v1/status"
	pathSpool        = "/api/v1/spool"
	pathVerify       = "/api/v1/spool/verify"
	pathExport       = "/api/v1/spool/export"
	pathForget       = "/api/v1/spool/forget"
	pathRename       = "/api/v1/spool/rename"
	pathSpoolReplay  = "/api/v1/spool/replay"
	pathLetters      = "/api/v1/dead-letters"
	pathLetterShow   = "/api/v1/dead-letters/show"
	pathLetterReplay = "/api/v1/dead-letters/replay"
	pathPurge        = "/api/v1/dead-letters/purge"
	pathFind         = "/api/v1/find"
)

// addressed names a destination, and perhaps the address that it is to have.
type addressed struct {
	Address string `json:"destination"`
	To      string `json:"to,omitempty"`
}

func (s *Server) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+pathHealth, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]bool{"alive": true})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		reasons, status := s.b.State.NotReady(), http.StatusOK
		if len(reasons) > 0 {
			status = http.StatusServiceUnavailable
		}
		answer(w, status, map[string]any{"ready": len(reasons) == 0, "reasons": append([]string{}, reasons...)})
	})
	mux.HandleFunc("GET "+pathStatus, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.b.State.Status()) })

	reads(s, mux, pathSpool, func(ctx context.Context, _ Selection) (json.RawMessage, error) { return s.b.Spool.Inspect(ctx) })
	reads(s, mux, pathVerify, func(ctx context.Context, _ Selection) (json.RawMessage, error) { return s.b.Spool.Verify(ctx) })
	reads(s, mux, pathLetters, s.b.Letters.List)
	streams(s, mux, pathExport, s.b.Spool.Export)
	streams(s, mux, pathLetterShow, s.b.Letters.Show)
	streams(s, mux, pathFind, s.b.Finder.Find)

	changes(s, mux, pathForget, func(ctx context.Context, a addressed) (struct{}, error) {
		return struct{}{}, s.b.Spool.Forget(ctx, a.Address)
	})
	changes(s, mux, pathRename, func(ctx context.Context, a addressed) (struct{}, error) {
		return struct{}{}, s.b.Spool.Rename(ctx, a.Address, a.To)
	})
	changes(s, mux, pathSpoolReplay, s.b.Spool.Replay)
	changes(s, mux, pathLetterReplay, s.b.Letters.ReplayLetters)
	changes(s, mux, pathPurge, s.b.Letters.Purge)
}

// reads serves one answer that is made of much.
func reads[T any](s *Server, mux *http.ServeMux, path string, do func(context.Context, Selection) (T, error)) {
	mux.HandleFunc("GET "+path, s.bounded(func(w http.ResponseWriter, r *http.Request) error {
		which, err := selection(r.URL.Query())
		if err != nil {
			return err
		}
		v, err := do(r.Context(), which)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, v)
		return nil
	}))
}

// streams serves an answer of any length.
func streams[T any](s *Server, mux *http.ServeMux, path string, do func(context.Context, Selection, func(T) error) (Searched, error)) {
	mux.HandleFunc("GET "+path, s.bounded(func(w http.ResponseWriter, r *http.Request) error {
		which, err := selection(r.URL.Query())
		if err != nil {
			return err
		}
		out := stream{w: w}
		end, err := do(r.Context(), which, func(v T) error { return out.item(v) })
		out.end(end, err)
		return nil
	}))
}

// changes serves a change of what the router holds.
func changes[In, Out any](s *Server, mux *http.ServeMux, path string, do func(context.Context, In) (Out, error)) {
	mux.HandleFunc("POST "+path, s.bounded(func(w http.ResponseWriter, r *http.Request) error {
		var in In
		if err := readBody(r, &in); err != nil {
			return err
		}
		patient(w)
		out, err := do(r.Context(), in)
		if err != nil {
			s.log.Warn("a request at the admin socket failed", "path", path, "error", err)
			return err
		}
		s.log.Info("a request at the admin socket was served", "path", path)
		answer(w, http.StatusOK, out)
		return nil
	}))
}

// bounded lets few requests be answered at once that take long.
func (s *Server) bounded(do func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.reading <- struct{}{}:
			defer func() { <-s.reading }()
			if r.Method == http.MethodGet { // there is nothing more to read
				patient(w)
			}
		default:
			fail(w, &Error{http.StatusServiceUnavailable, "the router answers as many such requests as it can", "try again later"})
			return
		}
		if err := do(w, r); err != nil {
			fail(w, answerTo(err))
		}
	}
}

func readBody(r *http.Request, v any) error {
	b, err := io.ReadAll(r.Body)
	if errors.As(err, new(*http.MaxBytesError)) {
		return &Error{Status: http.StatusRequestEntityTooLarge, Message: "the request's body is too large"}
	}
	if err != nil {
		return badInput("read the request's body: %v", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return badInput("read the request's body: %v", err)
	}
	return nil
}

// answer writes v. That the client may be gone is nobody's concern.
func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		fail(w, answerTo(err))
		return
	}
	deadline(w, writeTimeout)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

func fail(w http.ResponseWriter, e *Error) {
	b, err := json.Marshal(e)
	if err != nil {
		b = []byte(`{"error":"the error can't be told"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	_, _ = w.Write(append(b, '\n'))
}
