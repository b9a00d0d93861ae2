package deadletter

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/delivery"
)

func lineOf(t testing.TB, entry uint64, d *delivery.DeadLetter) []byte {
	t.Helper()
	b, err := appendLine([]byte("before"), entry, d)
	if err != nil {
		t.Fatal(err)
	}
	b, ok := bytes.CutPrefix(b, []byte("before"))
	if !ok || len(b) == 0 || bytes.IndexByte(b, '\n') != len(b)-1 {
		t.Fatalf("not one line behind what was there: %.200q", b)
	}
	return b[:len(b)-1]
}

func TestLineGivesTheLetterBack(t *testing.T) {
	full := letterAt(7, "{\"a\":\"<\u2028>\"}\r\n\x00 two")
	full.Origin.ClientName, full.Origin.Truncated, full.Origin.ID, full.Position = `c"n`, true, 1<<64-1, 1<<64-2
	full.Reason, full.Attempts = `says {"entry":"1", and ,"crc":"00000000"} too`, 1<<32-1
	empty := letterAt(0, "")
	never := letterAt(1, "x")
	never.FirstAttempt, never.LastAttempt, never.Code, never.Attempts = time.Time{}, time.Time{}, delivery.CodeNone, 0
	escapes := letterAt(2, strings.Repeat("\x01", 2<<20))
	for name, d := range map[string]delivery.DeadLetter{
		"text": full, "empty": empty, "not attempted": never, "bytes": letterAt(3, "\xff\x00\xfe"), "many escapes": escapes,
		"the largest": letterAt(4, strings.Repeat("\xff", 3584<<10)),
	} {
		t.Run(name, func(t *testing.T) {
			b := lineOf(t, 5, &d)
			if n, ok := soundLine(b); !ok || n != 5 {
				t.Fatalf("soundLine = %d, %t", n, ok)
			}
			var e Entry
			if err := decodeLine(b, &e); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(e.Record, d.Record) || e.Number != 5 {
				t.Errorf("entry %d, record %.100q", e.Number, e.Record)
			}
			d.Record, e.Record = nil, nil
			if diff := cmp.Diff(d, e.DeadLetter); diff != "" {
				t.Errorf("letter (-want +got):\n%s", diff)
			}
		})
	}
}

// What a destination of dead letters gets and what lies in the store have the same members.
func TestLineIsTheEnvelope(t *testing.T) {
	for _, rec := range []string{"text <\n", "\xff"} {
		d := letterAt(7, rec)
		d.Origin.ClientName, d.Origin.Truncated = "c", true
		envelope, err := d.Envelope()
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if err := errors.Join(json.Unmarshal(envelope, &want), json.Unmarshal(lineOf(t, 1, &d), &got)); err != nil {
			t.Fatal(err)
		}
		if got["entry"] != "1" || len(got["crc"].(string)) != 8 {
			t.Errorf("entry %v, crc %v", got["entry"], got["crc"])
		}
		delete(got, "entry")
		delete(got, "crc")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-envelope +line):\n%s", diff)
		}
	}
}

func TestLineRefusesWhatNoReaderWouldTake(t *testing.T) {
	d := letterAt(1, strings.Repeat("\xff", maxLine))
	if _, err := appendLine(nil, 1, &d); !errors.Is(err, ErrTooLarge) {
		t.Errorf("appendLine: %v", err)
	}
}

func TestLineHasNoUnknownCode(t *testing.T) {
	for c := delivery.CodeNone; c <= delivery.Panic; c++ {
		if got := codeOf(c.String()); got != c {
			t.Errorf("codeOf(%q) = %d, want %d", c.String(), got, c)
		}
	}
	if got := codeOf("OF_A_LATER_VERSION"); got != delivery.CodeNone {
		t.Errorf("codeOf = %d", got)
	}
}

func TestNumbers(t *testing.T) {
	s := numbers(nil).with([]uint64{5, 3, 4, 9, 5}).with([]uint64{10, 1})
	if diff := cmp.Diff(numbers{{1, 1}, {3, 5}, {9, 10}}, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for n := range uint64(12) {
		if got, want := s.has(n), n == 1 || n >= 3 && n <= 5 || n == 9 || n == 10; got != want {
			t.Errorf("has(%d) = %t", n, got)
		}
	}
}
