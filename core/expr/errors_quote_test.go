package expr_test

import (
	"strings"
	"testing"

	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/expr/exprtest"
)

// TestErrorsQuoteNoRecord: what is wrong with an expression is logged and stands beside dead letters, also when a later
// redact would have hidden the value.
func TestErrorsQuoteNoRecord(t *testing.T) {
	const secret = "S3CRET*(4111111111111111"
	for _, text := range []string{
		`tonumber(record.a) > 1`, `parsetime("2006-01-02", record.a) == ""`, `jsondecode(record.a) == 1`,
		`parseint(record.a, 10) == 1`, `tobool(record.a)`, `formatdate("YYYY", record.a) == ""`,
		`timeadd(record.a, "1h") == ""`, `timeadd("2026-01-02T15:04:05Z", record.a) == ""`,
		`matches(record.a, "x")`, `regex(record.a, "x") == ""`, `replace("x", "/${record.a}/", "") == ""`,
	} {
		u := expr.NewUnit(nil, expr.Options{})
		p := exprtest.Predicate(t, u, text)
		r := u.Record()
		r.Reset([]byte(`{"a":"`+secret+`"}`), &expr.Meta{})
		if got := p.Eval(r); got != expr.Failed {
			t.Errorf("%s is %v, want an error", text, got)
			continue
		}
		if err := p.Err(r); err == nil || strings.Contains(err.Error(), "4111111111111111") {
			t.Errorf("the error of %s quotes the record: %v", text, err)
		}
	}
}
