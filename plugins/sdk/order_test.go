package sdk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// firstRecord returns a batch's first record.
func firstRecord(b *Batch) string { return string(b.Record(0)) }

// TestOrderedDestinationIsNotOvertaken has a router send a window, of which the first batch fails: none of the others
// may reach the destination before it.
func TestOrderedDestinationIsNotOvertaken(t *testing.T) {
	var written []string
	failed := false
	f := &fake{write: func(_ context.Context, b *Batch) error {
		if !failed {
			failed = true
			return errors.New("connection reset")
		}
		written = append(written, firstRecord(b))
		return nil
	}}
	s := newRig(t, pluginOf(f, Traits{Ordered: true})).deliver(&pluginv1.OpenRequest{MaxInFlight: 3})
	s.send(0, "a")
	s.send(0, "b")
	s.expect("1 RETRY UNAVAILABLE")
	s.expect("2 RETRY OUT_OF_ORDER")
	s.send(0, "c") // sent before the router saw the verdict on a
	s.expect("3 RETRY OUT_OF_ORDER")
	for _, r := range []string{"a", "b", "c"} {
		s.send(1, r)
	}
	for _, want := range []string{"4 ACCEPTED", "5 ACCEPTED", "6 ACCEPTED"} {
		s.expect(want)
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(written, want) {
		t.Errorf("written = %q, want %q", written, want)
	}
}

func TestOrderedDestinationCountsPartialRetriesAndPanics(t *testing.T) {
	verdicts := []func() error{
		func() error { return &PartialError{Rejected: map[int]string{0: "bad"}} },                            // no retry
		func() error { return &PartialError{Retry: map[int]string{1: "later"}} },                             // 1
		func() error { panic("boom") },                                                                       // 2
		func() error { return &PartialError{Retry: map[int]string{0: "later"}, Rejected: map[int]string{}} }, // invalid: 3
		func() error { return TooLarge(errors.New("big")) },                                                  // 4
		func() error { return Reject(errors.New("bad")) },                                                    // no retry
		func() error { return nil },
	}
	f := &fake{write: func(context.Context, *Batch) error {
		next := verdicts[0]
		verdicts = verdicts[1:]
		return next()
	}}
	s := newRig(t, pluginOf(f, Traits{Ordered: true})).deliver(&pluginv1.OpenRequest{})
	for _, step := range []struct {
		seen uint64
		want string
	}{
		{0, "1 PARTIAL INVALID"},
		{0, "2 PARTIAL UNAVAILABLE"},
		{0, "3 RETRY OUT_OF_ORDER"},
		{1, "4 RETRY PANIC"},
		{1, "5 RETRY OUT_OF_ORDER"},
		{2, "6 RETRY INTERNAL"},
		{3, "7 RETRY TOO_LARGE"},
		{3, "8 RETRY OUT_OF_ORDER"},
		{4, "9 REJECTED INVALID"},
		{4, "10 ACCEPTED"},
	} {
		s.send(step.seen, "a", "b")
		s.expect(step.want)
	}
	if err := s.drain(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
}

func TestUnorderedDestinationTakesWhatComes(t *testing.T) {
	f := &fake{write: func(_ context.Context, b *Batch) error {
		if firstRecord(b) == "bad" {
			return errors.New("no")
		}
		return nil
	}}
	s := newRig(t, pluginOf(f, Traits{})).deliver(&pluginv1.OpenRequest{})
	s.send(0, "bad")
	s.expect("1 RETRY UNAVAILABLE")
	s.send(0, "good")
	s.expect("2 ACCEPTED")
	s.send(99, "good")
	s.expect("3 ACCEPTED")
}

func TestOrderedDestinationRefusesRetriesThatWereNotGiven(t *testing.T) {
	s := newRig(t, pluginOf(&fake{}, Traits{Ordered: true})).deliver(&pluginv1.OpenRequest{})
	s.send(1, "a")
	err := s.end()
	if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "retries_seen") {
		t.Errorf("the stream ended with %v, want %v about retries_seen", err, codes.InvalidArgument)
	}
}
