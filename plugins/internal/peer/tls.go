// Package peer holds what the network destinations share about reaching a peer safely: the tls block and the rule that
// says which hosts plaintext may go to. It opens no connection.
package peer

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/skidway/skidway/plugins/sdk"
)

// TLS is the tls block. The zero value verifies the server by the system's certificate authorities and presents no
// certificate.
//
// Verification cannot be switched off: a self-signed server certificate is named by ca_file, and a name that differs
// from the one dialed by server_name, which covers what insecure modes are used for.
type TLS struct {
	CAFile     sdk.Path `sk:"ca_file" doc:"PEM file of the certificate authorities that may have signed the server's certificate, or the self-signed certificate itself. Default: the system's." example:"/etc/skidway/ca.crt"`
	CertFile   sdk.Path `sk:"cert_file" doc:"PEM file of the client certificate, with its chain. It is read again for each connection." example:"/etc/skidway/client.crt"`
	KeyFile    sdk.Path `sk:"key_file" doc:"PEM file of the client certificate's key." example:"/etc/skidway/client.key"`
	ServerName string   `sk:"server_name" doc:"Name that the server's certificate must have. Default: the host that is dialed." example:"logs.example.com"`
}

// Rules says what belongs together.
func (TLS) Rules() []sdk.Rule { return []sdk.Rule{sdk.RequiredTogether("cert_file", "key_file")} }

// Config reads the block's files and returns a client configuration for a server called host. The client certificate
// is read again for each handshake; while the files do not make a pair, the last good pair is used and bad is told
// why. bad may be called from any goroutine.
func (t *TLS) Config(host string, bad func(error)) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if t.ServerName != "" {
		c.ServerName = t.ServerName
	}
	if t.CAFile != "" {
		pool, err := readAuthorities(string(t.CAFile))
		if err != nil {
			return nil, err
		}
		c.RootCAs = pool
	}
	if t.CertFile != "" {
		p := &pair{certFile: string(t.CertFile), keyFile: string(t.KeyFile), bad: bad}
		if err := p.read(); err != nil {
			return nil, err
		}
		c.GetClientCertificate = p.get
	}
	return c, nil
}

func readAuthorities(name string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read tls.ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read tls.ca_file: no certificate in %s; expected PEM", name)
	}
	return pool, nil
}

// pair is a client certificate that follows its files.
type pair struct {
	certFile, keyFile string
	bad               func(error)

	mu   sync.Mutex
	last *tls.Certificate
}

func (p *pair) read() error {
	c, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	if err != nil {
		return fmt.Errorf("read tls.cert_file and tls.key_file: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = &c
	return nil
}

func (p *pair) get(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if err := p.read(); err != nil {
		p.bad(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last, nil
}

// IsIdentityError reports whether err says that a TLS peer is not who it should be, or does not accept who we are, or
// speaks no TLS that we do: what the user, and not time, mends.
func IsIdentityError(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		header       tls.RecordHeaderError
		op           *net.OpError
	)
	if errors.As(err, &verification) || errors.As(err, &header) {
		return true
	}
	// An alert from the peer has no exported type, only this operation and its text.
	if !errors.As(err, &op) || op.Op != "remote error" {
		return false
	}
	text := op.Err.Error()
	return slices.ContainsFunc([]string{"certificate", "access denied", "unrecognized name", "protocol version", "handshake failure"},
		func(part string) bool { return strings.Contains(text, part) })
}
