package jsonscan

import (
	"encoding/json"
	"fmt"
	"testing"
)

// line is a log line of 256 bytes, as applications write them.
const line = `{"ts":"2026-03-14T15:09:26.535897Z","level":"info","service":"checkout","status":200,"duration_ms":12.75,` +
	`"method":"GET","path":"/api/v1/orders/8812","request_id":"9f86d081884c7d659a2feaa0c55ad015","msg":"request finished","bytes":48213,"host":"web-042137"}`

// BenchmarkScan is one strict pass over a line, three fields found.
func BenchmarkScan(b *testing.B) {
	if len(line) != 256 {
		b.Fatalf("the line has %d bytes", len(line))
	}
	plan := NewPlan([][]string{{"level"}, {"status"}, {"service"}})
	found := make([]Value, plan.Len())
	rec := []byte(line)
	b.SetBytes(int64(len(rec)))
	for b.Loop() {
		if !plan.Scan(rec, found) {
			b.Fatal("not valid")
		}
	}
}

// BenchmarkScanVaried is BenchmarkScan over lines of different lengths, whose shape the processor can't learn by heart.
func BenchmarkScanVaried(b *testing.B) {
	plan := NewPlan([][]string{{"level"}, {"status"}, {"service"}})
	found := make([]Value, plan.Len())
	recs := make([][]byte, 1024)
	total := 0
	for i := range recs {
		h := uint64(i+1) * 0x9E3779B97F4A7C15
		recs[i] = fmt.Appendf(nil, `{"ts":"2026-03-14T15:09:26.%dZ","level":"%s","service":"%.*s","status":%d,"duration_ms":%d.%d,`+
			`"method":"%s","path":"/api/v1/orders/%d","request_id":"%x","msg":"%.*s","bytes":%d,"host":"web-%d"}`,
			h>>44, []string{"info", "warn", "error", "debug"}[h>>20&3], 4+int(h>>22&7), "checkout-one", 200+h>>25&255, h>>33&1023,
			h>>43&63, []string{"GET", "POST", "PUT", "DELETE"}[h>>49&3], h>>16, h, 10+int(h>>51&63),
			"the request was finished and its answer was sent to the client that asked", h>>30, h>>54)
		total += len(recs[i])
	}
	b.SetBytes(int64(total / len(recs)))
	i := 0
	for b.Loop() {
		if !plan.Scan(recs[i&1023], found) {
			b.Fatalf("not valid: %s", recs[i&1023])
		}
		i++
	}
}

// BenchmarkScanNonASCII is a line whose texts are mostly not ASCII.
func BenchmarkScanNonASCII(b *testing.B) {
	plan := NewPlan([][]string{{"level"}})
	found := make([]Value, plan.Len())
	rec := []byte(`{"level":"info","msg":"Überraschend schöne Größen: грузовик приехал вовремя","text":"伐採された木材は川の近くの置き場に積まれている"}`)
	b.SetBytes(int64(len(rec)))
	for b.Loop() {
		if !plan.Scan(rec, found) {
			b.Fatal("not valid")
		}
	}
}

// BenchmarkScanNotJSON is a line that is no JSON object.
func BenchmarkScanNotJSON(b *testing.B) {
	plan := NewPlan([][]string{{"level"}, {"status"}, {"service"}})
	found := make([]Value, plan.Len())
	rec := []byte("Mar 14 15:09:26 web-0421 checkout[811]: request finished")
	for b.Loop() {
		if plan.Scan(rec, found) {
			b.Fatal("valid")
		}
	}
}

// BenchmarkEncodingJSON is what the standard library needs to check the same line.
func BenchmarkEncodingJSON(b *testing.B) {
	rec := []byte(line)
	b.SetBytes(int64(len(rec)))
	for b.Loop() {
		if !json.Valid(rec) {
			b.Fatal("not valid")
		}
	}
}

// BenchmarkSplice sets two members, one of them new, removes one, and renames one.
func BenchmarkSplice(b *testing.B) {
	rec := []byte(line)
	env, level, msg := []string{"env"}, []string{"level"}, []string{"msg"}
	message, id := []string{"message"}, []string{"request_id"}
	prod, info, text := []byte(`"prod"`), []byte(`"INFO"`), []byte(`"request finished"`)
	var s Splicer
	var out []byte
	b.SetBytes(int64(len(rec)))
	for b.Loop() {
		s.Reset()
		if s.Set(env, prod) != nil || s.Set(level, info) != nil || s.Set(message, text) != nil ||
			s.Unset(msg) != nil || s.Unset(id) != nil {
			b.Fatal("refused")
		}
		var err error
		if out, _, err = s.Append(out[:0], rec); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScalars visits each string and number of a line, as a redaction without fields does.
func BenchmarkScalars(b *testing.B) {
	rec := []byte(line)
	var whole [1]Value
	NewPlan([][]string{{}}).Scan(rec, whole[:])
	n := 0
	b.SetBytes(int64(len(rec)))
	for b.Loop() {
		Scalars(rec, whole[0], func(Value) bool { n++; return true })
	}
}

// BenchmarkOccurrences visits each place of two paths.
func BenchmarkOccurrences(b *testing.B) {
	rec := []byte(line)
	plan := NewPlan([][]string{{"path"}, {"user", "card"}})
	n := 0
	b.SetBytes(int64(len(rec)))
	for b.Loop() {
		plan.Occurrences(rec, func(int, Value) bool { n++; return true })
	}
}

// BenchmarkSpliceFollowed sets one member, as most pipelines do, and finds the plan's paths in the new record.
func BenchmarkSpliceFollowed(b *testing.B) {
	for _, follow := range []bool{false, true} {
		b.Run(map[bool]string{false: "scan", true: "follow"}[follow], func(b *testing.B) {
			rec := []byte(line)
			plan := NewPlan([][]string{{"level"}, {"status"}, {"service"}})
			before, found := make([]Value, plan.Len()), make([]Value, plan.Len())
			plan.Scan(rec, before)
			level, info := []string{"level"}, []byte(`"INFORMATION"`)
			var s Splicer
			var out []byte
			b.SetBytes(int64(len(rec)))
			for b.Loop() {
				s.Reset()
				if s.Set(level, info) != nil {
					b.Fatal("refused")
				}
				out, _, _ = s.Append(out[:0], rec)
				copy(found, before)
				if follow && !s.Follow(plan, found, out) || !follow && !plan.Scan(out, found) {
					b.Fatal("not found")
				}
			}
		})
	}
}
