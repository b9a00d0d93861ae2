package http

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/sdk"
)

// request is one that a server got.
type request struct {
	method, uri, host string
	header            http.Header
	body              string // decompressed
	proto             string
}

// server is a real one that notes every request.
type server struct {
	*httptest.Server

	mu       sync.Mutex
	requests []request
}

// serve starts a server; answer is called for each request once it was read.
func serve(t testing.TB, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.requests = append(s.requests, request{
			r.Method, r.RequestURI, r.Host, r.Header, string(decompress(t, r.Header.Get("Content-Encoding"), body)), r.Proto,
		})
		s.mu.Unlock()
		answer(w, r)
	}))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	return s
}

// plain starts a server of plain HTTP.
func plain(t testing.TB, answer http.HandlerFunc) *server {
	t.Helper()
	s := serve(t, answer)
	s.Start()
	return s
}

func (s *server) got() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.requests...)
}

// status answers with a status.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func endpoint(s *server, path string) sdk.URL { return sdk.URL(s.URL + path) }

func TestSendsOneRequestPerBatch(t *testing.T) {
	s := plain(t, status(http.StatusNoContent))
	for name, test := range map[string]struct {
		o      Options
		uri    string
		method string
		header map[string]string
		body   string
	}{
		"defaults": {
			Options{},
			"/in", "POST",
			map[string]string{
				"Content-Type": "application/x-ndjson", "Content-Encoding": "", "User-Agent": "skidway/1.2.3",
				"Idempotency-Key": strings.Repeat("6b", 16), "Content-Length": "29", "Authorization": "",
			},
			"{\"a\":1}\n{\"message\":\"text\"}\n",
		},
		"json_array, gzip, PUT": {
			Options{Format: formatArray, Compress: compressGzip, Method: "PUT"},
			"/in", "PUT",
			map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"},
			"[{\"a\":1},\n{\"message\":\"text\"}]",
		},
		"raw, zstd, bearer token": {
			Options{Format: formatRaw, Compress: compressZstd, BearerToken: "t0ken"},
			"/in", "POST",
			map[string]string{"Content-Type": "text/plain", "Content-Encoding": "zstd", "Authorization": "Bearer t0ken"},
			"{\"a\":1}\ntext\n",
		},
		"basic_auth": {
			Options{BasicAuth: &BasicAuth{Username: "Aladdin", Password: "open sesame"}},
			"/in", "POST",
			map[string]string{"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
			"",
		},
		"headers of the user's": {
			Options{Headers: map[string]string{"x-tenant": "a", "content-type": "application/x-log", "User-Agent": "me", "Authorization": "Token x"}},
			"/in", "POST",
			map[string]string{"X-Tenant": "a", "Content-Type": "application/x-log", "User-Agent": "me", "Authorization": "Token x"},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.o.Endpoint = endpoint(s, "/in?stream=a&stream=b")
			before := len(s.got())
			if err := open(t, test.o).Write(t.Context(), batchOf(t, `{"a":1}`, `text`)); err != nil {
				t.Fatal(err)
			}
			got := s.got()[before:]
			if len(got) != 1 {
				t.Fatalf("%d requests, want 1", len(got))
			}
			r := got[0]
			if r.method != test.method || r.uri != "/in?stream=a&stream=b" {
				t.Errorf("%s %s, want %s /in?stream=a&stream=b", r.method, r.uri, test.method)
			}
			for name, want := range test.header {
				if got := r.header.Get(name); got != want && name != "Content-Length" {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if test.body != "" {
				if diff := cmp.Diff(test.body, r.body); diff != "" {
					t.Errorf("body (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestTakesCredentialsAndHostFromWhereTheyAre(t *testing.T) {
	s := plain(t, status(http.StatusOK))
	address := strings.TrimPrefix(s.URL, "http://")
	d := open(t, Options{
		Endpoint: sdk.URL("http://Aladdin:open%20sesame@" + address + "/in"),
		Headers:  map[string]string{"host": "logs.test"},
	})
	if err := d.Write(t.Context(), batchOf(t, "1")); err != nil {
		t.Fatal(err)
	}
	r := s.got()[0]
	if got, want := r.header.Get("Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="; got != want {
		t.Errorf("Authorization: %q, want %q", got, want)
	}
	if r.host != "logs.test" {
		t.Errorf("Host: %q, want logs.test", r.host)
	}
}

// TestUsesConnectionsAgain counts the connections that many batches need, with answers of all kinds that have to be
// read to their end.
func TestUsesConnectionsAgain(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"no content": status(http.StatusNoContent),
		"an answer": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", 20_000))
		},
		"an error": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, strings.Repeat("x", 20_000), http.StatusServiceUnavailable)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := plain(t, answer)
			d := open(t, Options{Endpoint: endpoint(s, "/")})
			b := batchOf(t, lines(100)...)
			var mu sync.Mutex
			fresh := 0
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
				mu.Lock()
				defer mu.Unlock()
				if !i.Reused {
					fresh++
				}
			}})
			var group sync.WaitGroup
			for range 8 {
				group.Go(func() {
					for range 20 {
						_ = d.Write(ctx, b)
					}
				})
			}
			group.Wait()
			if n := len(s.got()); n != 160 {
				t.Errorf("%d requests, want 160", n)
			}
			if fresh > 8 {
				t.Errorf("%d connections for 8 writers, want 8 at most", fresh)
			}
		})
	}
}
