package pipeline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/expr"
)

func TestExplain(t *testing.T) {
	u := newUnit(t)
	told := 0
	p := u.pipeline(Options{
		Transforms: []Transform{
			{Kind: KindDrop, Name: "drop debug", When: u.when(`record.level == "debug"`)},
			{Kind: KindDrop, Name: "drop old", When: u.when(`record.age > 5`)},
			{Kind: KindSet, Name: "set", Set: u.set(`{ level = upper(record.level), n = record.x + 1 }`)},
			{Kind: KindUnset, Name: "unset", Unset: &Unset{Paths: [][]string{{"zz"}}}},
			{Kind: KindParse, Name: "parse", OnError: DeadLetter, When: u.when(`record.m != null`), Parse: &Parse{Format: JSON, Field: []string{"m"}}},
		},
		Routes: []Route{
			{Name: "bad", When: u.when(`record.x + 1 > 0`), To: []string{"b"}},
			{Name: "info", When: u.when(`record.level == "INFO"`), To: []string{"destination.stdout.a"}, Final: true},
			{Name: "rest", To: []string{"c"}},
		},
		Otherwise: Otherwise{To: []string{"o"}, Given: true},
		OnError:   func(Failure) { told++ },
	})
	x := p.Explain([]byte(`{"level":"info","x":[]}`), &expr.Meta{ID: 7})
	var steps []string
	for _, s := range x.Steps {
		steps = append(steps, strings.Join([]string{s.Name, s.When.String(), [...]string{"skipped", "unchanged", "changed", "dropped", "dead"}[s.Effect], string(s.Record)}, "|"))
	}
	want := []string{
		"drop debug|no match|skipped|", "drop old|null|skipped|", `set|match|changed|{"level":"INFO","x":[]}`, "unset|match|unchanged|", "parse|no match|skipped|",
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if errs := x.Steps[2].Errors; len(errs) != 1 || !strings.Contains(errs[0].Error(), "compute n: ") {
		t.Errorf("errors of set: %v", errs)
	}
	if len(x.Routes) != 2 || x.Routes[0].When != expr.Failed || x.Routes[0].Err == nil || x.Routes[1].When != expr.Match || !x.Routes[1].Final {
		t.Errorf("routes: %+v", x.Routes)
	}
	if diff := cmp.Diff([]string{"destination.stdout.a", "o"}, x.To); diff != "" || !x.Otherwise || x.Fate != Sent {
		t.Errorf("to %v, otherwise %v, fate %d", x.To, x.Otherwise, x.Fate)
	}
	for line, fate := range map[string]Fate{`{"level":"debug"}`: DroppedByStep, `{"m":"x"}`: DeadLetteredByStep} {
		if x := p.Explain([]byte(line), nil); x.Fate != fate || len(x.Routes) != 0 || x.To != nil {
			t.Errorf("Explain(%s) = %+v, want fate %d", line, x, fate)
		}
	}
	if m := p.Metrics(); m.Records.Load() != 0 || m.Transforms[0].Dropped.Load() != 0 || told != 0 {
		t.Errorf("Explain counted %d records, told %d errors", m.Records.Load(), told)
	}
}

// TestExplainShowsTheErrorOfARedactsWhen has the reason why the redact was applied.
func TestExplainShowsTheErrorOfARedactsWhen(t *testing.T) {
	u := newUnit(t)
	p := u.pipeline(Options{Transforms: []Transform{{
		Kind: KindRedact, OnError: DropRecord, When: u.when("record.n + 1 > 2"), Redact: &Redact{Fields: [][]string{{"pw"}}},
	}}})
	for line, errs := range map[string]int{`{"pw":"x","n":"q"}`: 1, `{"pw":"x","n":2}`: 0} {
		s := p.Explain([]byte(line), nil).Steps[0]
		if len(s.Errors) != errs || string(s.Record) == "" || (s.When == expr.Failed) != (errs > 0) {
			t.Errorf("%s: when %v, errors %v, record %s; want %d errors, and the record redacted", line, s.When, s.Errors, s.Record, errs)
		}
	}
}
