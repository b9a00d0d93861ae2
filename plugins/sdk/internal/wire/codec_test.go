package wire

import (
	"bytes"
	"math"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestVerdictIsWrittenAsProtobufWritesIt(t *testing.T) {
	for _, v := range []Verdict{
		{},
		{BatchID: 1, Outcome: pluginv1.Outcome_OUTCOME_ACCEPTED},
		{BatchID: math.MaxUint64, Outcome: pluginv1.Outcome_OUTCOME_WORKING},
		{BatchID: 300, Outcome: pluginv1.Outcome_OUTCOME_ACCEPTED, Through: true},
		{BatchID: 7, Outcome: pluginv1.Outcome_OUTCOME_ACCEPTED, HasDurable: true},
		{Outcome: pluginv1.Outcome_OUTCOME_WORKING, HasDurable: true, DurableThrough: 300},
		{
			BatchID: math.MaxUint64, Outcome: pluginv1.Outcome_OUTCOME_ACCEPTED, Through: true,
			HasDurable: true, DurableThrough: math.MaxUint64,
		},
	} {
		m := &pluginv1.DeliverResponse{BatchId: v.BatchID, Outcome: v.Outcome, Through: v.Through}
		if v.HasDurable {
			m.DurableThrough = &v.DurableThrough
		}
		want, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := NewCodec().Marshal(&v)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Materialize(), want) {
			t.Errorf("%+v is written as %x, want %x", v, got.Materialize(), want)
		}
		got.Free()
	}
}

func TestOtherMessagesGoThroughTheStockCodec(t *testing.T) {
	c := NewCodec()
	want := &pluginv1.OpenRequest{Address: "destination.acme.main"}
	encoded, err := c.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := &pluginv1.OpenRequest{}
	if err := c.Unmarshal(encoded, got); err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(got, want) {
		t.Errorf("%v came back as %v", want, got)
	}
	if _, err := c.Marshal("no message"); err == nil {
		t.Error("Marshal of a string = nil, want an error")
	}
}

// poisoner is a pool that overwrites what is given back, so that bytes used after that are seen.
type poisoner struct{ put int }

func (p *poisoner) Get(n int) *[]byte {
	b := make([]byte, n)
	return &b
}

func (p *poisoner) Put(b *[]byte) {
	p.put++
	for i := range *b {
		(*b)[i] = 0xdb
	}
}

func TestBatchHoldsItsBufferUntilRelease(t *testing.T) {
	encoded, err := proto.Marshal(&pluginv1.DeliverRequest{
		BatchId: 1, Key: []byte("0123456789abcdef"), Data: bytes.Repeat([]byte("x"), 4096),
	})
	if err != nil {
		t.Fatal(err)
	}
	pool := &poisoner{}
	buf := mem.NewBuffer(&encoded, pool)
	b := &Batch{}
	if err := NewCodec().Unmarshal(mem.BufferSlice{buf}, b); err != nil {
		t.Fatal(err)
	}
	buf.Free() // as gRPC does when Unmarshal has returned
	if pool.put != 0 || string(b.Key) != "0123456789abcdef" || b.Data[4095] != 'x' {
		t.Fatalf("the buffer was given back %d times before Release, the key is %q", pool.put, b.Key)
	}
	b.Release()
	if pool.put != 1 || b.Data != nil || b.Key != nil {
		t.Errorf("the buffer was given back %d times by Release, want 1", pool.put)
	}
	b.Release()
	if pool.put != 1 {
		t.Error("a second Release gave the buffer back again")
	}
}

func TestUnmarshalThatFailsHoldsNothing(t *testing.T) {
	garbage := bytes.Repeat([]byte{0xff}, 4096)
	pool := &poisoner{}
	buf := mem.NewBuffer(&garbage, pool)
	if err := NewCodec().Unmarshal(mem.BufferSlice{buf}, &Batch{}); err == nil {
		t.Error("Unmarshal of garbage = nil, want an error")
	}
	buf.Free()
	if pool.put != 1 {
		t.Errorf("the buffer was given back %d times, want 1", pool.put)
	}
}

func TestReleaseGivesUpLargeSlices(t *testing.T) {
	b := &Batch{Sizes: make([]uint32, keepRecords+1), Steps: make([]uint64, keepRecords+1), Origins: make([]Origin, keepOrigins+1)}
	b.Release()
	if b.Sizes != nil || b.Steps != nil || b.Origins != nil {
		t.Error("large slices are kept")
	}
}
