package admin

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	for name, test := range map[string]struct {
		method, path, host string
		header             map[string]string
		body               string
		want               int
	}{
		"a client":                       {"GET", pathStatus, "skidway", nil, "", 200},
		"a person with curl":             {"GET", pathStatus, "localhost", nil, "", 200},
		"a port":                         {"GET", pathStatus, "localhost:8080", nil, "", 200},
		"another host":                   {"GET", pathStatus, "evil.example", nil, "", 421},
		"another host for health":        {"GET", pathHealth, "evil.example", nil, "", 421},
		"another host for profiles":      {"GET", "/debug/pprof/heap", "evil.example", nil, "", 421},
		"a host that begins like ours":   {"GET", pathStatus, "localhost.evil.example", nil, "", 421},
		"no host":                        {"GET", pathStatus, "", nil, "", 421},
		"a page":                         {"GET", pathStatus, "localhost", map[string]string{"Origin": "http://localhost"}, "", 403},
		"a page without a name":          {"GET", pathStatus, "localhost", map[string]string{"Origin": "null"}, "", 403},
		"a browser for a page":           {"GET", pathStatus, "localhost", map[string]string{"Sec-Fetch-Site": "cross-site"}, "", 403},
		"a browser's address bar":        {"GET", pathStatus, "localhost", map[string]string{"Sec-Fetch-Site": "none"}, "", 200},
		"a preflight":                    {"OPTIONS", pathForget, "localhost", map[string]string{"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}, "", 403},
		"a change by GET":                {"GET", pathForget, "localhost", nil, "", 405},
		"a purge by GET":                 {"GET", pathPurge, "localhost", nil, "", 405},
		"a replay by GET":                {"GET", pathSpoolReplay, "localhost", nil, "", 405},
		"a letters' replay by GET":       {"GET", pathLetterReplay, "localhost", nil, "", 405},
		"a rename by GET":                {"GET", pathRename, "localhost", nil, "", 405},
		"a change by HEAD":               {"HEAD", pathForget, "localhost", nil, "", 405},
		"a change by a form":             {"POST", pathForget, "localhost", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "destination=a", 415},
		"a change without a type":        {"POST", pathForget, "localhost", nil, `{"destination":"a"}`, 415},
		"a change":                       {"POST", pathForget, "localhost", map[string]string{"Content-Type": "application/json"}, `{"destination":"a"}`, 200},
		"a field that nobody knows":      {"POST", pathForget, "localhost", map[string]string{"Content-Type": "application/json"}, `{"destinatoin":"a"}`, 400},
		"no JSON":                        {"POST", pathForget, "localhost", map[string]string{"Content-Type": "application/json"}, `a`, 400},
		"a huge body":                    {"POST", pathForget, "localhost", map[string]string{"Content-Type": "application/json"}, `{"destination":"` + strings.Repeat("a", maxBodyBytes) + `"}`, 413},
		"a parameter that nobody knows":  {"GET", pathFind + "?form=1h", "localhost", nil, "", 400},
		"a parameter twice":              {"GET", pathFind + "?contains=a&contains=b", "localhost", nil, "", 400},
		"a time that is none":            {"GET", pathFind + "?from=yesterday", "localhost", nil, "", 400},
		"a limit below nothing":          {"GET", pathFind + "?limit=-1", "localhost", nil, "", 400},
		"a path that nobody knows":       {"GET", "/api/v1/secrets", "localhost", nil, "", 404},
		"the command line":               {"GET", "/debug/pprof/cmdline", "localhost", nil, "", 404},
		"a change of what is only shown": {"POST", pathStatus, "localhost", map[string]string{"Content-Type": "application/json"}, `{}`, 405},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{}
			r := httptest.NewRequest(test.method, test.path, strings.NewReader(test.body))
			r.Host = test.host
			for k, v := range test.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			NewServer(f.backend(), nil).Handler().ServeHTTP(w, r)
			if w.Code != test.want {
				t.Errorf("status %d, want %d: %s", w.Code, test.want, w.Body)
			}
			if test.want != http.StatusOK && f.asked != nil {
				t.Errorf("it was done all the same: %v", f.asked)
			}
			for name := range w.Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("the answer has %s", name)
				}
			}
		})
	}
}

// TestBodyWithoutEnd sends a body that does not say how long it is.
func TestBodyWithoutEnd(t *testing.T) {
	f := &fake{}
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+pathForget, io.MultiReader(strings.NewReader(`{"destination":"`), endless{}))
	r.ContentLength = -1
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	NewServer(f.backend(), nil).Handler().ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge || f.asked != nil {
		t.Errorf("status %d, asked %v", w.Code, f.asked)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return copy(b, bytes.Repeat([]byte("a"), len(b))), nil }

// TestHugeHeader sends a header over the limit through a real connection.
func TestHugeHeader(t *testing.T) {
	c := serve(t, (&fake{}).backend())
	conn := dialRaw(t, c.Path())
	go func() { // the server may close while it is written
		_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("a", 2*maxHeaderBytes)+"\r\n\r\n")
	}()
	b, err := io.ReadAll(conn)
	if err != nil && len(b) == 0 {
		return // reset before the answer could be read
	}
	if !bytes.HasPrefix(b, []byte("HTTP/1.1 431 ")) {
		t.Errorf("answer %.60q", b)
	}
}

func TestReadiness(t *testing.T) {
	f := &fake{}
	h := NewServer(f.backend(), nil).Handler()
	get := func() *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "http://localhost/readyz", http.NoBody)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := get(); w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != `{"ready":true,"reasons":[]}` {
		t.Errorf("ready: %d %s", w.Code, w.Body)
	}
	f.notReady = []string{"draining"}
	if w := get(); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"reasons":["draining"]`) {
		t.Errorf("not ready: %d %s", w.Code, w.Body)
	}
}
