package router

import (
	"encoding/json"
	"testing"
)

// TestNumbersAreComparedExactly: a test of a configuration must not pass because two ids are the same float.
func TestNumbersAreComparedExactly(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"1", "1.0", true},
		{"1e3", "1000", true},
		{"-0", "0", true},
		{"0.10", "0.1", true},
		{"9007199254740993", "9007199254740992", false},
		{"1767366245678900123", "1767366245678900124", false},
		{"0.1", "0.10000000000000000001", false},
		{"1e400", "1e401", false},
		{"1e-400000000", "2e-400000000", false},
		{"0e5", "0", true},
		{"1e400", "1e400", true},
	} {
		if got := same(json.Number(tt.a), json.Number(tt.b)); got != tt.want {
			t.Errorf("%s and %s are the same: %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}
