package expr

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// parse reads an expression.
func parse(t testing.TB, text string) hcl.Expression {
	t.Helper()
	e, diags := hclsyntax.ParseExpression([]byte(text), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("parse %s: %v", text, diags)
	}
	return e
}

// testLoad is a load phase with a few values.
func testLoad() *hcl.EvalContext {
	return &hcl.EvalContext{
		Variables: map[string]cty.Value{
			"var":   cty.ObjectVal(map[string]cty.Value{"level": cty.StringVal("error"), "limit": cty.NumberIntVal(500)}),
			"local": cty.ObjectVal(map[string]cty.Value{"common": cty.ObjectVal(map[string]cty.Value{"env": cty.StringVal("prod")})}),
		},
		Functions: Functions(),
	}
}

// engines is one expression in both engines, as a condition and as a value.
type engines struct {
	compiled, slow   *Record
	predicates       [2]*Predicate
	values           [2]*Value
	native, nativeIf bool
}

// newEngines compiles an expression twice; nil when it is refused, by both.
func newEngines(t *testing.T, text string) *engines {
	t.Helper()
	e, diags := hclsyntax.ParseExpression([]byte(text), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		return nil
	}
	var x engines
	refused := 0
	for i := range 2 {
		u := NewUnit(testLoad(), Options{AlwaysSlow: i == 1})
		var pd, vd hcl.Diagnostics
		x.predicates[i], pd = u.Predicate(e)
		x.values[i], vd = u.Value(e)
		if vd.HasErrors() {
			refused++
		}
		if pd.HasErrors() {
			x.predicates[i] = nil
		}
		if i == 0 {
			x.compiled = u.Record()
		} else {
			x.slow = u.Record()
		}
	}
	if refused == 1 {
		t.Fatalf("%s is refused by one engine alone", text)
	}
	if refused == 2 {
		return nil
	}
	slow, _ := x.values[0].Slow()
	x.native = !slow
	if x.predicates[0] != nil {
		slow, _ = x.predicates[0].Slow()
		x.nativeIf = !slow
	}
	return &x
}

// evaluations returns how many evaluations by the compiled engine one comparison is.
func (x *engines) evaluations() int {
	if x.predicates[0] != nil && x.predicates[1] != nil {
		return 4
	}
	return 3
}

// compare runs both engines on a record and says how they differ; empty: they don't.
func (x *engines) compare(rec []byte, m *Meta) string {
	x.compiled.Reset(rec, m)
	x.slow.Reset(rec, m)
	x.compiled.disdain = 0 // what is computed below scans every record
	if x.predicates[0] != nil && x.predicates[1] != nil {
		if a, b := x.predicates[0].Eval(x.compiled), x.predicates[1].Eval(x.slow); a != b {
			return fmt.Sprintf("outcome: compiled %s, reference %s (%v)", a, b, x.predicates[1].Err(x.slow))
		}
	}
	a, ak, aerr := x.values[0].AppendJSON(nil, x.compiled)
	b, bk, berr := x.values[1].AppendJSON(nil, x.slow)
	if string(a) != string(b) || ak != bk || (aerr == nil) != (berr == nil) {
		return fmt.Sprintf("JSON: compiled %s %s %v, reference %s %s %v (%v)", a, ak, aerr, b, bk, berr, x.values[1].Err(x.slow))
	}
	for name, f := range map[string]func(*Value, []byte, *Record) ([]byte, bool, error){"text": (*Value).AppendText, "path": (*Value).AppendPath} {
		a, anull, aerr := f(x.values[0], nil, x.compiled)
		b, bnull, berr := f(x.values[1], nil, x.slow)
		if string(a) != string(b) || anull != bnull || (aerr == nil) != (berr == nil) {
			return fmt.Sprintf("%s: compiled %q %v %v, reference %q %v %v", name, a, anull, aerr, b, bnull, berr)
		}
	}
	return ""
}

// TestEnginesAgree compares the engines over generated expressions and records. SKIDWAY_EXPR_CASES sets how many cases;
// SKIDWAY_EXPR_SEED the first seed.
func TestEnginesAgree(t *testing.T) {
	cases, seed := 5_000, uint64(1)
	if s := os.Getenv("SKIDWAY_EXPR_CASES"); s != "" {
		cases, _ = strconv.Atoi(s)
	}
	if s := os.Getenv("SKIDWAY_EXPR_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	const perExpression = 25
	var evaluations, subset, decided, inSubset, expressions, refused int
	for ; evaluations < cases; seed++ {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 7))}
		text := g.condition(3)
		if g.IntN(3) == 0 {
			text = g.value(3)
		}
		x := newEngines(t, text)
		if x == nil {
			refused++
			continue
		}
		expressions++
		compiled := x.native && (x.nativeIf || x.predicates[0] == nil)
		if compiled {
			inSubset++
		}
		for range perExpression {
			rec, m := []byte(g.record()), g.meta()
			before := x.compiled.SlowCount()
			if diff := x.compare(rec, m); diff != "" {
				t.Fatalf("seed %d\n%s\n%s\n%s", seed, text, rec, diff)
			}
			evaluations++
			if compiled {
				subset += x.evaluations()
				decided += x.evaluations() - int(x.compiled.SlowCount()-before)
			}
		}
	}
	share := 100 * float64(decided) / float64(subset)
	t.Logf("%d cases; %d expressions (%d refused), %.1f %% of them compiled, whose %d evaluations are by %.1f %% the compiled engine's",
		evaluations, expressions, refused, 100*float64(inSubset)/float64(expressions), subset, share)
	if share < 95 {
		t.Errorf("the compiled engine decided %.1f %% of what it is for, want 95", share)
	}
}

// TestEnginesAgreeOnTypes compares the engines where the type of a null, or of what an error leaves behind, decides.
func TestEnginesAgreeOnTypes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`lower(record.yes ? null : record.list)`,
		`lower(record.yes ? null : record.n)`,
		`lower(record.none >= 1 ? record.s : record.list)`,
		`lower(record.none ? record.list : record.nothing)`,
		`lower(record.none ? record.list : lower(record.list))`,
		`abs(record.none ? record.yes : record.no)`,
		`record.yes ? (record.none >= 1) : record.n`,
		`record.yes ? (record.none >= 1) : record.s`,
		`record.yes ? lower(record.none >= 1) : record.n`,
		`record.no ? "${record.none}" : record.n`,
		`coalesce(record.yes ? null : record.n, true)`,
		`coalesce(record.yes ? null : record.n, null)`,
		`coalesce(try(record.yes ? null : record.n), true)`,
		`coalesce(record.yes ? (record.yes ? null : record.n) : record.none, true)`,
		`coalesce(lower(record.yes ? null : record.n), record.yes)`,
		`coalesce(abs(record.yes ? null : record.n), record.yes)`,
		`coalesce(length(record.yes ? null : record.s), record.yes)`,
		`coalesce(tobool(record.yes ? null : record.s), record.yes)`,
		`coalesce(tonumber(record.yes ? null : record.n), record.yes)`,
		`coalesce(tostring(record.yes ? null : record.n), record.yes)`,
		`coalesce(unixtime(record.yes ? null : record.n), record.yes)`,
		`coalesce(substr(record.yes ? null : record.n, 0, 2), record.yes)`, `coalesce(min(record.yes ? null : record.n), record.yes)`,
		`coalesce(record.none, record.n, record.yes)`,
		`coalesce(record.none, record.n, record.s)`,
		`coalesce(record.none, record.n, record.list, record.s)`,
		`coalesce(record.n, record.list)`,
		`-(record.zero)`, `record.zero * -1`, `record.n / record.zero`, `0 / -3`, `ceil(record.zero - 0.5)`, `-(record.zero) % 3`,
		`lower(record.none >= 1 ? record.s : record.n)`,
		`abs(record.yes ? null : record.s)`,
		`coalesce(record.yes ? null : record.n, record.s, "x")`,
		`(record.yes ? null : record.n) == null`,
		`record.yes ? (record.yes ? null : record.n) : record.s`,
		`record.yes ? lower(record.list) : 1`,
		`record.no ? lower(record.list) : 1`,
		`record.no ? record.s + 1 : "text"`,
		`record.none ? record.yes : record.n`,
		`"${record.none < 5 ? record.nothing : lower(record.nothing)}"`, `"${record.none ? record.nothing : lower(record.nothing)}"`,
		`contains([1], record.yes ? null : record.n)`,
		`try(record.list, 1)`, `can(record.huge)`, `coalesce(record.list, 1)`, `coalesce(null, record.list)`,
		`record`, `[record.message]`,
	} {
		x := newEngines(t, text)
		if x == nil {
			t.Errorf("%s is refused", text)
			continue
		}
		for _, rec := range []string{`{"yes":true,"no":false,"list":[1],"n":1.5,"zero":0,"s":"text","huge":[1e9999]}`, "e\u0301 line \xff", `{}`} {
			if diff := x.compare([]byte(rec), nil); diff != "" {
				t.Errorf("%s\n%s\n%s", text, rec, diff)
			}
		}
	}
}

// generator makes expressions and records that have much in common.
type generator struct{ *rand.Rand }

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g *generator) field() string {
	return g.pick("record.level", "record.status", "record.service", "record.a.b", "record.a", "record.n", "record.message",
		`record["x y"]`, "record.s", "record.t", "meta.peer", "meta.size", "meta.truncated", "raw", "meta.received_at", "now()")
}

func (g *generator) literal() string {
	return g.pick(`"error"`, `"pay"`, `"503"`, `"true"`, `""`, `"é"`, `"1"`, `"false"`, "500", "0", "1.5", "-3", "true", "false", "null", "0.1", "1000000007", "2", "10", "1e3", "var.level", "var.limit", "0.3", "12345678901234567890")
}

func (g *generator) condition(depth int) string {
	if depth == 0 {
		return g.pick("true", "false", g.field(), g.field()+" == "+g.literal(), g.field()+" != "+g.field())
	}
	d := depth - 1
	switch g.IntN(14) {
	case 0, 1:
		return g.value(d) + g.pick(" == ", " != ") + g.value(d)
	case 2, 3:
		return g.value(d) + g.pick(" < ", " <= ", " > ", " >= ") + g.value(d)
	case 4, 5:
		return "(" + g.condition(d) + g.pick(" && ", " || ") + g.condition(d) + ")"
	case 6:
		return "!(" + g.condition(d) + ")"
	case 7:
		return g.pick("startswith", "endswith", "strcontains") + "(" + g.value(d) + ", " + g.value(d) + ")"
	case 8:
		return "matches(" + g.pick(`"err"`, `"^pay"`, `"a.*b"`, `"(?i)ERR|warn"`, `"[0-9]+"`, `"^503$"`, `"x$"`, `"(?i)k"`) + ", " + g.value(d) + ")"
	case 9:
		return "contains(" + g.pick(`["error", 503, null, true]`, `["x"]`, `[]`, `[1.5, "1.5"]`) + ", " + g.value(d) + ")"
	case 10:
		return "can(" + g.value(d) + ")"
	case 11:
		return `cidrcontains("10.0.0.0/8", ` + g.value(d) + ")"
	case 12:
		if g.IntN(3) == 0 {
			return g.pick("lower", "upper") + "(" + g.field() + ")" + g.pick(" == ", " != ") + g.pick(`"error"`, `"ERROR"`, `"503"`, `"é"`)
		}
		return g.field() + g.pick(" == ", " != ", " >= ", " < ") + g.literal()
	}
	return "(" + g.condition(d) + " ? " + g.condition(d) + " : " + g.condition(d) + ")"
}

func (g *generator) value(depth int) string {
	if depth == 0 {
		return g.pick(g.field(), g.field(), g.field(), g.literal())
	}
	d := depth - 1
	switch g.IntN(22) {
	case 0:
		return "(" + g.value(d) + g.pick(" + ", " - ", " * ", " / ", " % ") + g.value(d) + ")"
	case 1:
		return "-(" + g.value(d) + ")"
	case 2, 3:
		return `"` + g.pick("", "a", "e", "%", "/") + "${" + g.value(d) + "}" + g.pick("", "-", "/") + "${" + g.value(d) + `}x"`
	case 4:
		return "(" + g.condition(d) + " ? " + g.value(d) + " : " + g.value(d) + ")"
	case 5, 6:
		return g.pick("lower", "upper", "trimspace", "length", "sha256", "md5", "base64encode", "tostring", "tonumber", "tobool") + "(" + g.value(d) + ")"
	case 7:
		return g.pick("trim", "trimprefix", "trimsuffix") + "(" + g.value(d) + `, "` + g.pick("e", "er", "5", "\u0301") + `")`
	case 8:
		return "replace(" + g.value(d) + ", " + g.pick(`"r"`, `"/e(r)/"`, `""`, `"/^/"`, g.value(d)) + ", " + g.pick(`"$1"`, `""`, `"xyz"`) + ")"
	case 9:
		return "substr(" + g.value(d) + ", " + g.pick("0", "1", "3", "-2") + ", " + g.pick("-1", "0", "2", "100") + ")"
	case 10, 11:
		return "coalesce(" + g.value(d) + ", " + g.value(d) + ")"
	case 12:
		return "try(" + g.value(d) + ", " + g.value(d) + ")"
	case 13:
		return g.pick("abs", "ceil", "floor") + "(" + g.value(d) + ")"
	case 14:
		return g.pick("min", "max") + "(" + g.value(d) + ", " + g.value(d) + ")"
	case 15:
		return `formatdate("` + g.pick("YYYY-MM-DD", "hh:mm:ss AA", "EEE D MMM YY H ZZZ", "'it''s' Z") + `", ` + g.value(d) + ")"
	case 16:
		return "unixtime(" + g.value(d) + ")"
	case 17:
		return `parsetime("` + g.pick("RFC3339", "unix", "unix_ms", "DateOnly", "2006/01/02") + `", ` + g.value(d) + ")"
	case 18:
		return g.condition(d)
	case 19:
		return g.pick("jsonencode(", "jsondecode(", "parseint(10, ", "keys(", "flatten(") + g.value(d) + ")"
	case 20:
		return g.pick("record.list[0]", "record.list[1].x", "record[record.level]", `lookup(record, "level", 5)`, "merge(record.a, record)", "{ a = record.n, (record.level) = 1 }", "[record.s, record.n]")
	}
	return g.pick(g.field(), g.field(), "record.list", "record")
}

func (g *generator) json(depth int) string {
	switch g.IntN(24) {
	case 0:
		return "null"
	case 1:
		return g.pick("true", "false")
	case 2, 3, 4:
		return g.pick("0", "503", "500", "-3", "1.5", "0.1", "1e3", "12.50", "-0", "1E-2", "100000000000000000000", "1764054000123456789", "9223372036854775807", "0.30000000000000004", "999999999999999999", "1000000007", "3", "2")
	case 5:
		return g.pick("1e400", "1e99999", "-1e-99999", "12345678901234567890123", "0.000000000000000000000000000000000000000000001", "1e41")
	case 6, 7:
		if depth > 0 {
			return g.object(depth - 1)
		}
	case 8:
		if depth > 0 {
			return "[" + g.json(depth-1) + "," + g.json(depth-1) + "]"
		}
		return "[]"
	case 9:
		return g.pick(`"\u00e9"`, `"e\u0301"`, "\"é\"", "\"e\u0301\"", `"\ud800"`, `"\ud83d\ude00"`, `"a\r\nb"`, `"\u0000/..\\"`, "\"\u0301x\"", `"K"`, `".."`, `"."`, `"a/b%"`)
	case 10:
		return g.pick(`"2026-11-23T07:00:00Z"`, `"2026-11-23T07:00:00.123456789Z"`, `"2026-02-30T07:00:00Z"`, `"2026-11-23T07:00:00+02:00"`, `"1732431600"`, `"1732431600.5"`, `"2026-11-23"`, `"2026-11-23t07:00:00z"`)
	case 11:
		return g.pick(`"10.1.2.3"`, `"::1"`, `"10.0.0.0/8"`, `"10.0.0.0/33"`)
	case 12:
		return g.pick(`"true"`, `"false"`, `"1"`, `"0"`, `"True"`, `"5.0"`, `" 5"`, `"5 "`, `"+5"`, `".5"`, `"5."`, `"1e5"`, `"1e99999"`, `"0x10"`, `"Inf"`, `"-"`, `"-0"`)
	}
	return `"` + g.pick("error", "ERROR", "payments", "pay", "503", "", "warn", "err-err", " x ", "billing") + `"`
}

func (g *generator) object(depth int) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range g.IntN(6) + 1 {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(g.pick(`"level"`, `"status"`, `"service"`, `"a"`, `"b"`, `"n"`, `"x y"`, `"s"`, `"t"`, `"message"`, `"l\u0065vel"`, `"list"`, `"error"`))
		b.WriteString(": " + g.json(depth))
	}
	return b.String() + "}"
}

func (g *generator) record() string {
	switch g.IntN(12) {
	case 0:
		return g.pick("", "plain error line", "caf\xe9 \xff", `{"level":"error"`, `{"level":"error"} x`, "e\u0301 503", `[1]`, "503", "true")
	}
	if g.IntN(3) > 0 {
		return fmt.Sprintf(`{"level":%s,"status":%s,"service":%s,"a":{"b":%s},"n":%s,"s":%s,"t":%s,"x y":%s,"list":[%s]}`,
			g.json(1), g.json(0), g.json(0), g.json(1), g.json(0), g.json(0), g.json(0), g.json(0), g.json(1))
	}
	return g.object(2)
}

func (g *generator) meta() *Meta {
	return &Meta{
		Source: "source.tcp.app", Peer: g.pick("", "10.1.2.3", "::1"), Hostname: "edge", PeerPort: uint32(g.IntN(65536)),
		ReceivedUnixNano: 1764054000123456789 - int64(g.IntN(1e9)), ID: g.Uint64() >> g.IntN(64), Truncated: g.IntN(2) == 0, Now: 1764054001000000000,
	}
}
