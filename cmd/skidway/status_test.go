package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/admin"
)

// TestStatusText compares statuses in testdata/status/*.json with what is shown of them, *.txt.
func TestStatusText(t *testing.T) {
	inputs, err := filepath.Glob(filepath.Join("testdata", "status", "*.json"))
	if err != nil || len(inputs) == 0 {
		t.Fatal("no inputs", err)
	}
	for _, input := range inputs {
		t.Run(filepath.Base(input), func(t *testing.T) {
			raw, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			var s admin.Status
			d := json.NewDecoder(bytes.NewReader(raw))
			d.DisallowUnknownFields()
			if err := d.Decode(&s); err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			writeStatus(&got, &s)
			want, err := os.ReadFile(strings.TrimSuffix(input, ".json") + ".txt")
			if err != nil {
				t.Fatalf("%v; it would be:\n%s", err, got.String())
			}
			if d := cmp.Diff(string(want), got.String()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestFoundText(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.Local)
	for name, test := range map[string]struct {
		at   admin.FoundAt
		want string
	}{
		"delivered":      {admin.FoundAt{State: admin.AtDelivered}, "delivered"},
		"dropped":        {admin.FoundAt{State: admin.AtDropped, Reason: "full", Time: at}, "dropped (full), 2026-03-04 05:06:07"},
		"not remembered": {admin.FoundAt{State: admin.AtSettled, Time: at}, "delivered or dropped before 2026-03-04 05:06:07; which is not remembered"},
		"the next one":   {admin.FoundAt{State: admin.AtWaiting}, "waiting, next in line"},
		"far behind": {
			admin.FoundAt{State: admin.AtWaiting, AheadRecords: 12, AheadBytes: 30 << 10, Reason: "the destination is retrying: no route"},
			"waiting, 12 records (30 KiB) ahead; the destination is retrying: no route",
		},
		"parked":        {admin.FoundAt{State: admin.AtParked, AheadRecords: 1, AheadBytes: 9}, "waiting, 1 record (9 B) ahead; the destination is not configured"},
		"a dead letter": {admin.FoundAt{State: admin.AtDeadLettered, Time: at, Reason: "INVALID: \x1b[31mno\n"}, "dead letter since 2026-03-04 05:06:07: INVALID: \ufffd[31mno\ufffd"},
		"not routed":    {admin.FoundAt{State: admin.AtNotRouted}, "not routed there"},
		"forgotten":     {admin.FoundAt{State: admin.AtUnknown}, "not known any more: the destination has no place in the spool"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := atText(&test.at); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestRecordIsShownSafely(t *testing.T) {
	long, evil := strings.Repeat("ü", maxShownData+1), "a\x1b]0;owned\x07b\r\nc\u202ed"
	for name, test := range map[string]struct {
		found admin.Found
		want  string
	}{
		"a long one":         {admin.Found{Data: &long}, strings.Repeat("ü", maxShownData) + "…"},
		"a terminal's codes": {admin.Found{Data: &evil}, "a\ufffd]0;owned\ufffdb\ufffd\ufffdc\ufffdd"},
		"no text":            {admin.Found{DataBase64: []byte{0xff, 0}}, "base64 /wA="},
	} {
		if got := shownData(&test.found); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestWhen(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.Local)
	for text, want := range map[string]time.Time{
		"":                     {},
		"90s":                  now.Add(-90 * time.Second),
		"1h30m":                now.Add(-90 * time.Minute),
		"2d":                   now.Add(-48 * time.Hour),
		"0.5d":                 now.Add(-12 * time.Hour),
		"2026-01-02":           time.Date(2026, 1, 2, 0, 0, 0, 0, time.Local),
		"2026-01-02 15:04":     time.Date(2026, 1, 2, 15, 4, 0, 0, time.Local),
		"2026-01-02 15:04:05":  time.Date(2026, 1, 2, 15, 4, 5, 0, time.Local),
		"2026-01-02T15:04:05Z": time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC),
	} {
		if got, err := when("from", text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"yesterday", "-1h", "-2d", "1h ago", "2026-13-01", "NaNd", "infd"} {
		if got, err := when("from", text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
