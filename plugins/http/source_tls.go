package http

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// serverTLS makes the TLS configuration of a listener from files, and makes it again when a handshake finds that the
// files have changed. It is safe for concurrent use.
type serverTLS struct {
	o   SourceTLS
	log hclog.Logger

	mu      sync.Mutex
	current *tls.Config
	// seen are the files as they were when they were last read, whether that made a configuration or not; nil after one
	// was missing.
	seen []os.FileInfo
}

// loadServerTLS reads the files for the first time.
func loadServerTLS(o SourceTLS, log hclog.Logger) (*serverTLS, error) {
	t := &serverTLS{o: o, log: log}
	var err error
	if t.seen, err = t.stat(); err != nil {
		return nil, err
	}
	if t.current, err = t.load(); err != nil {
		return nil, err
	}
	return t, nil
}

// config returns the configuration for the listener: each handshake gets the newest good files.
func (t *serverTLS) config() *tls.Config {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.current.Clone()
	c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return t.newest(), nil }
	return c
}

// newest reads changed files. When they are no good it logs that once and goes on with those it has.
func (t *serverTLS) newest() *tls.Config {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen, err := t.stat()
	if err == nil && sameFiles(seen, t.seen) {
		return t.current
	}
	if err != nil {
		// A file is missing, perhaps because it is being replaced.
		if t.seen != nil {
			t.log.Error("changed TLS files not readable; using the last ones", "error", err)
		}
		t.seen = nil
		return t.current
	}
	t.seen = seen // From before they are read: a change in between is seen the next time.
	c, err := t.load()
	if err != nil {
		t.log.Error("changed TLS files not usable; using the last ones", "error", err)
		return t.current
	}
	t.current = c
	t.log.Info("TLS files re-read", "not_after", c.Certificates[0].Leaf.NotAfter.UTC().Format(time.RFC3339))
	return c
}

func (t *serverTLS) stat() ([]os.FileInfo, error) {
	var infos []os.FileInfo
	for _, name := range []string{string(t.o.CertFile), string(t.o.KeyFile), string(t.o.ClientCAFile)} {
		if name == "" {
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("read TLS file: %w", err)
		}
		infos = append(infos, info)
	}
	return infos, nil
}

func sameFiles(a, b []os.FileInfo) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime()) {
			return false
		}
	}
	return true
}

func (t *serverTLS) load() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(string(t.o.CertFile), string(t.o.KeyFile))
	if err != nil {
		return nil, fmt.Errorf("read tls.cert_file and tls.key_file: %w", err)
	}
	c := &tls.Config{
		Certificates: []tls.Certificate{pair},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
		// A resumed session would go around a client CA that was replaced.
		SessionTicketsDisabled: true,
	}
	if t.o.MinVersion == "1.3" {
		c.MinVersion = tls.VersionTLS13
	}
	if t.o.ClientCAFile != "" {
		pem, err := os.ReadFile(string(t.o.ClientCAFile))
		if err != nil {
			return nil, fmt.Errorf("read tls.client_ca_file: %w", err)
		}
		c.ClientCAs = x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read tls.client_ca_file: no certificate in %s; expected PEM", t.o.ClientCAFile)
		}
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}

// clientName returns the first name of a verified certificate: of its DNS names, then of the URIs among its alternative
// names, except those with a wildcard or with bytes outside printable ASCII; empty when it has none. The common name is
// none: nothing says what kind of name it is. A tcp source goes by the same rule.
func clientName(cert *x509.Certificate) string {
	names := slices.Clone(cert.DNSNames)
	for _, uri := range cert.URIs {
		names = append(names, uri.String())
	}
	for _, name := range names {
		if name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '*' }) {
			return name
		}
	}
	return ""
}
