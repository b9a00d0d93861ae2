package router

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/config"
)

// levels is a pipeline with routes, transforms and dead letters.
const levels = `
destination "sink" "c" {
  dead_letter {
    to = destination.sink.d
  }
}
destination "sink" "b" {
  batch {
    max_records = 3
    max_age     = "10s"
  }
}
destination "path" "p" {
  path = "${record.service}/${lower(record.level)}.log"
  batch {
    max_records = 2
  }
}
pipeline "main" {
  from = [source.tcp.app]
  transform "drop" {
    when = record.level == "debug"
  }
  transform "parse" {
    when     = record.kind == "json"
    field    = record.text
    format   = "json"
    on_error = "dead_letter"
  }
  transform "set" {
    when   = record.stamp == true
    fields = { at = now(), received = meta.received_at, from = meta.peer, id = meta.id, source = meta.source }
  }
  route "errors" {
    when = record.level == "error"
    to   = [destination.sink.a, destination.sink.b]
  }
  route "rejected" {
    when = record.level == "rejected"
    to   = [destination.sink.c]
  }
  route "deeper" {
    when = record.level == "deep"
    to   = [destination.sink.a, pipeline.sub, pipeline.plain]
  }
  route "files" {
    when = record.service != null
    to   = [destination.path.p]
  }
  otherwise {
    drop = true
  }
}
pipeline "sub" {
  transform "set" {
    fields = { sub = true }
  }
  to = [destination.sink.a, destination.sink.b]
}
pipeline "plain" {
  to = [destination.sink.a]
}
`

// verdict runs a test of levels, given without its header and pipeline, and returns what failed, one line each.
func verdict(t *testing.T, body string) []string {
	t.Helper()
	c, tests := read(t, levels, "test \"it\" {\n  pipeline = pipeline.main\n"+body+"\n}\n")
	r, err := RunTest(c, tests[0])
	if err != nil {
		t.Fatal(err)
	}
	failures := []string{}
	for _, f := range r.Failures {
		failures = append(failures, strings.TrimSpace(f.Message+"\n"+f.Detail))
	}
	return failures
}

func TestWhatATestExpects(t *testing.T) {
	const anError = `
input {
  record = { level = "error", n = 1 }
}
`
	const both = `
expect {
  at = [destination.sink.a, destination.sink.b]
}
`
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"records at both":      {body: anError + both},
		"a count":              {body: anError + both + "expect {\n at = [destination.sink.a]\n count = 1\n}"},
		"a count, wrong":       {body: anError + both + "expect {\n at = [destination.sink.a]\n count = 2\n}", want: []string{"destination.sink.a got 1 record, not 2.\n{\"level\":\"error\",\"n\":1}"}},
		"a count of none":      {body: anError + both + "expect {\n at = [destination.sink.c, dropped, dead_letter]\n count = 0\n}"},
		"a count, for each":    {body: anError + both + "expect {\n at = [destination.sink.a, destination.sink.c]\n count = 1\n}", want: []string{"destination.sink.c got 0 records, not 1."}},
		"nothing, wrong":       {body: anError + both + "expect {\n at = [destination.sink.c]\n}", want: []string{"destination.sink.c got no records."}},
		"contains":             {body: anError + both + "expect {\n at = [destination.sink.a]\n contains = [{ n = 1 }, { level = \"error\" }, { none = null }]\n}"},
		"contains, wrong":      {body: anError + both + "expect {\n at = [destination.sink.a]\n contains = [{ n = 1 }, { n = 2 }]\n}", want: []string{"destination.sink.a got no record that contains {\"n\":2}.\n{\"level\":\"error\",\"n\":1}"}},
		"contains of nobody":   {body: anError + both + "expect {\n at = [destination.sink.c]\n contains = [{ n = 1 }]\n}", want: []string{"destination.sink.c got no record that contains {\"n\":1}."}},
		"equals":               {body: anError + both + "expect {\n at = [destination.sink.a]\n equals = [{ n = 1.0, level = \"error\" }]\n}"},
		"equals, as a text":    {body: anError + both + "expect {\n at = [destination.sink.a]\n equals = [\"{\\\"level\\\":\\\"error\\\",\\\"n\\\":1}\"]\n}"},
		"equals, a field more": {body: anError + both + "expect {\n at = [destination.sink.a]\n equals = [{ level = \"error\" }]\n}", want: []string{"Record 1 at destination.sink.a is not {\"level\":\"error\"}.\n{\"level\":\"error\",\"n\":1}"}},
		"equals, one less":     {body: anError + both + "expect {\n at = [destination.sink.a]\n equals = []\n}", want: []string{"destination.sink.a got a record more than expected.\n{\"level\":\"error\",\"n\":1}"}},
		"equals, one more":     {body: anError + both + "expect {\n at = [destination.sink.a]\n equals = [{ n = 1, level = \"error\" }, \"x\"]\n}", want: []string{"destination.sink.a got 1 record; the next should have been \"x\".\n{\"level\":\"error\",\"n\":1}"}},
		"equals nothing":       {body: anError + both + "expect {\n at = [destination.sink.c]\n equals = []\n}"},
		"batches":              {body: anError + both + "expect {\n at = [destination.sink.a]\n batches = [1]\n}"},
		"batches, wrong":       {body: anError + both + "expect {\n at = [destination.sink.a]\n batches = [2]\n}", want: []string{"destination.sink.a got batches of [1], not [2]."}},
		"batches of nobody":    {body: anError + both + "expect {\n at = [destination.sink.c]\n batches = []\n}"},
		"assert":               {body: anError + both + "expect {\n at = [destination.sink.a]\n assert {\n condition = output[0].n == 1 && length(output) == 1\n }\n}"},
		"assert of nobody":     {body: anError + both + "expect {\n at = [destination.sink.c]\n assert {\n condition = length(output) == 0\n }\n}"},
		"assert, wrong":        {body: anError + both + "expect {\n at = [destination.sink.a]\n assert {\n condition = output[0].n == 2\n }\n}", want: []string{"destination.sink.a: The condition is false.\n{\"level\":\"error\",\"n\":1}"}},
		"assert, with words":   {body: anError + both + "expect {\n at = [destination.sink.a]\n assert {\n condition = output[0].n == 2\n error_message = \"n is not two\"\n }\n}", want: []string{"destination.sink.a: n is not two\n{\"level\":\"error\",\"n\":1}"}},
		"assert, an error": {
			body: anError + both + "expect {\n at = [destination.sink.a]\n assert {\n condition = output[1].n == 2\n }\n}",
			want: []string{"The condition can't be evaluated for destination.sink.a: There is no such element. The given key does not identify an element in this collection value: the given index is greater than or equal to the length of the collection. try(…, null) gives null in its place.\n{\"level\":\"error\",\"n\":1}"},
		},
		"a destination that nobody names": {body: anError + "expect {\n at = [destination.sink.a]\n}", want: []string{"destination.sink.b got 1 record that no expect names.\n{\"level\":\"error\",\"n\":1}"}},
		"dropped by a transform":          {body: "input {\n record = { level = \"debug\" }\n}\nexpect {\n at = [dropped]\n equals = [{ level = \"debug\" }]\n}"},
		"dropped by otherwise":            {body: "input {\n line = \"no json\"\n}\nexpect {\n at = [dropped]\n equals = [\"no json\"]\n}"},
		"dropped, and nobody asked":       {body: anError + "input {\n line = \"no json\"\n}" + both},
		"not dropped":                     {body: anError + both + "expect {\n at = [dropped]\n}", want: []string{"dropped got no records."}},
		"a dead letter of a transform":    {body: "input {\n record = { kind = \"json\", text = \"{\" }\n}\nexpect {\n at = [dead_letter]\n equals = [{ kind = \"json\", text = \"{\" }]\n}"},
		"a dead letter nobody names": {
			body: "input {\n record = { kind = \"json\", text = \"{\" }\n}\nexpect {\n at = [dropped]\n count = 0\n}",
			want: []string{"dead_letter got 1 record that no expect names.\n{\"kind\":\"json\",\"text\":\"{\"}"},
		},
		"a rejection": {body: anError + `
capture {
  destination = destination.sink.a
  verdict     = "reject"
}
expect {
  at    = [destination.sink.b, dead_letter]
  count = 1
}
expect {
  at    = [destination.sink.a]
  count = 0
}
`},
		"an acceptance": {body: anError + "capture {\n destination = destination.sink.a\n verdict = \"accept\"\n}" + both},
		"a rejection with a destination for it": {body: `
input {
  record = { level = "rejected" }
}
capture {
  destination = destination.sink.c
  verdict     = "reject"
  reason      = "too long"
}
expect {
  at       = [destination.sink.d]
  contains = [{ destination = "destination.sink.c", reason = "too long", record = "{\"level\":\"rejected\"}" }]
}
expect {
  at    = [dead_letter]
  count = 1
}
`},
		"a rejection of a rejection": {body: `
input {
  record = { level = "rejected" }
}
capture {
  destination = destination.sink.c
  verdict     = "reject"
}
capture {
  destination = destination.sink.d
  verdict     = "reject"
}
expect {
  at    = [destination.sink.d]
  count = 0
}
expect {
  at    = [dead_letter]
  count = 2
}
`},
		"over several ways": {body: `
input {
  record = { level = "deep" }
}
expect {
  at     = [destination.sink.a]
  equals = [{ level = "deep" }, { level = "deep" }, { level = "deep", sub = true }]
}
expect {
  at     = [destination.sink.b]
  equals = [{ level = "deep", sub = true }]
}
`},
	} {
		t.Run(name, func(t *testing.T) {
			if c.want == nil {
				c.want = []string{}
			}
			if diff := cmp.Diff(c.want, verdict(t, c.body)); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheClockOfATest(t *testing.T) {
	got := verdict(t, `
now = "2026-11-23T07:00:00Z"
input {
  record = { level = "error", stamp = true }
}
input {
  record = { level = "error", stamp = true }
  after  = "90s"
  count  = 2
}
input {
  record = { level = "error", stamp = true }
  meta   = { received_at = "2020-01-01T00:00:00Z", peer = "192.0.2.7", id = 77, source = "source.tcp.app" }
}
expect {
  at = [destination.sink.a]
  equals = [
    { level = "error", stamp = true, at = "2026-11-23T07:00:00.000000000Z", received = "2026-11-23T07:00:00.000000000Z", from = "", id = 1, source = "source.tcp.app" },
    { level = "error", stamp = true, at = "2026-11-23T07:01:30.000000000Z", received = "2026-11-23T07:01:30.000000000Z", from = "", id = 2, source = "source.tcp.app" },
    { level = "error", stamp = true, at = "2026-11-23T07:01:30.000000000Z", received = "2026-11-23T07:01:30.000000000Z", from = "", id = 3, source = "source.tcp.app" },
    { level = "error", stamp = true, at = "2026-11-23T07:01:30.000000000Z", received = "2020-01-01T00:00:00.000000000Z", from = "192.0.2.7", id = 77, source = "source.tcp.app" },
  ]
}
expect {
  at = [destination.sink.b]
}
`)
	if len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
}

func TestTheBatchesOfATest(t *testing.T) {
	// Three make a batch of sink.b, and so do 10 s.
	got := verdict(t, `
input {
  record = { level = "error" }
  count  = 7
}
input {
  record = { level = "error" }
  after  = "9s"
}
input {
  lines = ["{\"level\":\"error\"}", "{\"level\":\"error\"}"]
  after = "2s"
}
expect {
  at      = [destination.sink.b]
  batches = [3, 3, 2, 2]
}
expect {
  at      = [destination.sink.a]
  count   = 10
  batches = [8, 2]
}
`)
	if len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
}

func TestTheBatchesOfEachPath(t *testing.T) {
	got := verdict(t, `
input {
  lines = [
    "{\"service\":\"a\",\"level\":\"INFO\"}", "{\"service\":\"b\",\"level\":\"info\"}", "{\"service\":\"a\",\"level\":\"info\"}",
    "{\"service\":\"a\",\"level\":\"warn\"}", "{\"service\":\"b\",\"level\":\"Info\"}", "{\"service\":\"b\",\"level\":\"info\"}",
  ]
}
expect {
  at      = [destination.path.p]
  batches = [2, 2, 1, 1]
}
`)
	if len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
}

func TestAPathThatFailsIsADeadLetter(t *testing.T) {
	got := verdict(t, `
input {
  record = { service = ["a"], level = "info" }
}
expect {
  at    = [destination.path.p]
  count = 0
}
expect {
  at    = [dead_letter]
  count = 1
}
`)
	if len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
}

func TestAPathThatIsTooLongIsADeadLetter(t *testing.T) {
	got := verdict(t, `
input {
  record = { service = "`+strings.Repeat("a", 5000)+`", level = "info" }
}
expect {
  at    = [destination.path.p]
  count = 0
}
expect {
  at    = [dead_letter]
  count = 1
}
`)
	if len(got) > 0 {
		t.Errorf("%.200q", got)
	}
}

func TestTheLinesOfATestAreCutAsOfATCPSource(t *testing.T) {
	got := verdict(t, `
input {
  line = <<EOT
{"level":"error","n":1}
EOT
}
input {
  line = "a\nb"
}
input {
  lines = split("\n", "{\"level\":\"error\",\"n\":2}\n\n")
}
input {
  lines = ["", "c\r\n"]
}
expect {
  at     = [destination.sink.a]
  equals = ["{\"level\":\"error\",\"n\":1}", "{\"level\":\"error\",\"n\":2}"]
}
expect {
  at = [destination.sink.b]
}
expect {
  at     = [dropped]
  equals = ["a\nb", "c"]
}
`)
	if len(got) > 0 {
		t.Errorf("%q", got)
	}
}

func TestSampleOfFailuresIsBounded(t *testing.T) {
	got := verdict(t, `
input {
  record = { level = "error" }
  count  = 7
}
expect {
  at    = [destination.sink.a, destination.sink.b]
  count = 0
}
`)
	if len(got) != 2 || !strings.HasSuffix(got[0], "… and 2 more") || strings.Count(got[0], "\n") != 6 {
		t.Errorf("failures = %q, want five records and how many more", got)
	}
}

func TestSameValues(t *testing.T) {
	for _, c := range []struct {
		have, want string
		equal, in  bool
	}{
		{`{"a":1}`, `{"a":1.0}`, true, true},
		{`{"a":9007199254740993}`, `{"a":9007199254740992}`, false, false},
		{`{"a":1e2}`, `{"a":100}`, true, true},
		{`{"a":"1"}`, `{"a":1}`, false, false},
		{`{"a":null}`, `{}`, false, true},
		{`{}`, `{"a":null}`, false, true},
		{`{"a":{"b":1,"c":2}}`, `{"a":{"b":1}}`, false, true},
		{`{"a":[1,{"b":1}]}`, `{"a":[1,{"b":1}]}`, true, true},
		{`{"a":[1,{"b":1,"c":1}]}`, `{"a":[1,{"b":1}]}`, false, false},
		{`{"a":[1]}`, `{"a":[1,2]}`, false, false},
		{`{"a":true}`, `{"a":false}`, false, false},
		{`{"a":1}]`, `{"a":1}`, false, false}, // a line, and no JSON
	} {
		have, want := asExpected([]byte(c.have)), asExpected([]byte(c.want))
		if got := equal([]byte(c.have), have, want); got != c.equal {
			t.Errorf("%s equals %s: %v", c.have, c.want, got)
		}
		if got := contains(have, want); got != c.in {
			t.Errorf("%s contains %s: %v", c.have, c.want, got)
		}
	}
	if !contains("a line", map[string]any{"message": "a line"}) {
		t.Error("a line has no message")
	}
}

func TestATestNamesWhatItRuns(t *testing.T) {
	c, tests := read(t, levels, `
test "of a pipeline that others feed" {
  pipeline = pipeline.sub
  input {
    line = "x"
  }
  expect {
    at     = [destination.sink.a, destination.sink.b]
    equals = [{ message = "x", sub = true }]
  }
}
test "of a pipeline without steps" {
  pipeline = pipeline.plain
  input {
    line = "x"
  }
  expect {
    at     = [destination.sink.a]
    equals = ["x"]
  }
}
`)
	for _, test := range tests {
		r, err := RunTest(c, test)
		if err != nil || len(r.Failures) > 0 {
			t.Errorf("%s: %v, %v", test.Name, r.Failures, err)
		}
		if r.Test.Name != test.Name || r.Test.Place == (config.Place{}) {
			t.Errorf("result of %q at %v", r.Test.Name, r.Test.Place)
		}
	}
}
