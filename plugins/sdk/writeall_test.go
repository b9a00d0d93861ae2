package sdk

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/protobuf/proto"

	"github.com/skidway/skidway/plugins/sdk/internal/wire"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// script is a Deliver stream that a test plays by hand, so that it knows what waits in the SDK.
type script struct {
	ctx      context.Context
	asked    chan struct{} // one for each RecvMsg, sent before it waits
	incoming chan *pluginv1.DeliverRequest
	verdicts chan string
}

func (s *script) Context() context.Context { return s.ctx }

func (s *script) RecvMsg(m any) error {
	s.asked <- struct{}{}
	select {
	case req := <-s.incoming:
		if req == nil {
			return io.EOF
		}
		encoded, err := proto.Marshal(req)
		if err != nil {
			return err
		}
		return m.(*wire.Batch).Decode(encoded)
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// message returns what a verdict is on the wire.
func message(v *wire.Verdict) *pluginv1.DeliverResponse {
	m := &pluginv1.DeliverResponse{BatchId: v.BatchID, Outcome: v.Outcome, Through: v.Through}
	if v.HasDurable {
		durable := v.DurableThrough
		m.DurableThrough = &durable
	}
	return m
}

func (s *script) SendMsg(m any) error {
	switch v := m.(type) {
	case *wire.Verdict:
		s.verdicts <- short(message(v))
	case *pluginv1.DeliverResponse:
		s.verdicts <- short(v)
	}
	return nil
}

// hand gives the SDK a batch with one record, its name, and waits until it is queued.
func (s *script) hand(t *testing.T, id, seen uint64, name string) {
	t.Helper()
	b := request(id, 100*id, name)
	b.RetriesSeen = seen
	await(t, s.asked)
	s.incoming <- b
	await(t, s.asked)
	s.asked <- struct{}{}
}

// play runs a delivery of d over a script.
func play(t *testing.T, d Destination, traits Traits) (s *script, ended <-chan error, log *logBuffer) {
	t.Helper()
	return playMarked(t, d, traits, &durableMark{})
}

// playMarked is play with what d says about durability.
func playMarked(t *testing.T, d Destination, traits Traits, mark *durableMark) (s *script, ended <-chan error, log *logBuffer) {
	t.Helper()
	s = &script{
		ctx:   testContext(t),
		asked: make(chan struct{}, 1), incoming: make(chan *pluginv1.DeliverRequest), verdicts: make(chan string, 16),
	}
	log = &logBuffer{}
	done := make(chan error, 1)
	delivery := &delivery{
		destination: d, traits: traits, stream: s, mark: mark,
		log: hclog.New(&hclog.LoggerOptions{Output: log, JSONFormat: true}),
	}
	go func() { done <- delivery.run(newHalt(), 8) }()
	return s, done, log
}

func TestWriteAll(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct {
		name    string
		ordered bool
		all     func(names []string) error
		one     func(name string) error
		want    []string // verdicts on a, which comes alone, and on b, c, d, which wait together
		calls   []string
		log     string
	}{
		{
			name:  "takes what waits and answers through the last",
			want:  []string{"1 ACCEPTED", "4 ACCEPTED through"},
			calls: []string{"all a", "all bcd"},
		},
		{
			name: "is followed by single writes when it fails",
			all: func(names []string) error {
				if len(names) > 1 {
					return boom
				}
				return nil
			},
			one: func(name string) error {
				if name == "c" {
					return Reject(boom)
				}
				return nil
			},
			want:  []string{"1 ACCEPTED", "2 ACCEPTED", "3 REJECTED INVALID", "4 ACCEPTED"},
			calls: []string{"all a", "all bcd", "one b", "one c", "one d"},
		},
		{
			name:    "keeps the order of an ordered destination",
			ordered: true,
			all: func(names []string) error {
				if len(names) > 1 {
					return boom
				}
				return nil
			},
			one:   func(string) error { return boom },
			want:  []string{"1 ACCEPTED", "2 RETRY UNAVAILABLE", "3 RETRY OUT_OF_ORDER", "4 RETRY OUT_OF_ORDER"},
			calls: []string{"all a", "all bcd", "one b"},
		},
		{
			name: "with one batch answers for it",
			all: func(names []string) error {
				if len(names) == 1 {
					return Misconfigured(boom)
				}
				return nil
			},
			want:  []string{"1 RETRY MISCONFIGURED", "4 ACCEPTED through"},
			calls: []string{"all a", "all bcd"},
		},
		{
			name: "may not name records",
			all: func(names []string) error {
				if len(names) == 1 {
					return &PartialError{Rejected: map[int]string{0: "bad"}}
				}
				return nil
			},
			want:  []string{"1 RETRY INTERNAL", "4 ACCEPTED through"},
			calls: []string{"all a", "all bcd"},
			log:   "WriteAll returned a PartialError",
		},
		{
			name: "that panics is followed by single writes",
			all: func(names []string) error {
				if len(names) > 1 {
					panic("all at once")
				}
				return nil
			},
			one: func(name string) error {
				if name == "d" {
					panic("only this one")
				}
				return nil
			},
			want:  []string{"1 ACCEPTED", "2 ACCEPTED", "3 ACCEPTED", "4 RETRY PANIC"},
			calls: []string{"all a", "all bcd", "one b", "one c", "one d"},
			log:   "all at once",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var calls []string
			entered, proceed := make(chan struct{}, 8), make(chan struct{})
			f := &fakeAll{
				writeAll: func(_ context.Context, bs []*Batch) error {
					names := make([]string, 0, len(bs))
					for _, b := range bs {
						names = append(names, firstRecord(b))
					}
					calls = append(calls, "all "+strings.Join(names, ""))
					entered <- struct{}{}
					<-proceed
					if test.all == nil {
						return nil
					}
					return test.all(names)
				},
				fake: fake{write: func(_ context.Context, b *Batch) error {
					calls = append(calls, "one "+firstRecord(b))
					return test.one(firstRecord(b))
				}},
			}
			s, ended, log := play(t, f, Traits{Ordered: test.ordered})
			s.hand(t, 1, 0, "a")
			await(t, entered)
			seen := uint64(0)
			if strings.Contains(test.want[0], "RETRY") && test.ordered {
				seen = 1
			}
			for i, name := range []string{"b", "c", "d"} {
				s.hand(t, uint64(i)+2, seen, name)
			}
			close(proceed)
			for _, want := range test.want {
				if got := await(t, s.verdicts); got != want {
					t.Fatalf("verdict = %s, want %s", got, want)
				}
			}
			await(t, s.asked)
			s.incoming <- nil
			if err := await(t, ended); err != nil {
				t.Errorf("run = %v, want nil", err)
			}
			if !slices.Equal(calls, test.calls) {
				t.Errorf("calls = %q, want %q", calls, test.calls)
			}
			if !strings.Contains(log.String(), test.log) {
				t.Errorf("the log does not mention %q:\n%s", test.log, log.String())
			}
		})
	}
}

func TestWriteAllIsNotUsedWithConcurrency(t *testing.T) {
	f := &fakeAll{
		writeAll: func(context.Context, []*Batch) error { panic("called") },
	}
	s, ended, _ := play(t, f, Traits{Concurrency: 2})
	s.hand(t, 1, 0, "a")
	if got, want := await(t, s.verdicts), "1 ACCEPTED"; got != want {
		t.Errorf("verdict = %s, want %s", got, want)
	}
	await(t, s.asked)
	s.incoming <- nil
	if err := await(t, ended); err != nil {
		t.Errorf("run = %v, want nil", err)
	}
}

func TestStopFinishesTheWriteInHandAndStartsNoOther(t *testing.T) {
	entered, proceed := make(chan struct{}), make(chan struct{})
	f := &fake{write: func(context.Context, *Batch) error {
		entered <- struct{}{}
		<-proceed
		return nil
	}}
	s := &script{
		ctx:   testContext(t),
		asked: make(chan struct{}, 1), incoming: make(chan *pluginv1.DeliverRequest), verdicts: make(chan string, 16),
	}
	stop := newHalt()
	d := &delivery{destination: f, stream: s, mark: &durableMark{}, log: hclog.NewNullLogger()}
	ended := make(chan error, 1)
	go func() { ended <- d.run(stop, 8) }()
	s.hand(t, 1, 0, "a")
	await(t, entered)
	s.hand(t, 2, 0, "b")
	why := errors.New("told to")
	stop.end(why)
	await(t, d.intake.done)
	close(proceed)
	if got, want := await(t, s.verdicts), "1 ACCEPTED"; got != want {
		t.Errorf("verdict = %s, want %s", got, want)
	}
	if err := await(t, ended); !errors.Is(err, why) {
		t.Errorf("run = %v, want %v", err, why)
	}
}
