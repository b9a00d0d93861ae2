package pipeline

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/skidway/skidway/core/record"
)

// benchLines are 256 bytes long each, with levels and services that differ.
func benchLines() *record.Group {
	const n = 100
	lines := make([]string, n)
	for i := range lines {
		level := [...]string{"INFO", "INFO", "INFO", "WARN", "ERROR", "INFO", "INFO", "INFO"}[i%8]
		service := [...]string{"payments", "catalog", "search", "checkout"}[i/8%4]
		line := fmt.Sprintf(`{"seq":%d,"ts":"2026-11-24T07:00:00.123456Z","level":%q,"service":%q,"status":%d,"duration_ms":12.5,`+
			`"path":"/api/v1/orders/8812","host":"web-17.eu-west-1","msg":"request served","trace":"4bf92f3577b34da6a3ce929d0e0e4736","pad":"`,
			i, level, service, 200+i%3*150)
		for len(line) < 254 {
			line += "x"
		}
		lines[i] = line + `"}`
	}
	return groupOf(lines...)
}

// run benchmarks groups of 100 records and reports nanoseconds for one.
func run(b *testing.B, p *Pipeline, g *record.Group) {
	b.Helper()
	r := p.Runner()
	emit := func(*Output) error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Run(g, 0, emit); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(g.Len()), "ns/record")
}

// apart says that no two targets lead to one destination, as in most configurations.
func apart(string, string) bool { return false }

func budgetPipeline(tb testing.TB) *Pipeline {
	u := newUnit(tb)
	return u.pipeline(Options{
		Meet: apart,
		Transforms: []Transform{
			{Kind: KindDrop, When: u.when(`record.level == "DEBUG" || startswith(record.path, "/healthz")`)},
			{Kind: KindSet, Set: u.set(`{ level = lower(record.level), env = "prod" }`)},
		},
		Routes: []Route{
			{Name: "errors", When: u.when(`record.level == "error" && record.status >= 500`), To: []string{"a"}},
			{Name: "pay", When: u.when(`startswith(record.service, "pay")`), To: []string{"b"}},
			{Name: "slow", When: u.when(`record.duration_ms > 1000`), To: []string{"c"}},
		},
		Otherwise: Otherwise{To: []string{"d"}, Given: true},
	})
}

func BenchmarkDropSetThreeRoutes(b *testing.B) { run(b, budgetPipeline(b), benchLines()) }

func BenchmarkOnePredicate(b *testing.B) {
	u := newUnit(b)
	run(b, u.pipeline(Options{
		Routes:    []Route{{Name: "e", When: u.when(`record.level == "ERROR"`), To: []string{"a"}}},
		Otherwise: Otherwise{To: []string{"b"}, Given: true},
	}), benchLines())
}

func BenchmarkWithoutSteps(b *testing.B) { run(b, newUnit(b).pipeline(Options{}), benchLines()) }

func BenchmarkRoutes(b *testing.B) {
	for _, n := range []int{1, 2, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			u := newUnit(b)
			var routes []Route
			for i := range n {
				routes = append(routes, Route{Name: fmt.Sprint(i), When: u.when(fmt.Sprintf(`record.service == "svc-%d"`, i)), To: []string{fmt.Sprint(i)}})
			}
			routes[n-1].When = u.when(`record.service == "payments"`)
			run(b, u.pipeline(Options{Meet: apart, Routes: routes, Otherwise: Otherwise{To: []string{"rest"}, Given: true}}), benchLines())
		})
	}
}

func BenchmarkTransform(b *testing.B) {
	for name, of := range map[string]func(u unit) Transform{
		"unset": func(unit) Transform { return Transform{Kind: KindUnset, Unset: &Unset{Paths: [][]string{{"pad"}}}} },
		"rename": func(unit) Transform {
			return Transform{Kind: KindRename, Rename: &Rename{Fields: []RenameField{{New: []string{"message"}, Old: []string{"msg"}}}}}
		},
		"set": func(u unit) Transform { return Transform{Kind: KindSet, Set: u.set(`{ env = "prod" }`)} },
		"sample": func(u unit) Transform {
			return Transform{Kind: KindSample, Sample: &Sample{Ratio: 0.5, Key: u.value("record.trace")}}
		},
		"timestamp": func(unit) Transform {
			return Transform{Kind: KindParse, Parse: &Parse{Format: Timestamp, Field: []string{"ts"}}}
		},
	} {
		b.Run(name, func(b *testing.B) {
			u := newUnit(b)
			run(b, u.pipeline(Options{Transforms: []Transform{of(u)}}), benchLines())
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for name, c := range map[string]struct {
		parse Parse
		line  string
	}{
		"json":   {Parse{Format: JSON, Field: []string{"m"}}, `{"m":"{\"level\":\"info\",\"status\":200,\"path\":\"/api/v1/orders\",\"user\":\"bob\"}"}`},
		"logfmt": {Parse{Format: LogFmt}, `level=info status=200 path=/api/v1/orders user=bob msg="request served"`},
		"regex":  {Parse{Format: Regex, Regex: regexp.MustCompile(`^(?P<ip>\S+) \S+ \S+ \[(?P<time>[^]]+)\] "(?P<verb>\S+) (?P<path>\S+)`)}, `192.0.2.1 - - [24/Nov/2026:07:00:00 +0000] "GET /api HTTP/1.1" 200 12`},
		"syslog": {Parse{Format: Syslog}, `<34>Oct 11 22:14:15 mymachine su[77]: 'su root' failed for lonvick on /dev/pts/8`},
	} {
		b.Run(name, func(b *testing.B) {
			run(b, newUnit(b).pipeline(Options{Transforms: []Transform{{Kind: KindParse, Parse: &c.parse}}}), groupOf(c.line, c.line, c.line, c.line))
		})
	}
}

// BenchmarkRedactMiss looks for what the lines do not hold.
func BenchmarkRedactMiss(b *testing.B) {
	for name, x := range map[string]Redact{
		"email": {Patterns: []Detector{Email}}, "card": {Patterns: []Detector{Card}}, "iban": {Patterns: []Detector{IBAN}},
		"ipv4": {Patterns: []Detector{IPv4}}, "jwt": {Patterns: []Detector{JWT}},
		"regex with a literal":    {Pattern: regexp.MustCompile(`token=\w+`)},
		"regex without a literal": {Pattern: regexp.MustCompile(`\d{3}-\d{2}-\d{4}`)},
		"field":                   {Fields: [][]string{{"token"}}},
	} {
		b.Run(name, func(b *testing.B) {
			run(b, newUnit(b).pipeline(Options{Transforms: []Transform{{Kind: KindRedact, OnError: DropRecord, Redact: &x}}}), benchLines())
		})
	}
}

// BenchmarkRedactHit hides a value in each line.
func BenchmarkRedactHit(b *testing.B) {
	for name, x := range map[string]Redact{
		"card":  {Patterns: []Detector{Card}},
		"field": {Fields: [][]string{{"card"}}},
	} {
		b.Run(name, func(b *testing.B) {
			line := `{"seq":1,"level":"INFO","card":"4111111111111111","msg":"paid","status":200}`
			run(b, newUnit(b).pipeline(Options{Transforms: []Transform{{Kind: KindRedact, OnError: DropRecord, Redact: &x}}}), groupOf(line, line, line, line))
		})
	}
}
