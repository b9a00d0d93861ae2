package ingest

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRecordsAndOrigin(t *testing.T) {
	r := start(t, Options{})
	before := time.Now()
	c := r.dial()
	r.send(c, "one\ntwo\r\n\n\x00\xff\xfe\n")
	r.appender.wait(t, 3)
	r.send(c, "more\n")
	got := r.appender.wait(t, 4)
	if diff := cmp.Diff([]string{"one", "two", "\x00\xff\xfe", "more"}, r.appender.data()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	local := c.LocalAddr().(*net.TCPAddr)
	for i, g := range got {
		o := g.Origin
		if o.Source != "source.tcp.test" || o.Peer != "127.0.0.1" || o.PeerPort != uint32(local.Port) || o.ClientName != "" || o.Truncated {
			t.Errorf("record %d has origin %+v", i, o)
		}
		if at := time.Unix(0, o.ReceivedUnixNano); at.Before(before) || at.After(time.Now()) {
			t.Errorf("record %d was received at %s, which is not during the test", i, at)
		}
		if want := uint64(1 + i); o.ID != want {
			t.Errorf("record %d has id %d, want %d", i, o.ID, want)
		}
	}
	r.reach("accepted records", &r.m.Accepted, 4)
	r.reach("accepted bytes", &r.m.AcceptedBytes, int64(len("one\ntwo\n\x00\xff\xfe\nmore\n")))
}

func TestEndOfConnection(t *testing.T) {
	tests := []struct {
		name       string
		framing    Framing
		send       string
		end        func(c *net.TCPConn) error
		want       []string
		unaccepted int64
	}{
		{"half line then close is a record", Newline, "a\nhalf", (*net.TCPConn).Close, []string{"a", "half"}, 0},
		{"half line then half-close is a record", Newline, "a\nhalf", (*net.TCPConn).CloseWrite, []string{"a", "half"}, 0},
		{"half line then reset is none", Newline, "a\nhalf", reset, []string{"a"}, 1},
		{"reset after a whole line loses nothing", Newline, "a\n", reset, []string{"a"}, 0},
		{"an unfinished counted record is none", OctetCounted, "1 a9 half", (*net.TCPConn).Close, []string{"a"}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := start(t, Options{Framing: test.framing})
			c := r.dial()
			r.send(c, test.send)
			r.appender.wait(t, 1)
			if err := test.end(c); err != nil {
				t.Fatal(err)
			}
			r.reach("the connection to end", &r.m.Connections, 0)
			if diff := cmp.Diff(test.want, r.appender.data()); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if got := r.m.Unaccepted.Load(); got != test.unaccepted {
				t.Errorf("unaccepted = %d, want %d", got, test.unaccepted)
			}
		})
	}
}

// reset closes the connection with RST.
func reset(c *net.TCPConn) error {
	if err := c.SetLinger(0); err != nil {
		return err
	}
	return c.Close()
}

func TestOversizeOverManyReads(t *testing.T) {
	const limit = 100_000
	big := strings.Repeat("0123456789", limit/10)
	for _, test := range []struct {
		name    string
		o       Options
		input   string
		want    []string
		dropped int64
	}{
		{"truncated", Options{}, "a\n" + big + strings.Repeat("forged", 100_000) + "\nb\n", []string{"a", big, "b"}, 0},
		{"dropped", Options{Oversize: Drop}, "a\n" + big + strings.Repeat("forged", 100_000) + "\nb\n", []string{"a", "b"}, 1},
		{
			"octets truncated",
			Options{Framing: OctetCounted},
			"1 a600000 " + big + strings.Repeat("4 evil ", 500_000)[:500_000] + "1 b",
			[]string{"a", big, "b"},
			0,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.o.MaxRecordBytes = limit
			r := start(t, test.o)
			r.send(r.dial(), test.input)
			got := r.appender.wait(t, len(test.want))
			if diff := cmp.Diff(test.want, r.appender.data()); diff != "" {
				t.Fatalf("records differ")
			}
			for i, g := range got {
				if want := len(g.Data) == limit; g.Origin.Truncated != want {
					t.Errorf("record %d: truncated = %v, want %v", i, g.Origin.Truncated, want)
				}
				if g.Origin.ID != uint64(1+i) {
					t.Errorf("record %d has id %d, want %d", i, g.Origin.ID, 1+i)
				}
			}
			if got := r.m.DroppedBig.Load(); got != test.dropped {
				t.Errorf("dropped = %d, want %d", got, test.dropped)
			}
			r.reach("truncated records", &r.m.Truncated, int64(len(test.want)-2))
		})
	}
}

// TestLargestRecord has a record of the largest size come in small pieces, so that it is kept between reads.
func TestLargestRecord(t *testing.T) {
	r := start(t, Options{MaxRecordBytes: LargestRecordBytes})
	c := r.dial()
	big := strings.Repeat("x", LargestRecordBytes)
	for rest := big + "\r\n"; rest != ""; {
		n := min(len(rest), 50_000)
		r.send(c, rest[:n])
		rest = rest[n:]
	}
	if got := r.appender.wait(t, 1)[0]; got.Data != big || got.Origin.Truncated {
		t.Errorf("record has %d bytes, truncated %v; want %d, false", len(got.Data), got.Origin.Truncated, len(big))
	}
}

func TestGarbageInsteadOfCounts(t *testing.T) {
	r := start(t, Options{Framing: OctetCounted})
	c := r.dial()
	r.send(c, "1 a<13>text")
	closed(t, c)
	r.reach("framing errors", &r.m.FramingErrors, 1)
	if diff := cmp.Diff([]string{"a"}, r.appender.data()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestAllowFrom(t *testing.T) {
	r := start(t, Options{AllowFrom: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32"), netip.MustParsePrefix("::ffff:127.0.0.3/128")}})
	closed(t, r.dial())
	r.reach("refused connections", &r.m.RefusedNet, 1)
	for i, from := range []string{"127.0.0.2", "127.0.0.3"} {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		c, err := d.DialContext(t.Context(), "tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r.send(c, "allowed\n")
		if got := r.appender.wait(t, i+1)[i].Origin.Peer; got != from {
			t.Errorf("peer = %s, want %s", got, from)
		}
	}
}

func TestConnectionLimits(t *testing.T) {
	for _, o := range []Options{{MaxConnections: 3}, {MaxConnectionsPerPeer: 3}} {
		t.Run(fmt.Sprint(o.MaxConnections, o.MaxConnectionsPerPeer), func(t *testing.T) {
			r := start(t, o)
			for i := range 3 {
				r.send(r.dial(), "in\n")
				r.appender.wait(t, i+1)
			}
			for range 50 {
				closed(t, r.dial())
			}
			if got := r.m.RefusedLimit.Load(); got != 50 {
				t.Errorf("refused = %d, want 50", got)
			}
			if got := r.m.Connections.Load(); got != 3 {
				t.Errorf("connections = %d, want 3", got)
			}
		})
	}
}

func TestLimitIsFreedByAnEnd(t *testing.T) {
	r := start(t, Options{MaxConnections: 1})
	c := r.dial()
	r.send(c, "a\n")
	r.appender.wait(t, 1)
	_ = c.Close()
	eventually(t, "a place", func() bool { r.conns.mu.Lock(); defer r.conns.mu.Unlock(); return len(r.conns.open) == 0 })
	r.send(r.dial(), "b\n")
	r.appender.wait(t, 2)
}

func TestIdleTimeout(t *testing.T) {
	r := start(t, Options{IdleTimeout: 50 * time.Millisecond})
	c := r.dial()
	r.send(c, "a\nhalf")
	closed(t, c)
	r.reach("the connection to end", &r.m.Connections, 0)
	if diff := cmp.Diff([]string{"a"}, r.appender.data()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if got := r.m.Unaccepted.Load(); got != 1 {
		t.Errorf("unaccepted = %d, want 1", got)
	}
}

// TestBackpressureIsNotIdleness blocks the appender for longer than the idle timeout.
func TestBackpressureIsNotIdleness(t *testing.T) {
	r := start(t, Options{IdleTimeout: 50 * time.Millisecond})
	release := r.appender.block()
	c := r.dial()
	r.send(c, "a\n")
	r.appender.until(t, "an append that waits", func() bool { return r.appender.waiting == 1 })
	r.send(c, "b\n")
	late := time.NewTimer(100 * time.Millisecond)
	<-late.C
	release()
	r.appender.wait(t, 2)
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct {
		o    Options
		want string
	}{
		{Options{Listen: "0.0.0.0:8080"}, "listen on 0.0.0.0:8080 without TLS"},
		{Options{Listen: ":8080"}, "without TLS"},
		{Options{Listen: "[2001:db8::1]:8080"}, "without TLS"},
		{Options{Listen: "8080"}, "write host:port"},
		{Options{MaxRecordBytes: LargestRecordBytes + 1}, "at most 3.5MiB"},
		{Options{MaxRecordBytes: -1}, "at least 1"},
		{Options{MaxConnections: -1}, "max_connections"},
		{Options{MaxConnectionsPerPeer: -1}, "max_connections_per_peer"},
		{Options{IdleTimeout: -1}, "idle_timeout"},
		{Options{Framing: 9}, "framing"},
		{Options{Oversize: 9}, "oversize"},
		{Options{AllowFrom: make([]netip.Prefix, 1)}, "allow_from"},
		{Options{TLS: &TLSOptions{CertFile: "x"}}, "key_file"},
		{Options{TLS: &TLSOptions{CertFile: "x", KeyFile: "y", ClientNames: []string{"a"}}}, "client_ca_file"},
		{Options{TLS: &TLSOptions{CertFile: "x", KeyFile: "y", MinVersion: 0x0301}}, "1.2 or 1.3"},
		{Options{TLS: &TLSOptions{CertFile: "x", KeyFile: "y", ClientCAFile: "z", ClientNames: []string{"a.*.b"}}}, "a.*.b"},
		{Options{TLS: &TLSOptions{CertFile: "/nowhere/x", KeyFile: "/nowhere/y"}}, "/nowhere/x"},
	} {
		_, err := New(test.o, Deps{})
		if test.o.TLS != nil && test.o.TLS.CertFile == "/nowhere/x" {
			_, err = loadCertificates(*test.o.TLS, nil)
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("New(%+v) = %v, want an error with %q", test.o, err, test.want)
		}
	}
	for _, o := range []Options{{}, {Listen: "[::1]:0"}, {Listen: "127.9.9.9:1"}, {Listen: "0.0.0.0:0", AllowPlaintext: true}} {
		if err := o.Validate(); err != nil {
			t.Errorf("Validate(%+v) = %v, want nil", o, err)
		}
	}
}
