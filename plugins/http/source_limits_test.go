package http

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// TestAnEmptyCredentialIsRefused looks at what the router checks values by: an empty token would let anybody in.
func TestAnEmptyCredentialIsRefused(t *testing.T) {
	d := Plugin("0.0.0").Describe()
	bodies := []*pluginv1.Body{d.GetSource().GetSchema(), d.GetDestination().GetSchema()}
	for _, b := range d.GetDestination().GetSchema().GetBlocks() {
		bodies = append(bodies, b.GetBody())
	}
	found := 0
	for _, block := range bodies {
		for _, a := range block.GetAttributes() {
			if name := a.GetName(); name != "bearer_token" && name != "username" {
				continue
			}
			found++
			pattern := regexp.MustCompile(`\A(?:` + a.GetConstraints().GetPattern() + `)\z`)
			if pattern.MatchString("") || !pattern.MatchString("t") || !pattern.MatchString("t\n") {
				t.Errorf("the pattern of %s is %q, want one that only refuses nothing at all", a.GetName(), a.GetConstraints().GetPattern())
			}
		}
	}
	if found != 3 {
		t.Errorf("%d credentials, want 3", found)
	}
}

// TestAChunkedRequestEndsItsConnection: it may have had a length as well, and then what follows could be another request.
func TestAChunkedRequestEndsItsConnection(t *testing.T) {
	s := run(t, &router{}, nil)
	c := s.dial()
	const post = "POST / HTTP/1.1\r\nHost: x\r\n"
	ask(t, c, post+"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n1\r\n1\r\n0\r\n\r\n"+post+"Content-Length: 1\r\n\r\n2")
	in := bufio.NewReader(c)
	if a := hear(t, in); a.StatusCode != http.StatusNoContent || !a.Close {
		t.Errorf("answer %d, close %t, want 204 and true", a.StatusCode, a.Close)
	}
	if rest, _ := io.ReadAll(in); len(rest) > 0 {
		t.Errorf("the connection went on: %q", rest)
	}
	if got := s.records(); len(got) != 1 {
		t.Errorf("records %q, want the first", got)
	}
}

// TestABodyWaitsForItsDecompressionWithinAcceptTimeout keeps all decoders busy.
func TestABodyWaitsForItsDecompressionWithinAcceptTimeout(t *testing.T) {
	s := run(t, &router{}, func(o *SourceOptions) { o.AcceptTimeout = 100 * time.Millisecond })
	for range maxDecoding {
		s.source.decoder.busy <- struct{}{}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.address+"/", strings.NewReader("not looked at"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Encoding", "gzip")
	a, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, _ := io.ReadAll(a.Body)
	if a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(text), "accept_timeout") || a.Header.Get("Retry-After") == "" {
		t.Errorf("answer %d %q, want 503 that says why and when", a.StatusCode, text)
	}
	for range maxDecoding {
		<-s.source.decoder.busy
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range maxDecoding {
		s.source.decoder.busy <- struct{}{}
	}
	if err := s.source.decoder.decode(ctx, compressGzip, &buffer{memory: s.source.memory}); !errors.Is(err, errBusy) {
		t.Errorf("decode = %v, want %v", err, errBusy)
	}
}

// deadlined is an answer that notes until when it may be written.
type deadlined struct {
	*httptest.ResponseRecorder
	until time.Time
	early bool // something was written without a deadline
}

func (d *deadlined) SetWriteDeadline(at time.Time) error {
	d.until = at
	return nil
}

func (d *deadlined) WriteHeader(status int) {
	d.early = d.until.IsZero()
	d.ResponseRecorder.WriteHeader(status)
}

// TestAClientHasLittleTimeToTakeARefusal: until it is taken, the header of a request without a token is kept, of which
// one HTTP/2 connection sends maxStreams.
func TestAClientHasLittleTimeToTakeARefusal(t *testing.T) {
	s := run(t, &router{}, func(o *SourceOptions) { o.BearerToken = "t" })
	d := &deadlined{ResponseRecorder: httptest.NewRecorder()}
	began := time.Now()
	newIntake(s.source, nil).ServeHTTP(d, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("1")))
	if d.Code != http.StatusUnauthorized || d.early || d.until.Before(began.Add(answerTimeout)) || time.Until(d.until) > answerTimeout {
		t.Errorf("answer %d, to be written within %s, early: %t; want 401 within %s", d.Code, d.until.Sub(began), d.early, answerTimeout)
	}
	if server := s.source.server(nil); server.MaxHeaderBytes > 8<<10 || server.HTTP2.MaxConcurrentStreams > 16 {
		t.Errorf("an HTTP/2 connection may hold %d headers of %d bytes", server.HTTP2.MaxConcurrentStreams, server.MaxHeaderBytes)
	}
}
