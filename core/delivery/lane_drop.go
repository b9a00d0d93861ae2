package delivery

import (
	"time"

	"github.com/skidway/skidway/core/spool"
)

// relieve drops the oldest of what is not with the plugin while the backlog is over its bound, or what lanes hold fills
// the spool. The spool has dropped all that the lane had not taken by then.
func (l *Lane) relieve(now time.Time) {
	if l.window.count[waiting] == 0 && l.parts.empty() && !l.parts.resolving(&l.cuts) {
		return // what comes back from the plugin is looked at when it does
	}
	if l.cursor.Excess() == 0 {
		return
	}
	l.detach() // which may be all that it takes
	var dropped int64
	for l.cursor.Excess() > 0 {
		n := l.dropOldest()
		if n == 0 {
			break
		}
		dropped += n
		l.settle()
	}
	if dropped > 0 {
		l.metrics.DroppedFull.Add(dropped)
		l.dropped("backlog full", dropped, now)
	}
}

// dropOldest drops the oldest batch that may be dropped and returns its records; 0 when there is none.
func (l *Lane) dropOldest() int64 {
	var gathered *batcher
	if !l.parts.empty() {
		gathered = l.parts.open[0]
	}
	for _, f := range l.window.open {
		if gathered != nil && gathered.first() < f.First() {
			break
		}
		if f.state == waiting {
			return l.dropBatch(f, spool.DropFull)
		}
	}
	switch {
	case gathered != nil:
		return l.dropGathered(gathered, spool.DropFull)
	case l.parts.resolving(&l.cuts):
		return l.dropAside(spool.DropFull)
	default:
		return 0
	}
}

func (l *Lane) dropBatch(f *flight, reason string) int64 {
	n := int64(f.Records)
	l.settledRecords += n
	l.settledBytes += int64(f.Bytes)
	l.recordDrop(f.Runs, reason)
	l.drop(f)
	return n
}

func (l *Lane) dropGathered(b *batcher, reason string) int64 {
	n, bytes := int64(b.records), b.bytes
	l.settledRecords += n
	l.settledBytes += int64(bytes)
	l.recordDrop(b.runs, reason)
	release(b.runs)
	b.next()
	l.usualRoom(b)
	l.parts.left(b, bytes)
	return n
}

// dropAside drops what was taken and is in no batch yet.
func (l *Lane) dropAside(reason string) int64 {
	n := int64(0)
	for i := range l.cuts.aside {
		r := &l.cuts.aside[i]
		n += int64(r.Len())
		l.settledBytes += int64(len(r.Data))
	}
	l.settledRecords += n
	l.recordDrop(l.cuts.aside, reason)
	release(l.cuts.aside)
	l.cuts.aside = l.cuts.aside[:0]
	return n
}

// recordDrop notes runs that are given up, by stretches without a gap. The spool does not give them again, when the lane goes
// back or after a crash.
func (l *Lane) recordDrop(runs []spool.Run, reason string) {
	if l.dropNotes == nil || len(runs) == 0 {
		return
	}
	drop := spool.Drop{Address: l.o.Address, First: runs[0].First, Reason: reason}
	for i := range runs {
		if r := &runs[i]; drop.Count > 0 && r.First != drop.Last+1 {
			l.dropNotes(drop)
			drop.First, drop.Count = r.First, 0
		}
		drop.Last = runs[i].Last()
		drop.Count += int64(runs[i].Len())
	}
	l.dropNotes(drop)
}

// expire drops batches whose records are all older than the backlog's max_age, and gives up on those that had their
// time. Neither is done to one that is with the plugin.
func (l *Lane) expire(now time.Time) {
	var dropped int64
	if l.window.count[waiting] > 0 && (l.o.ExpireAfter > 0 || l.o.Retry.MaxElapsed > 0) {
		for _, f := range l.window.collect(waiting) {
			switch {
			case past(l.expiry(f.youngest), now):
				dropped += l.dropBatch(f, spool.DropExpired)
			case past(l.deadline(f), now):
				l.doom(f, f.code, "not accepted within max_elapsed: "+f.reason)
			}
		}
	}
	if l.o.ExpireAfter > 0 {
		for i := 0; i < len(l.parts.open); {
			if b := l.parts.open[i]; past(l.expiry(b.youngest), now) {
				dropped += l.dropGathered(b, spool.DropExpired) // which may leave it open, with what it carried
			} else {
				i++
			}
		}
	}
	if dropped > 0 {
		l.metrics.DroppedExpired.Add(dropped)
		l.dropped("older than the backlog's max_age", dropped, now)
		l.settle()
	}
}

// expiry returns when a batch is too old whose youngest record was received then; zero: never.
func (l *Lane) expiry(youngest int64) time.Time {
	if l.o.ExpireAfter <= 0 {
		return time.Time{}
	}
	return time.Unix(0, youngest).Add(l.o.ExpireAfter)
}

// deadline returns when a batch has had its time; zero: never.
func (l *Lane) deadline(f *flight) time.Time {
	if l.o.Retry.MaxElapsed <= 0 || f.first.IsZero() || f.kept {
		return time.Time{}
	}
	return f.first.Add(l.o.Retry.MaxElapsed)
}

func past(t, now time.Time) bool { return !t.IsZero() && !now.Before(t) }

// mirror counts what the spool dropped.
func (l *Lane) mirror() {
	b := l.cursor.Backlog()
	l.parts.bound(b.MaxBytes)
	full, expired, damaged := b.DroppedFull-l.notes.droppedFull, b.DroppedExpired-l.notes.droppedExpired, b.DroppedDamaged-l.notes.droppedDamaged
	l.notes.droppedFull, l.notes.droppedExpired, l.notes.droppedDamaged = b.DroppedFull, b.DroppedExpired, b.DroppedDamaged
	if damaged > 0 {
		l.metrics.DroppedDamaged.Add(damaged)
		l.log.Error("records lost to damage of the disk", "records", damaged)
	}
	if full > 0 {
		l.metrics.DroppedFull.Add(full)
		l.dropped("backlog full", full, l.choresAt)
	}
	if expired > 0 {
		l.metrics.DroppedExpired.Add(expired)
		l.dropped("older than the backlog's max_age", expired, l.choresAt)
	}
}

// detach copies what pins far more of the spool than it needs, so that a lane that waits holds its own records only.
// What is with the plugin is being read by others.
func (l *Lane) detach() {
	if l.parts.empty() && len(l.cuts.aside) == 0 && l.window.count[sent] == len(l.window.open) {
		return
	}
	spool.DetachSparse(func(yield func(*spool.Run) bool) {
		for _, f := range l.window.open {
			if f.state == sent {
				continue
			}
			for i := range f.Runs {
				if !yield(&f.Runs[i]) {
					return
				}
			}
		}
		for _, b := range l.parts.open {
			for i := range b.runs {
				if !yield(&b.runs[i]) {
					return
				}
			}
			if b.carried && !yield(&b.carry) {
				return
			}
		}
		for i := range l.cuts.aside {
			if !yield(&l.cuts.aside[i]) {
				return
			}
		}
	})
}
