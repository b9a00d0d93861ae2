package http

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/internal/peer/peertest"
	"github.com/skidway/skidway/plugins/sdk"
)

// ask sends a request over a raw connection.
func ask(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// hear reads an answer from a raw connection.
func hear(t *testing.T, r *bufio.Reader) *http.Response {
	t.Helper()
	a, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, a.Body)
	if err := errors.Join(err, a.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return a
}

// drainBegun begins the drain, and returns when nobody listens any more.
func (s *rig) drainBegun() {
	s.t.Helper()
	s.drain()
	eventually(s.t, "nobody listens any more", func() bool {
		c, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
}

func TestDrainAnswersWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	came, accept := make(chan struct{}, 2), make(chan struct{})
	r := &router{accept: func(int) error {
		came <- struct{}{}
		<-accept
		return nil
	}}
	s := run(t, r, nil)
	idle := s.dial()
	waiting, half := s.dial(), s.dial()
	ask(t, waiting, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")
	<-came
	ask(t, half, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n2\n")
	eventually(t, "the second body is being read", func() bool { return s.source.memory.used.Load() > 5 })

	s.drainBegun()
	ask(t, half, "3")
	close(accept)
	for name, c := range map[string]net.Conn{"accepted later": waiting, "arrived later": half} {
		a := hear(t, bufio.NewReader(c))
		if a.StatusCode != 204 || !a.Close {
			t.Errorf("%s: answer %d, Connection: close is %v, want 204 and true", name, a.StatusCode, a.Close)
		}
	}
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("an idle connection got bytes, want its end")
	}
	s.wait()
	if diff := cmp.Diff([]string{"1", "2", "3"}, r.records()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// TestDrainOfHTTP2 has a request under way on a connection that is used for others too.
func TestDrainOfHTTP2(t *testing.T) {
	authority := peertest.NewAuthority(t)
	cert, key := authority.Issue(t, "router.test")
	came, accept := make(chan struct{}, 2), make(chan struct{})
	r := &router{accept: func(n int) error {
		if n == 2 {
			came <- struct{}{}
			<-accept
		}
		return nil
	}}
	s := run(t, r, func(o *SourceOptions) { o.TLS = &SourceTLS{CertFile: sdk.Path(cert), KeyFile: sdk.Path(key)} })
	s.secure(&tls.Config{RootCAs: authority.Pool, MinVersion: tls.VersionTLS12}, true)
	s.post(strings.NewReader("1")).want(t, 204, "")
	answered := make(chan reply, 1)
	go func() {
		a, err := s.try(strings.NewReader("2"))
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	<-came
	s.drainBegun()
	close(accept)
	a := <-answered
	if a.want(t, 204, ""); a.proto != "HTTP/2.0" {
		t.Errorf("spoke %s, want HTTP/2.0", a.proto)
	}
	s.wait()
	if diff := cmp.Diff([]string{"1", "2"}, r.records()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// TestDrainDoesNotWaitForSlowSenders takes drainReading.
func TestDrainDoesNotWaitForSlowSenders(t *testing.T) {
	t.Parallel()
	r := &router{}
	s := run(t, r, nil)
	body, header := s.dial(), s.dial()
	ask(t, body, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300\r\n\r\n2\n")
	ask(t, header, "POST / HTTP/1.1\r\nHo")
	eventually(t, "the body is being read", func() bool { return s.source.memory.used.Load() > 0 })
	begun := time.Now()
	s.drain()
	if a := hear(t, bufio.NewReader(body)); a.StatusCode != 503 || !a.Close || a.Header.Get("Retry-After") == "" {
		t.Errorf("answer %d with %v, want 503 with Retry-After and Connection: close", a.StatusCode, a.Header)
	}
	s.wait()
	if got := r.records(); len(got) > 0 {
		t.Errorf("records %q, want none of half a body", got)
	}
	if took := time.Since(begun); took > s.source.opts.ReadTimeout/2 {
		t.Errorf("the drain took %s, as long as the senders", took)
	}
}

// TestDrainEndsWithoutTheRouter has a router that accepts nothing any more.
func TestDrainEndsWithoutTheRouter(t *testing.T) {
	t.Parallel()
	came, gone := make(chan struct{}), make(chan struct{})
	r := &router{accept: func(int) error {
		close(came)
		<-gone
		return errors.New("the router is gone")
	}}
	s := run(t, r, nil)
	c := s.dial()
	ask(t, c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")
	<-came
	s.drainBegun()
	close(gone)
	if a := hear(t, bufio.NewReader(c)); a.StatusCode != 503 || !a.Close {
		t.Errorf("answer %d, want 503 and the end of the connection", a.StatusCode)
	}
	s.wait()
}

func TestRunEndsWithItsListener(t *testing.T) {
	r := &router{}
	s := run(t, r, nil)
	_ = s.source.listener.Close()
	s.wait()
	if s.err == nil || !strings.Contains(s.err.Error(), "serve") {
		t.Errorf("Run = %v, want an error about serving", s.err)
	}
	s.err = nil
}
