package tcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

const (
	// tlsChunk is how much plaintext is encrypted before it is written, in bytes. 64 KiB takes a quarter of the system
	// calls that a tls.Conn makes by itself.
	tlsChunk = 64 << 10
	// writeSlice is how long a write waits before the sender looks at what has been acknowledged meanwhile.
	writeSlice = time.Second
)

// errStalled says that the peer is there and takes nothing.
var errStalled = errors.New("the peer takes nothing")

// deliver writes those of bs that the connection does not carry yet, and waits until the peer's kernel has
// acknowledged all of them. It returns how many it has, from the front, without a gap; with a nil error, all. After
// errStalled the connection can be used again, and keeps what it carries.
func (l *link) deliver(ctx context.Context, bs []*sdk.Batch, lines func(*sdk.Batch) []byte, p *patience) (n int, err error) {
	if err := l.start(); err != nil {
		return 0, err
	}
	defer func() { l.stop(n > 0, err) }()
	// A write that waits ends with ctx.
	defer context.AfterFunc(ctx, func() { _ = l.conn.SetWriteDeadline(time.Unix(1, 0)) })()

	known := l.recognize(bs)
	err = l.flush(ctx, p)
	if err == nil && known < len(bs) {
		if err = l.open(); err == nil {
			err = l.write(ctx, bs[known:], lines, p)
		}
	}
	if (err == nil || errors.Is(err, errClosing)) && len(l.carried) > 0 {
		if failed := l.await(ctx, bs, p); failed != nil {
			err = failed
		}
	}
	if err != nil && !errors.Is(err, errClosing) && !errors.Is(err, errStalled) {
		return 0, err
	}
	n, failed := l.settle(ctx, bs, p)
	if failed != nil {
		err = failed
	}
	return n, err
}

// recognize returns how many of bs, from the front, the connection carries already, and forgets those that it carries
// and the router has given up meanwhile.
func (l *link) recognize(bs []*sdk.Batch) int {
	for i := range l.carried {
		known := 0
		for known < len(bs) && i+known < len(l.carried) && bytes.Equal(l.carried[i+known].key[:], bs[known].Key()) {
			known++
		}
		if known > 0 {
			l.carried = append(l.carried[:0], l.carried[i:]...)
			return known
		}
	}
	l.carried = l.carried[:0]
	return 0
}

// write hands bs to the kernel. On errStalled those that it has begun to take are carried, the last one with its rest
// in pending. Nothing is pending before.
func (l *link) write(ctx context.Context, bs []*sdk.Batch, lines func(*sdk.Batch) []byte, p *patience) error {
	if l.secure != nil {
		return l.writeTLS(ctx, bs, lines, p)
	}
	l.list = l.list[:0]
	for _, b := range bs {
		l.list = append(l.list, lines(b))
	}
	before := l.handed
	l.buffers = append(l.buffers[:0], l.list...)
	rest := l.buffers // WriteTo moves its beginning.
	err := l.push(ctx, p, func() (int64, error) { return rest.WriteTo(l.conn) })
	for i, b := range bs {
		taken := l.handed - before
		if taken <= 0 {
			break
		}
		before += int64(len(l.list[i]))
		l.carry(b, before)
		if taken < int64(len(l.list[i])) {
			l.pending = append(l.pending[:0], l.list[i][taken:]...)
			break
		}
	}
	clear(l.list)
	clear(l.buffers)
	return err
}

// writeTLS is write through TLS. A batch whose beginning is encrypted has to be encrypted to its end.
func (l *link) writeTLS(ctx context.Context, bs []*sdk.Batch, lines func(*sdk.Batch) []byte, p *patience) error {
	for _, b := range bs {
		var failed error
		for data := lines(b); len(data) > 0; {
			chunk := data[:min(len(data), tlsChunk)]
			data = data[len(chunk):]
			if _, err := l.secure.Write(chunk); err != nil {
				return fmt.Errorf("%w: encrypt: %w", errLost, err)
			}
			l.pending = l.gather.drain(l.pending)
			if failed == nil {
				failed = l.flush(ctx, p)
			}
			if failed != nil && !errors.Is(failed, errStalled) {
				return failed
			}
		}
		l.carry(b, l.handed+int64(len(l.pending)))
		if failed != nil {
			return failed
		}
	}
	return nil
}

func (l *link) carry(b *sdk.Batch, end int64) {
	m := mark{end: end}
	copy(m.key[:], b.Key())
	l.carried = append(l.carried, m)
}

// flush hands what is pending to the kernel.
func (l *link) flush(ctx context.Context, p *patience) error {
	if len(l.pending) == 0 {
		return nil
	}
	rest := l.pending
	err := l.push(ctx, p, func() (int64, error) {
		n, err := l.conn.Write(rest)
		rest = rest[n:]
		return int64(n), err
	})
	l.pending = append(l.pending[:0], rest...)
	if len(l.pending) == 0 && cap(l.pending) > 4*tlsChunk {
		l.pending = nil
	}
	return err
}

// push calls write, which goes on where it stopped, until it is done or patience is over.
func (l *link) push(ctx context.Context, p *patience, write func() (int64, error)) error {
	for {
		if err := l.conn.SetWriteDeadline(time.Now().Add(min(writeSlice, p.hold))); err != nil {
			return l.lost(err)
		}
		if err := ctx.Err(); err != nil { // Its end may have set the deadline before the line above did.
			return fmt.Errorf("write: %w", context.Cause(ctx))
		}
		n, err := write()
		l.handed += n
		if err == nil {
			return nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return l.lost(err)
		}
		left, err := l.unacked(true)
		if err != nil {
			return l.lost(err)
		}
		if err := p.look(time.Now(), l.handed-left, left); err != nil {
			return err
		}
	}
}

// reasonWait is how long a loss waits for the reader, which may have been told the reason. It finds a connection that
// is over at once; only one to a peer that does not answer it takes for alive.
const reasonWait = time.Second

// lost returns err as the loss of the connection.
func (l *link) lost(err error) error {
	timer := time.NewTimer(reasonWait)
	defer timer.Stop()
	select {
	case <-l.gone:
	case <-timer.C:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch _, told := alert(l.ended); {
	case told, errors.Is(err, net.ErrClosed):
		return l.lostLocked()
	case errors.Is(err, errLost):
		return err
	default:
		return fmt.Errorf("%w: %w", errLost, err)
	}
}
