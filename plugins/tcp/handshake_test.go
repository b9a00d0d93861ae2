package tcp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/internal/peer/peertest"
	"github.com/skidway/skidway/plugins/sdk"
)

// asking returns the configuration of a server that takes certificates of a only and gives no session tickets.
func asking(t *testing.T, a *peertest.Authority, auth tls.ClientAuthType, least, most uint16) *tls.Config {
	t.Helper()
	c := a.Server(t, "logs.test")
	c.ClientCAs, c.ClientAuth, c.MinVersion, c.MaxVersion = a.Pool, auth, least, most
	c.SessionTicketsDisabled = true
	return c
}

// block returns a tls block for servers of a, with a certificate that issuer signed, or none.
func block(t *testing.T, a, issuer *peertest.Authority) *peer.TLS {
	t.Helper()
	b := &peer.TLS{CAFile: sdk.Path(a.File), ServerName: "logs.test"}
	if issuer != nil {
		certFile, keyFile := issuer.Issue(t, "router")
		b.CertFile, b.KeyFile = sdk.Path(certFile), sdk.Path(keyFile)
	}
	return b
}

// versions are what servers speak, from the least to the most.
func versions() map[string][2]uint16 {
	return map[string][2]uint16{
		"TLS 1.2 and 1.3": {tls.VersionTLS12, tls.VersionTLS13},
		"TLS 1.2":         {tls.VersionTLS12, tls.VersionTLS12},
		"TLS 1.3":         {tls.VersionTLS13, tls.VersionTLS13},
	}
}

// wantMisconfigured fails the test when err is not the verdict sdk.Misconfigured with that advice.
func wantMisconfigured(t *testing.T, err error, advice string) {
	t.Helper()
	if err == nil {
		t.Fatal("accepted, want a refusal")
	}
	// What the SDK made of an error shows in no other way.
	if got, want := fmt.Sprintf("%#v", err), fmt.Sprintf("%#v", sdk.Misconfigured(errors.Unwrap(err))); got != want {
		t.Errorf("verdict %s, want %s (%v)", got, want, err)
	}
	if !strings.Contains(err.Error(), advice) {
		t.Errorf("the error does not say %q: %v", advice, err)
	}
}

func TestAcceptsNothingOnConnectionsThatTheServerRefuses(t *testing.T) {
	a, other := peertest.NewAuthority(t), peertest.NewAuthority(t)
	const refused, wanted = "the server refuses the client certificate", "set tls.cert_file and tls.key_file"
	for name, test := range map[string]struct {
		auth   tls.ClientAuthType
		issuer *peertest.Authority
		check  bool // one of the server's own, which refuses
		advice string
	}{
		"without a certificate":                                 {tls.RequireAndVerifyClientCert, nil, false, wanted},
		"a certificate of another authority":                    {tls.RequireAndVerifyClientCert, other, false, refused},
		"a name that is not allowed":                            {tls.RequireAndVerifyClientCert, a, true, refused},
		"for a reason that has nothing to do with certificates": {tls.NoClientCert, nil, true, "bad certificate"},
	} {
		for spoken, version := range versions() {
			t.Run(name+", "+spoken, func(t *testing.T) {
				c := asking(t, a, test.auth, version[0], version[1])
				if test.check {
					c.VerifyConnection = func(tls.ConnectionState) error { return errors.New("not allowed") }
				}
				r := receive(t, "127.0.0.1:0", c)
				tm := quick()
				tm.trial, tm.judgement = time.Minute, time.Minute // The alert ends the wait.
				d := open(t, Options{Address: r.l.Addr().String(), TLS: block(t, a, test.issuer)}, tm)
				batches := []*sdk.Batch{batchOf(t, "a"), batchOf(t, "b")}
				wantMisconfigured(t, d.WriteAll(t.Context(), batches), test.advice)
				wantMisconfigured(t, d.Write(t.Context(), batches[0]), test.advice)
				wantMisconfigured(t, d.Write(t.Context(), batches[1]), test.advice)
				r.stop()
				if len(r.lines) > 0 {
					t.Errorf("the server got %q", r.lines)
				}
			})
		}
	}
}

func TestWritesToServersThatAskForACertificate(t *testing.T) {
	a := peertest.NewAuthority(t)
	for name, test := range map[string]struct {
		auth    tls.ClientAuthType
		issuer  *peertest.Authority
		tickets bool
		want    map[string]string // the TLS version used, by the versions that the server speaks
	}{
		"required": {tls.RequireAndVerifyClientCert, a, false, map[string]string{
			"TLS 1.2 and 1.3": "TLS 1.2", "TLS 1.2": "TLS 1.2", "TLS 1.3": "TLS 1.3",
		}},
		"required, with session tickets": {tls.RequireAndVerifyClientCert, a, true, map[string]string{
			"TLS 1.2 and 1.3": "TLS 1.2", "TLS 1.2": "TLS 1.2", "TLS 1.3": "TLS 1.3",
		}},
		"welcome, and there is none": {tls.VerifyClientCertIfGiven, nil, false, map[string]string{
			"TLS 1.2 and 1.3": "TLS 1.2", "TLS 1.2": "TLS 1.2", "TLS 1.3": "TLS 1.3",
		}},
		"not asked for": {tls.NoClientCert, nil, false, map[string]string{
			"TLS 1.2 and 1.3": "TLS 1.3", "TLS 1.2": "TLS 1.2", "TLS 1.3": "TLS 1.3",
		}},
	} {
		for spoken, version := range versions() {
			t.Run(name+", "+spoken, func(t *testing.T) {
				c := asking(t, a, test.auth, version[0], version[1])
				tm := quick()
				if test.tickets {
					c.SessionTicketsDisabled = false
					tm.judgement = time.Hour // A ticket ends the wait.
				}
				r := receive(t, "127.0.0.1:0", c)
				d := open(t, Options{Address: r.l.Addr().String(), TLS: block(t, a, test.issuer)}, tm)
				for _, record := range []string{"a", "b"} {
					if err := d.Write(t.Context(), batchOf(t, record)); err != nil {
						t.Fatal(err)
					}
				}
				if got := d.link.version(); got != test.want[spoken] {
					t.Errorf("spoke %s, want %s", got, test.want[spoken])
				}
				if diff := cmp.Diff([]string{"a", "b"}, r.wait(t, 2)); diff != "" {
					t.Errorf("lines (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestRemembersHowToGreetTheServer(t *testing.T) {
	a := peertest.NewAuthority(t)
	handshakes := func(t *testing.T, c *tls.Config, issuer *peertest.Authority) (n int, d *destination) {
		t.Helper()
		c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { n++; return nil, nil }
		r := receive(t, "127.0.0.1:0", c)
		d = open(t, Options{Address: r.l.Addr().String(), TLS: block(t, a, issuer)}, quick())
		for range 3 {
			if err := d.Write(t.Context(), batchOf(t, "a")); err != nil {
				t.Fatal(err)
			}
			d.drop()
		}
		r.stop()
		return n, d
	}
	for name, test := range map[string]struct {
		issuer *peertest.Authority
		least  uint16
		want   manner
	}{
		"asks although there is no certificate": {nil, tls.VersionTLS12, limited},
		"speaks only TLS 1.3":                   {a, tls.VersionTLS13, insisting},
	} {
		t.Run(name, func(t *testing.T) {
			n, d := handshakes(t, asking(t, a, tls.VerifyClientCertIfGiven, test.least, 0), test.issuer)
			if n != 4 {
				t.Errorf("%d handshakes for 3 connections, want one more", n)
			}
			if d.manner != test.want {
				t.Errorf("manner %d, want %d", d.manner, test.want)
			}
		})
	}
}

func TestAdvisesAboutServersThatAreNotWhoTheyShouldBe(t *testing.T) {
	a, other := peertest.NewAuthority(t), peertest.NewAuthority(t)
	secured := receive(t, "127.0.0.1:0", other.Server(t, "logs.test"))
	d := open(t, Options{Address: secured.l.Addr().String(), TLS: block(t, a, nil)}, quick())
	wantMisconfigured(t, d.Write(t.Context(), batchOf(t, "a")), "name the authority that signed the server's certificate in tls.ca_file")

	l := listen(t, "127.0.0.1:0")
	go func() {
		c := accept(t, l)
		_, _ = c.Write([]byte("220 this is no TLS\r\n"))
	}()
	d = open(t, Options{Address: l.Addr().String(), TLS: block(t, a, nil)}, quick())
	wantMisconfigured(t, d.Write(t.Context(), batchOf(t, "a")), "check that the port in address is one that speaks TLS")
}
