package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/skidway/skidway/core/record"
)

// deathState is the way of records that are given up on. One goroutine at a time hands them to the store. A store that waits
// stops the lane when its window is full of them, and at once where the destination is ordered: see owesLetters.
type deathState struct {
	done      chan error // capacity 1: the goroutine never waits
	goroutine sync.WaitGroup
	failures  int
	notBefore time.Time
	// stuck counts batches that wait for proof that the plugin takes any other record.
	stuck int
}

func newDeathState() deathState { return deathState{done: make(chan error, 1)} }

// crashed counts against f an end of the plugin that it caused itself, or a panic, and reports whether f is decided.
func (l *Lane) crashed(f *flight, reason string, now time.Time) bool {
	f.crash.ended(l.delivered)
	f.reason = reason
	switch f.crash.fate(f.Records, l.delivered) {
	case halve:
		l.log.Warn("plugin ended itself again with the same batch alone: halving it to find the record", "first_position", uint64(f.First()), "records", f.Records, "reason", reason)
		l.halve(f, func(h *flight) { h.crash, h.notBefore, h.backoff = f.crash.half(), time.Time{}, 0 })
		return true
	case giveUp:
		l.doom(f, Panic, "the plugin ends itself with this record: "+reason)
		return true
	case stay:
		if !f.crash.stuck {
			f.crash.stuck = true
			l.deaths.stuck++
		}
		l.degrade("the plugin ends itself with the record at position "+uintString(uint64(f.First()))+
			", and has accepted no other since: "+reason, now)
	case tryAgain:
	}
	return false
}

// acquit gives up on stuck records once the plugin has shown that it takes others.
func (l *Lane) acquit() {
	for _, f := range l.window.collect(waiting) {
		if f.crash.stuck && l.delivered > f.crash.mark {
			l.doom(f, Panic, "the plugin ends itself with this record: "+f.reason)
		}
	}
}

// poisoned counts a failure against f.
func (l *Lane) poisoned(f *flight) {
	later := l.highAccepted > f.Last()
	switch f.poison.failed(l.o.Retry.poisonAfter(), f.Records, later, l.delivered) {
	case halve:
		half := f.poison.half(l.delivered)
		l.halve(f, func(h *flight) { h.poison, h.notBefore, h.backoff = half, time.Time{}, 0 })
	case giveUp:
		l.doom(f, f.code, "failed again and again while other records were accepted: "+f.reason)
	case tryAgain, stay:
	}
}

// halve replaces f by its halves, each changed by with.
func (l *Lane) halve(f *flight, with func(*flight)) {
	middle := f.Records / 2
	low := f.piece(func(i int) bool { return i < middle })
	high := f.piece(func(i int) bool { return i >= middle })
	with(low)
	with(high)
	l.replace(f, low, high)
}

// replace puts pieces of f, which wait, in the place of f. Nil ones are left out.
func (l *Lane) replace(f *flight, pieces ...*flight) {
	for _, p := range pieces {
		if p != nil {
			p.Key = l.keys.key(p.set, p.Runs)
			l.window.insert(p)
			if p.crash.stuck {
				l.deaths.stuck++
			}
		}
	}
	l.drop(f)
}

// drop takes f out of the window and gives back what it holds. The caller has counted its records.
func (l *Lane) drop(f *flight) {
	l.window.remove(f)
	if f.crash.stuck {
		l.deaths.stuck--
	}
	release(f.Runs)
	f.reset()
	l.free = append(l.free, f)
}

// doom gives up on f.
func (l *Lane) doom(f *flight, code Code, reason string) {
	if f.crash.stuck {
		f.crash.stuck = false
		l.deaths.stuck--
	}
	f.code, f.reason = code, reason
	l.window.set(f, dying)
	l.owedChanged = true
}

// bury hands what is given up to the store.
func (l *Lane) bury(ctx context.Context, now time.Time) {
	w := &l.window
	if w.count[dying] == 0 || w.count[burying] > 0 || l.busy() && !l.owesLetters() || now.Before(l.deaths.notBefore) {
		return
	}
	l.parts.lost = nil
	var letters []DeadLetter
	for _, f := range w.collect(dying) {
		w.set(f, burying)
		letters = f.letters(letters, l.o.Address, now)
	}
	l.deaths.goroutine.Go(func() { l.deaths.done <- l.dead.Put(ctx, letters) })
}

// buried settles what the store took, or tries again later.
func (l *Lane) buried(err error, now time.Time) {
	d := &l.deaths
	for _, f := range l.window.collect(burying) {
		if err != nil {
			l.window.set(f, dying)
			continue
		}
		l.metrics.DeadLettered.Add(int64(f.Records))
		l.settledRecords += int64(f.Records)
		l.settledBytes += int64(f.Bytes)
		l.lettered(f, now)
		l.recordDrop(f.Runs, DropDeadLettered)
		l.drop(f)
	}
	if err == nil {
		d.failures, l.owedChanged = 0, true
		return
	}
	l.owedChanged = true // if it is not noted, that is tried again too
	d.failures++
	d.notBefore = now.Add(l.o.Retry.delay(d.failures, l.rand.Float64()))
	l.degrade("dead letters can't be stored: "+err.Error(), now)
}

// DropDeadLettered is the reason that is noted for records that were dead-lettered, so that they do not come again, and can
// be found, after a crash or when they are no longer in the store.
const DropDeadLettered = "dead-lettered"

// letters appends a dead letter for each record, with bytes of its own: the store may take long, and the runs are not to
// hold segments meanwhile.
func (f *flight) letters(letters []DeadLetter, address string, now time.Time) []DeadLetter {
	index, at := 0, 0
	data := make([]byte, 0, f.Bytes)
	for k := range f.Runs {
		r := &f.Runs[k]
		data = append(data, r.Data...)
		for i, size := range r.Sizes {
			origin := *r.Origin
			origin.ID = r.RecordID(i)
			d := DeadLetter{
				Record: data[at : at+int(size) : at+int(size)], Origin: origin,
				Destination: address, Position: r.First + record.Position(i),
				Reason: f.reason, Code: f.code,
				Attempts: f.Attempt, FirstAttempt: f.first, LastAttempt: f.last, GivenUp: now,
			}
			if index < len(f.reasons) && f.reasons[index] != "" {
				d.Reason = f.reasons[index]
			}
			index++
			letters = append(letters, d)
			at += int(size) + 1
		}
	}
	return letters
}
