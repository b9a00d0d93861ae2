package delivery

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

// sessionState is the lane's side of its session. At most one of its goroutines runs at a time: one that connects, or
// one that waits for a session's end.
type sessionState struct {
	session  Session // nil between sessions
	verdicts <-chan Verdict
	info     SessionInfo
	// inOrder: batches are sent in the order of their positions, come what may.
	inOrder bool
	// lastID is the id of the last batch sent, in any session.
	lastID uint64
	// retries counts the retry verdicts of the session.
	retries uint64
	// barrier: an ordered destination asked for a batch again; nothing is sent until the whole window is answered.
	barrier bool
	// broken: Send failed.
	broken bool
	// trusted: the lane knows what the plugin has of what it accepted before, so what it says now is about that too.
	trusted bool
	// barredUntil: nothing is sent before it is known under which identity; zero: it is.
	barredUntil time.Time
	// held counts the batches, and heldBytes their bytes, that the plugin gathers on top of the window. flushing: the
	// drain began while it had nothing else.
	held      int
	heldBytes int64
	flushing  bool
	// alone is the batch that is with the plugin and has to be alone there.
	alone *flight

	connects   chan connection // capacity 1: the goroutine that connects never waits
	ends       chan End        // capacity 1: likewise
	busy       bool            // a goroutine runs
	cancel     context.CancelFunc
	goroutines sync.WaitGroup
}

type connection struct {
	session Session
	err     error
}

func newSessionState() sessionState {
	return sessionState{connects: make(chan connection, 1), ends: make(chan End, 1)}
}

// connect opens the next session. Meanwhile the lane goes on.
func (l *Lane) connect(ctx context.Context) {
	s := &l.session
	ctx, s.cancel = context.WithCancel(ctx)
	s.busy = true
	s.goroutines.Go(func() {
		session, err := l.dest.Connect(ctx)
		s.connects <- connection{session, err}
	})
}

// idle reports whether there is neither a session nor a goroutine.
func (s *sessionState) idle() bool { return s.session == nil && !s.busy }

// usable reports whether batches can be sent.
func (s *sessionState) usable() bool {
	return s.session != nil && s.verdicts != nil && !s.broken && !s.flushing && s.barredUntil.IsZero()
}

// hold takes f, which the plugin has and works on, out of the window, if the plugin may have so much.
func (s *sessionState) hold(f *flight) {
	if !f.held && s.heldBytes+int64(f.Bytes) <= s.info.MaxHeldBytes {
		f.held = true
		s.held++
		s.heldBytes += int64(f.Bytes)
	}
}

// letGo is called when the plugin no longer has f.
func (s *sessionState) letGo(f *flight) {
	if f.held {
		f.held = false
		s.held--
		s.heldBytes -= int64(f.Bytes)
	}
	if s.alone == f {
		s.alone = nil
	}
}

// flush begins the end of a session after which there is another: the plugin finishes what it has.
func (s *sessionState) flush() {
	if s.session != nil && s.verdicts != nil && !s.broken && !s.flushing {
		s.flushing = true
		s.session.CloseSend()
	}
}

// maxBatchBytes is the largest batch, the last line feed not counted.
func (s *sessionState) maxBatchBytes() int {
	if n := s.info.MaxBatchBytes; n > 0 && n < maxBatchBytes {
		return n
	}
	return maxBatchBytes
}

// finish begins the end of the session when there is nothing left to send.
func (s *sessionState) finish() {
	switch {
	case s.session == nil:
		s.cancel()
	case s.verdicts != nil:
		s.session.CloseSend()
	}
}

// closed is called when the last verdict of the session was taken. What was open stays with the plugin until its
// process is gone.
func (s *sessionState) closed() {
	session := s.session
	s.verdicts = nil
	s.busy = true
	s.goroutines.Go(func() { s.ends <- session.End() })
}

// connected begins a session.
func (l *Lane) connected(c connection) error {
	s := &l.session
	s.busy = false
	s.cancel()
	if c.err != nil {
		if l.closing || l.aside != nil {
			return nil
		}
		return fmt.Errorf("connect %s: %w", l.o.Address, c.err)
	}
	s.session, s.verdicts, s.info = c.session, c.session.Verdicts(), c.session.Info()
	l.disbelieve()
	s.inOrder = s.info.Ordered || l.o.MaxInFlight == 1
	s.retries, s.barrier, s.broken, s.flushing = 0, false, false, false
	s.trusted, s.barredUntil = false, time.Time{}
	l.hardening.mode = unsaid
	s.info.MaxBatchBytes = s.maxBatchBytes()
	l.newRoom()
	l.parts.bound(l.cursor.Backlog().MaxBytes)
	if l.closing {
		s.session.CloseSend()
		return nil
	}
	if l.aside != nil {
		s.flush()
		return nil
	}
	l.begin(time.Now())
	return nil
}

// begin begins to use a session, unless it was opened with another identity than positions have now: then there is to be
// another one. A plugin that knows positions that the spool has never given makes it so, because the directory was rolled
// back. As long as that does not succeed nothing is sent: a position would name two records.
func (l *Lane) begin(now time.Time) {
	s := &l.session
	if p := s.info.ResumeAfter; l.rolledBack != nil && s.info.Ordered && p > l.highSent && s.info.Identity == l.identity() {
		if _, err := l.rolledBack(p); err != nil {
			s.barredUntil = now.Add(barredFor)
			l.degrade("the plugin has records up to position "+uintString(uint64(p))+", and the spool can't go on behind that: "+err.Error(), now)
			return
		}
	}
	s.barredUntil = time.Time{}
	if s.info.Identity != l.identity() {
		s.flush()
		return
	}
	l.keys = newKeyer(s.info.Identity, l.o.Address)
	l.resumeAfter()
	l.lost()
	s.trusted = l.rewinding == notRewinding
	l.log.Info("destination ready", "ordered", s.info.Ordered,
		"resume_after", uint64(l.resume), "open_batches", len(l.window.open))
}

// barredFor is how long nothing is sent before the spool is asked again to go on behind what a plugin has.
const barredFor = time.Second

// Reopen has the lane end its session, in order, and begin another one: positions have another identity now.
func (l *Lane) Reopen() {
	select {
	case l.reopen <- struct{}{}:
	default:
	}
}

// disbelieve leaves out what a destination with RECORD attributes says of where to resume. It has stored each set of
// values up to another position, skips what it has by itself, and needs settled_through only.
func (l *Lane) disbelieve() {
	if l.parts.resolver == nil || l.session.info.ResumeAfter == 0 {
		return
	}
	if !l.notes.resumes {
		l.notes.resumes = true
		l.log.Warn("plugin says where to resume although it has attributes that differ by record: ignored",
			"resume_after", uint64(l.session.info.ResumeAfter))
	}
	l.session.info.ResumeAfter = 0
}

// resumeAfter settles what the destination has stored already, and remembers it for what is yet to be taken. What was
// never sent can't have been stored.
func (l *Lane) resumeAfter() {
	p := l.session.info.ResumeAfter
	l.resume = 0
	if p == 0 {
		return
	}
	if !l.session.info.Ordered {
		l.log.Warn("plugin says where to resume although it is not ordered: ignored")
		return
	}
	if p > l.highSent {
		l.log.Warn("plugin says it has stored records that were never sent: it is not believed, and what is not settled comes again",
			"resume_after", uint64(p), "sent", uint64(l.highSent))
		return
	}
	l.resume = p
	for _, f := range l.window.collect(waiting) {
		switch {
		case f.First() > p:
		case f.Last() <= p:
			l.accept(f)
		default:
			stored := f.span()
			rest := f.piece(func(i int) bool { return f.position(i) > p })
			l.deliver(span{stored.first, p, stored.records - int64(rest.Records), stored.bytes - int64(rest.Bytes)})
			l.replace(f, rest)
		}
	}
	l.parts.filter(l.notStored)
}

// sessionEnded takes back what was with the plugin.
func (l *Lane) sessionEnded(end End, now time.Time) {
	s := &l.session
	s.session, s.busy, s.barrier = nil, false, false
	open := l.window.collect(sent)
	for _, f := range open {
		s.letGo(f)
		l.window.set(f, waiting)
		f.probe = false
	}
	l.overBound, l.chores = true, true
	if l.closing {
		if end.Drained && l.hardening.mode == unsaid && !l.hardening.said && s.trusted {
			l.hardened(math.MaxUint64) // it resumed behind all there was, and said nothing
		}
		return
	}
	l.log.Debug("session ended", "reason", end.Reason, "self_caused", end.SelfCaused,
		"open_batches", len(open))
	if !end.SelfCaused {
		return
	}
	for _, f := range open {
		l.crashed(f, end.Reason, now)
	}
}

// abandon ends what is left of the session and waits for every goroutine. Verdicts that still come count.
func (l *Lane) abandon() {
	s := &l.session
	now := time.Now()
	if s.session != nil && s.verdicts != nil {
		session := s.session
		s.broken = true
		s.goroutines.Go(func() { session.Stop("the router stops") })
		for v := range s.verdicts {
			l.answer(&v, now)
		}
		s.goroutines.Go(func() { session.End() })
		s.verdicts = nil
	}
	s.goroutines.Wait()
	select {
	case c := <-s.connects:
		if c.err == nil {
			c.session.Stop("the router stops")
			for range c.session.Verdicts() { // the session ends when they are taken
			}
			c.session.End()
		}
	default:
	}
	l.deaths.goroutine.Wait()
	select {
	case err := <-l.deaths.done:
		l.buried(err, now)
	default:
	}
	if a := l.aside; a != nil && a.working {
		a.done <- <-a.ended
	}
}

// discard gives back the memory of what is undelivered.
func (l *Lane) discard() {
	for _, f := range l.window.open {
		release(f.Runs)
	}
	l.window = window{}
	l.parts.clear()
	release(l.cuts.aside)
	l.cuts.aside = nil
}
