package pipeline

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRedactFindsNumbersWithAnExponent has a card's number as Java, for one, writes a double.
func TestRedactFindsNumbersWithAnExponent(t *testing.T) {
	for line, want := range map[string]string{
		`{"a":4.111111111111111E15}`:                                 `{"a":"****"}`,
		`{"a":[{"b":4.111111111111111e+15}]}`:                        `{"a":[{"b":"****"}]}`,
		`{"a":41111111111111110e-1}`:                                 `{"a":"****"}`,
		`{"a":-4.1111111111111110e15}`:                               `{"a":"****"}`,
		`{"a":411111111111111100E-2}`:                                `{"a":"****"}`,
		`{"a":0.004111111111111111e18}`:                              `{"a":"****"}`,
		`{"a":0.4111111111111111e16}`:                                `{"a":"****"}`,
		`{"a":4111111111111111.00e0}`:                                `{"a":"****"}`,
		`{"a":4111111111111111E0}`:                                   `{"a":"****"}`,
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

// TestRedactFindsNumbersWithAnExponentInTexts has them where there is no JSON number around.
func TestRedactFindsNumbersWithAnExponentInTexts(t *testing.T) {
	zeros := strings.Repeat("0", 1000)
	for line, want := range map[string]string{
		`4.111111111111111E15`:                                      `****`,
		`-4.111111111111111E15`:                                     `****`,
		`[4.111111111111111E15]`:                                    `[****]`,
		`[1,4.111111111111111E15,4111111111111111 ]`:                `[1,****,**** ]`,
		`{"a":4.111111111111111E15`:                                 `{"a":****`,
		`{"a":4.111111111111111E1`:                                  `{"a":4.111111111111111E1`,
		`{"a":"\u0034.111111111111111E15`:                           `****`,
		`{"a":"\u0034.111111111111111E15"}`:                         `{"a":"****"}`,
		`{"a":"4.111111111111111E15"}`:                              `{"a":"****"}`,
		`{"4.111111111111111E15":1}`:                                `{"****":1}`,
		`{"a":"pan=4.111111111111111E15EUR, 1.5e3"}`:                `{"a":"pan=****EUR, 1.5e3"}`,
		`pan 41111111111111110e-1, x`:                               `pan ****, x`,
		`pan 0.0` + zeros + `4111111111111111e1017`:                 `pan ****`,
		`pan 4111111111111111` + zeros + `.0e-1000`:                 `pan ****`,
		`pan 41111111111111112` + strings.Repeat("3", 99) + `e-100`: `pan ****`,
		`id 41111111111111110e-1f4, 5-4.2e3, 1e`:                    `id 41111111111111110e-1f4, 5-4.2e3, 1e`,
		`v1.4.111111111111111E15 7e9999999999999`:                   `v1.**** 7e9999999999999`,
	} {
		for name, x := range map[string]Redact{
			"patterns": {Patterns: []Detector{Card}},
			"pattern":  {Pattern: regexp.MustCompile(`^-?4111111111111111(\.|$)|\b4111111111111111\b`)},
			"fields":   {Patterns: []Detector{Card}, Fields: [][]string{{"a"}}},
		} {
			if name == "fields" && strings.HasPrefix(line, `{"4`) || name == "pattern" && strings.HasPrefix(line, "id") {
				continue // no field, and the pattern matches what stands there
			}
			if got := redactWith(t, x, line); got != want {
				t.Errorf("with %s %s gives\n%s, want\n%s", name, line, got, want)
			}
		}
	}
}

// TestNextPowerIsWhereAnEFollowsADigit compares it with a look at every byte.
func TestNextPowerIsWhereAnEFollowsADigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.SampledFrom([]byte("09eE5:/dDfF\x00\xb0\xe5\x80\xff ")), 0, 40).Draw(t, "text")
		from := rapid.IntRange(0, len(b)).Draw(t, "from")
		want := -1
		for i := from + 1; i < len(b)-1; i++ {
			if (b[i] == 'e' || b[i] == 'E') && b[i-1] >= '0' && b[i-1] <= '9' {
				want = i
				break
			}
		}
		if got := nextPower(b, from); got != want {
			t.Fatalf("nextPower(%q, %d) = %d, want %d", b, from, got, want)
		}
	})
}
