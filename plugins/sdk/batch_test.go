package sdk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func sample() *pluginv1.DeliverRequest {
	return &pluginv1.DeliverRequest{
		BatchId: 1, Attempt: 2, FirstPosition: 10, LastPosition: 17, PositionSteps: []uint64{1, 4, 2},
		Resolved: map[string]string{"path": "/a", "empty": ""},
		Origins: []*pluginv1.Origin{
			{Count: 3, ReceivedUnixNano: 5, Source: "source.tcp.app", Peer: "192.0.2.1", PeerPort: 1234, ClientName: "app", Id: 7},
			{Count: 1, ReceivedUnixNano: 6, Source: "source.udp.net", Truncated: true, Id: 100},
		},
		Sizes: []uint32{1, 0, 3, 2}, SettledThrough: 9, Key: []byte("0123456789abcdef"),
		Data: []byte("a\n\nb\nc\nde\n"),
	}
}

func TestBatchGivesWhatCameIn(t *testing.T) {
	b, err := NewBatch(sample())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a", "", "b\nc", "de"}
	var got []string
	for i, r := range b.Records() {
		if !slices.Equal(r, b.Record(i)) {
			t.Errorf("Records gives %q at %d, Record gives %q", r, i, b.Record(i))
		}
		got = append(got, string(r))
	}
	if !slices.Equal(got, want) || b.Len() != len(want) {
		t.Errorf("%d records %q, want %q", b.Len(), got, want)
	}
	positions := []uint64{b.Position(0), b.Position(1), b.Position(2), b.Position(3)}
	if want := []uint64{10, 11, 15, 17}; !slices.Equal(positions, want) {
		t.Errorf("positions = %v, want %v", positions, want)
	}
	if got := string(b.Data()); got != "a\n\nb\nc\nde\n" {
		t.Errorf("Data = %q", got)
	}
	if b.Attempt() != 2 || b.SettledThrough() != 9 || string(b.Key()) != "0123456789abcdef" {
		t.Errorf("Attempt %d, SettledThrough %d, Key %q", b.Attempt(), b.SettledThrough(), b.Key())
	}
	for name, want := range map[string]string{"path": "/a true", "empty": " true", "none": " false"} {
		if value, ok := b.Resolved(name); fmt.Sprint(value, " ", ok) != want {
			t.Errorf("Resolved(%q) = %q, %v, want %s", name, value, ok, want)
		}
	}
	b.Working() // nobody listens; it must do nothing
}

func TestBatchWithoutStepsHasConsecutivePositions(t *testing.T) {
	b, err := NewBatch(request(1, 10, "a", "b", "c"))
	if err != nil {
		t.Fatal(err)
	}
	if b.Position(0) != 10 || b.Position(2) != 12 {
		t.Errorf("positions from %d to %d, want 10 to 12", b.Position(0), b.Position(2))
	}
}

func TestMetasSayWhereEachRecordCameFrom(t *testing.T) {
	b, err := NewBatch(sample())
	if err != nil {
		t.Fatal(err)
	}
	first := Meta{Received: time.Unix(0, 5), Source: "source.tcp.app", Peer: "192.0.2.1", PeerPort: 1234, ClientName: "app", ID: 7}
	second, third := first, first
	second.ID, third.ID = 8, 9
	want := []Meta{first, second, third, {Received: time.Unix(0, 6), Source: "source.udp.net", Truncated: true, ID: 100}}
	var got []Meta
	for i, m := range b.Metas() {
		if i != len(got) {
			t.Errorf("index %d, want %d", i, len(got))
		}
		got = append(got, m)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metas (-want +got):\n%s", diff)
	}
	for i := range b.Metas() {
		if i == 1 {
			break // an early end must be possible
		}
	}
}

func TestReadingABatchAllocatesNothing(t *testing.T) {
	b, err := NewBatch(request(1, 1, strings.Split(strings.Repeat("record ", 100), " ")...))
	if err != nil {
		t.Fatal(err)
	}
	var bytes, ids uint64
	if n := testing.AllocsPerRun(100, func() {
		for i, r := range b.Records() {
			bytes += uint64(len(r)) + b.Position(i)
		}
		for _, m := range b.Metas() {
			ids += m.ID
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestNewBatchRefusesWhatNoRouterSends(t *testing.T) {
	bad := sample()
	bad.Sizes[0] = 100
	if _, err := NewBatch(bad); err == nil {
		t.Error("NewBatch of sizes beyond the data = nil, want an error")
	}
	bad = sample()
	bad.Resolved = map[string]string{"a": "\xff"}
	if _, err := NewBatch(bad); err == nil {
		t.Error("NewBatch of invalid UTF-8 = nil, want an error")
	}
}
