package sdk

import (
	"context"
	"math"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// TestDeliverRefusesWhatARouterNeverSends sends a good batch and then one that breaks the protocol. The good one gets
// its verdict, the author's code never sees the other, and the stream ends with a status that says what was wrong.
func TestDeliverRefusesWhatARouterNeverSends(t *testing.T) {
	for _, test := range []struct {
		name string
		bend func(*pluginv1.DeliverRequest)
		want string
	}{
		{"id 0", func(b *pluginv1.DeliverRequest) { b.BatchId = 0 }, "batch_id is 0"},
		{"id repeated", func(b *pluginv1.DeliverRequest) { b.BatchId = 1 }, "batch_id 1 after 1"},
		{"attempt 0", func(b *pluginv1.DeliverRequest) { b.Attempt = 0 }, "attempt is 0"},
		{"no records", func(b *pluginv1.DeliverRequest) { b.Sizes, b.Data = nil, nil }, "no records"},
		{"no key", func(b *pluginv1.DeliverRequest) { b.Key = nil }, "key has 0 bytes"},
		{"sizes beyond the data", func(b *pluginv1.DeliverRequest) { b.Sizes[1] = 3 }, "sizes exceed"},
		{"sizes short of the data", func(b *pluginv1.DeliverRequest) { b.Data = append(b.Data, "more\n"...) }, "sizes cover"},
		{"a huge size", func(b *pluginv1.DeliverRequest) { b.Sizes[0] = math.MaxUint32 }, "sizes exceed"},
		{"sizes that wrap around", func(b *pluginv1.DeliverRequest) {
			b.Sizes = []uint32{math.MaxUint32, math.MaxUint32, math.MaxUint32}
		}, "sizes exceed"},
		{"a missing terminator", func(b *pluginv1.DeliverRequest) { b.Data[1] = 'x' }, "record 0 does not end"},
		{"a wrong last position", func(b *pluginv1.DeliverRequest) { b.LastPosition++ }, "last_position"},
		{"positions that wrap around", func(b *pluginv1.DeliverRequest) {
			b.FirstPosition, b.LastPosition = math.MaxUint64, 0
		}, "last_position"},
		{"steps that wrap around", func(b *pluginv1.DeliverRequest) {
			b.PositionSteps, b.LastPosition = []uint64{math.MaxUint64}, b.FirstPosition-1
		}, "last_position"},
		{"a step of 0", func(b *pluginv1.DeliverRequest) {
			b.PositionSteps, b.LastPosition = []uint64{0}, b.FirstPosition
		}, "position step 0 is 0"},
		{"too many steps", func(b *pluginv1.DeliverRequest) { b.PositionSteps = []uint64{1, 1} }, "2 position steps"},
		{"origins that fall short", func(b *pluginv1.DeliverRequest) { b.Origins[0].Count = 1 }, "origins cover 1 of 2"},
		{"origins that go beyond", func(b *pluginv1.DeliverRequest) { b.Origins[0].Count = math.MaxUint32 }, "origins cover"},
		{"an empty origin", func(b *pluginv1.DeliverRequest) {
			b.Origins = append(b.Origins, &pluginv1.Origin{})
		}, "origin 1 covers no record"},
	} {
		t.Run(test.name, func(t *testing.T) {
			writes := 0
			f := &fake{write: func(context.Context, *Batch) error {
				writes++
				return nil
			}}
			s := newRig(t, pluginOf(f, Traits{})).deliver(&pluginv1.OpenRequest{})
			s.send(0, "a")
			b := request(2, 200, "b", "c")
			test.bend(b)
			s.sendRequest(b)
			s.expect("1 ACCEPTED")
			err := s.end()
			if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the stream ended with %v, want %v with %q", err, codes.InvalidArgument, test.want)
			}
			if writes != 1 || f.closings != 1 {
				t.Errorf("%d writes and %d closings, want 1 and 1", writes, f.closings)
			}
		})
	}
}

// TestDeliverEndsOnGarbage sends a message that is no protobuf.
func TestDeliverEndsOnGarbage(t *testing.T) {
	s := newRig(t, pluginOf(&fake{}, Traits{})).deliver(&pluginv1.OpenRequest{})
	garbage := &pluginv1.DeliverRequest{BatchId: 1}
	garbage.ProtoReflect().SetUnknown(protowire.AppendTag(nil, 15, protowire.BytesType)) // without its length
	s.sendRequest(garbage)
	if err := s.end(); status.Code(err) != codes.Internal {
		t.Errorf("the stream ended with %v, want %v", err, codes.Internal)
	}
}

func TestAProcessServesOneBlock(t *testing.T) {
	r := newRig(t, pluginOf(&fake{}, Traits{}))
	ctx := testContext(t)
	client := pluginv1.NewDestinationServiceClient(r.conn)
	early, err := client.Deliver(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := early.Recv(); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("Deliver before Open = %v, want %v", err, codes.FailedPrecondition)
	}
	s := r.deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 ACCEPTED") // so the stream has begun
	if _, err := client.Open(ctx, &pluginv1.OpenRequest{ConfigJson: []byte("{}")}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a second Open = %v, want %v", err, codes.FailedPrecondition)
	}
	second, err := client.Deliver(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Recv(); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a second Deliver = %v, want %v", err, codes.FailedPrecondition)
	}
	s.send(0, "b")
	s.expect("2 ACCEPTED")
	if err := s.drain(); err != nil {
		t.Errorf("the first stream ended with %v, want OK", err)
	}
}

// TestAWindowThatIsIgnoredCostsNothing sends far more batches than were announced: they wait in the stream.
func TestAWindowThatIsIgnoredCostsNothing(t *testing.T) {
	proceed := make(chan struct{})
	f := &fake{write: func(context.Context, *Batch) error {
		<-proceed
		return nil
	}}
	s := newRig(t, pluginOf(f, Traits{})).deliver(&pluginv1.OpenRequest{MaxInFlight: 2})
	const batches = 200
	for range batches {
		s.send(0, "a")
	}
	close(proceed)
	for range batches {
		if v := s.verdict(); v.GetOutcome() != pluginv1.Outcome_OUTCOME_ACCEPTED {
			t.Fatalf("verdict = %s, want ACCEPTED", short(v))
		}
	}
	if err := s.drain(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
}
