package http

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestHostileBytes sends what no client of ours would, each time over a connection of its own.
func TestHostileBytes(t *testing.T) {
	r := &router{}
	s := run(t, r, nil)
	const post = "POST / HTTP/1.1\r\nHost: x\r\n"
	for name, test := range map[string]struct {
		text   string
		status int
	}{
		"a huge header":                    {post + "X: " + strings.Repeat("y", 64<<10) + "\r\n\r\n", 431},
		"garbage for a request":            {"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n", 400},
		"garbage for a chunk":              {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n1\r\n0\r\n\r\n", 400},
		"a chunk of negative size":         {post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n1\r\n0\r\n\r\n", 400},
		"a chunk of more than 64 bits":     {post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n1\r\n0\r\n\r\n", 400},
		"two lengths":                      {post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n1", 400},
		"a negative length":                {post + "Content-Length: -1\r\n\r\n1", 400},
		"a length over the limit":          {post + "Content-Length: 17179869184\r\n\r\n1", 413},
		"a transfer encoding of its own":   {post + "Transfer-Encoding: gzip\r\n\r\n1", 501},
		"an expectation of its own":        {post + "Expect: money\r\nContent-Length: 1\r\n\r\n1", 417},
		"no host":                          {"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n1", 400},
		"a proxy's request":                {"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", 404},
		"an old protocol":                  {"POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx", 400},
		"HTTP/2 without TLS":               {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 404},
		"a length in a chunked request":    {post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\nx\r\n0\r\n\r\n", 400},
		"a body that the first line ended": {post + "Content-Length: 2\r\n\r\n1\x00", 400},
	} {
		c := s.dial()
		ask(t, c, test.text)
		if a := hear(t, bufio.NewReader(c)); a.StatusCode != test.status {
			t.Errorf("%s: answer %d, want %d", name, a.StatusCode, test.status)
		}
		_ = c.Close()
	}
	if got := r.records(); len(got) > 0 {
		t.Errorf("records %q were taken, want none", got)
	}
	s.post(strings.NewReader("1")).want(t, 204, "")
}

// TestEarlyEnds closes connections in the middle of bodies.
func TestEarlyEnds(t *testing.T) {
	r := &router{}
	s := run(t, r, nil)
	const post = "POST / HTTP/1.1\r\nHost: x\r\n"
	for name, text := range map[string]string{
		"a length that lies":           post + "Content-Length: 100\r\n\r\n1\n2\n",
		"a chunk that is cut":          post + "Transfer-Encoding: chunked\r\n\r\n8\r\n1\n2\n",
		"chunks without their end":     post + "Transfer-Encoding: chunked\r\n\r\n4\r\n1\n2\n\r\n",
		"a length far over what comes": post + "Content-Length: 16777216\r\n\r\n1\n2\n",
	} {
		c := s.dial()
		ask(t, c, text)
		eventually(t, name+": the body is being read", func() bool { return s.source.memory.used.Load() > 0 })
		if used := s.source.memory.used.Load(); used > firstBuffer {
			t.Errorf("%s: %d bytes are reserved for 4 that came, want %d at most", name, used, firstBuffer)
		}
		_ = c.Close()
		eventually(t, name+": the memory is given back", func() bool { return s.source.memory.used.Load() == 0 })
	}
	if got := r.records(); len(got) > 0 {
		t.Errorf("records %q were taken, want none", got)
	}
}

// TestSlowSendersAreCutOff takes the shortest read_timeout.
func TestSlowSendersAreCutOff(t *testing.T) {
	t.Parallel()
	r := &router{}
	s := run(t, r, func(o *SourceOptions) { o.ReadTimeout, o.IdleTimeout = time.Second, time.Second })
	header, body, idle := s.dial(), s.dial(), s.dial()
	ask(t, header, "POST / HTTP/1.1\r\nHost:")
	ask(t, body, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1\n")
	ask(t, idle, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")
	reader := bufio.NewReader(idle)
	if a := hear(t, reader); a.StatusCode != 204 {
		t.Errorf("answer %d, want 204", a.StatusCode)
	}
	if a := hear(t, bufio.NewReader(body)); a.StatusCode != 408 || !a.Close {
		t.Errorf("answer %d to half a body, want 408 and the end of the connection", a.StatusCode)
	}
	for name, r := range map[string]io.Reader{"half a header": header, "no second request": reader} {
		if rest, err := io.ReadAll(r); err != nil || bytes.Contains(rest, []byte("204")) {
			t.Errorf("%s: got %q, %v, want the end", name, rest, err)
		}
	}
	if diff := cmp.Diff([]string{"1"}, r.records()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// TestAcceptanceMayTakeLongerThanReading has a request whose body came in time and whose answer takes longer.
func TestAcceptanceMayTakeLongerThanReading(t *testing.T) {
	t.Parallel()
	accept := time.After(1500 * time.Millisecond)
	r := &router{accept: func(n int) error {
		if n == 1 {
			<-accept
		}
		return nil
	}}
	s := run(t, r, func(o *SourceOptions) { o.ReadTimeout = time.Second })
	first, second := s.dial(), s.dial()
	const text = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1"
	ask(t, first, text)
	eventually(t, "the first body is with the router", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.calls == 1 })
	ask(t, second, text)
	for _, c := range []io.Reader{first, second} {
		if a := hear(t, bufio.NewReader(c)); a.StatusCode != 204 {
			t.Errorf("answer %d, want 204", a.StatusCode)
		}
	}
}

func TestPipelining(t *testing.T) {
	r := &router{}
	s := run(t, r, func(o *SourceOptions) { o.Format = formatRaw })
	c := s.dial()
	const n = 200
	go func() {
		for range n {
			_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")
		}
	}()
	answers := bufio.NewReader(c)
	for i := range n {
		if a := hear(t, answers); a.StatusCode != 204 {
			t.Fatalf("answer %d is %d, want 204", i, a.StatusCode)
		}
	}
	if got := len(r.records()); got != n {
		t.Errorf("%d records, want %d", got, n)
	}
}

func TestExpectContinue(t *testing.T) {
	r := &router{}
	s := run(t, r, func(o *SourceOptions) { o.BearerToken = "t" })
	c := s.dial()
	answers := bufio.NewReader(c)
	const post = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"
	ask(t, c, post+"Authorization: Bearer t\r\n\r\n")
	if a := hear(t, answers); a.StatusCode != 100 {
		t.Fatalf("answer %d before the body, want 100", a.StatusCode)
	}
	ask(t, c, "1")
	if a := hear(t, answers); a.StatusCode != 204 {
		t.Errorf("answer %d, want 204", a.StatusCode)
	}
	ask(t, c, post+"\r\n")
	if a := hear(t, answers); a.StatusCode != 401 {
		t.Errorf("answer %d to a request without the token, want 401 before its body", a.StatusCode)
	}
}

// TestHalfClosedConnections has senders that end their side after the body, as nc does.
func TestHalfClosedConnections(t *testing.T) {
	r := &router{}
	s := run(t, r, nil)
	c := s.dial()
	ask(t, c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")
	if half, ok := c.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		t.Fatal("can't close one side")
	}
	if a := hear(t, bufio.NewReader(c)); a.StatusCode != 204 {
		t.Errorf("answer %d, want 204", a.StatusCode)
	}
}

// TestRandomBodies posts bodies of any bytes with any encoding: whatever the answer, it is one, and only 204 takes
// records.
func TestRandomBodies(t *testing.T) {
	r := &router{}
	s := run(t, r, nil)
	random := rand.New(rand.NewPCG(1, 2))
	good := [][]byte{[]byte("{\"a\":[1,2,{}]}\n\"x\"\r\n\n3"), []byte(strings.Repeat("{\"a\":1}\n", 1000))}
	for i := range 300 {
		body := good[i%2]
		encoding := []string{"identity", "gzip", "zstd"}[i%3]
		switch encoding {
		case "gzip":
			body = gzipped(t, body)
		case "zstd":
			body = zstded(t, body, i%4 == 0)
		}
		body = bytes.Clone(body)
		for range random.IntN(3) {
			body[random.IntN(len(body))] ^= byte(1 + random.IntN(255))
		}
		before := len(r.records())
		a := s.post(bytes.NewReader(body), "Content-Encoding", encoding)
		if taken := len(r.records()) > before; taken && a.status != http.StatusNoContent || a.status != 204 && a.status != 400 && a.status != 413 {
			t.Fatalf("body %d (%s, %q) is answered %d %q, records taken: %v", i, encoding, body, a.status, a.text, taken)
		}
	}
}
