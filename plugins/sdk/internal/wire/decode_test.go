package wire

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// message turns a decoded batch into the generated type.
func message(b *Batch) *pluginv1.DeliverRequest {
	m := &pluginv1.DeliverRequest{
		BatchId: b.ID, Attempt: b.Attempt, FirstPosition: b.First, LastPosition: b.Last, PositionSteps: b.Steps,
		Sizes: b.Sizes, SettledThrough: b.SettledThrough, Key: b.Key, RetriesSeen: b.RetriesSeen, Data: b.Data,
	}
	for _, p := range b.Resolved {
		if m.Resolved == nil {
			m.Resolved = map[string]string{}
		}
		m.Resolved[p.Name] = p.Value
	}
	for _, o := range b.Origins {
		m.Origins = append(m.Origins, &pluginv1.Origin{
			Count: o.Count, ReceivedUnixNano: o.ReceivedUnixNano, Source: o.Source, Peer: o.Peer, PeerPort: o.PeerPort,
			ClientName: o.ClientName, Truncated: o.Truncated, Id: o.ID,
		})
	}
	return m
}

// without strips fields that the schema doesn't know, which the decoder skips.
func without(m *pluginv1.DeliverRequest) *pluginv1.DeliverRequest {
	m.ProtoReflect().SetUnknown(nil)
	for _, o := range m.GetOrigins() {
		o.ProtoReflect().SetUnknown(nil)
	}
	return m
}

func seeds() map[string][]byte {
	full := &pluginv1.DeliverRequest{
		BatchId: 1, Attempt: 2, FirstPosition: 10, LastPosition: 17, PositionSteps: []uint64{1, 300, 1 << 60},
		Resolved: map[string]string{"path": "/a", "": ""},
		Origins: []*pluginv1.Origin{
			{Count: 3, ReceivedUnixNano: -5, Source: "source.tcp.app", Peer: "192.0.2.1", PeerPort: 1234, ClientName: "é", Id: 7},
			{},
			{Count: 1, Truncated: true},
		},
		Sizes: []uint32{1, 0, 300, 1 << 31}, SettledThrough: 1 << 63, Key: []byte("0123456789abcdef"), RetriesSeen: 4,
		Data: []byte("a\n\nb\n"),
	}
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(full)
	if err != nil {
		panic(err)
	}
	number := func(b []byte, num protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
	}
	text := func(b []byte, num protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), s)
	}
	origin := func(count, received, id uint64, more string) []byte {
		return text(nil, 7, string(number(append(number(number(nil, 1, count), 2, received), more...), 8, id)))
	}
	alike := slices.Concat(origin(1, 9, 7, ""), origin(3, 9, 20, ""), origin(1<<35+1, 9, 0, ""))
	unpacked := number(number(text(number(nil, 8, 1), 8, "\x02\x03"), 8, 4), 5, 6)
	entry := text(text(nil, 6, ""), 6, string(number(text(nil, 2, "value only"), 7, 1)))
	return map[string][]byte{
		"empty":               nil,
		"full":                encoded,
		"twice":               append(append([]byte{}, encoded...), encoded...),
		"unpacked":            unpacked,
		"map entries":         entry,
		"wrong wire types":    text(number(nil, 15, 3), 1, "x"),
		"unknown group":       append(protowire.AppendTag(nil, 99, protowire.StartGroupType), protowire.AppendTag(nil, 99, protowire.EndGroupType)...),
		"end of no group":     protowire.AppendTag(nil, 99, protowire.EndGroupType),
		"fixed":               protowire.AppendFixed32(protowire.AppendTag(nil, 1, protowire.Fixed32Type), 5),
		"reserved field":      text(nil, 14, "later"),
		"large field number":  number(nil, protowire.MaxValidNumber, 1),
		"number out of range": protowire.AppendVarint(protowire.AppendVarint(nil, (1<<29)<<3), 1),
		"invalid name":        text(nil, 6, string(text(nil, 1, "\xff"))),
		"invalid peer":        text(nil, 7, string(text(nil, 4, "\xff"))),
		"origins alike":       alike,
		"origins hardly alike": slices.Concat(
			alike, origin(1, 8, 7, ""), origin(1, 8, 7, string(text(nil, 4, "p"))), origin(1, 8, 7, ""), origin(2, 8, 7, string(number(nil, 8, 5))),
			origin(2, 8, 7, ""), text(nil, 7, string(number(nil, 8, 3))), text(nil, 7, string(number(number(number(nil, 1, 2), 8, 1), 2, 6))),
			origin(2, 6, 1, string(number(nil, 1, 4))), origin(2, 6, 1, ""), append(origin(2, 6, 1, ""), origin(3, 6, 1, "\x1d")...),
		),
		"origins cut short": append(alike, text(nil, 7, string(append(number(number(nil, 1, 2), 2, 9), 8<<3)))...),
		"cut short":         encoded[:len(encoded)-3],
		"overlong number":   append(protowire.AppendTag(nil, 1, protowire.VarintType), strings.Repeat("\xff", 10)...),
		"32 bits of 64":     number(nil, 2, 1<<40+7),
		"bool of 2":         text(nil, 7, string(number(nil, 7, 2))),
	}
}

// compare decodes p with both decoders.
func compare(t *testing.T, b *Batch, p []byte) {
	t.Helper()
	want := &pluginv1.DeliverRequest{}
	wantErr := proto.Unmarshal(p, want)
	err := b.Decode(p)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("Decode = %v, the protobuf runtime says %v", err, wantErr)
	}
	if err != nil {
		return
	}
	if diff := cmp.Diff(without(want), message(b), protocmp.Transform()); diff != "" {
		t.Fatalf("batch (-protobuf +Decode):\n%s", diff)
	}
}

func TestDecodeAgreesWithProtobuf(t *testing.T) {
	reused := &Batch{Strings: &Strings{}}
	for name, p := range seeds() {
		t.Run(name, func(t *testing.T) {
			compare(t, &Batch{}, p)
			compare(t, reused, p) // nothing of an earlier message may be left
		})
	}
}

// FuzzDecode holds the decoder to the protobuf runtime: the same messages are refused, and the others mean the same.
func FuzzDecode(f *testing.F) {
	for _, p := range seeds() {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		want := &pluginv1.DeliverRequest{}
		if proto.Unmarshal(p, want) == nil && (len(want.GetOrigins()) > maxOrigins || len(want.GetResolved()) > maxResolved) {
			t.Skip("beyond the decoder's bounds")
		}
		b := &Batch{Strings: &Strings{}}
		compare(t, b, p)
		_ = b.Check() // must not panic
	})
}

func TestDecodeIsBounded(t *testing.T) {
	var origins, resolved []byte
	for range maxOrigins + 1 {
		origins = protowire.AppendBytes(protowire.AppendTag(origins, 7, protowire.BytesType), nil)
	}
	for i := range maxResolved + 1 {
		name := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), strings.Repeat("x", i))
		resolved = protowire.AppendBytes(protowire.AppendTag(resolved, 6, protowire.BytesType), name)
	}
	for name, p := range map[string][]byte{"origins": origins, "resolved": resolved} {
		if err := (&Batch{}).Decode(p); err == nil {
			t.Errorf("%s: Decode = nil, want an error", name)
		}
	}
}

func TestStringsAreBounded(t *testing.T) {
	s := &Strings{}
	buf := make([]byte, 0, 8)
	for i := range 10 * maxInterned {
		buf = protowire.AppendVarint(buf[:0], uint64(i)<<20)
		s.get(buf)
	}
	s.get(make([]byte, maxInternedSize+1))
	if len(s.known) > maxInterned {
		t.Errorf("%d strings are kept, want at most %d", len(s.known), maxInterned)
	}
}
