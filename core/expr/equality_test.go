package expr_test

import (
	"slices"
	"testing"

	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/expr/exprtest"
	"github.com/skidway/skidway/core/expr/jsonscan"
)

func TestEquality(t *testing.T) {
	for text, want := range map[string][]string{
		`record.s == "x"`: {"x"},
		`"x" == record.s`: {"x"},
		`(record.s == "x") || record.s == "y" || "x" == record.s`: {"x", "y"},
		`record.s == "x" && record.s == "y"`:                      nil,
		`record.s == "x" || record.t == "y"`:                      nil,
		`record.s != "x"`:                                         nil,
		`record.s == 1`:                                           nil,
		`record.s == null`:                                        nil,
		`record.s == record.t`:                                    nil,
		`meta.peer == "x"`:                                        nil,
		`raw == "x"`:                                              nil,
		`!(record.s == "x")`:                                      nil,
		`lower(record.s) == "x"`:                                  nil,
		`true`:                                                    nil,
	} {
		u := expr.NewUnit(nil, expr.Options{})
		e, ok := exprtest.Predicate(t, u, text).Equality()
		if ok != (want != nil) || !slices.Equal(e.Texts(), want) {
			t.Errorf("Equality of %s = %v, %v; want %v", text, e.Texts(), ok, want)
		}
	}
}

// TestEqualityIsThePredicate compares the text that an Equality gives with the predicate's own answer.
func TestEqualityIsThePredicate(t *testing.T) {
	u := expr.NewUnit(nil, expr.Options{})
	for _, field := range []string{"record.s", "record.message", "record.a.b"} {
		for _, text := range []string{"x", "é", ""} {
			exprtest.Predicate(t, u, field+` == "`+text+`"`)
		}
	}
	x := exprtest.Predicate(t, u, `record.s == "é" || record.s == "x"`)
	y := exprtest.Predicate(t, u, `record.message == "x" || record.message == ""`)
	z := exprtest.Predicate(t, u, `record.a.b == "x"`)
	r := u.Record()
	for _, rec := range []string{
		`{"s":"x"}`, `{"s":"\u0078"}`, `{"s":"e\u0301"}`, "{\"s\":\"e\u0301\"}", `{"s":"é"}`, `{"s":["x"]}`, `{"s":1}`, `{"s":null}`, `{}`,
		`{"s":"x","s":"y"}`, `x`, ``, `{"message":""}`, `{"a":{"b":"x"}}`, `{"a":"x"}`, `{"a":{"b":"x"},"a":{}}`, `{"s":"x"`,
	} {
		r.Reset([]byte(rec), nil)
		for _, p := range []*expr.Predicate{x, y, z} {
			e, ok := p.Equality()
			if !ok {
				t.Fatalf("%s is no Equality", p.Source())
			}
			text, ok := e.Text(r)
			if got, want := ok && slices.Contains(e.Texts(), string(text)), p.Eval(r) == expr.Match; got != want {
				t.Errorf("%s of %s: the text %q, %v says %v, the predicate %v", p.Source(), rec, text, ok, got, want)
			}
		}
	}
}

func TestAlways(t *testing.T) {
	for text, want := range map[string]bool{`true`: true, `1 == 1`: true, `false`: false, `record.a`: false} {
		if got := exprtest.Predicate(t, expr.NewUnit(nil, expr.Options{}), text).Always(); got != want {
			t.Errorf("Always of %s = %v, want %v", text, got, want)
		}
	}
}

func TestSplicedKnowsWhereFieldsWent(t *testing.T) {
	u := expr.NewUnit(nil, expr.Options{})
	p := exprtest.Predicate(t, u, `record.a == "new" && record.z == 5 && record.o.x == null`)
	r := u.Record()
	rec := []byte(`{"a":"old", "b":[1], "z":5}`)
	r.Reset(rec, nil)
	if got := p.Eval(r); got != expr.NoMatch {
		t.Fatalf("before: %v, want no match", got)
	}
	var s jsonscan.Splicer
	if err := s.Set([]string{"a"}, []byte(`"new"`)); err != nil {
		t.Fatal(err)
	}
	out, _, err := s.Append(nil, rec)
	if err != nil {
		t.Fatal(err)
	}
	r.Spliced(out, &s)
	if got := p.Eval(r); got != expr.Match {
		t.Errorf("after: %v, want match", got)
	}
}
