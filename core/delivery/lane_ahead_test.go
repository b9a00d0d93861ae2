package delivery

import (
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// TestTheOldestSetGoesAtTheBoundOfWhatIsAhead has one record of rare values among many others: it may not hold the
// frontier back for long, and while it has no verdict nothing more is taken.
func TestTheOldestSetGoesAtTheBoundOfWhatIsAhead(t *testing.T) {
	const size = 1 << 19 // two fill a batch
	rule := byRule(func(p record.Position, _ []byte) (string, bool) {
		if p == 1 {
			return "rare", true
		}
		return "usual", true
	})
	cursor := newLoopCursor(1, size-1, 1000)
	l := New(cursor, nil, nil, Options{Address: address, MaxAge: time.Hour}, Deps{Resolver: rule})
	l.session.cancel = func() {}
	s := &sinkSession{}
	if err := l.connected(connection{session: s}); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_700_000_000, 0)
	var rare uint64
	turn := func() {
		now = now.Add(time.Millisecond)
		l.advance(t.Context(), now)
		for _, id := range s.sent {
			if f := l.window.find(id); f.Resolved["to"] == "rare" {
				rare = id
				continue
			}
			l.answer(&Verdict{BatchID: id, Outcome: Accepted}, now)
		}
		s.sent = s.sent[:0]
		checkPartitions(t, l)
	}
	for range 100 {
		turn()
	}
	if rare == 0 || l.flushes[flushBytes] == 0 {
		t.Fatalf("the oldest set was not sent; flushes %v", l.flushes)
	}
	if n := cursor.next - 1; n < maxAhead/size || n > maxAhead/size+1 {
		t.Fatalf("%d records were taken ahead of one without a verdict, want %d", n, maxAhead/size)
	}
	l.answer(&Verdict{BatchID: rare, Outcome: Accepted}, now)
	for range 1000 {
		turn()
	}
	if cursor.left > 0 {
		t.Errorf("%d runs are left although every verdict was given", cursor.left)
	}
}
