package delivery

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
)

func letter(rec string) DeadLetter {
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600))
	return DeadLetter{
		Record: []byte(rec),
		Origin: record.Origin{
			Source: "source.tcp.app", Peer: "10.0.0.1", PeerPort: 99, ClientName: "c", ID: 1<<64 - 1,
			ReceivedUnixNano: at.UnixNano(), Truncated: true,
		},
		Destination: address, Position: 1<<64 - 2, Reason: "no <such> field", Code: Invalid, Attempts: 3,
		FirstAttempt: at, LastAttempt: at.Add(time.Second), GivenUp: at.Add(time.Minute),
	}
}

func TestEnvelope(t *testing.T) {
	d := letter("{\"a\":1}\nx")
	b, err := d.Envelope()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil || strings.Contains(string(b), "\n") {
		t.Fatalf("%v: %s", err, b)
	}
	want := map[string]any{
		"record": "{\"a\":1}\nx",
		"origin": map[string]any{
			"source": "source.tcp.app", "peer": "10.0.0.1", "peer_port": 99.0, "client_name": "c",
			"received_at": "2026-01-02T02:04:05.0000006Z", "truncated": true, "id": "18446744073709551615",
		},
		"destination": address, "position": "18446744073709551614", "reason": "no <such> field", "code": "INVALID",
		"attempts": 3.0,
		"times": map[string]any{
			"first_attempt": "2026-01-02T02:04:05.0000006Z", "last_attempt": "2026-01-02T02:04:06.0000006Z",
			"given_up": "2026-01-02T02:05:05.0000006Z",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("envelope (-want +got):\n%s", diff)
	}
}

func TestEnvelopeOfBytesThatAreNoText(t *testing.T) {
	raw := "\xff\x00\xfe"
	d := letter(raw)
	got := decodeEnvelope(t, &d)
	if dec, err := base64.StdEncoding.DecodeString(got["record_base64"].(string)); err != nil || string(dec) != raw {
		t.Errorf("record_base64 = %q, %v", dec, err)
	}
	if _, ok := got["record"]; ok {
		t.Error("record beside record_base64")
	}
}

func TestEnvelopeFitsIntoABatch(t *testing.T) {
	for name, rec := range map[string]string{
		"escapes":         strings.Repeat("\x01", 1<<20),
		"the largest":     strings.Repeat("a", maxBatchBytes),
		"the largest raw": strings.Repeat("\xff", maxBatchBytes),
	} {
		t.Run(name, func(t *testing.T) {
			d := letter(rec)
			b, err := d.Envelope()
			if err != nil || len(b) > maxEnvelopeBytes {
				t.Fatalf("%d bytes, %v", len(b), err)
			}
			got := decodeEnvelope(t, &d)
			dec, err := base64.StdEncoding.DecodeString(got["record_base64"].(string))
			if err != nil || !strings.HasPrefix(rec, string(dec)) {
				t.Fatalf("holds %d bytes, %v", len(dec), err)
			}
			if n, cut := got["record_truncated_from"]; cut != (len(dec) < len(rec)) || cut && n != float64(len(rec)) {
				t.Errorf("holds %d of %d, says it was cut from %v", len(dec), len(rec), n)
			}
			if len(dec) < len(rec) && len(b) < maxEnvelopeBytes-8 {
				t.Errorf("cut to %d bytes although %d fit", len(b), maxEnvelopeBytes)
			}
		})
	}
}

func decodeEnvelope(t *testing.T, d *DeadLetter) map[string]any {
	t.Helper()
	b, err := d.Envelope()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestMemoryDeadLettersKeepsTheLastThousand(t *testing.T) {
	m := &metrics.Destination{}
	store := NewMemoryDeadLetters(m)
	buf := make([]byte, 8)
	for i := range 2500 {
		d := letter("")
		d.Record = append(buf[:0], fmt.Sprint(i)...)
		if err := store.Put(t.Context(), []DeadLetter{d}); err != nil {
			t.Fatal(err)
		}
	}
	clear(buf) // the lane uses it again
	all := store.All()
	if len(all) != 1000 || string(all[0].Record) != "1500" || string(all[999].Record) != "2499" {
		t.Errorf("keeps %d from %q to %q", len(all), all[0].Record, all[len(all)-1].Record)
	}
	if m.DeadLetteredMemory.Load() != 2500 || m.DroppedDeadLetter.Load() != 1500 {
		t.Errorf("%d put, %d fell out", m.DeadLetteredMemory.Load(), m.DroppedDeadLetter.Load())
	}
}

func TestMemoryDeadLettersIsBoundedInBytes(t *testing.T) {
	m := &metrics.Destination{}
	store := NewMemoryDeadLetters(m)
	large := letter(strings.Repeat("x", maxBatchBytes))
	for i := range 30 {
		large.Position = record.Position(i)
		if err := store.Put(t.Context(), []DeadLetter{large}); err != nil {
			t.Fatal(err)
		}
	}
	all := store.All()
	if len(all) != memoryDeadLetterBytes/maxBatchBytes || all[len(all)-1].Position != 29 {
		t.Errorf("keeps %d of 30 letters of 3.5 MiB, the last at %d", len(all), all[len(all)-1].Position)
	}
	if got := m.DroppedDeadLetter.Load(); got != int64(30-len(all)) {
		t.Errorf("%d fell out", got)
	}
	for range 2000 {
		if err := store.Put(t.Context(), []DeadLetter{letter("a")}); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(store.All()); got != memoryDeadLetters || m.DroppedDeadLetter.Load() != 2030-memoryDeadLetters {
		t.Errorf("keeps %d, %d fell out", got, m.DroppedDeadLetter.Load())
	}
}

type appender struct {
	groups []record.Group
	err    error
}

func (a *appender) AppendDeadLetters(_ context.Context, g *record.Group) error {
	a.groups = append(a.groups, record.Group{Origin: g.Origin, Sizes: slices.Clone(g.Sizes), Data: slices.Clone(g.Data)})
	return a.err
}

func TestForwardedDeadLettersComeInGroupsOfBoundedSize(t *testing.T) {
	now := time.Unix(7, 0)
	to := &appender{}
	f := NewForwardedDeadLetters(address, to, record.NewIDs(now), func() time.Time { return now })
	letters := slices.Repeat([]DeadLetter{letter(strings.Repeat("\x01", 100_000))}, 40) // 600 KB each as JSON
	letters[20] = letter(strings.Repeat("a", maxBatchBytes))
	if err := f.Put(t.Context(), letters); err != nil {
		t.Fatal(err)
	}
	n, id := 0, to.groups[0].Origin.ID
	for _, g := range to.groups {
		if len(g.Data) > maxForwardBytes && g.Len() > 1 {
			t.Errorf("a group of %d letters and %d bytes", g.Len(), len(g.Data))
		}
		if g.Origin.ID != id+uint64(n) {
			t.Errorf("letter %d has id %d, want %d", n, g.Origin.ID, id+uint64(n))
		}
		n += g.Len()
	}
	if n != 40 || len(to.groups) > 40 {
		t.Errorf("%d letters in %d groups, want 40", n, len(to.groups))
	}
}

func TestForwardedDeadLetters(t *testing.T) {
	now := time.Unix(7, 0)
	to := &appender{}
	f := NewForwardedDeadLetters(address, to, record.NewIDs(now), func() time.Time { return now })
	if err := f.Put(t.Context(), []DeadLetter{letter("a"), letter("bb")}); err != nil {
		t.Fatal(err)
	}
	g := to.groups[0]
	if len(to.groups) != 1 || g.Len() != 2 || g.Origin.Source != address || g.Origin.ReceivedUnixNano != now.UnixNano() || g.Origin.ID == 0 {
		t.Errorf("group %+v", g.Origin)
	}
	if n := int(g.Sizes[0]+g.Sizes[1]) + 2; n != len(g.Data) || g.Data[g.Sizes[0]] != '\n' {
		t.Errorf("%d bytes for sizes %v", len(g.Data), g.Sizes)
	}
	to.err = errors.New("spool is closed")
	if err := f.Put(t.Context(), []DeadLetter{letter("a")}); !errors.Is(err, to.err) {
		t.Errorf("Put = %v", err)
	}
}
