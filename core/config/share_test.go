package config

import (
	"errors"
	"testing"
)

func TestShares(t *testing.T) {
	for text, want := range map[string]share{
		"20%": 20, "20 %": 20, "2.5%": 2.5, "0.001%": 0.001, "99.99%": 99.99, "007%": 7,
	} {
		if got, err := parseShare(text); err != nil || got != want {
			t.Errorf("parseShare(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]error{
		"0%": errShareRange, "0.0%": errShareRange, "100%": errShareRange, "999999999%": errShareRange,
		"%": errNotBytes, "20": errNotBytes, "64MiB": errNotBytes, "20%x": errNotBytes, "-5%": errNotBytes, "1e1%": errNotBytes,
		"9999999999%": errNotBytes, " 20%": errNotBytes, "": errNotBytes, "٣%": errNotBytes,
	} {
		if got, err := parseShare(text); !errors.Is(err, want) {
			t.Errorf("parseShare(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestSharesReadBack(t *testing.T) {
	for _, text := range []string{"20%", "7%", "2.5%", "33.3%", "0.000000001%"} {
		s, err := parseShare(text)
		if err != nil || s.String() != text || canonicalJSON(s) != `"`+text+`"` {
			t.Errorf("parseShare(%q) = %v, %v, in JSON %s", text, s, err, canonicalJSON(s))
		}
	}
	if got := share(20).of1(); got != 0.2 {
		t.Errorf("20%% is %v of 1", got)
	}
}
