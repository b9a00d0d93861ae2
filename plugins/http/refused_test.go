package http

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"testing"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/internal/peer/peertest"
	"github.com/skidway/skidway/plugins/sdk"
)

// TestAcceptsNothingFromAServerThatRefusesTheClient: in TLS 1.3 the client's handshake ends, and the request is written,
// before the server has judged the certificate.
func TestAcceptsNothingFromAServerThatRefusesTheClient(t *testing.T) {
	a, other := peertest.NewAuthority(t), peertest.NewAuthority(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, http2 := range []bool{false, true} {
			for name, issuer := range map[string]*peertest.Authority{"no certificate": nil, "a stranger's certificate": other} {
				t.Run(fmt.Sprintf("%s, %s, HTTP/2 %v", name, tls.VersionName(version), http2), func(t *testing.T) {
					s := serve(t, status(http.StatusOK))
					s.TLS, s.EnableHTTP2 = a.Server(t, "logs.test"), http2
					s.TLS.ClientCAs, s.TLS.ClientAuth = a.Pool, tls.RequireAndVerifyClientCert
					s.TLS.MinVersion, s.TLS.MaxVersion = version, version
					s.StartTLS()
					block := &peer.TLS{CAFile: sdk.Path(a.File)}
					if issuer != nil {
						certFile, keyFile := issuer.Issue(t, "router")
						block.CertFile, block.KeyFile = sdk.Path(certFile), sdk.Path(keyFile)
					}
					d := open(t, Options{Endpoint: endpoint(s, "/"), TLS: block})
					for range 3 {
						if err := d.Write(t.Context(), batchOf(t, "1")); err == nil {
							t.Fatal("accepted without an answer")
						}
					}
					if got := s.got(); len(got) > 0 {
						t.Errorf("the server got %d requests", len(got))
					}
				})
			}
		}
	}
}
