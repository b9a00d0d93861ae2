package tcp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/skidway/skidway/plugins/internal/peer"
)

// The client's part of a TLS 1.3 handshake ends before the server has judged the client's certificate, or that there is
// none. What is written then is acknowledged by the server's kernel, although the server is about to refuse the
// connection and will never read it. In TLS 1.2 the server speaks last, after its judgement, so a handshake that
// succeeds is the proof. A server that asks for a certificate is therefore spoken to in TLS 1.2. Only one that knows
// nothing but TLS 1.3 is not, and link.prove waits for what such a server may show.

// manner is how a handshake is made.
type manner uint8

const (
	// willing takes any version, and gives up when TLS 1.3 was chosen and the server asks for a certificate.
	willing manner = iota
	// limited takes TLS 1.2 at most.
	limited
	// insisting takes any version, whatever the server asks.
	insisting
)

// errAsked ends a handshake that has to be made again in TLS 1.2.
var errAsked = errors.New("the server asks for a client certificate in TLS 1.3")

// greeting is one handshake. It is made for one connection.
type greeting struct {
	config *tls.Config
	manner manner
	// asked: the server asked for a certificate. known: there is one.
	asked, known bool
	tickets      *tickets
}

// newGreeting takes c over.
func newGreeting(c *tls.Config, m manner) *greeting {
	g := &greeting{config: c, manner: m, known: c.GetClientCertificate != nil, tickets: &tickets{came: make(chan struct{})}}
	own := c.GetClientCertificate
	c.GetClientCertificate = func(q *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		g.asked = true
		if m == willing && q.Version >= tls.VersionTLS13 {
			return nil, errAsked
		}
		if own == nil {
			return &tls.Certificate{}, nil
		}
		return own(q)
	}
	switch m {
	case limited:
		c.MaxVersion = tls.VersionTLS12
	case insisting:
		c.ClientSessionCache = g.tickets
	case willing:
	}
	return g
}

// shake makes the handshake. judged is closed when the server has shown that it accepted the client; it is nil when the
// handshake itself has shown that.
func (g *greeting) shake(ctx context.Context, c net.Conn) (secure *tls.Conn, judged <-chan struct{}, err error) {
	secure = tls.Client(c, g.config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, nil, fmt.Errorf("TLS handshake: %w", err)
	}
	if g.asked && secure.ConnectionState().Version >= tls.VersionTLS13 {
		judged = g.tickets.came
	}
	return secure, judged, nil
}

// next returns the manner in which to make a handshake again at once after one that failed with err, and false when
// that would be of no use.
func (g *greeting) next(err error) (manner, bool) {
	switch g.manner {
	case willing:
		return limited, errors.Is(err, errAsked)
	case limited: // A server that got as far as asking has agreed on the version.
		text, ok := alert(err)
		return insisting, ok && !g.asked && (strings.Contains(text, "protocol version") || strings.Contains(text, "handshake failure"))
	default:
		return 0, false
	}
}

// alert returns the text of the server's TLS alert. It has no exported type, only this operation.
func alert(err error) (text string, ok bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return "", false
	}
	return op.Err.Error(), true
}

// advise adds to an error that says that one side does not accept the other what the user can do.
func (g *greeting) advise(err error) error {
	if !peer.IsIdentityError(err) {
		return err
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("%w: name the authority that signed the server's certificate in tls.ca_file, "+
			"and the certificate's name, if it is not the host in address, in tls.server_name", err)
	}
	switch _, ok := alert(err); {
	case !ok:
		return fmt.Errorf("%w: check that the port in address is one that speaks TLS", err)
	case g.asked && g.known:
		return fmt.Errorf("%w: the server refuses the client certificate: give tls.cert_file and tls.key_file one that is "+
			"valid now, signed by an authority the server trusts, and has a name that the server lets in", err)
	case g.asked:
		return fmt.Errorf("%w: the server wants a client certificate: set tls.cert_file and tls.key_file", err)
	default:
		return err
	}
}

// tickets is a session cache that keeps nothing. A session ticket shows that the server accepted the client: when it
// has asked for a certificate it cannot send one before it has verified the client's last message (RFC 8446, 4.6.1).
type tickets struct {
	once sync.Once
	came chan struct{}
}

// Get implements tls.ClientSessionCache.
func (*tickets) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

// Put implements tls.ClientSessionCache.
func (t *tickets) Put(_ string, s *tls.ClientSessionState) {
	if s != nil {
		t.once.Do(func() { close(t.came) })
	}
}
