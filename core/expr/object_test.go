package expr

import (
	"strings"
	"testing"
)

func TestObjectFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ expression, want string }{
		{`{ level = lower(record.level), "http.status" = record.status }`, `level="error" http.status=503`},
		{`merge(local.common, { level = lower(record.level) })`, `env="prod" level="error"`},
		{`merge(local.common, { env = record.level })`, `env="ERROR"`},
		{`merge({ a = record.level }, null, local.common)`, `a="ERROR" env="prod"`},
		{`({ (var.level) = record.level, none = record.none })`, `error="ERROR" none=null`},
		{`local.common`, `env="prod"`},
		{`{}`, ``},
		{`merge(record.o, { a = 1 })`, `dynamic {"a":1,"b":2}`},
		{`{ (record.level) = 1 }`, `dynamic {"ERROR":1}`},
		{`jsondecode(record.json)`, `dynamic {"x":[1]}`},
		{`record.o`, `dynamic {"b": 2}`},
		{`record.none`, `dynamic null`},
		{`"text"`, `error This is no object.`},
		{`lower(record.level)`, `error This is no object.`},
		{`[record.level]`, `error This is no object.`},
		{`{ a = recordd.b }`, `error There is nothing named "recordd" here.`},
	} {
		u := NewUnit(testLoad(), Options{})
		fields, v, diags := u.Object(parse(t, c.expression))
		r := u.Record()
		r.Reset([]byte(`{"level":"ERROR","status":503,"o":{"b": 2},"json":"{\"x\":[1]}"}`), nil)
		var parts []string
		show := func(v *Value) string {
			out, k, err := v.AppendJSON(nil, r)
			if err != nil {
				return "error: " + v.Err(r).Error()
			}
			if len(out) == 0 {
				return k.String()
			}
			return string(out)
		}
		switch {
		case diags.HasErrors():
			parts = []string{"error", diags[0].Summary}
		case v != nil:
			parts = []string{"dynamic", show(v)}
		}
		for _, f := range fields {
			parts = append(parts, f.Name+"="+show(f.Value))
		}
		if got := strings.Join(parts, " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.expression, got, c.want)
		}
	}
}
