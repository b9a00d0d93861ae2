package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/cryptotest"
	"time"

	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/record"
)

// diskModel drives a Disk on a modelDisk, lets it crash, and knows what it owes.
type diskModel struct {
	disk  *modelDisk
	d     *Disk
	now   time.Time
	o     DiskOptions
	lanes []*diskModelLane
	// named is what each position was given to: more than one record only if none but the last was ever seen.
	named map[record.Position][]*diskModelRecord
	// unpublished are those that were appended and not yet accepted.
	unpublished []*diskModelRecord
	group       int
	faulty      bool // some calls fail
	faulted     bool // some failed since the spool was opened
	over        bool // something was appended over the bounds
	skips       bool // of some groups ids are missing
	counts      *diskModelCounts
}

// diskModelCounts are what a model, or several, did.
type diskModelCounts struct {
	crashes [4]int // by kind, as crash draws them
	closes  int
	faults  int
	replays int // that were accepted
}

type diskModelRecord struct {
	position record.Position
	id       uint64
	data     []byte
	lanes    int // a bit for each
	accepted bool
	seen     bool // delivered to somebody
}

type diskModelLane struct {
	name    string
	bit     int
	options BacklogOptions
	parked  bool
	cursor  *diskCursor
	held    []Run
	taken   record.Position
	// owed are accepted records that were not settled; kept is the highest frontier that was durable.
	owed map[record.Position]*diskModelRecord
	kept record.Position
	lost bool // its policy drops
	// again are positions of others' records that it may get.
	again map[record.Position]bool
}

func TestDiskKeepsToItsModel(t *testing.T) {
	counts := &diskModelCounts{}
	checkDiskModel(t, counts, true, func(*diskModel) {})
	t.Logf("%d crashes: %d of the process, %d power cuts that lose all that is not synced, %d that lose a random part; "+
		"%d clean ends, %d faults, %d replays", sum(counts.crashes[:]), counts.crashes[0], counts.crashes[1],
		counts.crashes[2]+counts.crashes[3], counts.closes, counts.faults, counts.replays)
}

func sum(all []int) (n int) {
	for _, v := range all {
		n += v
	}
	return n
}

// checkDiskModel drives models as rapid's flags say, and gives each of them to done in the end. skips says that ids are
// missing in some groups. Nothing in it is left to
// chance: with the same flags everything that happens is the same, up to the last byte on the disk.
func checkDiskModel(t *testing.T, counts *diskModelCounts, skips bool, done func(*diskModel)) {
	t.Helper()
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		cryptotest.SetGlobalRandom(outer, 1) // ids and salts
		w := newDiskModel(t, counts)
		w.skips = skips
		t.Repeat(map[string]func(*rapid.T){
			"append":  w.append,
			"append2": w.append,
			"commit":  w.commit,
			"take":    w.take,
			"settle":  w.settle,
			"tick":    w.tick,
			"crash":   w.crash,
			"close":   w.closeIt,
			"fault":   w.fault,
			"replay":  w.replay,
			"":        w.check,
		})
		w.finish(t)
		done(w)
	})
}

func newDiskModel(t *rapid.T, counts *diskModelCounts) *diskModel {
	w := &diskModel{
		counts: counts,
		disk:   newModelDisk(), now: time.Unix(1_000_000, 0), named: map[record.Position][]*diskModelRecord{},
		o: DiskOptions{MaxBytes: 100_000, SegmentBytes: 20_000, TailBytes: 20_000},
	}
	if rapid.Bool().Draw(t, "interval") {
		w.o.Sync = SyncInterval
	}
	if rapid.Bool().Draw(t, "retain") {
		w.o.Retain = 1500 * time.Millisecond
	}
	for i, o := range []BacklogOptions{
		{},
		{MaxBytes: 60_000},
		{MaxBytes: 10_000, WhenFull: DropOldest},
	} {
		w.lanes = append(w.lanes, &diskModelLane{
			name: fmt.Sprint("destination.test.", i), bit: 1 << i, options: o,
			owed: map[record.Position]*diskModelRecord{}, again: map[record.Position]bool{}, lost: o.WhenFull == DropOldest,
		})
	}
	w.open(t)
	return w
}

func (w *diskModel) open(t *rapid.T) {
	d, err := tryDisk(w.disk, w.o, func() time.Time { return w.now })
	if err != nil {
		t.Fatal(err)
	}
	w.d, w.faulted = d, false
	for i, l := range w.lanes {
		// One that is away loses what is deleted meanwhile, so only one that may lose is ever away.
		if l.parked = i == 2 && rapid.IntRange(0, 3).Draw(t, "away") == 0; l.parked {
			continue
		}
		c, err := d.Cursor(l.name, l.options)
		if err != nil {
			t.Fatal(err)
		}
		l.cursor, l.taken = c.(*diskCursor), 0
		if l.kept = max(l.kept, l.cursor.Durable()); l.cursor.at <= l.kept {
			t.Fatalf("%s: goes on at %d, its frontier was durable at %d", l.name, l.cursor.at, l.kept)
		}
	}
	if n := d.State().Damages; n != 0 {
		t.Fatalf("%d damages after a crash", n)
	}
}

func (w *diskModel) append(t *rapid.T) {
	if w.d == nil {
		t.Skip("closed")
	}
	mask := rapid.IntRange(1, 7).Draw(t, "lanes")
	var names []string
	lanes := 0
	for _, l := range w.lanes {
		if mask&l.bit != 0 && !l.parked {
			names, lanes = append(names, l.name), lanes|l.bit
		}
	}
	set, err := w.d.Set(names...)
	if err != nil {
		t.Fatal(err)
	}
	w.group++
	g := &record.Group{Origin: record.Origin{Source: fmt.Sprint("source.test.", w.group%3), ID: uint64(w.group) * 1000, ReceivedUnixNano: w.now.UnixNano()}}
	size := rapid.SampledFrom([]int{1, 10, 100, 1000, 5000, 25_000}).Draw(t, "size")
	for i := range rapid.IntRange(1, max(1, min(20, 10_000/size))).Draw(t, "records") {
		addRecord(g, fmt.Sprintf("%d-%d", w.group, i), size)
	}
	if w.skips {
		skipIDs(g, w.group)
	}
	over := rapid.IntRange(0, 19).Draw(t, "over") == 0
	w.over = w.over || over
	var last record.Position
	if over {
		last, err = w.d.AppendOver(w.helped(t), g, set)
	} else {
		last, err = w.d.Append(w.helped(t), g, set)
	}
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		return // no room
	}
	if lanes == 0 {
		return
	}
	data := bytes.Clone(g.Data)
	p := last - record.Position(g.Len()) + 1
	for i, n := range g.Sizes {
		r := &diskModelRecord{position: p, id: g.ID(i), data: data[:n+1], lanes: lanes}
		for _, old := range w.named[p] {
			if old.accepted || old.seen {
				t.Fatalf("position %d is used again", p)
			}
		}
		w.named[p] = append(w.named[p], r)
		w.unpublished = append(w.unpublished, r)
		data, p = data[n+1:], p+1
	}
}

func (w *diskModel) helped(t *rapid.T) *helped {
	return &helped{impatient{Context: t.Context()}, func() {
		w.d.tick(w.now)
		w.commit(t)
		w.d.tick(w.now)
	}}
}

func (w *diskModel) commit(t *rapid.T) {
	if err := w.d.commit(w.now); err != nil && !w.faulty {
		t.Fatal(err)
	}
	w.publish()
}

// publish takes over what was accepted.
func (w *diskModel) publish() {
	published := record.Position(w.d.published.Load())
	for len(w.unpublished) > 0 && w.unpublished[0].position <= published {
		r := w.unpublished[0]
		w.unpublished = w.unpublished[1:]
		r.accepted = true
		for _, l := range w.lanes {
			if r.lanes&l.bit != 0 {
				l.owed[r.position] = r
			}
		}
	}
}

func (w *diskModel) tick(t *rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.IntRange(0, 1500).Draw(t, "milliseconds")) * time.Millisecond)
	w.d.tick(w.now)
	w.publish()
}

func (w *diskModel) lane(t *rapid.T) *diskModelLane {
	l := rapid.SampledFrom(w.lanes).Draw(t, "lane")
	if l.parked {
		t.Skip("away")
	}
	return l
}

func (w *diskModel) take(t *rapid.T) {
	l := w.lane(t)
	for range rapid.IntRange(1, 10).Draw(t, "times") {
		if !w.takeOne(t, l, rapid.IntRange(1, 30).Draw(t, "records")) {
			return
		}
	}
}

func (w *diskModel) takeOne(t *rapid.T, l *diskModelLane, n int) bool {
	r, ok := l.cursor.Take(n, 20_000, true)
	if !ok {
		return false
	}
	if r.First <= l.taken || r.First <= l.kept {
		t.Fatalf("%s: got %d after %d, with a durable frontier of %d", l.name, r.First, l.taken, l.kept)
	}
	if r.Last() > record.Position(w.d.published.Load()) {
		t.Fatalf("%s: got %d, which is not published", l.name, r.Last())
	}
	// What a lane passes over it will never get.
	for p := l.taken + 1; p < r.First && !l.lost; p++ {
		if l.owed[p] != nil && p > l.kept {
			t.Fatalf("%s: got %d, but %d was never delivered", l.name, r.First, p)
		}
	}
	l.taken = r.Last()
	l.held = append(l.held, r)
	w.checkRun(t, l, &r)
	return true
}

func (w *diskModel) checkRun(t *rapid.T, l *diskModelLane, r *Run) {
	data := r.Data
	for i, n := range r.Sizes {
		p := r.First + record.Position(i)
		got := data[:n+1]
		data = data[n+1:]
		var match *diskModelRecord
		for _, m := range w.named[p] {
			if bytes.Equal(m.data, got) && m.id == r.RecordID(i) && (m.lanes&l.bit != 0 || l.again[p]) {
				match = m
			}
		}
		if match == nil {
			t.Fatalf("%s: record at %d is %.40q, which was never appended there for it", l.name, p, got)
		}
		for _, m := range w.named[p] {
			if m != match && (m.seen || m.accepted) {
				t.Fatalf("%s: position %d names two records", l.name, p)
			}
		}
		match.seen = true
	}
}

func (w *diskModel) settle(t *rapid.T) {
	l := w.lane(t)
	if len(l.held) == 0 {
		t.Skip("nothing is held")
	}
	w.settleAt(t, l, rapid.IntRange(0, len(l.held)-1).Draw(t, "run"))
}

func (w *diskModel) settleAt(t *rapid.T, l *diskModelLane, i int) {
	r := l.held[i]
	w.checkRun(t, l, &r)
	l.held = append(l.held[:i:i], l.held[i+1:]...)
	frontier := l.taken
	for _, h := range l.held {
		frontier = min(frontier, h.First-1)
	}
	l.cursor.Settle(frontier, int64(r.Len()), int64(len(r.Data)))
	r.Segment.Release()
	for p := r.First; p <= r.Last(); p++ {
		delete(l.owed, p)
	}
	l.kept = max(l.kept, l.cursor.Durable())
}
