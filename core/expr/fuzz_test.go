package expr

import "testing"

// FuzzEngines looks for an expression and a record on which the engines panic or differ.
func FuzzEngines(f *testing.F) {
	records := []string{
		`{"level":"error","status":503,"service":"pay","a":{"b":"x"},"n":1.5,"list":[{"x":1}]}`,
		`{"level":null,"status":"5e2","a":"text","l\u0065vel":"\ud800","n":1e400}`,
		"caf\xe9 line", ``, `{"a":{"b":12345678901234567890},"level":"e\u0301"}`,
	}
	for i, text := range []string{
		benchWhen, `record.a.b == null`, `!(record.n >= record.status)`, `"${record.level}/${meta.peer}%"`, `lower(record.level) == "é"`,
		`try(record.status / record.n, -record.n, "x")`, `record.a == "x" ? record.n : "no"`, `matches("(?i)ERR|x", raw)`, `record.list[0].x`,
		`merge(record, { a = coalesce(record.none, record.n) })`, `replace(record.level, "/(r+)/", "$1$1")`, `formatdate("YYYY", now())`,
		`min(record.n, length(record.level), 3.25) % 2`, `contains(["error", 503, null], record.status)`, `record["level"] != record[record.level]`,
		`parsetime("unix", record.status)`, `substr(record.level, 1, -1)`, `"%{ if record.n > 1 }a%{ else }b%{ endif }"`, `tobool(record.level) && can(record.x.y)`,
	} {
		f.Add(text, records[i%len(records)])
	}
	f.Fuzz(func(t *testing.T, text, record string) {
		if len(text) > 300 || len(record) > 2000 {
			return
		}
		x := newEngines(t, text)
		if x == nil {
			return
		}
		m := &Meta{Source: "source.tcp.app", Peer: "10.1.2.3", ReceivedUnixNano: 1764054000123456789, ID: 7, Now: 1764054001000000000}
		if diff := x.compare([]byte(record), m); diff != "" {
			t.Errorf("%s\n%s\n%s", text, record, diff)
		}
	})
}
