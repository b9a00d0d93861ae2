package ingest

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
)

func newSource(t *testing.T, o Options) *TCP {
	t.Helper()
	s, err := New(o, Deps{Appender: newMemorySink(), IDs: record.NewIDs(time.Now()), Metrics: &metrics.Source{}, Budget: NewBudget(0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestListenFindsTheAddressInUse(t *testing.T) {
	first := newSource(t, Options{Listen: "127.0.0.1:0"})
	addr, err := first.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second := newSource(t, Options{Address: "source.tcp.b", Listen: addr.String()})
	_, err = second.Listen(t.Context())
	if err == nil || !strings.Contains(err.Error(), "source.tcp.b") || !strings.Contains(err.Error(), addr.String()) {
		t.Errorf("Listen = %v, want an error with the source and the address", err)
	}
	if err := second.Run(t.Context()); err == nil {
		t.Error("Run without a listener = nil, want an error")
	}
	if err := first.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if _, err := second.Listen(t.Context()); err != nil {
		t.Errorf("Listen after the other's Close = %v", err)
	}
	if _, err := second.Listen(t.Context()); err == nil {
		t.Error("second Listen = nil, want an error")
	}
}

func TestAdopt(t *testing.T) {
	open := func(network, address string) net.Listener {
		t.Helper()
		ln, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		return ln
	}
	if _, err := newSource(t, Options{}).Adopt(open("tcp", "127.0.0.1:0")); err != nil {
		t.Errorf("Adopt(loopback) = %v", err)
	}
	if _, err := newSource(t, Options{AllowPlaintext: true}).Adopt(open("tcp", "0.0.0.0:0")); err != nil {
		t.Errorf("Adopt(any address) with plaintext allowed = %v", err)
	}
	off := open("tcp", "0.0.0.0:0")
	if _, err := newSource(t, Options{}).Adopt(off); err == nil || !strings.Contains(err.Error(), "without TLS") {
		t.Errorf("Adopt(any address) = %v, want an error about plaintext", err)
	}
	if _, err := off.Accept(); err == nil {
		t.Error("a refused listener is still open")
	}
	if _, err := newSource(t, Options{}).Adopt(open("unix", filepath.Join(t.TempDir(), "s"))); err == nil {
		t.Error("Adopt(unix socket) = nil, want an error")
	}
}
