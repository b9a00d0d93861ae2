package spool

import (
	"bytes"
	"fmt"
	"iter"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/record"
)

// modelRecord is one record as it was appended.
type modelRecord struct {
	position record.Position
	id       uint64
	origin   record.Origin
	data     []byte
}

// modelRun is a run that a lane holds, with what must be in it.
type modelRun struct {
	run  Run
	want []modelRecord
}

// modelLane is what one destination must see: each of its records is in exactly one of untaken, held, and the counts.
type modelLane struct {
	name             string
	options          BacklogOptions
	cursor           Cursor
	untaken          []modelRecord
	held             []*modelRun
	bytes            int64 // untaken and held
	records          int64
	appended         int64
	full, expired    int64 // dropped
	dropped, settled int64
}

// model drives a Memory and knows what it must do.
type model struct {
	m     *Memory
	now   time.Time
	lanes []*modelLane
	loans []func() // each checks that lent bytes are intact, and returns the loan
	next  record.Position
	group int
	calm  bool // nothing exceeds bounds
}

func TestMemoryKeepsToItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newModel(t)
		t.Repeat(map[string]func(*rapid.T){
			"append": w.append,
			"take":   w.take,
			"settle": w.settle,
			"detach": w.detach,
			"lend":   w.lend,
			"return": w.giveBack,
			"wait":   w.wait,
			"":       w.check,
		})
		w.finish(t)
	})
}

func newModel(t *rapid.T) *model {
	w := &model{now: time.Unix(1_000_000, 0), next: 1, calm: rapid.Bool().Draw(t, "calm")}
	w.m = testMemory(100_000, 2048)
	w.m.now = func() time.Time { return w.now }
	for i, o := range []BacklogOptions{
		{MaxBytes: 5000},
		{MaxBytes: 4000, WhenFull: DropOldest},
		{MaxAge: 20 * time.Second, MaxBytes: 1 << 30},
		{MaxAge: 5 * time.Second, WhenFull: DropOldest, MaxBytes: 1 << 30},
	} {
		l := &modelLane{name: fmt.Sprint("destination.test.", i), options: o}
		c, err := w.m.Cursor(l.name, o)
		if err != nil {
			t.Fatal(err)
		}
		l.cursor = c
		w.lanes = append(w.lanes, l)
	}
	return w
}

func (w *model) append(t *rapid.T) {
	for range rapid.IntRange(1, 8).Draw(t, "groups") {
		w.appendOne(t)
	}
}

func (w *model) appendOne(t *rapid.T) {
	var lanes []*modelLane
	var names []string
	// Mostly one lane alone, or the lanes would block each other all the time.
	mask := rapid.OneOf(rapid.SampledFrom([]int{1, 2, 4, 8}), rapid.IntRange(0, 15)).Draw(t, "lanes")
	for i, l := range w.lanes {
		if mask&(1<<i) != 0 {
			lanes, names = append(lanes, l), append(names, l.name)
		}
	}
	set, err := w.m.Set(names...)
	if err != nil {
		t.Fatal(err)
	}
	w.group++
	g := &record.Group{Origin: record.Origin{
		Source: fmt.Sprint("source.test.", w.group), ID: uint64(w.group) * 1000, ReceivedUnixNano: w.now.UnixNano(),
	}}
	size := rapid.SampledFrom([]int{1, 10, 100, 1000, 2500}).Draw(t, "size")
	for i := range rapid.IntRange(0, min(20, 10_000/size)).Draw(t, "records") {
		addRecord(g, fmt.Sprintf("%d-%d", w.group, i), size)
	}
	skipIDs(g, w.group)
	over := !w.calm && rapid.IntRange(0, 9).Draw(t, "over") == 0
	appendTo := w.m.Append
	if over {
		appendTo = w.m.AppendOver
	}
	last, err := appendTo(&impatient{Context: t.Context()}, g, set)
	ok := err == nil
	for _, l := range lanes {
		w.sync(t, l) // drops come before the group, whether it was appended or not
	}
	blocks, cost, most := w.blocks(lanes, g), w.m.costLocked(&appending{group: g}), w.m.maxBytes
	if over {
		most += overSegments * w.m.segmentBytes
	}
	full := w.m.bytes+cost > most && (!over || !w.nothing(lanes))
	switch {
	case blocks && ok:
		t.Fatalf("append of %d bytes went into a full backlog", len(g.Data))
	case !ok && !blocks && !full:
		t.Fatalf("append of %d bytes blocks although there is room: %+v", len(g.Data), w.m.Stats())
	case !ok:
		return
	}
	if last != w.next+record.Position(g.Len())-1 {
		t.Fatalf("position = %d after %d with %d records", last, w.next, g.Len())
	}
	data := bytes.Clone(g.Data)
	clear(g.Data) // the group is the caller's again
	for i, n := range g.Sizes {
		r := modelRecord{position: w.next, id: g.ID(i), origin: g.Origin, data: data[:n+1]}
		data = data[n+1:]
		w.next++
		for _, l := range lanes {
			l.untaken = append(l.untaken, r)
			l.appended++
			l.records++
			l.bytes += int64(len(r.data))
		}
	}
}

// blocks says whether some destination with policy Block has no room for the group.
func (w *model) blocks(lanes []*modelLane, g *record.Group) bool {
	for _, l := range lanes {
		if l.options.WhenFull == Block && g.Len() > 0 && l.bytes > 0 && l.bytes+int64(len(g.Data)) > l.options.MaxBytes {
			return true
		}
	}
	return false
}

// nothing says whether no destination with policy Block has anything.
func (w *model) nothing(lanes []*modelLane) bool {
	for _, l := range lanes {
		if l.options.WhenFull == Block && l.bytes > 0 {
			return false
		}
	}
	return true
}

// sync takes over what the spool has dropped, which must be the oldest untaken records, and for a reason.
func (w *model) sync(t *rapid.T, l *modelLane) {
	b := l.cursor.Backlog()
	full, expired := b.DroppedFull-l.full, b.DroppedExpired-l.expired
	if full < 0 || expired < 0 || full+expired > int64(len(l.untaken)) {
		t.Fatalf("%s: dropped %d and %d of %d untaken", l.name, full, expired, len(l.untaken))
	}
	if full > 0 && l.options.WhenFull == Block {
		t.Fatalf("%s: dropped %d with policy Block", l.name, full)
	}
	gone := l.untaken[:full+expired]
	for _, r := range gone {
		l.bytes -= int64(len(r.data))
		old := l.options.MaxAge > 0 && w.now.UnixNano()-r.origin.ReceivedUnixNano >= int64(l.options.MaxAge)
		if full == 0 && !old {
			t.Fatalf("%s: %d expired too early", l.name, r.position)
		}
	}
	if n := len(gone); n > 0 && b.DroppedLast != gone[n-1].position {
		t.Fatalf("%s: last drop at %d, want %d", l.name, b.DroppedLast, gone[n-1].position)
	}
	l.untaken = l.untaken[len(gone):]
	l.full, l.expired = b.DroppedFull, b.DroppedExpired
	l.records -= int64(len(gone))
	l.dropped += int64(len(gone))
}

func (w *model) lane(t *rapid.T) *modelLane { return rapid.SampledFrom(w.lanes).Draw(t, "lane") }

func (w *model) take(t *rapid.T) {
	l := w.lane(t)
	w.takeFrom(t, l, rapid.IntRange(0, 12).Draw(t, "records"), rapid.IntRange(0, 6000).Draw(t, "bytes"), rapid.Bool().Draw(t, "always"))
}

func (w *model) takeFrom(t *rapid.T, l *modelLane, maxRecords, maxBytes int, always bool) bool {
	r, ok := l.cursor.Take(maxRecords, maxBytes, always)
	w.sync(t, l)
	if !ok {
		fits := len(l.untaken) > 0 && (always || maxRecords > 0 && len(l.untaken[0].data) <= maxBytes)
		if fits {
			t.Fatalf("%s: Take(%d, %d, %t) gave nothing of %d untaken", l.name, maxRecords, maxBytes, always, len(l.untaken))
		}
		return false
	}
	if n := r.Len(); n == 0 || n > len(l.untaken) || n > max(1, maxRecords) || len(r.Data) > maxBytes && (n > 1 || !always) {
		t.Fatalf("%s: Take(%d, %d, %t) gave %d records, %d bytes", l.name, maxRecords, maxBytes, always, n, len(r.Data))
	}
	h := &modelRun{run: r, want: l.untaken[:r.Len()]}
	l.untaken = l.untaken[r.Len():]
	l.held = append(l.held, h)
	h.check(t)
	return true
}

func (h *modelRun) check(t *rapid.T) {
	data := h.run.Data
	for i, r := range h.want {
		n := int(h.run.Sizes[i]) + 1
		if h.run.First+record.Position(i) != r.position || h.run.RecordID(i) != r.id || *h.run.Origin != r.origin || !bytes.Equal(data[:n], r.data) {
			t.Fatalf("record at %d = %d %+v %q, want %+v", h.run.First+record.Position(i), h.run.ID, *h.run.Origin, data[:n], r)
		}
		data = data[n:]
	}
	if len(data) != 0 {
		t.Fatalf("run at %d has %d bytes too many", h.run.First, len(data))
	}
}

func (w *model) settle(t *rapid.T) {
	l := w.lane(t)
	if len(l.held) == 0 {
		t.Skip("nothing is held")
	}
	w.settleAt(t, l, rapid.IntRange(0, len(l.held)-1).Draw(t, "run"), rapid.Bool().Draw(t, "release first"))
}

func (w *model) settleAt(t *rapid.T, l *modelLane, i int, releaseFirst bool) {
	h := l.held[i]
	h.check(t)
	n, length, segment := int64(h.run.Len()), int64(len(h.run.Data)), h.run.Segment
	if releaseFirst {
		segment.Release()
	}
	l.cursor.Settle(0, n, length)
	if !releaseFirst {
		segment.Release()
	}
	l.held = append(l.held[:i:i], l.held[i+1:]...)
	l.records -= n
	l.bytes -= length
	l.settled += n
}

func (w *model) detach(t *rapid.T) {
	if w.calm {
		t.Skip("copies count besides what they are copied from")
	}
	l := w.lane(t)
	DetachSparse(l.runs())
	for _, h := range l.held {
		h.check(t)
	}
}

func (l *modelLane) runs() iter.Seq[*Run] {
	return func(yield func(*Run) bool) {
		for _, h := range l.held {
			if !yield(&h.run) {
				return
			}
		}
	}
}

func (w *model) lend(t *rapid.T) {
	l := w.lane(t)
	if len(l.held) == 0 {
		t.Skip("nothing is held")
	}
	r := l.held[rapid.IntRange(0, len(l.held)-1).Draw(t, "run")].run
	want := bytes.Clone(r.Data)
	r.Segment.Lend()
	w.loans = append(w.loans, func() {
		if !bytes.Equal(r.Data, want) {
			t.Fatalf("bytes lent from %d changed", r.First)
		}
		r.Segment.Return()
	})
}

func (w *model) giveBack(t *rapid.T) {
	if len(w.loans) == 0 {
		t.Skip("nothing is lent")
	}
	w.loans[0]()
	w.loans = w.loans[1:]
}

func (w *model) wait(t *rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.IntRange(0, 8).Draw(t, "seconds")) * time.Second)
}

// check compares the states.
func (w *model) check(t *rapid.T) {
	for _, l := range w.lanes {
		w.sync(t, l)
		b := l.cursor.Backlog()
		if b.Records != l.records || b.Bytes != l.bytes || b.Untaken != int64(len(l.untaken)) {
			t.Fatalf("%s: backlog = %+v, want %d records, %d bytes, %d untaken", l.name, b, l.records, l.bytes, len(l.untaken))
		}
		var oldest int64
		if len(l.untaken) > 0 {
			oldest = l.untaken[0].origin.ReceivedUnixNano
		}
		if b.OldestUnixNano != oldest {
			t.Fatalf("%s: oldest = %d, want %d", l.name, b.OldestUnixNano, oldest)
		}
		if n := len(l.untaken); l.cursor.Excess() > 0 && n > 0 && l.untaken[0].origin != l.untaken[n-1].origin {
			t.Fatalf("%s: over its bound by %d, but more than the last group is left to drop", l.name, l.cursor.Excess())
		}
		if sum := l.records + l.settled + l.dropped; sum != l.appended {
			t.Fatalf("%s: %d records were appended, %d are accounted for", l.name, l.appended, sum)
		}
	}
	s := w.m.Stats()
	if s.Next != w.next {
		t.Fatalf("next = %d, want %d", s.Next, w.next)
	}
	if w.calm && s.Bytes+w.m.pool.bytes > 110_000 {
		t.Fatalf("bytes = %d, pooled %d, want at most 1.1 × %d", s.Bytes, w.m.pool.bytes, s.MaxBytes)
	}
	w.checkList(t)
}

// checkList checks the sums that the segments keep.
func (w *model) checkList(t *rapid.T) {
	var held int64
	for s := w.m.oldest; s != nil; s = s.next {
		var needed int64
		waiting := 0
		for i := range s.entries {
			if e := s.entry(i); e.waiting > 0 {
				waiting += int(e.waiting)
				needed += e.cost()
			}
		}
		if s.waiting != waiting || s.needed != needed {
			t.Fatalf("segment: %d waiting, %d needed, want %d, %d", s.waiting, s.needed, waiting, needed)
		}
		if s != w.m.current && (waiting == 0 || !s.Sealed()) {
			t.Fatalf("a segment that is not current: %d waiting, sealed = %t", waiting, s.Sealed())
		}
		held += s.held
	}
	if held > w.m.bytes {
		t.Fatalf("the list holds %d bytes, the spool counts %d", held, w.m.bytes)
	}
}

// finish lets the lanes take and settle everything; then nothing may be in use but the current segment.
func (w *model) finish(t *rapid.T) {
	w.m.CloseAppend()
	for _, l := range w.lanes {
		for w.takeFrom(t, l, 7, 3000, true) {
		}
		for len(l.held) > 0 {
			w.settleAt(t, l, 0, false)
		}
	}
	for len(w.loans) > 0 {
		w.giveBack(t)
	}
	w.check(t)
	if w.m.current != nil && (w.m.bytes != w.m.current.held || w.m.segments != 1 || w.m.current != w.m.oldest) {
		t.Fatalf("%d bytes in %d segments are in use, want %d in the current one", w.m.bytes, w.m.segments, w.m.current.held)
	}
}
