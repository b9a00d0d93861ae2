package delivery

import (
	"context"
	"errors"
	"fmt"
)

// stepAside is a wish to have the cursor alone for a while.
type stepAside struct {
	do   func() error
	done chan error // capacity 1: what do returned; nobody may wait for it any more
	// working: do runs, and ended gets its result.
	working bool
	ended   chan error // capacity 1
}

// finished returns where the result of do comes from.
func (a *stepAside) finished() <-chan error {
	if a == nil {
		return nil
	}
	return a.ended
}

var errLaneEnded = errors.New("the destination's lane has ended")

// StepAside has the lane end its session in order and give back all that it took, and then calls do, while nobody uses
// the cursor. After that the lane goes on with what the cursor has, in a new session, and StepAside returns what do
// returned. When ctx is done first it returns ctx's error, and do may still be called. The lane has a spool on disk.
func (l *Lane) StepAside(ctx context.Context, do func() error) error {
	a := &stepAside{do: do, done: make(chan error, 1), ended: make(chan error, 1)}
	select {
	case l.asides <- a:
	case <-l.ended:
		return errLaneEnded
	case <-ctx.Done():
		return fmt.Errorf("wait for the lane of %s: %w", l.o.Address, ctx.Err())
	}
	select {
	case err := <-a.done:
		return err
	case <-l.ended:
		select {
		case err := <-a.done:
			return err
		default:
			return errLaneEnded
		}
	case <-ctx.Done():
		return fmt.Errorf("wait for the lane of %s: %w", l.o.Address, ctx.Err())
	}
}

// busy reports whether the cursor is not to be used, because it goes back or others want it.
func (l *Lane) busy() bool { return l.rewinding != notRewinding || l.aside != nil }

// takesAside returns where wishes come from: nowhere while there is one, or the lane ends.
func (l *Lane) takesAside() <-chan *stepAside {
	if l.aside != nil || l.draining || l.rewinding != notRewinding {
		return nil
	}
	return l.asides
}

// stepsAside gives everything back once nobody else has it, and begins to do what is wished.
func (l *Lane) stepsAside() {
	a, s := l.aside, &l.session
	if a == nil || a.working || s.session != nil || s.busy || l.window.count[burying] > 0 || l.owesLetters() {
		if a != nil && s.session == nil && s.busy {
			s.cancel() // it connects, which may take for ever
		}
		return
	}
	a.working = true
	l.settle()
	l.giveBack()
	l.cuts.forget()
	l.deaths.goroutine.Go(func() { a.ended <- a.do() })
}

// backFromAside goes on with what the cursor has now.
func (l *Lane) backFromAside(ctx context.Context, err error) {
	l.aside.done <- err
	l.aside = nil
	l.resume, l.lastFlushed = 0, 0
	l.rewinding = rewindReleased // in case that do did not, which does no harm twice
	l.connect(ctx)
}

// giveBack gives back all that the lane took, so that the cursor can be used by others, or goes back.
func (l *Lane) giveBack() {
	l.discard()
	l.deaths.stuck = 0
	l.hardening.spans, l.hardening.head = l.hardening.spans[:0], 0
	l.lastTaken, l.more = 0, true
	l.usualRoom(&l.parts.only)
}
