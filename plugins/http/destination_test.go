package http

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/internal/peer/peertest"
	"github.com/skidway/skidway/plugins/sdk"
)

func TestSaysWhatTheServerSaid(t *testing.T) {
	s := plain(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "who are you?\r\n")
	})
	d := open(t, Options{Endpoint: endpoint(s, "/in?token=hunter22")})
	err := d.Write(t.Context(), batchOf(t, "1"))
	wantVerdict(t, "401", err, sdk.Unauthenticated)
	if want := "POST " + s.URL + `/in: 401 Unauthorized: "who are you?"`; err.Error() != want {
		t.Errorf("error = %s, want %s", err, want)
	}
}

func TestDoesNotFollowRedirects(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		s := plain(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/elsewhere", code)
			}
		})
		wantVerdict(t, fmt.Sprint(code), open(t, Options{Endpoint: endpoint(s, "/"), BearerToken: "t0ken"}).Write(t.Context(), batchOf(t, "1")), sdk.Misconfigured)
		if n := len(s.got()); n != 1 {
			t.Errorf("%d: %d requests, want 1", code, n)
		}
	}
}

// TestEveryBatchArrivesThroughAFifthOf503 sends batches as the router does: again until they are accepted.
func TestEveryBatchArrivesThroughAFifthOf503(t *testing.T) {
	var n atomic.Int64
	var mu sync.Mutex
	taken := map[string]int{}
	s := plain(t, nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || n.Add(1)%5 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		taken[string(body)]++
	})
	d := open(t, Options{Endpoint: endpoint(s, "/")})
	var group sync.WaitGroup
	retries := make([]int, 4)
	for w := range retries {
		group.Go(func() {
			for i := range 50 {
				b := batchOf(t, fmt.Sprintf(`{"writer":%d,"n":%d}`, w, i))
				for err := d.Write(t.Context(), b); err != nil; err = d.Write(t.Context(), b) {
					wantVerdict(t, "503", err, sdk.Retry)
					retries[w]++
				}
			}
		})
	}
	group.Wait()
	if len(taken) != 200 {
		t.Errorf("%d batches arrived, want 200", len(taken))
	}
	for body, times := range taken {
		if times != 1 {
			t.Errorf("%q was accepted %d times", body, times)
		}
	}
	if total := retries[0] + retries[1] + retries[2] + retries[3]; total != 50-1 && total != 50 {
		t.Errorf("%d retries, want a fifth of 250 requests", total)
	}
}

func TestAServerThatIsDownIsTriedAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	d := open(t, Options{Endpoint: sdk.URL("http://" + address + "/")})
	b := batchOf(t, "1")
	err = d.Write(t.Context(), b)
	wantVerdict(t, "no server", err, sdk.Retry)
	if !strings.Contains(err.Error(), "refused") {
		t.Errorf("error = %v, want connection refused", err)
	}
	s := serve(t, status(http.StatusOK))
	s.Listener.Close()
	if s.Listener, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	s.Start()
	if err := d.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func TestGivesUpAfterTheTimeout(t *testing.T) {
	for name, begin := range map[string]func(http.ResponseWriter){
		"no answer": func(http.ResponseWriter) {},
		"no end of an error": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusInternalServerError)
			_ = http.NewResponseController(w).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{})
			s := plain(t, func(w http.ResponseWriter, _ *http.Request) { begin(w); <-release })
			defer close(release)
			err := open(t, Options{Endpoint: endpoint(s, "/"), Timeout: 50 * time.Millisecond}).Write(t.Context(), batchOf(t, "1"))
			wantVerdict(t, name, err, sdk.Retry)
			if name == "no answer" && !strings.Contains(err.Error(), "no complete answer within 50ms") {
				t.Errorf("error = %v, want the timeout", err)
			}
		})
	}
}

func TestStopsWithItsContext(t *testing.T) {
	got, release := make(chan struct{}), make(chan struct{})
	s := plain(t, func(http.ResponseWriter, *http.Request) { close(got); <-release })
	defer close(release)
	d := open(t, Options{Endpoint: endpoint(s, "/")})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-got; cancel() }()
	if err := d.Write(ctx, batchOf(t, "1")); !errors.Is(err, context.Canceled) {
		t.Errorf("Write: %v, want %v", err, context.Canceled)
	}
}

// TestLetsGoOfTheBatchBeforeWriteReturns answers before the request is read, which leaves the transport writing. The
// race detector sees it when the transport still reads what is changed here.
func TestLetsGoOfTheBatchBeforeWriteReturns(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var group sync.WaitGroup
	defer group.Wait()
	defer l.Close()
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer c.Close()
				in := bufio.NewReader(c)
				if _, err := in.ReadString('\n'); err == nil {
					_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
				}
				_, _ = io.Copy(io.Discard, in)
			})
		}
	})
	d := open(t, Options{Endpoint: sdk.URL("http://" + l.Addr().String())})
	b := batchOf(t, lines(12000)...)
	for range 5 {
		wantVerdict(t, "413", d.Write(t.Context(), b), sdk.TooLarge)
		for i := 0; i < len(b.Data()); i += 4096 {
			b.Data()[i] ^= 1
		}
	}
}

func TestNeverShowsASecret(t *testing.T) {
	const secret = "c4n4ry"
	s := plain(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_ = r.Header.Write(w) // As servers in debug mode do.
		_, _ = io.WriteString(w, r.RequestURI)
		_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		_, _ = io.WriteString(w, "\nno such token: "+token)
	})
	host := strings.TrimPrefix(s.URL, "http://")
	down := sdk.URL("http://user:" + secret + "@127.0.0.1:1/in?key=" + secret)
	for name, o := range map[string]Options{
		"bearer_token":       {Endpoint: endpoint(s, "/"), BearerToken: secret},
		"basic_auth":         {Endpoint: endpoint(s, "/"), BasicAuth: &BasicAuth{Username: "u", Password: secret}},
		"a header":           {Endpoint: endpoint(s, "/"), Headers: map[string]string{"X-Api-Key": secret}},
		"a header, in part":  {Endpoint: endpoint(s, "/"), Headers: map[string]string{"authorization": "Splunk " + secret}},
		"user information":   {Endpoint: sdk.URL("http://user:" + secret + "@" + host)},
		"a user alone":       {Endpoint: sdk.URL("http://" + secret + "@" + host)},
		"a query":            {Endpoint: endpoint(s, "/in?access_token="+secret)},
		"no server":          {Endpoint: down},
		"not a URL":          {Endpoint: sdk.URL("http://user:" + secret + "@[/")},
		"a URL of no scheme": {Endpoint: sdk.URL("gopher://user:" + secret + "@host")},
	} {
		t.Run(name, func(t *testing.T) {
			o = filled(o)
			for _, d := range o.Validate() {
				if strings.Contains(fmt.Sprint(d), secret) {
					t.Errorf("diagnostic shows it: %v", d)
				}
			}
			d := newDestination(o, "1.2.3")
			err := d.Open(t.Context(), sdk.Config{})
			if err == nil {
				err = d.Write(t.Context(), batchOf(t, "1"))
			}
			if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
				t.Errorf("error = %v, want one without the secret", err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	a := peertest.NewAuthority(t)
	s := serve(t, status(http.StatusOK))
	s.TLS = a.Server(t, "logs.test")
	s.TLS.ClientCAs, s.TLS.ClientAuth = a.Pool, tls.RequireAndVerifyClientCert
	s.EnableHTTP2 = true
	s.StartTLS()
	certFile, keyFile := a.Issue(t, "router")
	block := peer.TLS{CAFile: sdk.Path(a.File), CertFile: sdk.Path(certFile), KeyFile: sdk.Path(keyFile)}

	if err := open(t, Options{Endpoint: endpoint(s, "/"), TLS: &block}).Write(t.Context(), batchOf(t, "1")); err != nil {
		t.Fatal(err)
	}
	if got := s.got()[0].proto; got != "HTTP/2.0" {
		t.Errorf("protocol %s, want HTTP/2.0, which the server offers", got)
	}
	named := block
	named.ServerName = "logs.test"
	if err := open(t, Options{Endpoint: endpoint(s, "/"), TLS: &named}).Write(t.Context(), batchOf(t, "1")); err != nil {
		t.Errorf("with server_name: %v", err)
	}
	named.ServerName = "other.test"
	wantVerdict(t, "another name", open(t, Options{Endpoint: endpoint(s, "/"), TLS: &named}).Write(t.Context(), batchOf(t, "1")), sdk.Misconfigured)
	wantVerdict(t, "the system's authorities", open(t, Options{Endpoint: endpoint(s, "/")}).Write(t.Context(), batchOf(t, "1")), sdk.Misconfigured)
	anonymous := peer.TLS{CAFile: sdk.Path(a.File)}
	err := open(t, Options{Endpoint: endpoint(s, "/"), TLS: &anonymous}).Write(t.Context(), batchOf(t, "1"))
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without a client certificate: %v, want an error about it", err)
	}
}

func TestReadsAChangedAuthorityAgain(t *testing.T) {
	a, old := peertest.NewAuthority(t), peertest.NewAuthority(t)
	s := serve(t, status(http.StatusOK))
	s.TLS = a.Server(t, "logs.test")
	s.StartTLS()
	d, log := openLogged(t, Options{Endpoint: endpoint(s, "/"), TLS: &peer.TLS{CAFile: sdk.Path(old.File)}})
	b := batchOf(t, "1")
	for range 2 {
		wantVerdict(t, "with the old authority", d.Write(t.Context(), b), sdk.Misconfigured)
	}
	if err := os.WriteFile(old.File, []byte("half a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, "with a broken file", d.Write(t.Context(), b), sdk.Misconfigured)
	if !strings.Contains(log.String(), "changed TLS files not usable") {
		t.Errorf("the log does not say that the file is broken: %s", log)
	}
	if err := os.Rename(a.File, old.File); err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, "the attempt that notices", d.Write(t.Context(), b), sdk.Misconfigured)
	if err := d.Write(t.Context(), b); err != nil {
		t.Errorf("with the new authority: %v", err)
	}
}

func TestOpenSaysWhichFileIsMissing(t *testing.T) {
	d := newDestination(filled(Options{Endpoint: "https://logs.test", TLS: &peer.TLS{CAFile: "/does/not/exist"}}), "1.2.3")
	if err := d.Open(t.Context(), sdk.Config{}); err == nil || !strings.Contains(err.Error(), "tls.ca_file") {
		t.Errorf("Open: %v, want an error about tls.ca_file", err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close after a failed Open: %v", err)
	}
}
