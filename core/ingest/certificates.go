package ingest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// certificates makes the TLS configuration of a source from files, and makes it again when a handshake finds that the
// files have changed. It is safe for concurrent use.
type certificates struct {
	o   TLSOptions
	log hclog.Logger

	mu      sync.Mutex
	current *tls.Config
	expires time.Time
	// seen are the files as they were when they were last read, whether that made a configuration or not.
	seen []os.FileInfo
}

// loadCertificates reads the files for the first time.
func loadCertificates(o TLSOptions, log hclog.Logger) (*certificates, error) {
	c := &certificates{o: o, log: log}
	seen, err := c.stat()
	if err != nil {
		return nil, err
	}
	if c.current, c.expires, err = c.load(); err != nil {
		return nil, err
	}
	c.seen = seen
	return c, nil
}

// serverConfig returns the configuration for the listener: each handshake gets the newest good files.
func (c *certificates) serverConfig() *tls.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	config := c.current.Clone()
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.newest(), nil }
	return config
}

// notAfter returns when the certificate in use expires.
func (c *certificates) notAfter() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.expires
}

// newest reads changed files. When they are no good it logs that once and goes on with those it has.
func (c *certificates) newest() *tls.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen, err := c.stat()
	if err == nil && sameFiles(seen, c.seen) {
		return c.current
	}
	if err != nil {
		// A file is missing, perhaps because it is being replaced. What was seen is forgotten, so that it is logged
		// once, and the files are read when they are all there.
		if c.seen != nil {
			c.log.Error("cannot read changed certificate files; the certificate before stays in use", "error", err)
		}
		c.seen = nil
		return c.current
	}
	// The files were looked at before they are read: a change in between is seen the next time.
	c.seen = seen
	config, expires, err := c.load()
	if err != nil {
		c.log.Error("cannot use changed certificate files; the certificate before stays in use", "error", err)
		return c.current
	}
	c.current, c.expires = config, expires
	c.log.Info("certificate files read again", "not_after", expires)
	return c.current
}

func (c *certificates) stat() ([]os.FileInfo, error) {
	var infos []os.FileInfo
	for _, name := range []string{c.o.CertFile, c.o.KeyFile, c.o.ClientCAFile} {
		if name == "" {
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("read certificate file: %w", err)
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

func (c *certificates) load() (*tls.Config, time.Time, error) {
	pair, err := tls.LoadX509KeyPair(c.o.CertFile, c.o.KeyFile)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("load certificate %s with key %s: %w", c.o.CertFile, c.o.KeyFile, err)
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{pair},
		MinVersion:   max(c.o.MinVersion, tls.VersionTLS12),
		// A resumed session would go around a client CA that was replaced, and connections here are long.
		SessionTicketsDisabled: true,
	}
	if c.o.ClientCAFile != "" {
		pem, err := os.ReadFile(c.o.ClientCAFile)
		if err != nil {
			return nil, time.Time{}, fmt.Errorf("read client_ca_file: %w", err)
		}
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, time.Time{}, fmt.Errorf("read client_ca_file %s: it holds no certificate in PEM form", c.o.ClientCAFile)
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.VerifyConnection = c.verifyName
	}
	return config, pair.Leaf.NotAfter, nil
}

func (c *certificates) verifyName(state tls.ConnectionState) error {
	if len(state.VerifiedChains) == 0 {
		return errors.New("client certificate was not verified")
	}
	if _, ok := clientName(state.VerifiedChains[0][0], c.o.ClientNames); !ok {
		return fmt.Errorf("client certificate's names %q match none of client_names", clientNames(state.VerifiedChains[0][0]))
	}
	return nil
}
