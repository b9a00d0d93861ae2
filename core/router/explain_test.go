package router

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/record"
)

// explained writes what becomes of a line, a line for each thing that happens to it.
func explained(t *testing.T, c *config.Config, o record.Origin, line string) []string {
	t.Helper()
	all, err := Explain(c, o, "here", 1_800_000_000_000_000_000, []byte(line))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, x := range all {
		say := func(format string, args ...any) {
			out = append(out, strings.Repeat("  ", x.Depth)+fmt.Sprintf(format, args...))
		}
		say("%s", x.Pipeline)
		if x.Steps != nil {
			for i, s := range x.Steps.Steps {
				say("%s: %s, effect %d, %d errors, %s", x.Options.Transforms[i].Kind, s.When, s.Effect, len(s.Errors), s.Record)
			}
			for i, r := range x.Steps.Routes {
				say("route %s: %s, final %v, error %v", x.Options.Routes[i].Name, r.When, r.Final, r.Err != nil)
			}
			if x.Steps.Otherwise {
				say("otherwise")
			}
		}
		for _, d := range x.To {
			text := ""
			for _, name := range slices.Sorted(maps.Keys(d.Values)) {
				text += fmt.Sprintf(" %s=%q", name, d.Values[name])
			}
			if d.Problem != "" {
				text += " problem"
			}
			say("-> %s%s %s", d.Address, text, d.Record)
		}
	}
	return out
}

const explainedConfig = `
source "tcp" "app" {}
source "tcp" "other" {
  listen = "127.0.0.1:8081"
}
source "tcp" "unused" {
  listen = "127.0.0.1:8082"
}
destination "path" "p" {
  path = "${record.service}/${meta.peer}.log"
}
pipeline "main" {
  from = [source.tcp.app]
  transform "drop" {
    when = record.level == "debug"
  }
  transform "set" {
    when   = record.n > 1
    fields = { host = meta.hostname, peer = meta.peer, name = meta.client_name }
  }
  route "errors" {
    when = record.level == "error"
    to   = [destination.path.p, pipeline.audit]
  }
  route "final" {
    when  = record.n == 3
    to    = [destination.sink.a]
    final = true
  }
  route "failing" {
    when = record.list > 3
    to   = [destination.sink.b]
  }
  otherwise {
    to = [destination.sink.c]
  }
}
pipeline "audit" {
  transform "unset" {
    fields = [record.n]
  }
  to = [destination.sink.a, pipeline.plain]
}
pipeline "plain" {
  to = [destination.sink.b]
}
pipeline "second" {
  from = [source.tcp.app, source.tcp.other]
  to   = [destination.sink.e]
}
`

func TestExplain(t *testing.T) {
	c, _ := read(t, explainedConfig, "")
	app := record.Origin{Source: "source.tcp.app", Peer: "192.0.2.7", ClientName: "client", ID: 1}
	for name, x := range map[string]struct {
		origin record.Origin
		line   string
		want   []string
	}{
		"dropped": {app, `{"level":"debug"}`, []string{
			"pipeline.main", "drop: match, effect 3, 0 errors, ", "pipeline.second", `-> destination.sink.e {"level":"debug"}`,
		}},
		"through other pipelines": {app, `{"level":"error","service":"a/b","n":2}`, []string{
			"pipeline.main", "drop: no match, effect 0, 0 errors, ",
			`set: match, effect 2, 0 errors, {"level":"error","service":"a/b","n":2,"host":"here","peer":"192.0.2.7","name":"client"}`,
			"route errors: match, final false, error false", "route final: no match, final false, error false", "route failing: null, final false, error false",
			`-> destination.path.p path="a%2Fb/192.0.2.7.log" {"level":"error","service":"a/b","n":2,"host":"here","peer":"192.0.2.7","name":"client"}`,
			"  pipeline.audit",
			`  unset: match, effect 2, 0 errors, {"level":"error","service":"a/b","host":"here","peer":"192.0.2.7","name":"client"}`,
			`  -> destination.sink.a {"level":"error","service":"a/b","host":"here","peer":"192.0.2.7","name":"client"}`,
			"    pipeline.plain",
			`    -> destination.sink.b {"level":"error","service":"a/b","host":"here","peer":"192.0.2.7","name":"client"}`,
			"pipeline.second", `-> destination.sink.e {"level":"error","service":"a/b","n":2}`,
		}},
		"a path without a value": {app, `{"level":"error","service":{}}`, []string{
			"pipeline.main", "drop: no match, effect 0, 0 errors, ", "set: null, effect 0, 0 errors, ",
			"route errors: match, final false, error false", "route final: no match, final false, error false", "route failing: null, final false, error false",
			`-> destination.path.p problem {"level":"error","service":{}}`,
			"  pipeline.audit", "  unset: match, effect 1, 0 errors, ", `  -> destination.sink.a {"level":"error","service":{}}`,
			"    pipeline.plain", `    -> destination.sink.b {"level":"error","service":{}}`,
			"pipeline.second", `-> destination.sink.e {"level":"error","service":{}}`,
		}},
		"a final route": {app, `{"n":3,"list":4}`, []string{
			"pipeline.main", "drop: no match, effect 0, 0 errors, ",
			`set: match, effect 2, 0 errors, {"n":3,"list":4,"host":"here","peer":"192.0.2.7","name":"client"}`,
			"route errors: no match, final false, error false", "route final: match, final true, error false",
			`-> destination.sink.a {"n":3,"list":4,"host":"here","peer":"192.0.2.7","name":"client"}`,
			"pipeline.second", `-> destination.sink.e {"n":3,"list":4}`,
		}},
		"a route that fails": {app, `{"list":[1]}`, []string{
			"pipeline.main", "drop: no match, effect 0, 0 errors, ", "set: null, effect 0, 0 errors, ",
			"route errors: no match, final false, error false", "route final: no match, final false, error false", "route failing: failed, final false, error true",
			"otherwise", `-> destination.sink.c {"list":[1]}`,
			"pipeline.second", `-> destination.sink.e {"list":[1]}`,
		}},
		"another source": {record.Origin{Source: "source.tcp.other"}, "a line", []string{"pipeline.second", "-> destination.sink.e a line"}},
		"no pipeline":    {record.Origin{Source: "source.tcp.unused"}, "a line", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(x.want, explained(t, c, x.origin, x.line)); diff != "" {
				t.Errorf("explanation (-want +got):\n%s", diff)
			}
		})
	}
}

// TestExplainTellsTheTruth: what is explained is what a waypoint does.
func TestExplainTellsTheTruth(t *testing.T) {
	c, _ := read(t, explainedConfig, "")
	for _, line := range []string{
		`{"level":"debug"}`, `{"level":"error","service":"x","n":3,"list":5}`, `{"n":3}`, `{"list":4}`, `{"list":"a"}`, "a line", `{"level":"error"}`, "", "{",
	} {
		way, l, _ := enterConfig(t, c, nil)
		if _, err := way.append(t.Context(), groupOf(line)); err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{}
		all, err := Explain(c, record.Origin{Source: "source.tcp.app", ID: 100}, "here", 1, []byte(line))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			for _, d := range x.To {
				got[d.Address] = append(got[d.Address], "100 "+string(d.Record))
			}
		}
		if diff := cmp.Diff(l.got, got); diff != "" {
			t.Errorf("%s: what a waypoint does, and what is explained (-does +explained):\n%s", line, diff)
		}
	}
}

// TestExplainKnowsWhichValuesAreTooLong: a lane gives no destination more than 4 KiB of them.
func TestExplainKnowsWhichValuesAreTooLong(t *testing.T) {
	c, _ := read(t, levels, "")
	// Of 4096 bytes the length takes two, "/info.log" nine.
	for length, problem := range map[int]string{4085: "", 4086: delivery.ReasonTooLong} {
		line := `{"service":"` + strings.Repeat("a", length) + `","level":"info"}`
		all, err := Explain(c, record.Origin{Source: "source.tcp.app", ID: 1}, "here", 1, []byte(line))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, x := range all {
			for _, d := range x.To {
				if d.Address == "destination.path.p" {
					found = true
					if d.Problem != problem || (d.Values == nil) != (problem != "") {
						t.Errorf("a service of %d bytes: problem %q, want %q", length, d.Problem, problem)
					}
				}
			}
		}
		if !found {
			t.Errorf("a service of %d bytes does not come to destination.path.p", length)
		}
	}
}
