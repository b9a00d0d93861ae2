package tcp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/sdk"
)

// destination writes batches to one connection at a time. It connects when there is something to write.
type destination struct {
	opts     Options
	timing   timing
	host     string
	log      hclog.Logger
	liner    liner
	schedule schedule

	link *link // nil: not connected
	why  error // of the last failed attempt to connect or lost connection
	// manner is what was learned about the server's handshake.
	manner manner
	// absences counts how often in a row the router was told that there is no connection.
	absences int
	// verdicts are for the Writes that follow a WriteAll of several batches that failed.
	verdicts []verdict
}

// verdict is what Write has to say about a batch that WriteAll has dealt with.
type verdict struct {
	key [16]byte
	err error
}

func newDestination(o Options, t timing) *destination {
	d := &destination{
		opts:     o,
		timing:   t,
		schedule: schedule{first: t.first, last: t.last, random: rand.Float64},
	}
	d.manner = d.firstManner()
	return d
}

// firstManner is how a handshake is made with a server that nothing is known of. One that we have a certificate for is
// likely to ask for it.
func (d *destination) firstManner() manner {
	if d.opts.TLS != nil && d.opts.TLS.CertFile != "" {
		return limited
	}
	return willing
}

// Open checks what can be checked without the peer, whose absence is a matter of Write.
func (d *destination) Open(_ context.Context, c sdk.Config) error {
	d.log = c.Log
	if d.log == nil {
		d.log = hclog.NewNullLogger()
	}
	d.log = d.log.With("peer", d.opts.Address)
	d.liner.log = d.log
	var err error
	if d.host, err = splitAddress(d.opts.Address); err != nil {
		return sdk.Reject(fmt.Errorf("address %q: %w", d.opts.Address, err))
	}
	_, err = d.secure()
	return err
}

// secure returns the TLS configuration of one connection; nil for plaintext. The files are read each time.
func (d *destination) secure() (*tls.Config, error) {
	if d.opts.TLS == nil {
		return nil, nil
	}
	return d.opts.TLS.Config(d.host, func(err error) { d.log.Warn("client certificate not re-read; using the last one", "error", err) })
}

// WriteAll writes all batches and waits until the peer's kernel has acknowledged them: the way there and back is paid
// for once.
func (d *destination) WriteAll(ctx context.Context, bs []*sdk.Batch) error {
	d.verdicts = d.verdicts[:0]
	n, err := d.deliver(ctx, bs)
	if err == nil || len(bs) == 1 {
		return err
	}
	// The SDK calls Write for each now. Those that are acknowledged are not to be written again, and if there are none
	// the first one has had its time.
	for _, b := range bs[:n] {
		d.remember(b, nil)
	}
	if n == 0 {
		d.remember(bs[0], err)
	}
	return err
}

func (d *destination) remember(b *sdk.Batch, err error) {
	v := verdict{err: err}
	copy(v.key[:], b.Key())
	d.verdicts = append(d.verdicts, v)
}

// Write writes one batch and waits until the peer's kernel has acknowledged it.
func (d *destination) Write(ctx context.Context, b *sdk.Batch) error {
	if len(d.verdicts) > 0 && bytes.Equal(d.verdicts[0].key[:], b.Key()) {
		v := d.verdicts[0]
		d.verdicts = d.verdicts[1:]
		return v.err
	}
	d.verdicts = d.verdicts[:0]
	_, err := d.deliver(ctx, []*sdk.Batch{b})
	return err
}

// maxPatience is how many times timing.hold a batch may wait for a connection at most.
const maxPatience = 6

// mayWait returns how long a batch may wait for a connection. It grows while the peer stays away: the router's own
// pauses do too, and a peer that comes back in one of them has to wait for its end.
func (d *destination) mayWait() time.Duration {
	return time.Duration(min(d.absences+1, maxPatience)) * d.timing.hold
}

// deliver writes bs, connecting when there is no connection. It returns how many have been acknowledged, from the
// front. After the loss of a connection that is none of those that had no verdict yet: the peer's kernel may have
// acknowledged some, but who knows whether the peer got to read them.
func (d *destination) deliver(ctx context.Context, bs []*sdk.Batch) (int, error) {
	done := 0
	until := time.Now().Add(d.mayWait())
	for {
		if err := d.connect(ctx, until, bs[done]); err != nil {
			return done, err
		}
		p := &patience{hold: d.timing.hold, alive: bs[done].Working}
		n, err := d.link.deliver(ctx, bs[done:], d.liner.lines, p)
		done += n
		if n > 0 {
			d.schedule.succeed()
			d.why, d.absences = nil, 0
			until = time.Now().Add(d.mayWait())
		}
		switch {
		case err == nil:
			return done, nil
		case errors.Is(err, errClosing):
			// The rest was not written: it goes to the next connection.
			d.drop()
			if n > 0 {
				bs[done].Working()
			}
		case errors.Is(err, errLost):
			retry, err := d.lose(err)
			if !retry {
				return done, err
			}
			bs[done].Working()
		default:
			return done, sdk.Retry(err)
		}
	}
}

// lose ends a connection that was lost. One that was never proven counts as an attempt to connect that failed: retry is
// true when there may be another one. Otherwise the error is the verdict.
func (d *destination) lose(err error) (retry bool, verdict error) {
	l := d.link
	d.drop()
	err = l.advise(err)
	d.why = err
	delay := d.schedule.fail(time.Now())
	if l.proven {
		d.log.Warn("connection lost; what the peer had received and not read is lost, the rest is sent again",
			"error", err, "retry_in", shown(delay))
		return false, sdk.Retry(err)
	}
	d.log.Warn("connection lost before the peer had shown that it takes anything; everything is sent again",
		"error", err, "retry_in", shown(delay))
	if peer.IsIdentityError(err) {
		d.manner = d.firstManner()
		return false, sdk.Misconfigured(err)
	}
	return true, nil
}

// drop lets go of a connection that is over.
func (d *destination) drop() {
	if d.link != nil {
		d.link.close(0)
		d.link = nil
	}
}

// connect makes sure that there is a connection for b. It begins no attempt after until. b shows signs of life
// meanwhile: one at the end of each attempt, none of which takes longer than timing.dial and the delay before it.
func (d *destination) connect(ctx context.Context, until time.Time, b *sdk.Batch) error {
	if d.link != nil && d.link.usable() {
		return nil
	}
	d.drop()
	for {
		wait := d.schedule.wait(time.Now())
		if d.why != nil && time.Now().Add(wait).After(until) {
			d.absences++
			return sdk.Retry(fmt.Errorf("no connection to %s, next attempt in %s: %w", d.opts.Address, shown(wait), d.why))
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		attempt := d.schedule.failed + 1
		err := d.dial(ctx, time.Until(until))
		if err == nil {
			d.log.Info("connected", "attempt", attempt, "tls", d.link.version())
			b.Working()
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("connect to %s: %w", d.opts.Address, context.Cause(ctx))
		}
		d.why = err
		delay := d.schedule.fail(time.Now())
		d.log.Warn("connection attempt failed", "attempt", attempt, "error", err, "retry_in", shown(delay))
		b.Working()
		if peer.IsIdentityError(err) {
			return sdk.Misconfigured(err)
		}
	}
}

// shown is how a delay is logged.
func shown(d time.Duration) string { return d.Round(time.Millisecond).String() }

// minDial is what an attempt to connect gets however little is left.
const minDial = time.Second

// dial makes one attempt to connect, within the time that is left or little more. What it learns about the server's
// handshake it uses at once.
func (d *destination) dial(ctx context.Context, left time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, min(d.timing.dial, max(left, minDial)))
	defer cancel()
	for {
		c, err := d.secure()
		if err != nil {
			return err
		}
		var g *greeting
		if c != nil {
			g = newGreeting(c, d.manner)
		}
		d.link, err = dial(ctx, d.opts.Address, g, d.timing, d.log)
		if err == nil || g == nil {
			return err
		}
		m, again := g.next(err)
		if !again {
			d.manner = d.firstManner()
			return g.advise(err)
		}
		d.manner = m
	}
}

// sleep waits for wait, or for the end of ctx, whose error it returns.
func sleep(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to connect: %w", context.Cause(ctx))
	}
}

// Close ends the connection in order.
func (d *destination) Close() error {
	if d.link != nil {
		d.link.close(d.timing.linger)
		d.link = nil
	}
	return nil
}
