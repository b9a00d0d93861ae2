package spool

import (
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/record"
)

// replay sends some of the settled records of a lane, or of another one, to it again.
func (w *diskModel) replay(t *rapid.T) {
	l := w.lane(t)
	if rapid.Bool().Draw(t, "settled") {
		for w.takeOne(t, l, 7) {
			if rapid.IntRange(0, 5).Draw(t, "enough") == 0 {
				break
			}
		}
		for len(l.held) > 0 {
			w.settleAt(t, l, 0)
		}
	}
	for i := range l.held {
		w.checkRun(t, l, &l.held[i])
		l.held[i].Segment.Release()
	}
	l.held = nil
	o := ReplayOptions{Partial: true, DryRun: rapid.IntRange(0, 9).Draw(t, "dry") == 0}
	if rapid.Bool().Draw(t, "like another") {
		o.Like = w.lanes[rapid.IntRange(0, 2).Draw(t, "like")].name
	}
	if rapid.Bool().Draw(t, "some") {
		o.Where = func(o *record.Origin, _ uint64, data []byte) bool { return (o.ID/1000+uint64(len(data)))%3 > 0 }
	}
	if rapid.IntRange(0, 3).Draw(t, "until") == 0 {
		o.Until = w.now.Add(-time.Second)
	}
	before := l.cursor.Backlog()
	epoch := l.cursor.Epoch()
	report, err := w.d.Replay(t.Context(), l.name, o)
	if err != nil && !w.faulty && !strings.Contains(err.Error(), "its backlog takes") && !strings.Contains(err.Error(), "another replay") {
		t.Fatal(err)
	}
	if err := l.cursor.Rewind(); err != nil && !w.faulty {
		t.Fatal(err)
	}
	l.taken = l.cursor.at - 1
	w.publish()
	after := l.cursor.Backlog()
	if err != nil || o.DryRun || report.Records == 0 {
		if l.cursor.Epoch() != epoch || after.Records < before.Records {
			t.Fatalf("%s: backlog = %+v, epoch %d, after none was replayed; was %+v, %d", l.name, after, l.cursor.Epoch(), before, epoch)
		}
		return
	}
	if after.Records < before.Records+report.Records || after.Bytes < before.Bytes+report.Bytes || after.Untaken != after.Records ||
		l.cursor.Epoch() <= epoch || report.Epoch != l.cursor.Epoch() {
		t.Fatalf("%s: backlog = %+v after %+v; was %+v", l.name, after, report, before)
	}
	w.counts.replays++
	l.kept = l.cursor.Durable()
	if l.kept >= report.First {
		t.Fatalf("%s: the durable frontier is %d, the replay begins at %d", l.name, l.kept, report.First)
	}
	chosen := int64(0)
	for p, all := range w.named {
		if !l.cursor.replay.contains(p) {
			continue
		}
		chosen++
		l.again[p] = true
		for _, r := range all { // one that was lost in a crash, as far as the model knows, may be there nevertheless
			if r.accepted || r.seen {
				l.owed[p] = r
			}
		}
	}
	if chosen != report.Records {
		t.Fatalf("%s: %d records were chosen, the model knows %d", l.name, report.Records, chosen)
	}
}
