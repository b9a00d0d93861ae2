package delivery

import (
	"time"
)

// answers takes the verdicts that wait.
func (l *Lane) answers(now time.Time) {
	for range verdictsPerTurn {
		select {
		case v, ok := <-l.session.verdicts:
			if !ok {
				l.session.closed()
				return
			}
			l.answer(&v, now)
		default:
			return
		}
	}
}

// answer acts on one verdict.
func (l *Lane) answer(v *Verdict, now time.Time) {
	defer l.harden(v)
	s := &l.session
	if v.BatchID == 0 && v.Outcome == Working {
		return
	}
	seen := s.retries
	if counted(v) {
		s.retries++
		s.barrier = s.info.Ordered
	}
	if f := l.window.find(v.BatchID); f == nil {
		l.invalid(v, "no such batch is open", now)
		if s.info.Ordered && counted(v) {
			// It lets the plugin call every batch out of order, which by itself is no failure and has no delay.
			l.pause(now.Add(l.o.Retry.InitialDelay))
		}
	} else if a, why := l.reading.read(v, &f.Batch, s.info.Ordered, seen); a == actNone {
		s.hold(f)
	} else {
		l.act(f, v, a, why, now)
	}
	if l.window.count[sent] == 0 {
		s.barrier = false
	}
}

// act does what a verdict on f asks.
func (l *Lane) act(f *flight, v *Verdict, a action, why string, now time.Time) {
	if a == actAccept && v.Through {
		l.acceptThrough(v, now)
		return
	}
	probe := l.takeBack(f)
	if a != actAccept {
		l.overBound, l.chores = true, true
	}
	switch a {
	case actAccept:
		l.judge(f, v, 0, probe, now)
		l.accept(f)
	case actReject:
		if l.judge(f, v, f.Records, probe, now) {
			f.code, f.reason, f.notBefore = v.Code, v.Message, now
			return
		}
		l.doom(f, v.Code, v.Message)
	case actPartial:
		l.partial(f, v, probe, now)
	case actHalve:
		if v.Outcome == Rejected && l.session.info.Ordered && l.window.sentBehind(f) {
			// The plugin goes on with what was sent behind it, and the halves would come after that.
			l.judge(f, v, f.Records, probe, now)
			l.doom(f, v.Code, v.Message)
			return
		}
		f.code, f.reason = v.Code, v.Message
		l.halve(f, func(h *flight) { h.urgent, h.notBefore = true, time.Time{} })
	case actOutOfOrder:
		if f.Attempt--; f.Attempt == 0 {
			f.first = time.Time{}
		}
		f.notBefore = now
	case actInvalid:
		l.invalid(v, why, now)
		l.fail(f, Internal, "invalid verdict: "+why, 0, now)
	case actRetry:
		l.fail(f, v.Code, v.Message, v.RetryAfter, now)
	case actNone:
	}
}

// takeBack makes f a batch that is no longer with the plugin, and reports whether it was a probe.
func (l *Lane) takeBack(f *flight) (probe bool) {
	l.window.set(f, waiting)
	l.session.letGo(f)
	probe, f.probe = f.probe, false
	return probe
}

// acceptThrough accepts every batch that is with the plugin and was sent no later than v's.
func (l *Lane) acceptThrough(v *Verdict, now time.Time) {
	for i := 0; i < len(l.window.open); {
		f := l.window.open[i]
		if f.state != sent || f.ID > v.BatchID {
			i++
			continue
		}
		l.judge(f, v, 0, l.takeBack(f), now)
		l.accept(f)
	}
}

// accept settles a batch that the destination took.
func (l *Lane) accept(f *flight) {
	l.deliver(f.span())
	l.drop(f)
}

// deliver takes in that the destination took records. They count as delivered when they are stored for good.
func (l *Lane) deliver(s span) {
	l.delivered += uint64(s.records)
	if l.draining {
		l.progress = time.Now()
	}
	l.highAccepted = max(l.highAccepted, s.last)
	l.hardening.add(s)
	if l.hardening.hardensAtOnce() {
		l.hardened(s.last)
	}
	l.recovered()
	if l.deaths.stuck > 0 {
		l.acquit()
	}
}

// partial ends a batch of which some records were not accepted.
func (l *Lane) partial(f *flight, v *Verdict, probe bool, now time.Time) {
	r := &l.reading
	keep := l.judge(f, v, r.rejected, probe, now) && (!l.session.info.Ordered || !r.passed())
	again := f.piece(func(i int) bool {
		o := r.marks[i].outcome
		return o == Retry || o == Rejected && keep
	})
	var dead *flight
	if !keep {
		dead = f.piece(func(i int) bool { return r.marks[i].outcome == Rejected })
	}
	accepted := f.span()
	for _, p := range []*flight{again, dead} {
		if p != nil {
			p.gaps = true
			accepted.records, accepted.bytes = accepted.records-int64(p.Records), accepted.bytes-int64(p.Bytes)
		}
	}
	for i := f.Records - 1; i >= 0 && accepted.records > 0; i-- {
		if r.marks[i].outcome == 0 {
			accepted.last = f.position(i)
			break
		}
	}
	if dead != nil {
		for _, m := range r.marks {
			if m.outcome == Rejected {
				dead.reasons = append(dead.reasons, m.reason)
			}
		}
	}
	l.replace(f, again, dead)
	if accepted.records > 0 {
		l.deliver(accepted)
	}
	if dead != nil {
		l.doom(dead, v.Code, v.Message)
	}
	switch {
	case again == nil:
	case r.retried > 0:
		again.urgent = true
		l.fail(again, v.Code, v.Message, v.RetryAfter, now)
	default:
		again.code, again.reason, again.notBefore = v.Code, v.Message, now
	}
}

// fail makes f wait for its next attempt, or for its end.
func (l *Lane) fail(f *flight, code Code, message string, after time.Duration, now time.Time) {
	f.code, f.reason, f.kept = code, message, code == Unauthenticated || code == Misconfigured
	l.metrics.Retries.Add(1)
	l.deliveredBefore = l.delivered
	if d := retryAfter(after); d > 0 {
		l.pause(now.Add(d))
	}
	if f.kept {
		l.pause(now.Add(slowDelay(l.rand.Float64())))
		f.notBefore = now
		l.degrade(code.String()+": "+message, now)
		return
	}
	f.backoff++
	f.notBefore = now.Add(l.o.Retry.delay(f.backoff, l.rand.Float64()))
	l.retrying(f, now)
	if l.o.Retry.gaveUp(f.first, now) {
		l.doom(f, code, "not accepted within max_elapsed: "+message)
		return
	}
	if code == Panic && l.crashed(f, message, now) {
		return
	}
	if code != Throttled {
		l.poisoned(f)
	}
}

func (l *Lane) pause(until time.Time) {
	if until.After(l.pausedUntil) {
		l.pausedUntil = until
	}
}

// judge counts the final verdict v on f, which is no longer with the plugin, and reports whether the rejected records
// stay. Those of an ordered destination can't when it may accept what was sent behind them: they would come after it,
// and a destination that resumes by position would take them for stored.
func (l *Lane) judge(f *flight, v *Verdict, rejected int, probe bool, now time.Time) (keep bool) {
	held := l.reject.holding
	keep = l.reject.judge(f.Records, rejected, probe, now)
	if held != l.reject.holding {
		l.held()
	}
	return keep && (!l.session.info.Ordered || counted(v) || !l.window.sentBehind(f))
}
