package ingest

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// drainSilence is how long a connection is silent before a drain takes it for read out.
const drainSilence = 200 * time.Millisecond

// drain says that intake ends; by is when reading ends at the latest, zero: when every sender is silent.
type drain struct{ by time.Time }

// wouldBlockError says that a socket holds no bytes. It is temporary to crypto/tls, which then goes on where it stopped.
type wouldBlockError struct{}

func (wouldBlockError) Error() string   { return "no bytes to read yet" }
func (wouldBlockError) Timeout() bool   { return true }
func (wouldBlockError) Temporary() bool { return true }

var errWouldBlock error = wouldBlockError{}

// socket reads a TCP connection without blocking, and waits apart from that, so that nobody needs a buffer to wait.
// While handshakeBy is set, Read blocks, as crypto/tls wants it during a handshake. All methods but Close and those
// that set deadlines are for one goroutine.
type socket struct {
	*net.TCPConn
	raw   syscall.RawConn
	drain *atomic.Pointer[drain]
	// idle ends a wait without bytes; 0: never.
	idle time.Duration
	// handshakeBy ends every wait; zero: no handshake under way.
	handshakeBy time.Time
	// ended says that the sender closed its side of the TCP connection.
	ended bool

	// timed says that a read deadline is set.
	timed bool
	// What the callbacks of raw work with; they are made once, so that a read allocates nothing.
	dst    []byte
	n      int
	err    error
	polled bool
	poll   [1]unix.PollFd
	onRead func(fd uintptr)
	onWait func(fd uintptr) bool
}

func newSocket(c *net.TCPConn, d *atomic.Pointer[drain], idle time.Duration) (*socket, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &socket{TCPConn: c, raw: raw, drain: d, idle: idle}
	s.onRead, s.onWait = s.readFd, s.waitFd
	return s, nil
}

// Read reads what the socket holds. When that is nothing it returns errWouldBlock, or during a handshake waits.
func (s *socket) Read(p []byte) (int, error) {
	for {
		n, err := s.tryRead(p)
		if err != errWouldBlock || s.handshakeBy.IsZero() { //nolint:errorlint // tryRead returns the very value
			return n, err
		}
		if err := s.wait(); err != nil {
			return 0, err
		}
	}
}

func (s *socket) tryRead(p []byte) (int, error) {
	s.dst = p
	// Control and not Read, which would look at the deadline: that is for waits only.
	err := s.raw.Control(s.onRead)
	s.dst = nil
	if err == nil {
		err = s.err
	}
	return s.n, err
}

func (s *socket) readFd(fd uintptr) {
	for {
		n, err := unix.Read(int(fd), s.dst)
		s.n, s.err = max(n, 0), nil
		switch {
		case err == nil && n == 0:
			s.ended, s.err = true, io.EOF
		case err == nil:
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			s.err = errWouldBlock
		default:
			s.err = os.NewSyscallError("read", err)
		}
		return
	}
}

// wait blocks until the socket may hold bytes, or its end. It returns os.ErrDeadlineExceeded, wrapped, when the time
// for that is over and the socket holds nothing. It may return early, as at the start of a drain.
func (s *socket) wait() error {
	until := s.arm()
	s.polled = false
	err := s.raw.Read(s.onWait)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	switch now := time.Now(); {
	case until.IsZero() || now.Before(until):
		return nil // woken for the drain
	case !s.handshakeBy.IsZero() && !now.Before(s.handshakeBy):
		return err
	case s.holds():
		return nil // this goroutine was late, not the sender
	}
	return err
}

// waitFd is called before each wait of the runtime poller. After one it does not look again: the next read will.
func (s *socket) waitFd(fd uintptr) bool {
	if s.polled {
		return true
	}
	s.polled = true
	return s.readable(fd)
}

// holds says whether the kernel holds bytes of the connection, its end or an error.
func (s *socket) holds() bool {
	held := false
	err := s.raw.Control(func(fd uintptr) { held = s.readable(fd) })
	return held || err != nil
}

func (s *socket) readable(fd uintptr) bool {
	for {
		s.poll[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
		n, err := unix.Poll(s.poll[:], 0)
		if !errors.Is(err, unix.EINTR) {
			return n > 0 || err != nil
		}
	}
}

// arm sets the deadline of a wait that begins now, and returns it; zero: none.
func (s *socket) arm() time.Time {
	for {
		d := s.drain.Load()
		until := s.deadline(d)
		if s.timed || !until.IsZero() {
			s.timed = !until.IsZero()
			s.SetReadDeadline(until) //nolint:errcheck // fails on a closed socket, as the wait then will
		}
		if s.drain.Load() == d {
			return until
		}
		// The drain began, and may have woken this socket before its deadline was set.
	}
}

func (s *socket) deadline(d *drain) time.Time {
	until := s.handshakeBy
	if d != nil {
		until = earlier(until, earlier(time.Now().Add(drainSilence), d.by))
	} else if s.idle > 0 && until.IsZero() {
		until = time.Now().Add(s.idle)
	}
	return until
}

// earlier returns the earlier of two times, of which zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// wake ends a wait that is under way or comes next. It may be called from any goroutine.
func (s *socket) wake() {
	s.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // fails on a closed socket, which nobody waits for
}
