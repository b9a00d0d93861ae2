package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"time"
)

// checkReadable answers a file that a run needs and that can't be read; ok says that it can.
func (b *builder) checkReadable(n *node, name string) (content []byte, ok bool) {
	v := n.get(name)
	path, given := v.v.(string)
	if !given || v.unknown {
		return nil, false
	}
	content, err := readBounded(path, maxSecretBytes)
	if err == nil {
		return content, true
	}
	shown := "it"
	if !v.hidden {
		shown = path
	}
	detail := fmt.Sprintf("Make %s readable for the user that runs the router.", shown)
	if reason(err) == noSuchFile {
		detail = fmt.Sprintf("Put it there, or change the path; it is looked for at %s.", shown)
		if v.hidden {
			detail = "Put it there, or change the path."
		}
	}
	b.fail(v.at, fmt.Sprintf("The file of %q can't be read: %s.", name, reason(err)), detail)
	return nil, false
}

// checkTLSFiles answers files of a tls block that don't do for a listener.
func (b *builder) checkTLSFiles(n *node, now time.Time) {
	cert, haveCert := b.checkReadable(n, "cert_file")
	key, haveKey := b.checkReadable(n, "key_file")
	if ca, ok := b.checkReadable(n, "client_ca_file"); ok && !x509.NewCertPool().AppendCertsFromPEM(ca) {
		b.fail(n.get("client_ca_file").at, `The file of "client_ca_file" holds no certificate in PEM form.`,
			"Name the certificate of the authority that signs those of the clients.")
	}
	if !haveCert || !haveKey {
		return
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		b.fail(n.get("cert_file").at, `"cert_file" and "key_file" don't go together: `+strings.TrimPrefix(err.Error(), "tls: ")+".",
			"Name a certificate chain in PEM form and the private key that belongs to its first certificate.")
		return
	}
	if leaf := pair.Leaf; leaf != nil && now.After(leaf.NotAfter) {
		b.diags = append(b.diags, warning(n.get("cert_file").at, "",
			fmt.Sprintf("The certificate expired at %s: clients that check it refuse the connection.", leaf.NotAfter.UTC().Format(time.RFC3339)),
			"Renew it; the listener reads the files again when they change."))
	}
}
