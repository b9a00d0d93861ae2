package deadletter

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/record"
)

const address = "destination.http.collector"

// testTime is when the letter at position 0 was given up; each next one is a second younger.
func testTime() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func letterAt(position uint64, rec string) delivery.DeadLetter {
	at := testTime().Add(time.Duration(position) * time.Second)
	return delivery.DeadLetter{
		Record: []byte(rec),
		Origin: record.Origin{
			Source: "source.tcp.app", Peer: "10.0.0.1", PeerPort: 99, ReceivedUnixNano: at.Add(-time.Minute).UnixNano(), ID: 1000 + position,
		},
		Destination: address, Position: record.Position(position), Reason: "no <such> field", Code: delivery.Invalid, Attempts: 2,
		FirstAttempt: at.Add(-time.Second), LastAttempt: at, GivenUp: at,
	}
}

// lettersAt returns n letters from a position on; each record names its position.
func lettersAt(first, n uint64) []delivery.DeadLetter {
	var letters []delivery.DeadLetter
	for p := first; p < first+n; p++ {
		letters = append(letters, letterAt(p, fmt.Sprintf("record %d.", p)))
	}
	return letters
}

func openModel(t testing.TB, m *modelDisk, o Options) *Store {
	t.Helper()
	s, err := open(m, address, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func closeStore(t testing.TB, s *Store) {
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func put(t testing.TB, s *Store, letters ...delivery.DeadLetter) {
	t.Helper()
	if err := s.Put(t.Context(), letters); err != nil {
		t.Fatal(err)
	}
}

// positions returns what the reader gives, in order.
func positions(t testing.TB, r *Reader, f Filter) []uint64 {
	t.Helper()
	var all []uint64
	for e, err := range r.Entries(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, uint64(e.Position))
	}
	return all
}

// from returns n numbers from first on.
func from(first, n uint64) []uint64 {
	var all []uint64
	for i := range n {
		all = append(all, first+i)
	}
	return all
}

// publishAll is a publish that notes the positions it was given.
func publishAll(got *[]uint64) func(context.Context, []Entry) (int, error) {
	return func(_ context.Context, entries []Entry) (int, error) {
		for i := range entries {
			*got = append(*got, uint64(entries[i].Position))
		}
		return len(entries), nil
	}
}

func isFull(err error) bool { return errors.As(err, new(*FullError)) }
