package config

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{
		"0B": 0, "1B": 1, "1KB": 1000, "1KiB": 1024, "64MiB": 64 << 20, "3.5MiB": 3670016, "8GiB": 8 << 30,
		"1TB": 1e12, "1TiB": 1 << 40, "0.1GiB": 107374182, "007MB": 7e6, "9223372036854775807B": 1<<63 - 1,
	} {
		if got, err := parseBytes(text); err != nil || got != want {
			t.Errorf("parseBytes(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]error{
		"": errNotBytes, "1": errNotBytes, "MiB": errNotBytes, "1mib": errNotBytes, "1 MiB": errNotBytes, "-1B": errNotBytes,
		"1.MiB": errNotBytes, ".5MiB": errNotBytes, "1e3B": errNotBytes, "1/2KB": errNotBytes, "20%": errNotBytes, "1MiBx": errNotBytes,
		"9223372036854775808B": errTooLarge, "99999999TiB": errTooLarge, "111111111111111111111B": errNotBytes,
	} {
		if got, err := parseBytes(text); !errors.Is(err, want) {
			t.Errorf("parseBytes(%q) = %d, %v, want error %v", text, got, err, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "0": 0, "10s": 10 * time.Second, "1h30m": 90 * time.Minute, "7d": 7 * 24 * time.Hour,
		"1d12h": 36 * time.Hour, "1.5d": 36 * time.Hour, "0.5d1ms": 12*time.Hour + time.Millisecond,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("parseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]error{
		"": errNotDuration, "10": errNotDuration, "d": errNotDuration, "1h1d": errNotDuration, "-1s": errNotDuration, "1d-1h": errNotDuration,
		"+1s": errNotDuration, "1w": errNotDuration, "1d2d": errNotDuration, "200000d": errTooLarge, "106751d23h48m": errTooLarge,
	} {
		if got, err := parseDuration(text); !errors.Is(err, want) {
			t.Errorf("parseDuration(%q) = %v, %v, want error %v", text, got, err, want)
		}
	}
}

func TestUnitsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<62).Draw(t, "bytes")
		if got, err := parseBytes(formatBytes(n)); err != nil || got != n {
			t.Fatalf("parseBytes(formatBytes(%d)) = %d, %v: %s", n, got, err, formatBytes(n))
		}
		d := time.Duration(rapid.Int64Range(0, 1<<62).Draw(t, "duration"))
		if got, err := parseDuration(formatDuration(d)); err != nil || got != d {
			t.Fatalf("parseDuration(formatDuration(%d)) = %d, %v: %s", d, got, err, formatDuration(d))
		}
	})
}

func TestFormatUnits(t *testing.T) {
	for want, n := range map[string]int64{"0B": 0, "1B": 1, "1KB": 1000, "64MiB": 64 << 20, "3.5MiB": 7 << 19, "1.5KiB": 1536, "4MB": 4e6, "1GB": 1e9, "51.2MiB": 53687091, "204.8MiB": 214748364, "53687092B": 53687092} {
		if got := formatBytes(n); got != want {
			t.Errorf("formatBytes(%d) = %q, want %q", n, got, want)
		}
	}
	for want, n := range map[string]int64{"999B": 999, "51.2MiB": 53687091, "64MiB": 64 << 20, "1.25GiB": 5 << 28} {
		if got := aboutBytes(n); got != want {
			t.Errorf("aboutBytes(%d) = %q, want %q", n, got, want)
		}
	}
	for want, d := range map[string]time.Duration{"0s": 0, "10s": 10 * time.Second, "7d": 168 * time.Hour, "90m": 90 * time.Minute, "500ms": 500 * time.Millisecond} {
		if got := formatDuration(d); got != want {
			t.Errorf("formatDuration(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for given, want := range map[string]string{"listn": "listen", "lisetn": "listen", "xyz": "", "listen": "", "tl": "tls", "q": ""} {
		if got := nearest(given, []string{"listen", "tls", "framing"}); got != want {
			t.Errorf("nearest(%q) = %q, want %q", given, got, want)
		}
	}
}
