package ingest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/skidway/skidway/core/record"
)

// defaultHandshakeTimeout bounds a TLS handshake.
const defaultHandshakeTimeout = 10 * time.Second

// conn is one connection. Its goroutine runs serve; others only wake and close its socket.
type conn struct {
	source *TCP
	sock   *socket
	peer   netip.AddrPort
	// tls is nil on a plaintext connection; stream is tls, or the socket itself.
	tls    *tls.Conn
	stream io.Reader
	framer framer
	mem    *lease
	// group is what the appender is given, with the origin that all groups of the connection share.
	group record.Group
	// dry says that the stream had nothing more to read.
	dry        bool
	halfClosed bool
}

// serve reads the connection until its end, or until ctx is done.
func (c *conn) serve(ctx context.Context) {
	defer c.mem.close()
	defer func() { _ = c.sock.Close() }()
	if err := c.handshake(ctx); err != nil {
		if ctx.Err() == nil {
			c.source.metrics.TLSErrors.Add(1)
			c.warn(&c.source.events.handshake, "tls handshake failed", "error", err)
		}
		return
	}
	var err error
	for err == nil {
		if err = ctx.Err(); err == nil {
			err = c.step(ctx)
		}
	}
	c.end(ctx, err)
}

func (c *conn) handshake(ctx context.Context) error {
	if c.tls == nil {
		c.stream, c.dry = c.sock, true
		return nil
	}
	c.sock.handshakeBy = time.Now().Add(c.source.handshakeTimeout)
	c.sock.SetWriteDeadline(c.sock.handshakeBy) //nolint:errcheck // fails on a closed socket, as the handshake then will
	if err := c.tls.HandshakeContext(ctx); err != nil {
		return err
	}
	c.sock.handshakeBy = time.Time{}
	c.sock.SetWriteDeadline(time.Time{}) //nolint:errcheck // as above
	c.stream = c.tls
	if chains := c.tls.ConnectionState().VerifiedChains; len(chains) > 0 {
		c.group.Origin.ClientName, _ = clientName(chains[0][0], c.source.o.TLS.ClientNames)
	}
	return nil
}

// step waits for bytes, reads once and hands over what came.
func (c *conn) step(ctx context.Context) error {
	if c.source.drain.Load() != nil && !c.halfClosed {
		c.halfClose()
	}
	if c.dry {
		c.mem.park()
		if err := c.sock.wait(); err != nil {
			return err
		}
		c.dry = false
	}
	room, err := c.mem.room(ctx)
	if err != nil {
		return err
	}
	n, err := c.read(room)
	if n > 0 {
		c.mem.filled(n)
		if lost, err := c.deliver(ctx, time.Now()); err != nil {
			c.unaccepted(lost, err)
			return err
		}
	}
	return err
}

// read fills room as far as the stream has bytes, without waiting.
func (c *conn) read(room []byte) (int, error) {
	n, err := c.stream.Read(room)
	// TLS gives one of its records, of at most 16 KiB, at a time.
	for c.tls != nil && err == nil && n < len(room) {
		var more int
		more, err = c.stream.Read(room[n:])
		n += more
	}
	if err == errWouldBlock { //nolint:errorlint // neither the socket nor crypto/tls wraps it
		c.dry, err = true, nil
	}
	return n, err
}

// deliver frames what was read and appends the records. lost counts those that it could not append.
func (c *conn) deliver(ctx context.Context, now time.Time) (lost int, err error) {
	in, used := c.mem.bytes(), 0
	for more := true; more; {
		cut := c.framer.next(in[used:], c.mem.sizes[:0])
		used, more = used+cut.rest, cut.more
		if cut.dropped > 0 {
			c.dropped(cut.dropped)
		}
		if err == nil && len(cut.sizes) > 0 {
			err = c.append(ctx, &cut, now)
		}
		if err != nil {
			lost += len(cut.sizes)
		} else if cut.err != nil {
			err = cut.err
		}
	}
	c.mem.consume(used)
	return lost, err
}

func (c *conn) dropped(records int) {
	c.source.metrics.DroppedBig.Add(int64(records))
	c.warn(&c.source.events.oversize, "dropped record above max_record_bytes")
}

// append hands the records of a cut, at least one, to the appender and counts them.
func (c *conn) append(ctx context.Context, cut *cut, now time.Time) error {
	if cut.truncated {
		c.warn(&c.source.events.oversize, "truncated record above max_record_bytes")
	}
	g := &c.group
	g.Sizes, g.Data = cut.sizes, cut.data
	g.Origin.Truncated, g.Origin.ReceivedUnixNano = cut.truncated, now.UnixNano()
	g.Origin.ID = c.source.ids.Take(len(cut.sizes))
	err := c.source.appender.Append(ctx, g)
	g.Sizes, g.Data = nil, nil
	if err != nil {
		return err
	}
	m := c.source.metrics
	m.Accepted.Add(int64(len(cut.sizes)))
	m.AcceptedBytes.Add(int64(len(cut.data)))
	if cut.truncated {
		m.Truncated.Add(int64(len(cut.sizes)))
	}
	return nil
}

// halfClose tells the sender that nobody will read for long. Senders that look stop, so that nothing is cut off.
func (c *conn) halfClose() {
	c.halfClosed = true
	if c.tls != nil {
		c.tls.CloseWrite() //nolint:errcheck // the sender may be gone; reading on will tell
	}
	c.sock.CloseWrite() //nolint:errcheck // as above
}

// end deals with what is left when the connection ends because of err.
func (c *conn) end(ctx context.Context, err error) {
	if errors.Is(err, errFraming) {
		c.source.metrics.FramingErrors.Add(1)
		c.warn(&c.source.events.framing, "closed connection that is not in the configured framing", "error", err)
		return
	}
	if c.mem.wasEvicted() {
		err = errEvicted
		c.source.metrics.Evicted.Add(1)
		c.warn(&c.source.events.evicted, "closed connection to free memory", "reason", err,
			"hint", "raise router.intake_max_bytes or lower max_record_bytes")
	}
	left := len(c.mem.bytes())
	// Over TLS only a closure alert is an end in order: anybody on the way can end the TCP connection.
	if left > 0 && errors.Is(err, io.EOF) && (c.tls == nil || !c.sock.ended) {
		left, err = c.finish(ctx, left, err)
	}
	if left > 0 {
		c.unaccepted(1, err)
	}
	c.source.log.Debug("connection closed", "peer", c.peer, "reason", reason(err))
}

// finish takes the last left bytes of a connection that its sender closed in order, which is cause. It returns how many
// of them are no record, and what became the cause.
func (c *conn) finish(ctx context.Context, left int, cause error) (int, error) {
	last := c.framer.finish(c.mem.block.data[:left], make([]uint32, 0, 1))
	if last.dropped > 0 {
		c.dropped(last.dropped)
	}
	if len(last.sizes) > 0 {
		if err := c.append(ctx, &last, time.Now()); err != nil {
			return left, err
		}
	}
	return left - last.rest, cause
}

// unaccepted counts and logs records that were read and are lost because of err.
func (c *conn) unaccepted(records int, err error) {
	if records == 0 {
		return
	}
	c.source.metrics.Unaccepted.Add(int64(records))
	c.source.unaccepted.Add(int64(records))
	c.warn(&c.source.events.unaccepted, "connection ended with records that were not accepted",
		"records", records, "reason", reason(err))
}

func (c *conn) warn(r *repeated, message string, args ...any) {
	r.warn(c.source.log, message, append(args, "peer", c.peer)...)
}

// reason says in words why a connection ended.
func reason(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "closed by the sender"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "the sender was silent"
	case errors.Is(err, context.Canceled), errors.Is(err, net.ErrClosed):
		return "intake stopped"
	}
	return err.Error()
}
