package expr

import (
	"fmt"
	"strings"
	"testing"
)

// benchLine is a log line of 256 bytes.
func benchLine(level string, status int) []byte {
	head := fmt.Sprintf(`{"ts":"2026-11-23T07:00:00.123Z","level":%q,"service":"billing","status":%d,"duration_ms":12.5,"path":"/api/v1/orders/1234","trace":"4bf92f3577b34da6a3ce929d0e0e4736","msg":"`, level, status)
	return []byte(head + strings.Repeat("x", 256-len(head)-2) + `"}`)
}

const benchWhen = `record.level == "error" && record.status >= 500 || startswith(record.service, "pay")`

func mustPredicate(t testing.TB, u *Unit, text string) *Predicate {
	t.Helper()
	p, diags := u.Predicate(parse(t, text))
	if diags.HasErrors() {
		t.Fatalf("%s: %v", text, diags)
	}
	return p
}

func mustValue(t testing.TB, u *Unit, text string) *Value {
	t.Helper()
	v, diags := u.Value(parse(t, text))
	if diags.HasErrors() {
		t.Fatalf("%s: %v", text, diags)
	}
	return v
}

func BenchmarkPredicateWithScan(b *testing.B) {
	u := NewUnit(nil, Options{})
	p := mustPredicate(b, u, benchWhen)
	r := u.Record()
	lines := [][]byte{benchLine("info", 200), benchLine("error", 503), benchLine("error", 404), benchLine("warn", 200)}
	var m Meta
	i := 0
	for b.Loop() {
		r.Reset(lines[i&3], &m)
		p.Eval(r)
		i++
	}
}

func BenchmarkPredicateWithoutScan(b *testing.B) {
	u := NewUnit(nil, Options{})
	p := mustPredicate(b, u, `record.level == "error"`)
	r := u.Record()
	line := benchLine("info", 200)
	for b.Loop() {
		r.Reset(line, nil)
		p.Eval(r)
	}
}

func BenchmarkFurtherPredicate(b *testing.B) {
	for _, text := range []string{
		benchWhen, `record.level == "debug"`, `record.status >= 500`, `matches("timeout|refused", record.msg)`,
		`startswith(record.path, "/healthz")`, `contains(["warn", "error"], record.level)`, `lower(record.level) == "error"`,
		`cidrcontains("10.0.0.0/8", meta.peer)`,
	} {
		b.Run(text, func(b *testing.B) {
			u := NewUnit(nil, Options{})
			p := mustPredicate(b, u, text)
			r := u.Record()
			r.Reset(benchLine("error", 404), &Meta{Peer: "10.1.2.3"})
			r.Object()
			for b.Loop() {
				p.Eval(r)
			}
		})
	}
}

func BenchmarkSlowEngine(b *testing.B) {
	u := NewUnit(nil, Options{AlwaysSlow: true})
	p := mustPredicate(b, u, benchWhen)
	r := u.Record()
	r.Reset(benchLine("error", 503), nil)
	for b.Loop() {
		p.Eval(r)
	}
}

func BenchmarkPatternMiss(b *testing.B) {
	text := []byte(strings.Repeat("GET /api/v1/orders answered in time; ", 3))
	for _, pattern := range []string{`(?i)timeout|deadline exceeded|connection reset`, `timeout`, `^panic:`, `user=(\w+) .*region=(..)`} {
		b.Run(pattern, func(b *testing.B) {
			p, err := newPattern(pattern)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				p.match(text)
			}
		})
	}
}

func BenchmarkPath(b *testing.B) {
	u := NewUnit(nil, Options{})
	v := mustValue(b, u, `"/logs/${record.service}/${formatdate("YYYY-MM-DD", meta.received_at)}.log"`)
	r := u.Record()
	r.Reset(benchLine("error", 503), &Meta{ReceivedUnixNano: 1764054000123456789})
	var dst []byte
	for b.Loop() {
		dst, _, _ = v.AppendPath(dst[:0], r)
	}
}

func BenchmarkCompile(b *testing.B) {
	e := parse(b, benchWhen)
	for b.Loop() {
		u := NewUnit(nil, Options{})
		if _, diags := u.Predicate(e); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}
