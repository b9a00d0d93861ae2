package spool

import (
	"slices"

	"github.com/skidway/skidway/core/record"
)

// Reasons of drops that the spool knows of itself. A lane has its own words for those that it drops.
const (
	DropFull    = "full"    // when_full = drop_oldest
	DropExpired = "expired" // older than max_age
	DropParked  = "parked"  // deleted while the destination was not configured
	DropDamaged = "damaged" // can't be read any more
)

// Drop is a range of positions. All records of the destination in it were dropped.
type Drop struct {
	// Address of the destination; "": every destination.
	Address string          `json:"destination"`
	First   record.Position `json:"first_position"`
	Last    record.Position `json:"last_position"`
	// Count of records that were dropped; others' records may lie between them.
	Count  int64  `json:"count"`
	Reason string `json:"reason"`
	// UnixNano is when the last of them was dropped.
	UnixNano int64 `json:"time_unix_nano"`
}

// maxReason bounds the reason of a drop, in bytes.
const maxReason = 64

// RecordDrop notes records that a lane dropped, so that it can be said later what became of them. A zero time means now.
// The range holds no record of the destination that was not dropped: what was is not sent again after a restart or a
// Rewind. It is cheap enough for every drop, not for every record, and safe for concurrent use. What is noted is written
// together with the cursors; the oldest ranges are forgotten when there are too many.
func (d *Disk) RecordDrop(drop Drop) {
	if drop.Last < drop.First || drop.First == 0 {
		return
	}
	if drop.UnixNano == 0 {
		drop.UnixNano = d.now().UnixNano()
	}
	drop.Reason = drop.Reason[:min(len(drop.Reason), maxReason)]
	d.mu.Lock()
	defer d.mu.Unlock()
	d.noteLocked(drop, 0)
}

// noteLocked notes a drop; after is as in dropLog.add.
func (d *Disk) noteLocked(drop Drop, after record.Position) {
	d.drops.add(drop, after, d.waitsLocked)
}

// waitsLocked reports whether a range is still needed, since something in front of it is not settled.
func (d *Disk) waitsLocked(r *Drop) bool {
	if !r.decided() {
		return false
	}
	if b := d.addresses[r.Address]; b != nil {
		c := d.cursors[b.index]
		return r.Last > c.replay.settledBefore(c.frontierLocked())
	}
	p := d.parked[r.Address]
	return p != nil && r.Last > p.replay.settledBefore(p.frontier)
}

// Drops returns the ranges of dropped records that are remembered, in the order in which they were dropped.
func (d *Disk) Drops() []Drop {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(d.drops.ranges), Drop.forgotten)
}

// forgotten reports whether the drop stands for those that are not known any more: what a destination dropped up to
// Last, until the time.
func (d Drop) forgotten() bool { return d.Reason == "" }

// maxDrops bounds a dropLog, and dropSlot is what it takes on the disk.
const (
	maxDrops = 800
	dropSlot = 64 << 10
)

// dropLog is the newest ranges of drops, in the order in which they happened. When there are too many, the destination
// that has most of them loses its oldest one. The zero value is empty.
type dropLog struct {
	ranges  []Drop
	bytes   int // that they take on the disk
	changes int // counts what happened to them
	early   int // counts how often ranges were forgotten that were needed
}

func (d *Drop) size() int { return 2 + len(d.Address) + 2 + len(d.Reason) + 4*8 }

// add notes a drop. The destination has no records between the position after and the drop; 0: that is not known. waits
// reports whether a range is still needed, since something in front of it is not settled; nil: none is.
func (l *dropLog) add(d Drop, after record.Position, waits func(*Drop) bool) {
	l.changes++
	if after == 0 {
		after = d.First - 1
	}
	for i := len(l.ranges) - 1; i >= 0; i-- {
		r := &l.ranges[i]
		if r.Address == d.Address && r.Reason == d.Reason && after <= r.Last && r.Last < d.First {
			r.Last, r.UnixNano = d.Last, d.UnixNano
			r.Count += d.Count
			return
		}
	}
	l.put(len(l.ranges), d)
	l.fit(waits)
}

// fit forgets ranges when there are too many. Those that are needed go last.
func (l *dropLog) fit(waits func(*Drop) bool) {
	const room = dropSlot - sheetHead - 2*8 - 16 - 4
	tooMany := func() bool { return len(l.ranges) > maxDrops || l.bytes > room }
	// Some more than has to be, so that the next ones are cheap.
	if tooMany() && waits != nil {
		l.evict(maxDrops/8*7, room/8*7, waits)
	}
	if tooMany() {
		if waits != nil {
			l.early++
		}
		l.evict(maxDrops/8*7, room/8*7, func(*Drop) bool { return false })
	}
}

// damaged notes that nothing between two positions can be read, unless that was noted before.
func (l *dropLog) damaged(first, last record.Position, now int64, waits func(*Drop) bool) {
	for _, r := range l.ranges {
		if r.Address == "" && r.Reason == DropDamaged && r.First <= first && last <= r.Last {
			return
		}
	}
	if first <= last {
		l.add(Drop{First: first, Last: last, Count: int64(last - first + 1), Reason: DropDamaged, UnixNano: now}, 0, waits)
	}
}

func (l *dropLog) put(i int, d Drop) {
	l.ranges = slices.Insert(l.ranges, i, d)
	l.bytes += d.size()
}

// cut takes out what lies behind the last position that was ever used: the file is newer than the log, which was rolled
// back, and what gets these positions now are other records.
func (l *dropLog) cut(last record.Position) {
	for i := 0; i < len(l.ranges); {
		r := &l.ranges[i]
		if r.Last > last {
			l.changes++
			if r.First > last {
				l.remove(i)
				continue
			}
			r.Last = last
			r.Count = min(r.Count, int64(last-r.First+1))
		}
		i++
	}
}

func (l *dropLog) remove(i int) Drop {
	d := l.ranges[i]
	l.ranges = slices.Delete(l.ranges, i, i+1)
	l.bytes -= d.size()
	return d
}

// evict forgets ranges until no more than so many are left, of no more than so many bytes, or only those that are kept.
func (l *dropLog) evict(ranges, bytes int, keep func(*Drop) bool) {
	counts := map[string]int{}
	for i := range l.ranges {
		if r := &l.ranges[i]; !r.forgotten() && !keep(r) {
			counts[r.Address]++
		}
	}
	for (len(l.ranges) > ranges || l.bytes > bytes) && l.evictOne(counts, keep) {
	}
}

// evictOne forgets a range; false: there is none that may be. counts are those of the destinations.
func (l *dropLog) evictOne(counts map[string]int, keep func(*Drop) bool) bool {
	most := ""
	for a, n := range counts {
		if n > counts[most] || n == counts[most] && a < most {
			most = a
		}
	}
	if counts[most] > 1 {
		counts[most]--
		i := slices.IndexFunc(l.ranges, func(r Drop) bool { return r.Address == most && !r.forgotten() && !keep(&r) })
		l.forget(most, l.remove(i))
		return true
	}
	// So many destinations: the ranges of one are forgotten together with everybody's.
	i := slices.IndexFunc(l.ranges, func(r Drop) bool { return (r.Address != "" || !r.forgotten()) && (r.forgotten() || !keep(&r)) })
	if i < 0 {
		return false
	}
	d := l.remove(i)
	if !d.forgotten() {
		counts[d.Address]--
	}
	l.forget("", d)
	return true
}

// forget notes that a range of the destination is not known any more.
func (l *dropLog) forget(address string, d Drop) {
	i := slices.IndexFunc(l.ranges, func(r Drop) bool { return r.Address == address && r.forgotten() })
	if i < 0 {
		l.put(0, Drop{Address: address, Last: d.Last, UnixNano: d.UnixNano})
		return
	}
	l.ranges[i].Last = max(l.ranges[i].Last, d.Last)
	l.ranges[i].UnixNano = max(l.ranges[i].UnixNano, d.UnixNano)
}

// find returns the drop of the destination's record at p. When it is not known whether it was dropped, the drop that is
// returned is forgotten.
func (l *dropLog) find(address string, p record.Position) (d Drop, ok bool) {
	for _, r := range l.ranges {
		if (r.Address == address || r.Address == "") && r.First <= p && p <= r.Last {
			if d = r; !r.forgotten() {
				return d, true
			}
			ok = true
		}
	}
	return d, ok
}

// forgetAll forgets the ranges of the destination.
func (l *dropLog) forgetAll(address string) {
	known := func(r Drop) bool { return r.Address == address && !r.forgotten() }
	for i := slices.IndexFunc(l.ranges, known); i >= 0; i = slices.IndexFunc(l.ranges, known) {
		l.forget(address, l.remove(i))
		l.changes++
	}
}

// rename gives the drops of one destination to another.
func (l *dropLog) rename(from, to string) {
	l.changes++
	for i := range l.ranges {
		if r := &l.ranges[i]; r.Address == from {
			r.Address = to
			l.bytes += len(to) - len(from)
		}
	}
	l.fit(nil)
}
