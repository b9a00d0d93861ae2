package sdk

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// syncing is a destination that says what is durable when it is told to.
type syncing struct {
	fake
	durable func(uint64)
}

func newSyncing(first ...uint64) *syncing {
	s := &syncing{}
	s.open = func(_ context.Context, c Config) error {
		s.durable = c.Durable
		for _, p := range first {
			c.Durable(p)
		}
		return nil
	}
	return s
}

func TestDurableTravelsWithVerdictsAndAlone(t *testing.T) {
	d := newSyncing(0)
	s := newRig(t, pluginOf(d, Traits{Ordered: true})).deliver(&pluginv1.OpenRequest{MaxInFlight: 4})
	s.send(0, "a", "b") // positions 100 and 101
	s.expect("1 ACCEPTED durable=0")
	d.durable(100)
	s.expect("0 WORKING durable=100")
	d.durable(100) // is known
	d.durable(7)   // is less
	s.send(0, "c")
	s.expect("2 ACCEPTED durable=100")
	d.durable(200)
	s.expect("0 WORKING durable=200")
	s.send(0, "d")
	s.expect("3 ACCEPTED durable=200")
	d.shut = func() error {
		d.durable(300)
		return nil
	}
	if err := s.CloseSend(); err != nil {
		t.Fatal(err)
	}
	s.expect("0 WORKING durable=300")
	if err := s.end(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
	d.durable(300) // nobody hears it, and nothing breaks
}

func TestDurableIsNeverSentForADestinationThatDoesNotUseIt(t *testing.T) {
	s := newRig(t, pluginOf(newSyncing(), Traits{})).deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 ACCEPTED")
	if err := s.drain(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
}

func TestDurableWaitsForTheVerdict(t *testing.T) {
	d := newSyncing(0)
	boom := errors.New("boom")
	var verdict error
	d.write = func(_ context.Context, b *Batch) error {
		d.durable(b.LastPosition()) // as a goroutine that syncs may, before Write has returned
		return verdict
	}
	s := newRig(t, pluginOf(d, Traits{})).deliver(&pluginv1.OpenRequest{})
	s.send(0, "a", "b")
	s.expect("1 ACCEPTED durable=101")
	for _, test := range []struct {
		verdict error
		want    string
	}{
		{boom, "RETRY durable=101 UNAVAILABLE"},
		{Reject(boom), "REJECTED durable=101 INVALID"},
		{&PartialError{Retry: map[int]string{1: ""}}, "PARTIAL durable=101 UNAVAILABLE"},
		{&PartialError{Rejected: map[int]string{1: ""}}, "PARTIAL durable=501 INVALID"},
		{&PartialError{}, "ACCEPTED durable=601"},
		{nil, "ACCEPTED durable=701"},
	} {
		verdict = test.verdict
		s.send(0, "a", "b")
		if _, got, _ := strings.Cut(short(s.verdict()), " "); got != test.want {
			t.Errorf("verdict = %s, want %s", got, test.want)
		}
	}
}

func TestDurableOfAnEarlierProcess(t *testing.T) {
	d := &resuming{position: 42, known: true}
	var durable func(uint64)
	d.open = func(_ context.Context, c Config) error {
		durable = c.Durable
		c.Durable(0)
		return nil
	}
	r := newRig(t, pluginOf(d, Traits{Ordered: true, Resume: true}))
	s := r.deliver(&pluginv1.OpenRequest{})
	durable(42) // before or after the stream began
	s.expect("0 WORKING durable=42")
}

func TestDurableBeyondWhatWasGivenIsRefused(t *testing.T) {
	d := newSyncing(0, 5)
	r := newRig(t, pluginOf(d, Traits{}))
	s := r.deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 ACCEPTED durable=0")
	d.durable(101)
	d.durable(1 << 63)
	s.send(0, "b")
	s.expect("2 ACCEPTED durable=0")
	d.durable(200)
	s.expect("0 WORKING durable=200")
	if n := strings.Count(r.log.String(), "never given"); n != 1 {
		t.Errorf("the mistake was logged %d times, want once:\n%s", n, r.log.String())
	}
}

func TestDurableSaidByAValueThatCouldNotBeOpenedIsVoid(t *testing.T) {
	fails := true
	f := &fake{open: func(_ context.Context, c Config) error {
		if fails {
			fails = false
			c.Durable(0)
			return io.ErrUnexpectedEOF
		}
		return nil
	}}
	r := newRig(t, pluginOf(f, Traits{}))
	if _, err := r.open(&pluginv1.OpenRequest{ConfigJson: []byte("{}")}); err == nil {
		t.Fatal("Open = nil, want an error")
	}
	s := r.deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 ACCEPTED")
}

func TestDurableFollowsWriteAll(t *testing.T) {
	entered, proceed := make(chan struct{}, 8), make(chan struct{})
	mark := &durableMark{}
	mark.say(0)
	f := &fakeAll{writeAll: func(_ context.Context, bs []*Batch) error {
		entered <- struct{}{}
		<-proceed
		mark.say(bs[len(bs)-1].LastPosition())
		return nil
	}}
	s, ended, _ := playMarked(t, f, Traits{Ordered: true}, mark)
	s.hand(t, 1, 0, "a")
	await(t, entered)
	for id := range uint64(3) {
		s.hand(t, id+2, 0, "b")
	}
	close(proceed)
	for _, want := range []string{"1 ACCEPTED durable=100", "4 ACCEPTED through durable=400"} {
		if got := await(t, s.verdicts); got != want {
			t.Errorf("verdict = %s, want %s", got, want)
		}
	}
	await(t, s.asked)
	s.incoming <- nil
	if err := await(t, ended); err != nil {
		t.Errorf("run = %v, want nil", err)
	}
}
