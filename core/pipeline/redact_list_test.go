package pipeline

import (
	"regexp"
	"testing"
)

// TestRedactFieldsBehindAList: a field that is named is hidden also when its sender puts a list of objects where an object
// was expected.
func TestRedactFieldsBehindAList(t *testing.T) {
	for line, want := range map[string]string{
		`{"user":{"password":"x"}}`:                           `{"user":{"password":"****"}}`,
		`{"user":[{"password":"x"}]}`:                         `{"user":"****"}`,
		`{"user":[1,[{"password":"x"}]],"z":1}`:               `{"user":"****","z":1}`,
		`{"user":{"password":"y"},"user":[{"password":"x"}]}`: `{"user":{"password":"****"},"user":"****"}`,
		`{"user":["a","b"]}`:                                  `{"user":["a","b"]}`,
		`{"user":"alice"}`:                                    `{"user":"alice"}`,
		`{"a":[{"b":{"c":1}}]}`:                               `{"a":"****"}`,
		`{"a":{"b":[{"c":1}]}}`:                               `{"a":{"b":"****"}}`,
	} {
		for _, re := range []*regexp.Regexp{nil, regexp.MustCompile(`.+`)} {
			x := Redact{Fields: [][]string{{"user", "password"}, {"a", "b", "c"}}, Pattern: re}
			if got := redactWith(t, x, line); got != want {
				t.Errorf("%s gives %s, want %s", line, got, want)
			}
		}
	}
}
