package tcp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
)

// link is one connection. The sender, one goroutine at a time, writes to it and watches what the peer's kernel
// acknowledges; the link's own goroutine reads, which is how the peer's close shows, and throws away what comes.
//
// A batch that the kernel has begun to take is carried: when the router, told to try again later, sends it again while
// the connection lives, only its acknowledgement is waited for.
type link struct {
	conn   *net.TCPConn
	raw    syscall.RawConn
	secure *tls.Conn // nil: plaintext
	gather *gather   // below secure
	greet  *greeting // nil: plaintext
	timing timing
	log    hclog.Logger
	// judged is closed when the server has shown that it accepted the client; nil: nothing of that kind is to come.
	judged <-chan struct{}

	// The sender's:
	proven  bool        // what is acknowledged may be accepted
	handed  int64       // bytes that the kernel has taken since the beginning
	pending []byte      // bytes that it has not, of batches that are carried
	carried []mark      // batches without a verdict yet, oldest first
	buffers net.Buffers // scratch
	list    [][]byte    // scratch

	done chan struct{} // closed when the reader has ended
	gone chan struct{} // closed when ended is set

	mu          sync.Mutex
	ended       error // why the reader ended; io.EOF: the peer has closed its side
	busy        bool  // the sender is at work, and will look at ended
	fresh       bool  // nothing has been acknowledged
	outstanding bool  // something is carried
	early       bool  // the peer had closed its side before the first byte was written
	oneWay      bool  // and it acknowledges all the same
	closed      bool
}

// mark says where on the connection a batch ends.
type mark struct {
	key [16]byte
	end int64 // in the count of handed
}

// dial connects. g is nil for plaintext. ctx bounds the attempt.
func dial(ctx context.Context, address string, g *greeting, t timing, log hclog.Logger) (*link, error) {
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 4,
	}}
	conn, err := connect(ctx, &dialer, address)
	if err != nil {
		return nil, err
	}
	l := &link{conn: conn, greet: g, timing: t, log: log, fresh: true, done: make(chan struct{}), gone: make(chan struct{})}
	if l.raw, err = conn.SyscallConn(); err == nil {
		err = l.begin(ctx, g)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	go l.read()
	return l, nil
}

// connect makes a TCP connection to another socket. A system that picks the very port that is dialed, where nobody
// listens, for the client's own end connects a socket to itself.
func connect(ctx context.Context, dialer *net.Dialer, address string) (*net.TCPConn, error) {
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	t, ok := conn.(*net.TCPConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("dial %s: not a TCP connection", address)
	}
	if t.LocalAddr().String() == t.RemoteAddr().String() {
		_ = t.SetLinger(0) // Else the port could not be listened on for a minute.
		_ = t.Close()
		return nil, fmt.Errorf("dial %s: nobody listens there, so the system connected the socket to itself: %w",
			address, syscall.ECONNREFUSED)
	}
	return t, nil
}

func (l *link) begin(ctx context.Context, g *greeting) error {
	var err error
	if failed := l.raw.Control(func(fd uintptr) { err = tune(int(fd)) }); failed != nil {
		err = failed
	}
	if err != nil || g == nil {
		return err
	}
	l.gather = &gather{Conn: l.conn}
	if l.secure, l.judged, err = g.shake(ctx, l.gather); err != nil {
		return err
	}
	l.handed = l.gather.keep()
	return nil
}

// version names the TLS version for the log.
func (l *link) version() string {
	if l.secure == nil {
		return "none"
	}
	return tls.VersionName(l.secure.ConnectionState().Version)
}

// advise adds to the reason of a loss what the user can do.
func (l *link) advise(err error) error {
	if l.greet == nil {
		return err
	}
	return l.greet.advise(err)
}

// read throws away what the peer sends until there is no more.
func (l *link) read() {
	defer close(l.done)
	var r io.Reader = l.conn
	if l.secure != nil {
		r = l.secure
	}
	buf := make([]byte, 4096)
	for {
		if _, err := r.Read(buf); err != nil {
			l.end(err)
			return
		}
	}
}

// end notes that the reader has ended. Unless the sender is at work or has use for the connection, it is closed.
func (l *link) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = err
	close(l.gone)
	if l.closed {
		return
	}
	if errors.Is(err, io.EOF) {
		l.log.Info("peer closed its side of the connection")
	}
	if !l.busy && !l.usableLocked() {
		l.closeLocked()
	}
}

// usableLocked reports whether the connection can be of use to the sender. A peer that closes its side at once is given
// the first batch all the same: there are receivers that only ever read. One that closes its side later is ending the
// connection: it gets nothing more, and what it was given may still be acknowledged.
func (l *link) usableLocked() bool {
	switch {
	case l.closed:
		return false
	case l.ended == nil || l.oneWay:
		return true
	case errors.Is(l.ended, io.EOF):
		return l.fresh || l.outstanding
	default:
		return false
	}
}

// start says that the sender goes to work, unless the connection is of no use any longer.
func (l *link) start() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.usableLocked() {
		l.closeLocked()
		return l.lostLocked()
	}
	l.busy = true
	l.early = l.fresh && l.ended != nil
	return nil
}

// open returns nil when the peer takes more, errClosing when it takes only what it was given, and otherwise why the
// connection was lost.
func (l *link) open() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.ended == nil || l.oneWay || l.early:
		return nil
	case errors.Is(l.ended, io.EOF):
		return errClosing
	default:
		return l.lostLocked()
	}
}

func (l *link) lostLocked() error {
	if l.ended == nil {
		return errLost
	}
	if errors.Is(l.ended, io.EOF) {
		return fmt.Errorf("%w: the peer closed it", errLost)
	}
	return fmt.Errorf("%w: %w", errLost, l.ended)
}

// stop says that the sender's work is over: whether anything was acknowledged, and the error. A connection that is of
// no use any longer is closed.
func (l *link) stop(acknowledged bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy = false
	l.outstanding = len(l.carried) > 0
	if acknowledged {
		l.fresh = false
		l.oneWay = l.oneWay || l.early
	}
	if errors.Is(err, errLost) || !l.usableLocked() {
		l.closeLocked()
	}
}

// usable reports whether the connection can be of use to the sender.
func (l *link) usable() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.usableLocked()
}

func (l *link) closeLocked() {
	if !l.closed {
		l.closed = true
		_ = l.conn.Close()
	}
}

// close ends the connection in order and waits for the reader: it says that nothing more comes, gives the peer until
// linger to close its side, and closes.
func (l *link) close(linger time.Duration) {
	if l.usable() {
		if l.secure != nil {
			_ = l.secure.CloseWrite()
			l.pending = l.gather.drain(l.pending)
			_ = l.conn.SetWriteDeadline(time.Now().Add(linger))
			_, _ = l.conn.Write(l.pending)
		}
		_ = l.conn.CloseWrite()
		timer := time.NewTimer(linger)
		defer timer.Stop()
		select {
		case <-l.gone:
		case <-timer.C:
		}
	}
	l.mu.Lock()
	l.closeLocked()
	l.mu.Unlock()
	<-l.done
}
