package config

import (
	"strings"
	"testing"
)

func TestHostsMeet(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "localhost", true},
		{"127.0.0.1", "127.0.0.2", false},
		{"::1", "127.0.0.1", false},
		{"", "127.0.0.1", true},
		{"::", "::1", true},
		{"0.0.0.0", "10.0.0.1", true},
		{"0.0.0.0", "::1", false},
		{"0.0.0.0", "", true},
		{"::ffff:10.0.0.1", "10.0.0.1", true},
		{"a.example", "b.example", false},
	} {
		if got := hostsMeet(c.a, c.b); got != c.want {
			t.Errorf("hostsMeet(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
		if got := hostsMeet(c.b, c.a); got != c.want {
			t.Errorf("hostsMeet(%q, %q) = %v, want %v", c.b, c.a, got, c.want)
		}
	}
}

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "localhost": true, "::ffff:127.0.0.1": true,
		"": false, "0.0.0.0": false, "::": false, "10.0.0.1": false, "localhost.example": false,
	} {
		if got := isLoopback(host); got != want {
			t.Errorf("isLoopback(%q) = %v, want %v", host, got, want)
		}
	}
}

func TestParseNetwork(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.2.3/8": "10.0.0.0/8", "192.0.2.7": "192.0.2.7/32", "2001:db8::1": "2001:db8::1/128", "::ffff:192.0.2.7": "192.0.2.7/32",
		"10.0.0.0/33": "", "fe80::1%eth0": "", "": "", "example.com": "",
	} {
		got, ok := parseNetwork(text)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("parseNetwork(%q) = %v, %v, want %q", text, got, ok, want)
		}
	}
}

func TestQuoteShort(t *testing.T) {
	if got := quoteShort("short"); got != `"short"` {
		t.Errorf("quoteShort = %s", got)
	}
	got := quoteShort(strings.Repeat("é", 100))
	if len(got) > 70 || !strings.HasSuffix(got, `…"`) || strings.Contains(got, `\x`) {
		t.Errorf("quoteShort cuts to %s", got)
	}
}
