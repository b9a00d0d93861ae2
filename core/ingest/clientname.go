package ingest

import (
	"crypto/x509"
	"strings"
)

// clientName returns the first name of a verified certificate that one of the patterns matches, or without patterns
// its first name. Names are the DNS names, then the URIs among its subject alternative names, except those with a
// wildcard or with bytes outside printable ASCII. The common name is none: nothing says what kind of name it is.
func clientName(cert *x509.Certificate, patterns []string) (name string, ok bool) {
	for _, name := range clientNames(cert) {
		if len(patterns) == 0 {
			return name, true
		}
		for _, pattern := range patterns {
			if matchName(pattern, name) {
				return name, true
			}
		}
	}
	return "", len(patterns) == 0
}

func clientNames(cert *x509.Certificate) []string {
	names := make([]string, 0, len(cert.DNSNames)+len(cert.URIs))
	for _, name := range cert.DNSNames {
		if plainName(name) {
			names = append(names, name)
		}
	}
	for _, uri := range cert.URIs {
		if name := uri.String(); plainName(name) {
			names = append(names, name)
		}
	}
	return names
}

func plainName(name string) bool {
	for _, b := range []byte(name) {
		if b <= ' ' || b >= 0x7f || b == '*' {
			return false
		}
	}
	return name != ""
}

// matchName matches without regard to case, except URIs, which are equal or not. "*." at the start of the pattern
// stands for exactly one label.
func matchName(pattern, name string) bool {
	if strings.Contains(pattern, "://") || strings.Contains(name, "://") {
		return pattern == name
	}
	if rest, ok := strings.CutPrefix(pattern, "*."); ok {
		label, tail, _ := strings.Cut(name, ".")
		return label != "" && strings.EqualFold(tail, rest)
	}
	return strings.EqualFold(pattern, name)
}
