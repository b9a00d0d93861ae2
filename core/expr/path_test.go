package expr

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

func TestPathOfFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ expression, record, want string }{
		{`"/logs/${record.a}.log"`, `{"a":"billing"}`, "/logs/billing.log"},
		{`"/logs/${record.a}/x"`, `{"a":"../../etc"}`, "/logs/..%2F..%2Fetc/x"},
		{`"/logs/${record.a}/x"`, `{"a":".."}`, "/logs/%2E./x"},
		{`"/logs/${record.a}/x"`, `{"a":"."}`, "/logs/%2E/x"},
		{`"/logs/${record.a}/x"`, `{"a":""}`, "/logs/%_/x"},
		{`"/logs/${record.a}/x"`, `{"a":"a\u0000\\é%\u007f b"}`, "/logs/a%00%5C%C3%A9%25%7F b/x"},
		{`"/logs/${record.a}/x"`, `{"a":503}`, "/logs/503/x"},
		{`"/logs/${record.a}/x"`, `{}`, "null"},
		{`"/logs/${record.a}/x"`, `{"a":{}}`, "error"},
		{`"/50%/${record.a}"`, `{"a":"%2F"}`, "/50%25/%252F"},
		{`record.a`, `{"a":"a/b"}`, "a%2Fb"},
		{`record.a`, `{"a":null}`, "null"},
		{`"${record.a}"`, `{"a":"a/b"}`, "a%2Fb"},
		{`"${local.common.env}/${record.a}"`, `{"a":"x"}`, "prod/x"},
		{`record.a == "x" ? "x/${record.b}" : "other/${record.c}/y"`, `{"a":"x","b":"b/b"}`, "x/b%2Fb"},
		{`record.a == "x" ? "x/${record.b}" : "other/${record.c}/y"`, `{"a":"y","c":"c/c"}`, "other/c%2Fc/y"},
		{`"a/%{ if record.a == "x" }x/${record.b}%{ else }y%{ endif }/z"`, `{"a":"x","b":"/"}`, "a/x/%2F/z"},
		{`"a/%{ if record.a == "x" }x/${record.b}%{ else }y%{ endif }/z"`, `{"a":"n"}`, "a/y/z"},
		{`record.a >= 5 ? "x" : "y"`, `{}`, "error"},
		{`"x/${jsondecode(record.a).n}"`, `{"a":"{\"n\":\"a/b\"}"}`, "x/a%2Fb"},
		{`"x/${formatdate("YYYY/MM", record.t)}"`, `{"t":"2026-11-23T07:00:00Z"}`, "x/2026%2F11"},
	} {
		for _, slow := range []bool{false, true} {
			u := NewUnit(testLoad(), Options{AlwaysSlow: slow})
			v := mustValue(t, u, c.expression)
			r := u.Record()
			r.Reset([]byte(c.record), nil)
			out, null, err := v.AppendPath([]byte("> "), r)
			got := strings.TrimPrefix(string(out), "> ")
			switch {
			case err != nil:
				got += "error"
			case null:
				got += "null"
			}
			if got != c.want {
				t.Errorf("slow=%v: %s of %s: %s, want %s", slow, c.expression, c.record, got, c.want)
			}
		}
	}
}

func TestDifferentValuesGiveDifferentNames(t *testing.T) {
	t.Parallel()
	u := NewUnit(nil, Options{})
	v := mustValue(t, u, `"/logs/${record.a}/x.log"`)
	r := u.Record()
	name := func(text string) string {
		r.Reset(append(jsonscan.AppendQuoted([]byte(`{"a":`), []byte(text)), '}'), nil)
		out, null, err := v.AppendPath(nil, r)
		if err != nil || null {
			t.Fatalf("%q: null %v, %v", text, null, err)
		}
		return string(out)
	}
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"", ".", "..", "/", "%", "%2F", "%_", "%2E", "a", "A", "\\", "\x00", "é"}),
		rapid.StringOfN(rapid.RuneFrom([]rune{'a', '.', '/', '%', '2', 'F', 'E', '_', 'é', ' ', '\n'}), 0, 5, -1),
	)
	rapid.Check(t, func(rt *rapid.T) {
		a, b := piece.Draw(rt, "a"), piece.Draw(rt, "b")
		na, nb := name(a), name(b)
		if (a == b) != (na == nb) {
			rt.Fatalf("%q is %s, %q is %s", a, na, b, nb)
		}
		for _, n := range []string{na, nb} {
			parts := strings.Split(n, "/")
			if len(parts) != 4 || parts[2] == "" || parts[2] == "." || parts[2] == ".." {
				rt.Fatalf("%q leaves its folder", n)
			}
			for _, c := range []byte(parts[2]) {
				if c < ' ' || c > '~' || c == '\\' {
					rt.Fatalf("%q holds the byte %#x", n, c)
				}
			}
		}
	})
}
