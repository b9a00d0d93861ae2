package expr

import "testing"

// TestCompiledExpressionsDoNotAllocate holds the budget of the hot path: scan included, a record costs no allocation.
func TestCompiledExpressionsDoNotAllocate(t *testing.T) {
	lines := [][]byte{
		benchLine("info", 200), benchLine("error", 503), []byte("a line that is no JSON"),
		[]byte(`{"level":"err\u006fr","status":"503","service":"payees é","msg":"café timeout","t":"2026-11-23T07:00:00Z"}`),
	}
	m := &Meta{Source: "source.tcp.app", Peer: "10.1.2.3", ReceivedUnixNano: 1764054000123456789, Now: 1764054001000000000}
	u := NewUnit(testLoad(), Options{})
	var predicates []*Predicate
	for _, text := range []string{
		benchWhen,
		`record.level == var.level`,
		`record.none >= 5 || !matches("(?i)time-?out", record.msg)`,
		`contains(["warn", "error"], lower(record.level))`,
		`record.status + 1 > 500 && coalesce(record.none, "x") == "x"`,
		`strcontains(raw, "timeout") || endswith(record.message, "JSON")`,
		`substr(record.service, 0, 3) == "pay" ? true : record.level == "x"`,
	} {
		predicates = append(predicates, mustPredicate(t, u, text))
	}
	var values []*Value
	for _, text := range []string{
		`lower(record.level)`, `record`, `"${record.service}-${record.status}"`, `upper("${record.level}/${meta.source}")`,
		`meta.received_at`, `now()`, `replace(record.msg, "timeout", "T")`, `sha256(record.service)`, `try(tonumber(record.level), -1)`,
		`"/logs/${record.service}/${formatdate("YYYY-MM-DD", meta.received_at)}.log"`, `record.level == "error" ? "bad" : "good"`,
	} {
		values = append(values, mustValue(t, u, text))
	}
	r := u.Record()
	var dst []byte
	run := func() {
		for _, line := range lines {
			r.Reset(line, m)
			for _, p := range predicates {
				p.Eval(r)
			}
			for _, v := range values {
				dst, _, _ = v.AppendJSON(dst[:0], r)
				dst, _, _ = v.AppendText(dst[:0], r)
				dst, _, _ = v.AppendPath(dst[:0], r)
			}
		}
	}
	if n := testing.AllocsPerRun(100, run); n > 0 {
		t.Errorf("%v allocations for %d records", n, len(lines))
	}
	if n := r.SlowCount(); n > 0 {
		t.Errorf("%d evaluations were not compiled", n)
	}
}
