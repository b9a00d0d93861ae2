package http

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skidway/skidway/plugins/internal/peer/peertest"
	"github.com/skidway/skidway/plugins/sdk"
)

func TestCertificateFilesAreReadAgain(t *testing.T) {
	authority := peertest.NewAuthority(t)
	folder := t.TempDir()
	block := SourceTLS{CertFile: sdk.Path(filepath.Join(folder, "s.crt")), KeyFile: sdk.Path(filepath.Join(folder, "s.key")), ClientCAFile: sdk.Path(filepath.Join(folder, "ca.crt"))}
	install := func(name string, into sdk.Path) {
		t.Helper()
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fresh := string(into) + ".new"
		if err := os.WriteFile(fresh, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(fresh, string(into)); err != nil {
			t.Fatal(err)
		}
	}
	pair := func(name string) {
		cert, key := authority.Issue(t, name)
		install(cert, block.CertFile)
		install(key, block.KeyFile)
	}
	client := func(a *peertest.Authority) tls.Certificate {
		c, err := tls.LoadX509KeyPair(a.Issue(t, "client.test"))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	pair("first.test")
	install(authority.File, block.ClientCAFile)
	r := &router{}
	s := run(t, r, func(o *SourceOptions) { o.TLS = &block })
	certificate := client(authority)
	// serves expects a new connection to be answered by a server of that name.
	serves := func(what, name string) {
		t.Helper()
		s.secure(&tls.Config{RootCAs: authority.Pool, ServerName: name, Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, true)
		if a, err := s.try(strings.NewReader("1")); err != nil || a.status != 204 {
			t.Errorf("%s: answer %d, %v, want 204", what, a.status, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if last := r.batches[len(r.batches)-1]; last.client != "client.test" {
			t.Errorf("%s: the records are from client %q, want client.test", what, last.client)
		}
	}
	serves("at first", "first.test")
	pair("second.test")
	serves("both files replaced", "second.test")
	install("source_tls_test.go", block.CertFile)
	serves("a damaged certificate", "second.test")
	if err := os.Remove(string(block.KeyFile)); err != nil {
		t.Fatal(err)
	}
	serves("a missing key", "second.test")
	serves("a key that is still missing", "second.test")
	pair("third.test")
	serves("good files again", "third.test")

	other := peertest.NewAuthority(t)
	install(other.File, block.ClientCAFile)
	s.secure(&tls.Config{RootCAs: authority.Pool, ServerName: "third.test", Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, true)
	if a, err := s.try(strings.NewReader("1")); err == nil {
		t.Errorf("answer %d to a client of the authority before, want none", a.status)
	}
	certificate = client(other)
	serves("another client CA", "third.test")
	install("source_tls_test.go", block.ClientCAFile)
	serves("a damaged client CA", "third.test")

	log := s.log.String()
	for message, want := range map[string]int{
		"TLS files re-read": 3, "changed TLS files not usable": 2, "changed TLS files not readable": 1,
	} {
		// Between the two files of a pair a handshake may come; none does here.
		if got := strings.Count(log, message); got != want {
			t.Errorf("the log says %q %d times, want %d:\n%s", message, got, want, log)
		}
	}
}
