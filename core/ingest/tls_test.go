package ingest

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// dialTLS connects and makes the handshake, which fails on the client's side only when the server's answer says so.
func (r *running) dialTLS(config *tls.Config) (*tls.Conn, error) {
	r.t.Helper()
	c := tls.Client(r.dial(), config)
	return c, c.HandshakeContext(r.t.Context())
}

func mustTLS(r *running, config *tls.Config) *tls.Conn {
	r.t.Helper()
	c, err := r.dialTLS(config)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func TestTLS(t *testing.T) {
	ca := newAuthority(t)
	f := newFiles(t)
	f.put(ca.issue(2, nil))
	r := start(t, Options{TLS: &TLSOptions{CertFile: f.cert, KeyFile: f.key}})
	config := &tls.Config{RootCAs: ca.pool(), ServerName: "127.0.0.1"}

	big := strings.Repeat("x", 200_000)
	c := mustTLS(r, config)
	r.send(c, "a\n"+big+"\nhalf")
	if got := r.appender.wait(t, 2); got[1].Data != big {
		t.Errorf("second record has %d bytes, want %d", len(got[1].Data), len(big))
	}
	// With its closure alert the client closes in order.
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got := r.appender.wait(t, 3)[2].Data; got != "half" {
		t.Errorf("last record = %q, want half", got)
	}

	// Without it, anybody might have ended the TCP connection.
	c = mustTLS(r, config)
	r.send(c, "b\ncut off")
	r.appender.wait(t, 4)
	if err := c.NetConn().Close(); err != nil {
		t.Fatal(err)
	}
	r.reach("unaccepted records", &r.m.Unaccepted, 1)
	if got := len(r.appender.all()); got != 4 {
		t.Errorf("records = %d, want 4", got)
	}
	if got := r.CertificateNotAfter(); time.Until(got) > time.Hour || time.Until(got) < 0 {
		t.Errorf("certificate expires at %s, want within the hour", got)
	}
}

// TestTLSInSmallPieces splits TLS records over many TCP segments, so that reads find none whole.
func TestTLSInSmallPieces(t *testing.T) {
	ca := newAuthority(t)
	f := newFiles(t)
	f.put(ca.issue(2, nil))
	r := start(t, Options{TLS: &TLSOptions{CertFile: f.cert, KeyFile: f.key}})
	c := tls.Client(dribble{r.dial()}, &tls.Config{RootCAs: ca.pool(), ServerName: "127.0.0.1"})
	var want []string
	for i := range 20 {
		record := strings.Repeat(string(rune('a'+i)), 100*i+1)
		want = append(want, record)
		r.send(c, record+"\n")
	}
	r.appender.wait(t, len(want))
	if diff := cmp.Diff(want, r.appender.data()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// dribble writes in pieces of 100 bytes.
type dribble struct{ *net.TCPConn }

func (d dribble) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 {
		w, err := d.TCPConn.Write(p[:min(len(p), 100)])
		n += w
		if err != nil {
			return n, err
		}
		p = p[w:]
	}
	return n, nil
}

func TestClientCertificates(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	f := newFiles(t)
	f.put(ca.issue(2, nil))
	f.putCA(ca)
	o := Options{TLS: &TLSOptions{
		CertFile: f.cert, KeyFile: f.key, ClientCAFile: f.ca,
		ClientNames: []string{"*.app.example.com", "exact.example.com", "spiffe://example.com/app"},
	}}
	expired := func(c *x509.Certificate) {
		named("web.app.example.com")(c)
		c.NotAfter = time.Now().Add(-time.Minute)
	}
	serverOnly := func(c *x509.Certificate) {
		named("web.app.example.com")(c)
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	certs := func(c tls.Certificate) []tls.Certificate { return []tls.Certificate{c} }
	for _, test := range []struct {
		name  string
		certs []tls.Certificate
		want  string // empty: refused
	}{
		{"none", nil, ""},
		{"name in the pattern", certs(ca.issue(3, named("web.app.example.com"))), "web.app.example.com"},
		{"name in another case", certs(ca.issue(3, named("WEB.App.example.com"))), "WEB.App.example.com"},
		{"second name matches", certs(ca.issue(3, named("x.example.com", "exact.example.com"))), "exact.example.com"},
		{"URI matches", certs(ca.issue(3, withURI(t, "spiffe://example.com/app"))), "spiffe://example.com/app"},
		{"URI differs", certs(ca.issue(3, withURI(t, "spiffe://example.com/App"))), ""},
		{"name with two labels for the star", certs(ca.issue(3, named("a.b.app.example.com"))), ""},
		{"name without a label for the star", certs(ca.issue(3, named("app.example.com"))), ""},
		{"name is a wildcard itself", certs(ca.issue(3, named("*.app.example.com"))), ""},
		{"only the common name matches", certs(ca.issue(3, nil)), ""},
		{"other name", certs(ca.issue(3, named("web.example.com"))), ""},
		{"other CA", certs(other.issue(3, named("web.app.example.com"))), ""},
		{"expired", certs(ca.issue(3, expired)), ""},
		{"for servers only", certs(ca.issue(3, serverOnly)), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := start(t, o)
			c, err := r.dialTLS(&tls.Config{RootCAs: ca.pool(), ServerName: "127.0.0.1", Certificates: test.certs})
			if test.want == "" {
				if err == nil {
					closed(t, c) // with TLS 1.3 the refusal comes after the client is done
				}
				r.reach("tls errors", &r.m.TLSErrors, 1)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			r.send(c, "a\n")
			if got := r.appender.wait(t, 1)[0].Origin.ClientName; got != test.want {
				t.Errorf("client name = %q, want %q", got, test.want)
			}
		})
	}
}

func TestMinVersion(t *testing.T) {
	ca := newAuthority(t)
	f := newFiles(t)
	f.put(ca.issue(2, nil))
	for _, test := range []struct {
		least, client uint16
		ok            bool
	}{
		{0, tls.VersionTLS11, false},
		{0, tls.VersionTLS12, true},
		{tls.VersionTLS12, tls.VersionTLS13, true},
		{tls.VersionTLS13, tls.VersionTLS12, false},
		{tls.VersionTLS13, tls.VersionTLS13, true},
	} {
		r := start(t, Options{TLS: &TLSOptions{CertFile: f.cert, KeyFile: f.key, MinVersion: test.least}})
		_, err := r.dialTLS(&tls.Config{
			RootCAs: ca.pool(), ServerName: "127.0.0.1", MinVersion: test.client, MaxVersion: test.client,
		})
		if (err == nil) != test.ok {
			t.Errorf("min_version %x, client %x: handshake = %v, want success %v", test.least, test.client, err, test.ok)
		}
	}
}

func TestCertificateRotation(t *testing.T) {
	ca := newAuthority(t)
	f := newFiles(t)
	f.put(ca.issue(2, nil))
	f.putCA(ca)
	r := start(t, Options{TLS: &TLSOptions{CertFile: f.cert, KeyFile: f.key, ClientCAFile: f.ca}})
	config := &tls.Config{
		RootCAs: ca.pool(), ServerName: "127.0.0.1", Certificates: []tls.Certificate{ca.issue(3, named("a"))},
	}
	// serves expects the certificate with this serial on a new connection, and records to flow on it.
	records := 0
	serves := func(what string, serial int64) *tls.Conn {
		t.Helper()
		c := mustTLS(r, config)
		if got := c.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); got != serial {
			t.Errorf("%s: certificate has serial %d, want %d", what, got, serial)
		}
		records++
		r.send(c, what+"\n")
		r.appender.wait(t, records)
		return c
	}
	first := serves("at first", 2)

	next := ca.issue(10, nil)
	f.putCert(next)
	serves("with the certificate but not its key replaced", 2)
	f.putKey(next)
	serves("with both replaced", 10)
	records++
	r.send(first, "a connection from before goes on\n")
	r.appender.wait(t, records)

	replace(t, f.cert, "CERTIFICATE", []byte("damaged"))
	serves("with a damaged certificate", 10)
	last := ca.issue(11, nil)
	f.put(last)
	serves("with good files again", 11)

	other := newAuthority(t)
	f.putCA(other)
	if c, err := r.dialTLS(config); err == nil {
		closed(t, c)
	}
	r.reach("tls errors", &r.m.TLSErrors, 1)
	config.Certificates = []tls.Certificate{other.issue(4, named("b"))}
	serves("with another client CA", 11)
}

// TestSameFiles replaces a file by one of the same size and time.
func TestSameFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	at := time.Now().Add(-time.Hour)
	write := func(block string) []os.FileInfo {
		t.Helper()
		replace(t, name, block, []byte("same size"))
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return []os.FileInfo{info}
	}
	a := write("A")
	if !sameFiles(a, a) {
		t.Error("a file differs from itself")
	}
	if sameFiles(a, write("B")) {
		t.Error("a replaced file of the same size and time is the same")
	}
	if sameFiles(a, nil) {
		t.Error("a file is the same as none")
	}
}

func TestGarbageOnTLSPort(t *testing.T) {
	ca := newAuthority(t)
	f := newFiles(t)
	f.put(ca.issue(2, nil))
	r := start(t, Options{TLS: &TLSOptions{CertFile: f.cert, KeyFile: f.key}})
	c := r.dial()
	r.send(c, "plain text\n")
	// The answer is a TLS alert, then the end.
	answer := make([]byte, 64)
	if n, err := c.Read(answer); err == nil && (n == 0 || answer[0] != 21) {
		t.Errorf("answer = %x, want an alert", answer[:n])
	}
	closed(t, c)
	r.reach("tls errors", &r.m.TLSErrors, 1)
	if got := len(r.appender.all()); got != 0 {
		t.Errorf("records = %d, want 0", got)
	}
}

// TestSlowHandshake has a client that says nothing: it is closed when the handshake's time is over, and holds up
// nobody else.
func TestSlowHandshake(t *testing.T) {
	ca := newAuthority(t)
	f := newFiles(t)
	f.put(ca.issue(2, nil))
	r := listen(t, Options{TLS: &TLSOptions{CertFile: f.cert, KeyFile: f.key}}, testBudget(t, 0))
	if r.handshakeTimeout != 10*time.Second {
		t.Errorf("handshake timeout = %s, want 10s", r.handshakeTimeout)
	}
	r.handshakeTimeout = 2 * time.Second
	r.run()
	slow := r.dial()
	c := mustTLS(r, &tls.Config{RootCAs: ca.pool(), ServerName: "127.0.0.1"})
	r.send(c, "a\n")
	r.appender.wait(t, 1)
	closed(t, slow)
	r.reach("tls errors", &r.m.TLSErrors, 1)
}

func TestAllowFromComesBeforeTheHandshake(t *testing.T) {
	ca := newAuthority(t)
	f := newFiles(t)
	f.put(ca.issue(2, nil))
	r := start(t, Options{
		TLS: &TLSOptions{CertFile: f.cert, KeyFile: f.key}, AllowFrom: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
	})
	closed(t, r.dial()) // without a byte from either side
	r.reach("refused connections", &r.m.RefusedNet, 1)
	if got := r.m.TLSErrors.Load(); got != 0 {
		t.Errorf("tls errors = %d, want 0", got)
	}
}
