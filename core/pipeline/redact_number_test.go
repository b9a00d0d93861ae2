package pipeline

import (
	"regexp"
	"strings"
	"testing"
)

// TestRedactFindsNumbersWithAnExponent has a card's number as Java, for one, writes a double.
func TestRedactFindsNumbersWithAnExponent(t *testing.T) {
	for line, want := range map[string]string{
		`{"a":4.111111111111111E15}`:                                 `{"a":"****"}`,
		`{"a":[{"b":4.111111111111111e+15}]}`:                        `{"a":[{"b":"****"}]}`,
		`{"a":41111111111111110e-1}`:                                 `{"a":"****"}`,
		`{"a":-4.1111111111111110e15}`:                               `{"a":"****"}`,
		`{"a":411111111111111100E-2}`:                                `{"a":"****"}`,
		`{"a":4.2e3,"b":1e999999999999,"c":-1E-5,"d":0e0,"e":"3e8"}`: `{"a":4.2e3,"b":1e999999999999,"c":-1E-5,"d":0e0,"e":"3e8"}`,
	} {
		for name, x := range map[string]Redact{
			"patterns": {Patterns: []Detector{Card}},
			"pattern":  {Pattern: regexp.MustCompile(`4111111111111111`)},
			"fields":   {Patterns: []Detector{Card}, Fields: [][]string{{"a"}}},
		} {
			if name == "fields" && line[5] == '[' || name == "pattern" && strings.Contains(line, "-") {
				continue // a list is hidden whole, and a pattern may match a part of the number
			}
			if got := redactWith(t, x, line); got != want {
				t.Errorf("with %s %s gives\n%s, want\n%s", name, line, got, want)
			}
		}
	}
}
