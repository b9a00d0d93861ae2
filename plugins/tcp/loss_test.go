package tcp

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/internal/peer/peertest"
	"github.com/skidway/skidway/plugins/sdk"
)

// narrow listens with a receive buffer of a few KiB.
func narrow(t testing.TB) net.Listener {
	t.Helper()
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		if failed := c.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 4096)
		}); failed != nil {
			return failed
		}
		return err
	}}
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// transports runs f in plaintext and through TLS.
func transports(t *testing.T, f func(t *testing.T, block *peer.TLS, server func(net.Conn) net.Conn)) {
	t.Run("plaintext", func(t *testing.T) { f(t, nil, func(c net.Conn) net.Conn { return c }) })
	t.Run("TLS", func(t *testing.T) {
		a := peertest.NewAuthority(t)
		c := a.Server(t, "logs.test")
		f(t, &peer.TLS{CAFile: sdk.Path(a.File)}, func(conn net.Conn) net.Conn { return tls.Server(conn, c) })
	})
}

// lane sends batches as the router and the SDK do, at most four at a time, until all are accepted. verdict is told of
// each one accepted.
func lane(ctx context.Context, d *destination, batches []*sdk.Batch, accepted func(i int)) error {
	for i := 0; i < len(batches); {
		bs := batches[i:min(i+4, len(batches))]
		if d.WriteAll(ctx, bs) == nil {
			for range bs {
				accepted(i)
				i++
			}
			continue
		}
		for _, b := range bs {
			if len(bs) == 1 || d.Write(ctx, b) != nil {
				break
			}
			accepted(i)
			i++
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func TestAcceptsWhatThePeersKernelHasAndNothingElse(t *testing.T) {
	transports(t, func(t *testing.T, block *peer.TLS, server func(net.Conn) net.Conn) {
		l := narrow(t)
		tm := quick()
		tm.hold = 100 * time.Millisecond
		d := open(t, Options{Address: l.Addr().String(), TLS: block}, tm)
		small, large, last := numbered(t, 0, 10, 20), numbered(t, 10, 32000, 100), numbered(t, 32010, 10, 20)
		batches := []*sdk.Batch{small, large, last}

		conns := make(chan net.Conn, 1)
		go func() {
			c := server(accept(t, l))
			if s, ok := c.(*tls.Conn); ok {
				if err := s.Handshake(); err != nil {
					t.Error(err)
				}
			}
			conns <- c
		}()
		wantErr(t, "WriteAll to a peer that does not read", d.WriteAll(t.Context(), batches), errStalled)
		c := <-conns
		if err := d.Write(t.Context(), small); err != nil {
			t.Errorf("the batch that the peer had room for: %v, want accepted", err)
		}
		for range 2 {
			wantErr(t, "the batch it has no room for", d.Write(t.Context(), large), errStalled)
		}

		lines := make(chan []string, 1)
		go func() { lines <- readLines(t, c, 32020) }()
		d.timing.hold = 10 * time.Second
		if err := d.WriteAll(t.Context(), batches[1:]); err != nil {
			t.Fatal(err)
		}
		for i, line := range <-lines {
			if got := number(t, line); got != i {
				t.Fatalf("line %d is record %d: sent again or left out", i, got)
			}
		}
	})
}

func TestSendsAgainAfterTheLossOfTheConnectionWhatHadNoVerdict(t *testing.T) {
	transports(t, func(t *testing.T, block *peer.TLS, server func(net.Conn) net.Conn) {
		const perBatch, total, read = 100, 20000, 5000
		l := narrow(t)
		d, log := openLogged(t, Options{Address: l.Addr().String(), TLS: block}, quick())
		var batches []*sdk.Batch
		for first := 0; first < total; first += perBatch {
			batches = append(batches, numbered(t, first, perBatch, 100))
		}
		type received struct{ first, second []int }
		result := make(chan received, 1)
		go func() {
			var r received
			raw := accept(t, l)
			for _, line := range readLines(t, server(raw), read) {
				r.first = append(r.first, number(t, line))
			}
			// The peer dies with bytes unread, so its kernel resets the connection.
			if err := raw.(*net.TCPConn).SetLinger(0); err != nil {
				t.Error(err)
			}
			raw.Close()
			c := server(accept(t, l))
			in := bufio.NewScanner(c)
			for in.Scan() {
				r.second = append(r.second, number(t, in.Text()))
			}
			c.Close()
			result <- r
		}()
		var first *link
		before := 0 // batches accepted on the first connection
		err := lane(t.Context(), d, batches, func(i int) {
			if first == nil {
				first = d.link
			}
			if d.link == first {
				before = i + 1
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		closeIt(t, d)
		r := <-result
		for i, n := range r.first {
			if n != i {
				t.Fatalf("record %d came as line %d of the first connection", n, i)
			}
		}
		start := r.second[0]
		if start != before*perBatch {
			t.Errorf("the second connection begins with record %d, want %d: %d batches had been accepted", start, before*perBatch, before)
		}
		for i, n := range r.second {
			if n != start+i {
				t.Fatalf("record %d came as line %d of the second connection, which begins with %d", n, i, start)
			}
		}
		if last := r.second[len(r.second)-1]; last != total-1 {
			t.Errorf("the last record is %d, want %d", last, total-1)
		}
		if n := log.count("what the peer had received and not read is lost"); n != 1 {
			t.Errorf("the loss was logged %d times, want once", n)
		}
	})
}

func TestLosesNothingWhenThePeerClosesInOrder(t *testing.T) {
	l := narrow(t)
	const perBatch, total = 100, 20000
	d := open(t, Options{Address: l.Addr().String()}, quick())
	var batches []*sdk.Batch
	for first := 0; first < total; first += perBatch {
		batches = append(batches, numbered(t, first, perBatch, 100))
	}
	result := make(chan []int, 1)
	go func() {
		var numbers []int
		for len(numbers) < total {
			c := accept(t, l)
			in := bufio.NewScanner(c)
			for n := 0; in.Scan(); n++ {
				numbers = append(numbers, number(t, in.Text()))
				if n == 3000 {
					if err := c.(*net.TCPConn).CloseWrite(); err != nil {
						t.Error(err)
					}
				}
			}
			c.Close()
		}
		result <- numbers
	}()
	connections := map[*link]bool{}
	if err := lane(t.Context(), d, batches, func(int) { connections[d.link] = true }); err != nil {
		t.Fatal(err)
	}
	closeIt(t, d)
	for i, n := range <-result {
		if n != i {
			t.Fatalf("line %d is record %d: lost, doubled or out of order", i, n)
		}
	}
	if len(connections) < 3 {
		t.Errorf("%d connections, want one for about each 3000 records", len(connections))
	}
}

func TestForgetsBatchesThatTheRouterGaveUp(t *testing.T) {
	l := narrow(t)
	tm := quick()
	tm.hold = 50 * time.Millisecond
	d := open(t, Options{Address: l.Addr().String()}, tm)
	large, dropped, next := numbered(t, 0, 32000, 100), numbered(t, 32000, 10, 20), numbered(t, 32010, 10, 20)
	wantErr(t, "WriteAll", d.WriteAll(t.Context(), []*sdk.Batch{large, dropped}), errStalled)
	c := accept(t, l)
	lines := make(chan []string, 1)
	go func() { lines <- readLines(t, c, 32010) }()
	d.timing.hold = 10 * time.Second
	// The router expired both meanwhile. The begun one ends all the same, or its last line would be cut.
	if err := d.WriteAll(t.Context(), []*sdk.Batch{next}); err != nil {
		t.Fatal(err)
	}
	got := <-lines
	if last := number(t, got[len(got)-1]); last != 32019 {
		t.Errorf("the last line is record %d, want 32019", last)
	}
}

func TestStopsWithItsContext(t *testing.T) {
	l := narrow(t)
	d := open(t, Options{Address: l.Addr().String()}, quick())
	for name, b := range map[string]*sdk.Batch{"while writing": numbered(t, 0, 32000, 100), "while waiting": numbered(t, 0, 1000, 100)} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			written := make(chan error, 1)
			go func() { written <- d.Write(ctx, b) }()
			c := accept(t, l)
			if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			cancel()
			wantErr(t, "Write", <-written, context.Canceled)
			d.link.close(0)
		})
	}
}

func TestRefusesAPeerThatIsNotWhoItShouldBe(t *testing.T) {
	a, other := peertest.NewAuthority(t), peertest.NewAuthority(t)
	r := receive(t, "127.0.0.1:0", other.Server(t, "logs.test"))
	d := open(t, Options{Address: r.l.Addr().String(), TLS: &peer.TLS{CAFile: sdk.Path(a.File)}}, quick())
	err := d.Write(t.Context(), batchOf(t, "a"))
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Fatalf("Write: %v, want a certificate error", err)
	}
}

func TestPresentsItsCertificate(t *testing.T) {
	a := peertest.NewAuthority(t)
	c := a.Server(t, "logs.test")
	c.ClientCAs, c.ClientAuth = a.Pool, tls.RequireAndVerifyClientCert
	r := receive(t, "127.0.0.1:0", c)
	certFile, keyFile := a.Issue(t, "router")
	d := open(t, Options{Address: r.l.Addr().String(), TLS: &peer.TLS{
		CAFile: sdk.Path(a.File), CertFile: sdk.Path(certFile), KeyFile: sdk.Path(keyFile), ServerName: "logs.test",
	}}, quick())
	if err := d.Write(t.Context(), batchOf(t, "a")); err != nil {
		t.Fatal(err)
	}
	r.wait(t, 1)
}

func ExampleOptions_Validate() {
	for _, d := range (Options{Address: "logs.example.com:6514"}).Validate() {
		fmt.Println(d.Path, d.Summary)
	}
	// Output: address Records would cross the network unencrypted, where everyone on the way can read and change them.
}
