package expr

import (
	"maps"
	"slices"
	"testing"
)

func TestEveryFunctionIsDocumented(t *testing.T) {
	t.Parallel()
	var documented []string
	for _, d := range Documented() {
		if d.Phase == PhaseAny {
			documented = append(documented, d.Name)
		}
		if d.Text == "" || d.Signature == "" {
			t.Errorf("%s: no words", d.Name)
		}
	}
	slices.Sort(documented)
	if want := slices.Sorted(maps.Keys(Functions())); !slices.Equal(documented, want) {
		t.Errorf("documented %v\nthere are  %v", documented, want)
	}
}

func TestFunctionExamples(t *testing.T) {
	t.Parallel()
	for _, d := range Documented() {
		if d.Phase == PhaseAny && len(d.Examples) == 0 {
			t.Errorf("%s: no example", d.Name)
		}
		for _, ex := range d.Examples {
			for _, slow := range []bool{false, true} {
				u := NewUnit(nil, Options{AlwaysSlow: slow})
				got, want := mustValue(t, u, ex.Expression), mustValue(t, u, ex.Result)
				r := u.Record()
				r.Reset([]byte(`{}`), nil)
				w, _, err := want.AppendJSON(nil, r)
				if err != nil {
					t.Fatalf("%s: %v", ex.Result, want.Err(r))
				}
				if g, _, err := got.AppendJSON(nil, r); err != nil || string(g) != string(w) {
					t.Errorf("slow=%v: %s is %s (%v), not %s", slow, ex.Expression, g, got.Err(r), w)
				}
			}
		}
	}
}

func TestFunctionExamplesOfFields(t *testing.T) {
	t.Parallel()
	// The same functions with arguments of the record, so that the compiled ones run, not a constant.
	rec := []byte(`{"e":"ERROR","q":"?!hello?!","v":"v1.2","f":"app.log","sp":" a b\n","d":"a-b-c","id":"id=42","h":"hello",` +
		`"pay":"payments","peer":"10.1.2.3","neg":-3.5,"n":1.2,"m":-1.2,"t":"2026-11-23T07:00:00Z","ms":"1732431600123","num":"12.50","yes":"true","st":503,"o":{"a":1}}`)
	for expression, want := range map[string]string{
		`lower(record.e)`:                               `"error"`,
		`upper(record.h)`:                               `"HELLO"`,
		`trim(record.q, "!?")`:                          `"hello"`,
		`trimprefix(record.v, "v")`:                     `"1.2"`,
		`trimsuffix(record.f, ".log")`:                  `"app"`,
		`trimspace(record.sp)`:                          `"a b"`,
		`replace(record.d, "-", ".")`:                   `"a.b.c"`,
		`replace(record.id, "/id=(\\d+)/", "<$1>")`:     `"<42>"`,
		`substr(record.h, 1, 3)`:                        `"ell"`,
		`startswith(record.pay, "pay")`:                 `true`,
		`endswith(record.f, ".log")`:                    `true`,
		`strcontains(record.h, "ell")`:                  `true`,
		`matches("^ERR(OR)?$", record.e)`:               `true`,
		`cidrcontains("10.0.0.0/8", record.peer)`:       `true`,
		`contains(["ERROR"], record.e)`:                 `true`,
		`abs(record.neg)`:                               `3.5`,
		`min(record.st, 1, record.n)`:                   `1`,
		`max(record.st, 1, record.n)`:                   `503`,
		`ceil(record.n)`:                                `2`,
		`floor(record.m)`:                               `-2`,
		`length(record.h)`:                              `5`,
		`coalesce(record.none, record.h)`:               `"hello"`,
		`try(tonumber(record.h), 0)`:                    `0`,
		`can(tonumber(record.h))`:                       `false`,
		`tostring(record.st)`:                           `"503"`,
		`tonumber(record.num)`:                          `12.5`,
		`tobool(record.yes)`:                            `true`,
		`parsetime("unix_ms", record.ms)`:               `"2024-11-24T07:00:00.123Z"`,
		`unixtime(record.t)`:                            `1795417200`,
		`formatdate("EEE, D MMM YYYY hh:mm", record.t)`: `"Mon, 23 Nov 2026 07:00"`,
		`md5("${record.h}")`:                            `"5d41402abc4b2a76b9719d911017c592"`,
		`base64encode(record.h)`:                        `"aGVsbG8="`,
	} {
		for _, slow := range []bool{false, true} {
			u := NewUnit(nil, Options{AlwaysSlow: slow})
			v := mustValue(t, u, expression)
			r := u.Record()
			r.Reset(rec, nil)
			if got, _, err := v.AppendJSON(nil, r); err != nil || string(got) != want {
				t.Errorf("slow=%v: %s is %s (%v), not %s", slow, expression, got, v.Err(r), want)
			}
			if is, reason := v.Slow(); is != slow || !slow && r.SlowCount() > 0 {
				t.Errorf("%s is not compiled: %s", expression, reason)
			}
		}
	}
}
