package tcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// The kernel tells nobody when a peer acknowledges, so the sender asks. A peer on the same machine answers within
// microseconds: it is given the processor a few times, and then naps too short for the runtime's timers. After that the
// pauses grow with the time that has passed, so that they add an eighth to it at most. BenchmarkWriteAll has the price.
const (
	eagerLooks = 4
	nap        = 20 * time.Microsecond
	napping    = 2 * time.Millisecond
	minPause   = time.Millisecond
	maxPause   = 20 * time.Millisecond
)

// await waits until the last of bs that is carried has been acknowledged.
func (l *link) await(ctx context.Context, bs []*sdk.Batch, p *patience) error {
	target := int64(-1)
	for _, m := range l.carried {
		if bytes.Equal(m.key[:], bs[len(bs)-1].Key()) {
			target = m.end
		}
	}
	if target < 0 { // The peer is closing, and was not given the last ones.
		target = l.carried[len(l.carried)-1].end
	}
	var begun time.Time
	for look := 0; ; look++ {
		left, err := l.unacked(look > eagerLooks)
		if err != nil {
			return l.lost(err)
		}
		if l.handed-left >= target {
			return nil
		}
		if look < eagerLooks {
			runtime.Gosched()
			continue
		}
		now := time.Now()
		if look == eagerLooks {
			begun = now
		}
		if err := p.look(now, l.handed-left, left); err != nil {
			return err
		}
		passed := now.Sub(begun)
		if passed < napping {
			takeNap(max(nap, passed/8))
			continue
		}
		if err := l.pause(ctx, min(max(passed/8, minPause), maxPause), nil); err != nil {
			return err
		}
	}
}

// pause waits for d, for enough, or until the reader ends. It returns why the connection is broken; the peer's close
// alone does not break it: what was written may still be acknowledged.
func (l *link) pause(ctx context.Context, d time.Duration, enough <-chan struct{}) error {
	gone := l.gone
	select {
	case <-gone:
		gone = nil // Known: only the other events are to be waited for.
		if err := l.broken(); err != nil {
			return err
		}
	default:
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-gone:
	case <-enough:
	case <-timer.C:
	case <-ctx.Done():
		return fmt.Errorf("wait for acknowledgement: %w", context.Cause(ctx))
	}
	return l.broken()
}

// broken returns why the reader ended, unless the peer has closed its side in order.
func (l *link) broken() error {
	if err := l.open(); err != nil && !errors.Is(err, errClosing) {
		return err
	}
	return nil
}

// unacked returns how many bytes the kernel has and the peer's kernel has not acknowledged. With judge it also says
// when the connection can't be relied on any longer.
func (l *link) unacked(judge bool) (n int64, err error) {
	failed := l.raw.Control(func(fd uintptr) {
		var left int
		if left, err = unacked(int(fd)); err != nil || left == 0 || !judge {
			n = int64(left)
			return
		}
		n = int64(left)
		var h health
		if h, err = readHealth(int(fd)); err == nil {
			err = h.judge()
		}
	})
	if failed != nil {
		err = failed
	}
	return n, err
}

// acknowledged returns how many of bs have been acknowledged, from the front.
func (l *link) acknowledged(bs []*sdk.Batch) int {
	left, err := l.unacked(false)
	if err != nil {
		return 0
	}
	n := 0
	for n < len(bs) && n < len(l.carried) && l.carried[n].end <= l.handed-left && bytes.Equal(l.carried[n].key[:], bs[n].Key()) {
		n++
	}
	return n
}

// settle forgets those of bs that have been acknowledged and returns how many they are, from the front: none before the
// connection is proven.
func (l *link) settle(ctx context.Context, bs []*sdk.Batch, p *patience) (int, error) {
	n := l.acknowledged(bs)
	if n == 0 {
		return 0, nil
	}
	if err := l.prove(ctx, p); err != nil {
		return 0, err
	}
	l.carried = append(l.carried[:0], l.carried[n:]...)
	return n, nil
}

// patience says how long to wait for a peer that takes nothing. Any progress renews it.
type patience struct {
	hold time.Duration
	// alive is called at progress.
	alive func()

	acked int64 // at the last look
	until time.Time
}

// look notes how many bytes have been acknowledged since the connection began, and that left have not. It returns an
// error when nothing has moved for too long.
func (p *patience) look(now time.Time, acked, left int64) error {
	if p.until.IsZero() || acked > p.acked {
		if !p.until.IsZero() {
			p.alive()
		}
		p.acked, p.until = acked, now.Add(p.hold)
		return nil
	}
	if now.Before(p.until) {
		return nil
	}
	return fmt.Errorf("%w: %d bytes not acknowledged, none for %s", errStalled, left, p.hold)
}
