package envelope

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/sdk"
)

func TestAppendRecord(t *testing.T) {
	received := time.Date(2026, 1, 2, 16, 4, 5, 60, time.FixedZone("", 3600))
	for name, tc := range map[string]struct {
		record string
		meta   sdk.Meta
		want   string
	}{
		"leaves out what is unknown": {
			`hello`,
			sdk.Meta{Source: "source.simulator.demo", Received: received, ID: 1<<64 - 1},
			`{"record":"hello","meta":{"source":"source.simulator.demo","received_at":"2026-01-02T15:04:05.00000006Z","id":"18446744073709551615"}}`,
		},
		"names everything that is known": {
			`{"a":1}`,
			sdk.Meta{Source: "source.tcp.app", Peer: "10.0.0.1", PeerPort: 514, ClientName: `web"1`, Received: received, Truncated: true, ID: 7},
			`{"record":"{\"a\":1}","meta":{"source":"source.tcp.app","peer":"10.0.0.1","peer_port":514,"client_name":"web\"1",` +
				`"received_at":"2026-01-02T15:04:05.00000006Z","truncated":true,"id":"7"}}`,
		},
		"keeps one line and no control character": {
			"a\nb\r\t\x00\x1b[31m\x7f\u009b\ufffd\u00a0é",
			sdk.Meta{Received: received},
			`{"record":"a\nb\r\t\u0000\u001b[31m\u007f\u009b` + "\ufffd\u00a0é" +
				`","meta":{"source":"","received_at":"2026-01-02T15:04:05.00000006Z","id":"0"}}`,
		},
		"encodes what is not UTF-8": {
			"a\xffb",
			sdk.Meta{Received: received},
			`{"record_base64":"Yf9i","meta":{"source":"","received_at":"2026-01-02T15:04:05.00000006Z","id":"0"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var e Encoder
			if diff := cmp.Diff(tc.want+"\n", string(e.AppendRecord(nil, []byte(tc.record), tc.meta))); diff != "" {
				t.Errorf("AppendRecord (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAppendRecordFollowsTheOriginFromRecordToRecord(t *testing.T) {
	var e Encoder
	var got []byte
	for _, m := range []sdk.Meta{{Source: "a", ID: 1}, {Source: "a", ID: 2}, {Source: "b", ID: 3}, {Source: "b", ID: 4, Truncated: true}} {
		got = e.AppendRecord(got, []byte("x"), m)
	}
	const meta = `{"record":"x","meta":{"source":`
	want := meta + `"a","received_at":"0001-01-01T00:00:00Z","id":"1"}}` + "\n" +
		meta + `"a","received_at":"0001-01-01T00:00:00Z","id":"2"}}` + "\n" +
		meta + `"b","received_at":"0001-01-01T00:00:00Z","id":"3"}}` + "\n" +
		meta + `"b","received_at":"0001-01-01T00:00:00Z","truncated":true,"id":"4"}}` + "\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "a\"b\\c", "\x00\x1f\x7f", "é\u009f\u00a0\u2028", "\xff\xfe", "\xf0\x9f\x98", "😀"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		text := appendString(nil, s)
		var got string
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("appendString(%q) = %q, which is no JSON: %v", s, text, err)
		}
		// Ranging over a string replaces each byte that is not part of valid UTF-8, as the encoder does.
		if want := string([]rune(string(s))); got != want {
			t.Errorf("appendString(%q) decodes to %q, want %q", s, got, want)
		}
		if i := bytes.IndexFunc(text, func(r rune) bool { return r < ' ' || r >= 0x7f && r <= 0x9f }); i >= 0 {
			t.Errorf("appendString(%q) = %q has a control character at %d", s, text, i)
		}
	})
}

func TestAppendRecordAllocatesNothing(t *testing.T) {
	var e Encoder
	dst := make([]byte, 0, 1024)
	m := sdk.Meta{Source: "source.tcp.app", Received: time.Unix(1, 2)}
	if n := testing.AllocsPerRun(100, func() {
		m.ID++
		m.PeerPort ^= 1
		e.AppendRecord(dst, []byte("a \"line\""), m)
	}); n != 0 {
		t.Errorf("AppendRecord allocates %v times a record, want 0", n)
	}
}

func BenchmarkAppendRecord(b *testing.B) {
	record := []byte(strings.Repeat(`{"level":"info","msg":"a line of log"}`, 7)[:256])
	m := sdk.Meta{Source: "source.tcp.app", Peer: "10.0.0.1", PeerPort: 514, Received: time.Unix(1, 2)}
	var e Encoder
	var dst []byte
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	for b.Loop() {
		m.ID++
		dst = e.AppendRecord(dst[:0], record, m)
	}
}
