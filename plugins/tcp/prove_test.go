package tcp

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// refuse takes a connection and, when the first byte has come, which it does not read, ends it with with.
func refuse(t *testing.T, l net.Listener, with func(*net.TCPConn) error) {
	t.Helper()
	c := accept(t, l).(*net.TCPConn)
	raw, err := c.SyscallConn()
	if err != nil {
		t.Error(err)
		return
	}
	peek := make([]byte, 1)
	err = raw.Read(func(fd uintptr) bool {
		n, _, err := syscall.Recvfrom(int(fd), peek, syscall.MSG_PEEK)
		return n > 0 || !errors.Is(err, syscall.EAGAIN)
	})
	if err != nil {
		t.Error(err)
	}
	if err := with(c); err != nil {
		t.Error(err)
	}
}

// TestAcceptsNothingFromAPeerThatEndsTheConnectionUnread is about receivers that are full or choose their clients by
// themselves, and about proxies whose own server is away.
func TestAcceptsNothingFromAPeerThatEndsTheConnectionUnread(t *testing.T) {
	for name, end := range map[string]func(*net.TCPConn) error{
		"resets it":                  func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) },
		"closes it":                  (*net.TCPConn).Close,
		"closes its side, and all":   func(c *net.TCPConn) error { return errors.Join(c.CloseWrite(), c.Close()) },
		"closes its side and resets": func(c *net.TCPConn) error { return errors.Join(c.CloseWrite(), c.SetLinger(0), c.Close()) },
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, "127.0.0.1:0")
			tm := quick()
			tm.trial = 200 * time.Millisecond
			d, log := openLogged(t, Options{Address: l.Addr().String()}, tm)
			written := make(chan error, 1)
			go func() { written <- d.WriteAll(t.Context(), []*sdk.Batch{batchOf(t, "a"), batchOf(t, "b")}) }()
			const refusals = 3
			for range refusals {
				refuse(t, l, end)
			}
			c := accept(t, l)
			if got := strings.Join(readLines(t, c, 2), " "); got != "a b" {
				t.Errorf("the peer that reads got %q, want all", got)
			}
			if err := <-written; err != nil {
				t.Errorf("WriteAll: %v, want accepted by the last peer", err)
			}
			if n := log.count("connection lost before the peer had shown"); n != refusals {
				t.Errorf("%d refusals logged, want %d", n, refusals)
			}
		})
	}
}

func TestIsPatientOnlySoLongWithAPeerThatEndsEachConnection(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	tm := quick()
	tm.hold = 50 * time.Millisecond
	d := open(t, Options{Address: l.Addr().String()}, tm)
	refusing := make(chan struct{})
	go func() {
		defer close(refusing)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	}()
	if d.Write(t.Context(), batchOf(t, "a")) == nil {
		t.Error("accepted by a peer that reads nothing")
	}
	l.Close()
	<-refusing
}

func TestWaitsLongerForAPeerThatStaysAway(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	address := l.Addr().String()
	l.Close()
	tm := quick()
	tm.hold = 5 * time.Millisecond
	d := open(t, Options{Address: address}, tm)
	for n := 1; n <= maxPatience+2; n++ {
		if got, want := d.mayWait(), time.Duration(min(n, maxPatience))*tm.hold; got != want {
			t.Errorf("attempt %d may wait %s for a connection, want %s", n, got, want)
		}
		if d.Write(t.Context(), batchOf(t, "a")) == nil {
			t.Fatal("accepted without a peer")
		}
	}
	d.timing.hold = 10 * time.Second
	r := receive(t, address, nil)
	if err := d.Write(t.Context(), batchOf(t, "a")); err != nil {
		t.Fatal(err)
	}
	r.wait(t, 1)
	if got := d.mayWait(); got != d.timing.hold {
		t.Errorf("after the peer's return a batch may wait %s for a connection, want %s", got, d.timing.hold)
	}
}

func TestTakesAConnectionToItselfForARefusal(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	address := l.Addr().(*net.TCPAddr)
	l.Close()
	// The port of our own end is the one that is dialed, as the system may choose it.
	c, err := connect(t.Context(), &net.Dialer{LocalAddr: address}, address.String())
	if err == nil {
		_ = c.Close()
		t.Fatal("connected to itself")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "itself") {
		t.Errorf("connect: %v, want a refusal that says why", err)
	}
	again, err := net.Listen("tcp", address.String())
	if err != nil {
		t.Fatalf("the port can't be listened on afterwards: %v", err)
	}
	again.Close()
}
