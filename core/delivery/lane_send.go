package delivery

import (
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// pump sends all that may be sent now, several batches in a row when there is room for them: the transport gathers them
// into one write. Behind a full window it fills one further batch, no more.
func (l *Lane) pump(now time.Time) {
	for {
		l.gather(now)
		again, fresh := l.choose(now)
		switch {
		case again != nil && again.crash.lastResort():
			l.doom(again, Panic, "the plugin ends itself with this record, and nothing else could be tried: "+again.reason)
		case again != nil:
			l.send(again, now)
		case fresh:
			unread := l.unread()
			b, reason := l.parts.due(now, l.draining && !unread, unread)
			if b == nil {
				return
			}
			l.send(l.flush(b, reason), now)
		default:
			return
		}
	}
}

// ownedSpan is from how many bytes of the spool on that a batch with values of its own is looked at for what it holds.
const ownedSpan = 4 << 20

// gather takes records into the next batch.
func (l *Lane) gather(now time.Time) {
	for l.unread() && !l.closing && !l.busy() && !l.parts.blocked() {
		if l.takenBytes-l.undecided() >= maxAhead+l.session.info.MaxHeldBytes {
			if !l.parts.empty() {
				l.parts.close(l.parts.open[0])
			}
			return
		}
		if l.parts.resolver != nil {
			if !l.distribute(now) {
				return
			}
			continue
		}
		r, taken, ok := l.take()
		if !ok {
			return
		}
		switch b := &l.parts.only; {
		case l.notStored(&r):
			l.gathered(b, r, taken, now)
		case b.empty():
			b.closed = false // the batch that ended here is stored
		}
	}
}

// undecided returns how many bytes the lane had taken before the lowest record that may yet be sent.
func (l *Lane) undecided() int64 {
	low, ok := l.window.undecided()
	if !ok {
		low = l.takenBytes
	}
	if l.parts.resolver != nil && !l.parts.empty() {
		low = min(low, l.parts.open[0].taken)
	}
	return low
}

// flush makes the gathered batch an open one.
func (l *Lane) flush(b *batcher, reason flushReason) *flight {
	f := l.fresh()
	b.moveTo(f)
	l.usualRoom(b)
	l.parts.left(b, f.Bytes)
	l.remember(f)
	l.own(f)
	f.Key = l.keys.key(f.set, f.Runs)
	l.window.insert(f)
	l.flushes[reason]++
	return f
}

// fresh returns a flight without records.
func (l *Lane) fresh() *flight {
	n := len(l.free)
	if n == 0 {
		return &flight{}
	}
	f := l.free[n-1]
	l.free = l.free[:n-1]
	return f
}

// own copies a fresh batch that is little among what the spool took for others since the last one: the segments that it
// lies in are to be free while the plugin has it, however long that is.
func (l *Lane) own(f *flight) {
	const others = 4
	span := f.Last() - l.lastFlushed
	l.lastFlushed = f.Last()
	if f.set != nil {
		// What lies between its records are mostly the lane's own, in batches with other values: a batch that spans few
		// bytes holds no more than they do.
		span = f.Last() - f.First() + 1
		if int64(span)*int64(f.Bytes/f.Records) < ownedSpan {
			return
		}
	}
	if span <= others*record.Position(f.Records) {
		return
	}
	spool.DetachBatch(func(yield func(*spool.Run) bool) {
		for i := range f.Runs {
			if !yield(&f.Runs[i]) {
				return
			}
		}
	})
}

// choose returns the open batch that is to be sent next, or says that a fresh one may be.
func (l *Lane) choose(now time.Time) (again *flight, fresh bool) {
	s, w := &l.session, &l.window
	if !s.usable() || l.closing || l.busy() || l.owesLetters() || s.barrier || s.alone != nil ||
		w.count[sent]-s.held >= l.o.MaxInFlight || now.Before(l.pausedUntil) {
		return nil, false
	}
	fresh = len(w.open)-s.held < l.room() || l.scouts()
	if l.reject.holding {
		if w.count[sent] > 0 || now.Before(l.reject.nextProbe) {
			return nil, false
		}
		return l.chooseProbe(now, fresh)
	}
	if w.count[waiting] == 0 {
		return nil, fresh
	}
	var stuck *flight
	for _, f := range w.open {
		switch {
		case f.state != waiting:
		case f.notBefore.After(now):
			if s.inOrder || f.urgent {
				return nil, false
			}
		case f.crash.stuck && !s.inOrder:
			if stuck == nil {
				stuck = f
			}
		case f.crash.isolated && w.count[sent] > 0:
			return nil, false
		default:
			return f, false
		}
	}
	untried := fresh && !l.parts.empty() || w.count[sent] > 0 || w.count[waiting] > l.deaths.stuck
	if stuck == nil || untried {
		return nil, fresh
	}
	return stuck, false
}

// room is how many batches may be open. While the destination accepts something, batches that wait for their next
// attempt do not hold up the rest, up to four windows; when it accepts nothing they keep their place, so an outage costs
// one window.
func (l *Lane) room() int {
	if l.session.inOrder || l.delivered == l.deliveredBefore {
		return l.o.MaxInFlight
	}
	return 4 * l.o.MaxInFlight
}

// scouts reports whether a fresh batch may be sent although the window is full of batches that wait: when each of them
// failed so often that it would be halved, had a later one been accepted. Else a window of poison would look like a
// destination that is down for ever. Batches beyond the window are at most as many again.
func (l *Lane) scouts() bool {
	w := &l.window
	if l.session.inOrder || w.count[waiting] < len(w.open) || len(w.open) >= 2*l.o.MaxInFlight {
		return false
	}
	limit := l.o.Retry.poisonAfter()
	for _, f := range w.open {
		if limit <= 0 || f.poison.failures < limit {
			return false
		}
	}
	return true
}

// chooseProbe returns the batch that is sent while the lane holds: the lowest, or where order does not matter the one
// that was tried longest ago.
func (l *Lane) chooseProbe(now time.Time, fresh bool) (*flight, bool) {
	var probe *flight
	for _, f := range l.window.open {
		due := f.state == waiting && !f.notBefore.After(now)
		switch {
		case f.state == waiting && l.session.inOrder:
			if due {
				return f, false
			}
			return nil, false
		case due && (probe == nil || f.last.Before(probe.last)):
			probe = f
		}
	}
	return probe, probe == nil && fresh
}

// send hands f to the plugin, or cuts it when the plugin does not take so much.
func (l *Lane) send(f *flight, now time.Time) {
	s := &l.session
	tooLarge := f.Bytes-1 > s.info.MaxBatchBytes
	switch {
	case f.Records > 1 && (tooLarge || f.messageBytes() > maxMessageBytes):
		l.halve(f, func(*flight) {})
		return
	case tooLarge:
		l.doom(f, TooLarge, "the record is larger than the plugin takes")
		return
	}
	l.noteCuts(f)
	l.notOwed(f.First(), f.Last())
	s.lastID++
	f.ID = s.lastID
	f.Attempt++
	f.SettledThrough, f.RetriesSeen = l.settledThrough(), s.retries
	if f.first.IsZero() {
		f.first = now
	}
	f.last, f.urgent = now, false
	if l.reject.holding {
		f.probe = true
		l.reject.probed(now)
	}
	if f.crash.isolated {
		s.alone = f
	}
	l.window.set(f, sent)
	l.highSent = max(l.highSent, f.Last())
	l.metrics.Batches.Add(1)
	if err := s.session.Send(&f.Batch); err != nil {
		s.broken = true
		l.log.Debug("send failed", "error", err)
	}
}
