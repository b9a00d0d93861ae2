package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// writePair writes a certificate with its key, as NAME.crt and NAME.key.
func writePair(t *testing.T, dir, name string, notAfter time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: notAfter.Add(-time.Hour), NotAfter: notAfter, DNSNames: []string{name}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, name+".crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	write(t, filepath.Join(dir, name+".key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

func TestTLSFilesOfARun(t *testing.T) {
	dir := t.TempDir()
	writePair(t, dir, "a", time.Now().Add(time.Hour))
	writePair(t, dir, "b", time.Now().Add(time.Hour))
	writePair(t, dir, "old", time.Now().Add(-time.Minute))
	write(t, filepath.Join(dir, "junk"), "no PEM at all")
	for name, test := range map[string]struct {
		cert, key, ca string
		want          []string
	}{
		"a pair":                     {"a.crt", "a.key", "b.crt", nil},
		"the key of another":         {"a.crt", "b.key", "", []string{`ERROR: "cert_file" and "key_file" don't go together: private key does not match public key.`}},
		"the two mixed up":           {"a.key", "a.crt", "", []string{`ERROR: "cert_file" and "key_file" don't go together: failed to find certificate PEM data`}},
		"no certificate":             {"junk", "a.key", "", []string{`ERROR: "cert_file" and "key_file" don't go together: failed to find any PEM data`}},
		"a key for an authority":     {"a.crt", "a.key", "a.key", []string{`ERROR: The file of "client_ca_file" holds no certificate in PEM form.`}},
		"an expired certificate":     {"old.crt", "old.key", "", []string{"WARN: The certificate expired at "}},
		"a file that does not exist": {"nope.crt", "b.key", "", []string{`ERROR: The file of "cert_file" can't be read: there is no such file.`}},
	} {
		t.Run(name, func(t *testing.T) {
			text := fmt.Sprintf("source \"tcp\" \"a\" {\n tls {\n  cert_file = %q\n  key_file = %q\n", test.cert, test.key)
			if test.ca != "" {
				text += fmt.Sprintf("  client_ca_file = %q\n", test.ca)
			}
			path := filepath.Join(dir, "main.hcl")
			write(t, path, text+" }\n}\ndestination \"stdout\" \"o\" {}\npipeline \"p\" {\n from = [source.tcp.a]\n to = [destination.stdout.o]\n}\n")
			for _, need := range []bool{true, false} {
				_, _, diags := Load(LoadOptions{Paths: []string{path}, Plugins: testPlugins(), NeedSecrets: need})
				got := found(diags)
				for i := range got {
					_, got[i], _ = strings.Cut(got[i], ": ")
					if i < len(test.want) && strings.HasPrefix(got[i], test.want[i]) {
						got[i] = test.want[i]
					}
				}
				want := test.want
				if !need { // then no file is looked at
					want = nil
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("needed: %v (-want +got):\n%s", need, diff)
				}
			}
		})
	}
}
