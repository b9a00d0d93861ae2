package sdk

import (
	"context"
	"testing"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// routed has attributes that can be computed for every record.
type routed struct {
	Subject string `sk:"subject,required,record"`
	Path    Path   `sk:"path,record"`
}

// pluginOfRouted returns a plugin whose one destination is d.
func pluginOfRouted(d Destination) Plugin {
	return Plugin{
		Name: "fake", Version: "1.0.0",
		Destination: NewDestination(routed{Path: "default"}, func(routed) Destination { return d }, Traits{Ordered: true}),
	}
}

func TestResolvedIsWhatWasComputedOrElseTheConstant(t *testing.T) {
	type value struct {
		text string
		ok   bool
	}
	for name, test := range map[string]struct {
		config   string
		resolved map[string]string
		want     value
	}{
		"computed":                           {`{"subject": null}`, map[string]string{"subject": "a", "path": "p"}, value{"a", true}},
		"computed, and empty":                {`{}`, map[string]string{"subject": ""}, value{"", true}},
		"null for these records":             {`{}`, map[string]string{"path": "p"}, value{"", false}},
		"the same for all records":           {`{"subject": "s", "path": null}`, map[string]string{"path": "p"}, value{"s", true}},
		"the same for all, and nothing else": {`{"subject": "s", "path": "/p"}`, nil, value{"s", true}},
	} {
		t.Run(name, func(t *testing.T) {
			var got value
			d := &fake{write: func(_ context.Context, b *Batch) error {
				got.text, got.ok = b.Resolved("subject")
				return nil
			}}
			s := newRig(t, pluginOfRouted(d)).deliver(&pluginv1.OpenRequest{ConfigJson: []byte(test.config)})
			b := request(1, 1, "a")
			b.Resolved = test.resolved
			s.sendRequest(b)
			s.expect("1 ACCEPTED")
			if got != test.want {
				t.Errorf("Resolved = %q, %v, want %q, %v", got.text, got.ok, test.want.text, test.want.ok)
			}
		})
	}
}

func TestDurableIsForgottenWhereLaterBatchesLieBelow(t *testing.T) {
	d := newSyncing(0)
	s := newRig(t, pluginOfRouted(d)).deliver(&pluginv1.OpenRequest{ConfigJson: []byte(`{"path": "/p"}`)})
	between := func(id, first, last uint64) *pluginv1.DeliverRequest {
		b := request(id, first, "a", "b")
		b.LastPosition, b.PositionSteps = last, []uint64{last - first}
		return b
	}
	s.sendRequest(between(1, 10, 19))
	s.expect("1 ACCEPTED durable=0")
	d.durable(19)
	s.expect("0 WORKING durable=19")
	s.sendRequest(between(2, 12, 15)) // accepted, and nobody said that it is stored
	s.expect("2 ACCEPTED durable=11")
	d.durable(19)
	s.expect("0 WORKING durable=19")
	d.write = func(context.Context, *Batch) error {
		return &PartialError{Rejected: map[int]string{1: "no"}}
	}
	s.sendRequest(between(3, 13, 18))
	s.expect("3 PARTIAL durable=12 INVALID")
	d.write = func(context.Context, *Batch) error { return Retry(nil) }
	d.durable(19)
	s.expect("0 WORKING durable=19")
	s.sendRequest(between(4, 14, 17)) // nothing of it is accepted
	s.expect("4 RETRY durable=19 UNAVAILABLE")
	if err := s.drain(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
}

func TestDurableStaysWhereNothingIsComputed(t *testing.T) {
	d := newSyncing(0)
	d.write = func(_ context.Context, b *Batch) error {
		d.durable(b.LastPosition()) // before the verdict, and never again
		return nil
	}
	s := newRig(t, pluginOfRouted(d)).deliver(&pluginv1.OpenRequest{ConfigJson: []byte(`{"path": "/p", "subject": "s"}`)})
	s.send(0, "a", "b")
	s.expect("1 ACCEPTED durable=101")
	if err := s.drain(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
}
