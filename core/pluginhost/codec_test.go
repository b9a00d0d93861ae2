package pluginhost

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
	contract "github.com/skidway/skidway/proto"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// stockRequest is b as the generated type, made record by record.
func stockRequest(b *delivery.Batch) *pluginv1.DeliverRequest {
	m := &pluginv1.DeliverRequest{
		BatchId: b.ID, Attempt: b.Attempt, FirstPosition: uint64(b.First()), LastPosition: uint64(b.Last()),
		Resolved: b.Resolved, SettledThrough: uint64(b.SettledThrough), Key: b.Key[:], RetriesSeen: b.RetriesSeen,
	}
	var last *pluginv1.Origin
	var position record.Position
	dense := true
	for _, r := range b.Runs {
		for i, size := range r.Sizes {
			p := r.First + record.Position(i)
			if len(m.Sizes) > 0 {
				m.PositionSteps = append(m.PositionSteps, uint64(p-position))
				dense = dense && p == position+1
			}
			position = p
			m.Sizes = append(m.Sizes, size)
			o := &pluginv1.Origin{
				Count: 1, ReceivedUnixNano: r.Origin.ReceivedUnixNano, Source: r.Origin.Source, Peer: r.Origin.Peer,
				PeerPort: r.Origin.PeerPort, ClientName: r.Origin.ClientName, Truncated: r.Origin.Truncated, Id: r.RecordID(i),
			}
			if last != nil && o.GetId() == last.GetId()+uint64(last.GetCount()) {
				same := proto.Clone(last).(*pluginv1.Origin)
				same.Count, same.Id = o.GetCount(), o.GetId()
				if proto.Equal(same, o) {
					last.Count++
					continue
				}
			}
			last = o
			m.Origins = append(m.Origins, o)
		}
		m.Data = append(m.Data, r.Data...)
	}
	if dense {
		m.PositionSteps = nil
	}
	return m
}

// batchFrom makes a batch from random bytes: runs of one or more segments, next to each other or not.
func batchFrom(seed []byte) *delivery.Batch {
	next := func() uint64 {
		if len(seed) == 0 {
			return 0
		}
		v := uint64(seed[0])
		seed = seed[1:]
		return v
	}
	b := &delivery.Batch{ID: next() + 1, Attempt: uint32(next()), SettledThrough: record.Position(next() << next() % 60), RetriesSeen: next()}
	copy(b.Key[:], seed)
	for range next() % 4 {
		if b.Resolved == nil {
			b.Resolved = map[string]string{}
		}
		b.Resolved[strings.Repeat("k", int(next()%3))] = strings.Repeat("é", int(next()%200))
	}
	origins := []*record.Origin{
		{},
		{Source: "source.tcp.a", Peer: "192.0.2.1", PeerPort: 514, ReceivedUnixNano: time.Now().UnixNano(), ID: 7},
		{Source: "source.tcp.a", Peer: "192.0.2.1", PeerPort: 514, ReceivedUnixNano: -1, ClientName: "c", Truncated: true},
	}
	slab := make([]byte, 0, 64<<10)
	segment := &spool.Segment{}
	position, id := record.Position(next()+1), next()
	for range next()%12 + 1 {
		r := spool.Run{First: position, Origin: origins[next()%uint64(len(origins))], ID: id, Segment: segment}
		if next()%8 == 0 {
			slab, r.Segment = make([]byte, 0, 64<<10), &spool.Segment{}
			segment = r.Segment
		}
		start, skips := len(slab), next()%2 == 0
		for range next()%5 + 1 {
			size := int(next()) << (next() % 4)
			r.Sizes = append(r.Sizes, uint32(size))
			if skips {
				r.Skips = append(r.Skips, uint32(next()%3*10))
			}
			slab = append(slab, bytes.Repeat([]byte{byte(size)}, size)...)
			slab = append(slab, '\n')
		}
		r.Data = slab[start:len(slab):cap(slab)]
		b.Runs = append(b.Runs, r)
		position += record.Position(len(r.Sizes)) + record.Position(next()%3/2)
		id += uint64(len(r.Sizes)) + next()%3/2
	}
	return b
}

func FuzzEncodeEqualsStock(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"))
	f.Add(bytes.Repeat([]byte{255, 0, 3, 1}, 60))
	f.Fuzz(func(t *testing.T, seed []byte) {
		b := batchFrom(seed)
		want, err := proto.MarshalOptions{Deterministic: true}.Marshal(stockRequest(b))
		if err != nil {
			t.Skip()
		}
		c := newCodec()
		got, err := c.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if encoded := got.Materialize(); !bytes.Equal(encoded, want) {
			t.Fatalf("encoded %d bytes, stock %d:\n%x\n%x", len(encoded), len(want), encoded, want)
		}
		got.Free()
	})
}

func TestEncodeRefuses(t *testing.T) {
	c := newCodec()
	if _, err := c.Marshal(&delivery.Batch{}); err == nil {
		t.Error("a batch without records was encoded")
	}
	if _, err := c.Marshal(testBatch(1, strings.Repeat("x", contract.MaxBatchBytes))); err == nil {
		t.Error("a batch over the limit was encoded")
	}
}

func TestEncodesTheLargestRecord(t *testing.T) {
	const largest = 3584 << 10 // of max_record_bytes
	p, err := newCodec().Marshal(testBatch(1, strings.Repeat("x", largest)))
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Len(); n <= largest || n > 4<<20 {
		t.Errorf("the message has %d bytes; gRPC takes 4 MiB by default", n)
	}
	p.Free()
}

func TestEncodeMendsText(t *testing.T) {
	b := testBatch(1, "a")
	b.Resolved = map[string]string{"path": "a\xffb"}
	b.Runs[0].Origin.ClientName = "\xff"
	c := newCodec()
	p, err := c.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var m pluginv1.DeliverRequest
	if err := c.Unmarshal(p, &m); err != nil {
		t.Fatal(err)
	}
	if m.GetResolved()["path"] != "a\uFFFDb" || m.GetOrigins()[0].GetClientName() != "\uFFFD" {
		t.Errorf("decoded %v", &m)
	}
}

// loansOut is how many loans of the segment are out.
func loansOut(s *spool.Segment) int64 {
	return reflect.ValueOf(s).Elem().FieldByName("loans").FieldByName("v").Int()
}

func TestPayloadIsLentUntilItIsFreed(t *testing.T) {
	b := testBatch(1, strings.Repeat("x", 4000))
	large := b.Runs[0].Segment
	b.Runs = append(b.Runs, testBatch(2, "copied").Runs[0])
	small := b.Runs[1].Segment
	c := newCodec()
	p, err := c.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if loansOut(large) != 1 || loansOut(small) != 0 {
		t.Errorf("%d and %d loans out, want 1 and 0", loansOut(large), loansOut(small))
	}
	p.Ref()
	p.Free()
	if loansOut(large) != 1 {
		t.Error("the loan was returned while gRPC has a reference")
	}
	p.Free()
	if loansOut(large) != 0 {
		t.Error("the loan was not returned")
	}
}

func TestEveryLoanComesBackFromALivingStream(t *testing.T) {
	o, _ := testOptions(t)
	s := connect(t, newDestination(o, fastTimings()))
	b := testBatch(1, strings.Repeat("x", 500_000))
	send(t, s, b)
	verdict(t, s)
	eventually(t, "the loan is returned", func() bool { return loansOut(b.Runs[0].Segment) == 0 })
}

func stockVerdict(m *pluginv1.DeliverResponse, maxRecords int) delivery.Verdict {
	v := delivery.Verdict{
		BatchID: m.GetBatchId(), Outcome: outcomeOf(uint64(m.GetOutcome())), Through: m.GetThrough(),
		RetryAfter: retryAfter(m.GetRetryAfter().GetSeconds(), m.GetRetryAfter().GetNanos()),
		Code:       codeOf(uint64(m.GetError().GetCode())), Message: boundedText([]byte(m.GetError().GetMessage())),
		DurableThrough: record.Position(m.GetDurableThrough()), HasDurable: m.DurableThrough != nil,
	}
	for i, r := range m.GetRecords() {
		if i == maxRecords {
			break
		}
		v.Records = append(v.Records, delivery.RecordVerdict{
			Index: r.GetIndex(), Outcome: outcomeOf(uint64(r.GetOutcome())), Reason: boundedText([]byte(r.GetReason())),
		})
	}
	return v
}

func FuzzDecodeAcceptsWhatStockAccepts(f *testing.F) {
	durable := uint64(9)
	for _, m := range []*pluginv1.DeliverResponse{
		{BatchId: 5, Outcome: pluginv1.Outcome_OUTCOME_ACCEPTED, Through: true, DurableThrough: &durable},
		{BatchId: 6, Outcome: pluginv1.Outcome_OUTCOME_PARTIAL, Error: &pluginv1.ErrorInfo{Code: 9, Message: "why"}, Records: []*pluginv1.RecordVerdict{
			{Index: 3, Outcome: pluginv1.Outcome_OUTCOME_RETRY, Reason: strings.Repeat("ä", 600)}, {},
		}},
	} {
		p, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p)
	}
	f.Add(protowire.AppendVarint(protowire.AppendTag(nil, protowire.MaxValidNumber+1, protowire.VarintType), 1))
	f.Add([]byte{0x1a, 2, 8, 1, 0x1a, 2, 16, 7, 0x22, 0, 0x0b, 0x0c, 0x45, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, p []byte) {
		stock := &pluginv1.DeliverResponse{}
		stockErr := proto.Unmarshal(p, stock)
		m := verdictMessage{maxRecords: func() int { return 4 }}
		err := m.decode(p)
		if stockErr != nil {
			return // strings that are not valid UTF-8 may be mended; anything else only has to end
		}
		if err != nil {
			t.Fatalf("stock accepts %x: %v", p, err)
		}
		if diff := cmp.Diff(stockVerdict(stock, 4), m.Verdict); diff != "" {
			t.Fatalf("verdict of %x (-stock +got):\n%s", p, diff)
		}
	})
}

func TestDecodeRefusesLargeFieldNumbers(t *testing.T) {
	p := protowire.AppendVarint(nil, uint64(protowire.MaxValidNumber+1)<<3)
	p = append(p, 1)
	var m verdictMessage
	if m.decode(p) == nil {
		t.Error("a field number above the limit was accepted")
	}
}

func TestRetryAfterIsBounded(t *testing.T) {
	tests := []struct {
		seconds int64
		nanos   int32
		want    time.Duration
	}{
		{0, 0, 0},
		{1, 500_000_000, 1500 * time.Millisecond},
		{-1, 0, 0},
		{300, 1, maxRetryAfter},
		{math.MaxInt64, math.MaxInt32, maxRetryAfter},
		{math.MinInt64, math.MinInt32, 0},
		{-2, math.MaxInt32, math.MaxInt32 - 2*time.Second},
	}
	for _, tt := range tests {
		if got := retryAfter(tt.seconds, tt.nanos); got != tt.want {
			t.Errorf("retryAfter(%d, %d) = %s, want %s", tt.seconds, tt.nanos, got, tt.want)
		}
	}
}

func TestBoundedText(t *testing.T) {
	tests := map[string]string{
		"":                                "",
		"plain":                           "plain",
		"a\xffb":                          "a\uFFFDb",
		strings.Repeat("x", 2000):         strings.Repeat("x", maxText),
		"x" + strings.Repeat("ä", 600):    "x" + strings.Repeat("ä", 511),
		strings.Repeat("\xff\xfea", 2000): strings.Repeat("\uFFFDa", 256),
	}
	for in, want := range tests {
		if got := boundedText([]byte(in)); got != want {
			t.Errorf("boundedText of %d bytes has %d, want %d", len(in), len(got), len(want))
		}
	}
}

func TestOtherMessagesTakeTheStockCodec(t *testing.T) {
	c := newCodec()
	want := &pluginv1.OpenRequest{Address: strings.Repeat("a", 5000), SpoolId: binary.BigEndian.AppendUint64(nil, 7)}
	p, err := c.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := &pluginv1.OpenRequest{}
	if err := c.Unmarshal(mem.BufferSlice{mem.SliceBuffer(p.Materialize())}, got); err != nil || !proto.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
