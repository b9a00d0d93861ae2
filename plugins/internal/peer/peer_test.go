package peer_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/internal/peer/peertest"
	"github.com/skidway/skidway/plugins/sdk"
)

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1":        true,
		"127.9.9.9":        true,
		"::1":              true,
		"::ffff:127.0.0.1": true,
		"localhost":        true,
		"LocalHost.":       true,
		"app.localhost":    true,
		"0.0.0.0":          false,
		"::":               false,
		"10.0.0.1":         false,
		"notlocalhost":     false,
		"localhost.evil":   false,
		"127.0.0.1.evil":   false,
		"":                 false,
	} {
		if got := peer.Loopback(host); got != want {
			t.Errorf("Loopback(%q) = %v, want %v", host, got, want)
		}
	}
}

// handshake connects a client of that configuration to a server and returns the name the client presented.
func handshake(t *testing.T, client, server *tls.Config) (name string, err error) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if secure, ok := c.(*tls.Conn); ok && secure.Handshake() == nil {
			if certificates := secure.ConnectionState().PeerCertificates; len(certificates) > 0 {
				name = certificates[0].Subject.CommonName
			}
			_, _ = io.WriteString(c, "x")
		}
	}()
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Client(raw, client)
	_, err = c.Read(make([]byte, 1)) // A refused client certificate shows here, not in the handshake.
	_ = c.Close()
	<-done
	return name, err
}

func fail(t *testing.T) func(error) {
	return func(err error) { t.Errorf("bad client certificate: %v", err) }
}

func TestConfigVerifiesTheServer(t *testing.T) {
	authority, other := peertest.NewAuthority(t), peertest.NewAuthority(t)
	server := authority.Server(t, "logs.test")
	for name, test := range map[string]struct {
		block peer.TLS
		host  string
		ok    bool
	}{
		"by address":                   {block: peer.TLS{CAFile: sdk.Path(authority.File)}, host: "127.0.0.1", ok: true},
		"by host name":                 {block: peer.TLS{CAFile: sdk.Path(authority.File)}, host: "logs.test", ok: true},
		"by server_name":               {block: peer.TLS{CAFile: sdk.Path(authority.File), ServerName: "logs.test"}, host: "10.0.0.1", ok: true},
		"wrong host name":              {block: peer.TLS{CAFile: sdk.Path(authority.File)}, host: "other.test"},
		"server_name wins over host":   {block: peer.TLS{CAFile: sdk.Path(authority.File), ServerName: "other.test"}, host: "logs.test"},
		"another authority":            {block: peer.TLS{CAFile: sdk.Path(other.File)}, host: "logs.test"},
		"the system's own authorities": {block: peer.TLS{}, host: "logs.test"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := test.block.Config(test.host, fail(t))
			if err != nil {
				t.Fatal(err)
			}
			_, err = handshake(t, c, server)
			if (err == nil) != test.ok {
				t.Fatalf("handshake: %v, want success %v", err, test.ok)
			}
			if err != nil && !peer.IsIdentityError(err) {
				t.Errorf("IsIdentityError(%v) = false, want true", err)
			}
		})
	}
}

func TestConfigFollowsTheClientCertificate(t *testing.T) {
	authority := peertest.NewAuthority(t)
	server := authority.Server(t, "logs.test")
	server.ClientCAs, server.ClientAuth = authority.Pool, tls.RequireAndVerifyClientCert
	folder := t.TempDir()
	block := peer.TLS{
		CAFile:   sdk.Path(authority.File),
		CertFile: sdk.Path(filepath.Join(folder, "client.crt")),
		KeyFile:  sdk.Path(filepath.Join(folder, "client.key")),
	}
	install := func(name string) {
		t.Helper()
		certFile, keyFile := authority.Issue(t, name)
		for from, to := range map[string]string{certFile: string(block.CertFile), keyFile: string(block.KeyFile)} {
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		}
	}
	install("first")
	complaints := 0
	c, err := block.Config("logs.test", func(error) { complaints++ })
	if err != nil {
		t.Fatal(err)
	}
	want := func(want string) {
		t.Helper()
		if got, err := handshake(t, c, server); got != want {
			t.Errorf("server saw %q, want %q (%v)", got, want, err)
		}
	}
	want("first")
	install("second")
	want("second")
	if err := os.WriteFile(string(block.KeyFile), []byte("half a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	want("second")
	if complaints == 0 {
		t.Error("no complaint about a bad pair, want one")
	}
	certFile, keyFile := peertest.NewAuthority(t).Issue(t, "stranger")
	block.CertFile, block.KeyFile = sdk.Path(certFile), sdk.Path(keyFile)
	if c, err = block.Config("logs.test", fail(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := handshake(t, c, server); err == nil || !peer.IsIdentityError(err) {
		t.Errorf("handshake with a stranger's certificate: %v, want an identity error", err)
	}
}

func TestConfigSaysWhichFileIsBad(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		block peer.TLS
		want  string
	}{
		{peer.TLS{CAFile: "/does/not/exist"}, "tls.ca_file"},
		{peer.TLS{CAFile: sdk.Path(empty)}, "no certificate in " + empty},
		{peer.TLS{CertFile: sdk.Path(empty), KeyFile: sdk.Path(empty)}, "tls.cert_file"},
	} {
		if _, err := test.block.Config("h", fail(t)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Config of %+v: %v, want an error with %q", test.block, err, test.want)
		}
	}
}

func TestIsIdentityErrorOfOtherErrors(t *testing.T) {
	if err := fmt.Errorf("dial: %w", errors.New("refused")); peer.IsIdentityError(err) {
		t.Errorf("IsIdentityError(%v) = true, want false", err)
	}
}
