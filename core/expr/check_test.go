package expr

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func TestMistakesAreAnswered(t *testing.T) {
	t.Parallel()
	load := testLoad()
	load.Functions["env"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "name", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0], nil },
	})
	for _, c := range []struct{ when, summary, detail string }{
		{`recordd.level == "x"`, `There is nothing named "recordd" here.`, `Did you mean "record"?`},
		{`level == "x"`, `There is nothing named "level" here.`, `A field of the record is record.level`},
		{`meta.pier == "x"`, `There is no meta.pier.`, `Did you mean "peer"? meta has source, peer,`},
		{`meta.peer.port == "x"`, `meta.peer has no fields.`, `Write meta.peer.`},
		{`raw.x == "x"`, `raw is a text`, `Fields are record.NAME`},
		{`var.levle == record.level`, `There is no var.levle.`, `Did you mean "level"?`},
		{`lowre(record.x) == "x"`, `There is no function "lowre".`, `Did you mean "lower"?`},
		{`lower == "x"`, `There is nothing named "lower" here.`, `lower is a function: write lower(…).`},
		{`env(record.x) == "x"`, `env is called once, when the configuration is loaded`, `Give it literals`},
		{`lower() == "x"`, `Not enough function arguments`, `expects 1 argument`},
		{`lower(record.a, record.b) == "x"`, `Too many function arguments`, `expects only 1 argument`},
		{`now() == record.x`, `now() can't be used here`, `Use meta.received_at.`},
		{`[for x in record.list : x] == record.y`, `There are no loops in this language.`, `Write the elements out.`},
		{`record.x > 1e999999999`, `The number has too many digits.`, `at most 1000 digits`},
		{`"error"`, `The condition is never true or false: it is a text.`, `Write an expression that is true or false`},
		{`null`, `The condition is always null.`, `Write an expression that is true or false`},
		{`length(record.x)`, `The condition is never true or false: it is a number.`, `Write an expression that is true or false`},
		{`record.status >= "high"`, `This can't be computed: a number is required.`, `Compare and compute with numbers`},
		{`record.level && length(record.x)`, `Invalid operand`, `Unsuitable value for right operand`},
		{`record.level == "x" || "yes"`, `Invalid operand`, `a bool is required`},
		{`1 / 0 > record.x`, `This can't be computed: a number is infinite, as after a division by zero.`, `Compare`},
		{`matches("(", record.x)`, `Invalid argument of matches: read pattern: missing closing )`, `its syntax is RE2's`},
		{`replace(record.x, "/(/", "") == "x"`, `Invalid argument of replace: read pattern`, `its syntax is RE2's`},
		{`cidrcontains("10.0.0.0", record.x)`, `Invalid argument of cidrcontains`, `10.0.0.0/8`},
		{`parsetime("YYYY", record.x) == "x"`, `Invalid argument of parsetime`, `Go's reference time`},
		{`formatdate("yyyy", record.x) == "x"`, `Invalid argument of formatdate`, `YYYY-MM-DD`},
	} {
		u := NewUnit(load, Options{NoNow: true})
		p, diags := u.Predicate(parse(t, c.when))
		if p != nil || !diags.HasErrors() {
			t.Errorf("%s: accepted (%v)", c.when, diags)
			continue
		}
		d := diags[0]
		if !strings.Contains(d.Summary, c.summary) || !strings.Contains(d.Detail, c.detail) {
			t.Errorf("%s: %s | %s\nwant %s | %s", c.when, d.Summary, d.Detail, c.summary, c.detail)
		}
		if d.Subject == nil || d.Subject.Filename != "test.hcl" {
			t.Errorf("%s: no place", c.when)
		}
	}
}

func TestSlowExpressionsAreNoted(t *testing.T) {
	t.Parallel()
	for expression, reason := range map[string]string{
		`jsondecode(record.x)`:           "jsondecode()",
		`[record.x]`:                     "a list",
		`{ a = record.x }`:               "an object",
		`record.list[0]`:                 "an element of a list",
		`record.list[*].x`:               "[*]",
		`matches(record.p, record.x)`:    "matches() with a pattern that is not constant",
		`lower(split(",", record.x)[0])`: "an element of a list",
		`record.x == "a" ? true : 1`:     "",
		`lower(record.x)`:                "",
		`"${record.x}-${meta.peer}"`:     "",
		`var.limit`:                      "",
	} {
		u := NewUnit(testLoad(), Options{})
		v, diags := u.Value(parse(t, expression))
		if diags.HasErrors() {
			if expression != `record.x == "a" ? true : 1` {
				t.Errorf("%s: %v", expression, diags)
			}
			continue
		}
		if slow, got := v.Slow(); slow != (reason != "") || got != reason {
			t.Errorf("%s: slow %v, %q, want %q", expression, slow, got, reason)
		}
		if noted := len(diags) == 1 && diags[0].Severity == hcl.DiagWarning && strings.Contains(diags[0].Summary, "Slow expression: "+reason); noted != (reason != "") {
			t.Errorf("%s: %v", expression, diags)
		}
	}
}

func TestConstantsAreComputedOnce(t *testing.T) {
	t.Parallel()
	calls := 0
	load := testLoad()
	load.Functions["env"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "name", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			calls++
			return cty.StringVal("secret-canary").Mark("sensitive"), nil
		},
	})
	u := NewUnit(load, Options{})
	p := mustPredicate(t, u, `record.token == "Bearer ${env("TOKEN")}"`)
	wrong := mustPredicate(t, u, `tonumber("${record.token}${env("TOKEN")}") > 1`)
	if calls == 0 {
		t.Fatal("not computed")
	}
	before := calls
	r := u.Record()
	r.Reset([]byte(`{"token":"Bearer secret-canary"}`), nil)
	if got := p.Eval(r); got != Match {
		t.Errorf("%s, want match", got)
	}
	if got := wrong.Eval(r); got != Failed {
		t.Errorf("%s, want failed", got)
	}
	if err := wrong.Err(r); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("the words show the secret, or there are none: %v", err)
	}
	if calls != before {
		t.Errorf("called %d times for a record", calls-before)
	}
	if _, diags := u.Value(parse(t, `record.x`)); !diags.HasErrors() {
		t.Error("an expression was added to a unit in use")
	}
}

func TestPathOfField(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`record.a`: "a", `record.a.b`: "a|b", `record["a b"].c`: "a b|c", `record["@timestamp"]`: "@timestamp",
		`recor.a`: "!Did you mean", `record`: "!", `record.a[0]`: "!", `"x"`: "!", `lower(record.a)`: "!", `meta.peer`: "!", `record[record.x]`: "!",
	} {
		path, diags := Path(parse(t, text))
		got := strings.Join(path, "|")
		if diags.HasErrors() {
			got = "!" + diags[0].Detail
		}
		if got != want && (want[0] != '!' || !strings.HasPrefix(got, want)) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestSourceNamesTheExpression(t *testing.T) {
	t.Parallel()
	text := "record.level\n  ==   \"error\""
	u := NewUnit(nil, Options{Source: func(string) []byte { return []byte("(" + text + ")") }})
	p := mustPredicate(t, u, "("+text+")")
	if got, want := p.Source(), `(record.level == "error")`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p = mustPredicate(t, NewUnit(nil, Options{}), "record.level == null")
	if got, want := p.Source(), "test.hcl:1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
