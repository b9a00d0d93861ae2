package sdk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestDeliverHandsOverBatchesInOrderAndDrains(t *testing.T) {
	var got []string
	f := &fake{write: func(_ context.Context, b *Batch) error {
		for _, r := range b.Records() {
			got = append(got, string(r))
		}
		return nil
	}}
	s := newRig(t, pluginOf(f, Traits{})).deliver(&pluginv1.OpenRequest{MaxInFlight: 4})
	s.send(0, "a", "b")
	s.send(0, "", "c\nd")
	s.send(0, "e")
	for _, want := range []string{"1 ACCEPTED", "2 ACCEPTED", "3 ACCEPTED"} {
		s.expect(want)
	}
	if err := s.drain(); err != nil {
		t.Fatalf("the stream ended with %v, want OK", err)
	}
	if want := []string{"a", "b", "", "c\nd", "e"}; !slices.Equal(got, want) {
		t.Errorf("records = %q, want %q", got, want)
	}
	if f.closings != 1 {
		t.Errorf("Close was called %d times, want 1", f.closings)
	}
}

func TestDeliverTurnsErrorsIntoVerdicts(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"plain error", boom, "1 RETRY UNAVAILABLE"},
		{"retry", Retry(boom), "1 RETRY UNAVAILABLE"},
		{"retry after", RetryAfter(boom, time.Second), "1 RETRY THROTTLED"},
		{"reject", Reject(boom), "1 REJECTED INVALID"},
		{"too large", TooLarge(boom), "1 RETRY TOO_LARGE"},
		{"unauthenticated", Unauthenticated(boom), "1 RETRY UNAUTHENTICATED"},
		{"misconfigured", Misconfigured(boom), "1 RETRY MISCONFIGURED"},
		{"partial", &PartialError{Rejected: map[int]string{0: "bad"}}, "1 PARTIAL INVALID"},
		{"partial that names nothing", &PartialError{}, "1 ACCEPTED"},
		{"partial out of range", &PartialError{Retry: map[int]string{2: ""}}, "1 RETRY INTERNAL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, pluginOf(&fake{write: func(context.Context, *Batch) error { return test.err }}, Traits{}))
			s := r.deliver(&pluginv1.OpenRequest{})
			s.send(0, "a", "b")
			s.expect(test.want)
			if err := s.drain(); err != nil {
				t.Errorf("the stream ended with %v, want OK", err)
			}
		})
	}
}

// hostileError is an error whose methods panic.
type hostileError struct{}

func (hostileError) Error() string   { panic("error") }
func (hostileError) Is(error) bool   { panic("is") }
func (hostileError) As(any) bool     { panic("as") }
func (hostileError) Unwrap() []error { panic("unwrap") }

func TestDeliverContainsPanics(t *testing.T) {
	calls := 0
	r := newRig(t, pluginOf(&fake{write: func(context.Context, *Batch) error {
		switch calls++; calls {
		case 1:
			panic("first batch")
		case 2:
			return hostileError{}
		default:
			return nil
		}
	}}, Traits{}))
	s := r.deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	v := s.verdict()
	if got, want := short(v), "1 RETRY PANIC"; got != want {
		t.Fatalf("verdict = %s, want %s", got, want)
	}
	if got, want := v.GetError().GetMessage(), "panic: first batch"; got != want {
		t.Errorf("message = %q, want %q", got, want)
	}
	s.send(0, "b")
	s.expect("2 RETRY PANIC")
	s.send(0, "c")
	s.expect("3 ACCEPTED")
	if err := s.drain(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
	for _, want := range []string{"first batch", "TestDeliverContainsPanics"} {
		if !strings.Contains(r.log.String(), want) {
			t.Errorf("the log does not mention %q:\n%s", want, r.log.String())
		}
	}
}

func TestDeliverEndsWhenWriteEndsItsGoroutine(t *testing.T) {
	f := &fake{write: func(context.Context, *Batch) error {
		t.SkipNow() // ends the goroutine, as FailNow in an author's test does
		return nil
	}}
	s := newRig(t, pluginOf(f, Traits{})).deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	if err := s.end(); status.Code(err) != codes.Internal {
		t.Errorf("the stream ended with %v, want %v", err, codes.Internal)
	}
}

func TestDeliverEndsWriteWhenTheStreamIsCancelled(t *testing.T) {
	started, ended := make(chan struct{}), make(chan error, 1)
	closedDown := make(chan struct{})
	f := &fake{
		write: func(ctx context.Context, _ *Batch) error {
			close(started)
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		},
		shut: func() error {
			close(closedDown)
			return nil
		},
	}
	s := newRig(t, pluginOf(f, Traits{})).deliver(&pluginv1.OpenRequest{MaxInFlight: 2})
	s.send(0, "a")
	s.send(0, "never written")
	await(t, started)
	s.cancel()
	if err := await(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ctx.Err() = %v, want %v", err, context.Canceled)
	}
	await(t, closedDown)
}

func TestDeliverReportsACloseThatFails(t *testing.T) {
	f := &fake{shut: func() error { return errors.New("disk full") }}
	s := newRig(t, pluginOf(f, Traits{})).deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 ACCEPTED")
	err := s.drain()
	if status.Code(err) != codes.Internal || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("the stream ended with %v, want %v with the reason", err, codes.Internal)
	}
}

func TestDeliverWritesConcurrentlyWhenAsked(t *testing.T) {
	const workers = 3
	arrived, release := make(chan struct{}, workers), make(chan struct{})
	f := &fake{write: func(context.Context, *Batch) error {
		arrived <- struct{}{}
		<-release
		return nil
	}}
	s := newRig(t, pluginOf(f, Traits{Concurrency: workers})).deliver(&pluginv1.OpenRequest{MaxInFlight: workers})
	for range workers {
		s.send(0, "a")
	}
	for range workers {
		await(t, arrived)
	}
	close(release)
	var ids []uint64
	for range workers {
		v := s.verdict()
		if v.GetOutcome() != pluginv1.Outcome_OUTCOME_ACCEPTED || v.GetThrough() {
			t.Errorf("verdict = %s, want a plain ACCEPTED", short(v))
		}
		ids = append(ids, v.GetBatchId())
	}
	slices.Sort(ids)
	if want := []uint64{1, 2, 3}; !slices.Equal(ids, want) {
		t.Errorf("ids = %v, want %v", ids, want)
	}
	if err := s.drain(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
}

func TestDeliverNeverRunsTwoWritesWithoutConcurrency(t *testing.T) {
	var running, most atomic.Int32
	f := &fake{write: func(context.Context, *Batch) error {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		return nil
	}}
	s := newRig(t, pluginOf(f, Traits{})).deliver(&pluginv1.OpenRequest{MaxInFlight: 16})
	for range 16 {
		s.send(0, "a")
	}
	for range 16 {
		s.verdict()
	}
	if got := most.Load(); got != 1 {
		t.Errorf("%d writes ran at once, want 1", got)
	}
}

func TestWorkingIsSentOncePerInterval(t *testing.T) {
	f := &fake{write: func(_ context.Context, b *Batch) error {
		for range 1000 {
			b.Working()
		}
		return nil
	}}
	s := newRig(t, pluginOf(f, Traits{})).deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 WORKING")
	v := s.verdict()
	for n := 0; v.GetOutcome() == pluginv1.Outcome_OUTCOME_WORKING; v = s.verdict() {
		if n++; n > 100 {
			t.Fatal("signs of life are not limited")
		}
	}
	if got, want := short(v), "1 ACCEPTED"; got != want {
		t.Errorf("verdict = %s, want %s", got, want)
	}
	s.send(0, "b")
	s.expect("2 WORKING")
}
