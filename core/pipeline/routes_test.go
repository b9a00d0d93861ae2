package pipeline

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRoutes(t *testing.T) {
	u := newUnit(t)
	route := func(name, when string, final bool, to ...string) Route {
		r := Route{Name: name, To: to, Final: final}
		if when != "" {
			r.When = u.when(when)
		}
		return r
	}
	lines := []string{
		`{"level":"error","status":503}`, `{"level":"info"}`, `not JSON`, `{"level":"error","status":{}}`, `{"level":"warn","status":1}`,
	}
	tests := []struct {
		name      string
		routes    []Route
		otherwise Otherwise
		want      []string // targets of each line
	}{
		{
			"every route that takes it",
			[]Route{
				route("a", `record.level == "error"`, false, "a", "both"), route("b", `record.status > 500`, false, "b", "both"),
			},
			Otherwise{To: []string{"rest"}, Given: true},
			[]string{"a both b", "rest", "rest", "a both rest", "rest"},
		},
		{
			"a final route ends the search",
			[]Route{
				route("a", `record.level == "error"`, true, "a"), route("all", "", false, "b"),
			},
			Otherwise{},
			[]string{"a", "b", "b", "a", "b"},
		},
		{
			"otherwise drops",
			[]Route{route("a", `record.level != "info"`, false, "a")},
			Otherwise{Drop: true, Given: true},
			[]string{"a", "", "a", "a", "a"},
		},
		{
			"a route to nowhere takes too",
			[]Route{route("a", `record.level == "info"`, true), route("b", `true`, false, "b")},
			Otherwise{},
			[]string{"b", "", "b", "b", "b"},
		},
		{
			"neighbours on one field",
			[]Route{
				route("1", `record.level == "error"`, false, "1"), route("2", `"info" == record.level`, false, "2"),
				route("3", `record.level == "error" || (record.level == "warn")`, true, "3"), route("4", `record.level == "error"`, false, "4"),
				route("5", `record.status == 1`, false, "5"), route("6", `record.message == "not JSON"`, false, "6"),
			},
			Otherwise{To: []string{"rest"}, Given: true},
			[]string{"1 3", "2", "6", "1 3", "3"},
		},
		{
			"neighbours on the line's text",
			[]Route{
				route("1", `record.message == "x"`, false, "1"), route("2", `record.message == "not JSON"`, false, "2"),
				route("3", `record.message == "y"`, false, "3"), route("4", `record.message == "not JSON"`, false, "4"),
			},
			Otherwise{Drop: true, Given: true},
			[]string{"", "", "2 4", "", ""},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := u.pipeline(Options{Routes: tt.routes, Otherwise: tt.otherwise})
			got := results(t, p, groupOf(lines...))
			for i := range got {
				want := ""
				if tt.want[i] != "" {
					want = tt.want[i] + ": " + lines[i]
				}
				if got[i] != want {
					t.Errorf("%s goes to %q, want %q", lines[i], got[i], want)
				}
				x := p.Explain([]byte(lines[i]), nil)
				if strings.Join(x.To, " ") != tt.want[i] {
					t.Errorf("Explain(%s) says %v, want %q", lines[i], x.To, tt.want[i])
				}
			}
		})
	}
}

func TestRouteCounters(t *testing.T) {
	u := newUnit(t)
	var mu sync.Mutex
	var told []Failure
	p := u.pipeline(Options{
		Routes: []Route{
			{Name: "a", When: u.when(`record.n >= 5`), To: []string{"a"}},
			{Name: "b", When: u.when(`record.l == "x"`), To: []string{"b"}},
		},
		Otherwise: Otherwise{To: []string{"rest"}, Given: true},
		OnError: func(f Failure) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, f)
		},
	})
	got := results(t, p, groupOf(`{"n":7,"l":"x"}`, `{"l":"x"}`, `{"n":[],"l":"x"}`, `{"n":[]}`, `{"n":1}`))
	want := []string{
		`a b: {"n":7,"l":"x"}`, `b: {"l":"x"}`, `b rest: {"n":[],"l":"x"}`, `rest: {"n":[]}`, `rest: {"n":1}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	m := p.Metrics()
	counts := []int64{
		m.Records.Load(), m.Out.Load(), m.Changed.Load(), m.Otherwise.Load(), m.DroppedOtherwise.Load(), m.DroppedNowhere.Load(),
		m.Routes[0].Matched.Load(), m.Routes[0].Nulls.Load(), m.Routes[0].Errors.Load(), m.Routes[1].Matched.Load(),
	}
	if diff := cmp.Diff([]int64{5, 5, 0, 3, 0, 0, 1, 1, 2, 3}, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if len(told) != 1 || told[0].Route != 0 || told[0].Transform != -1 || !told[0].InWhen || told[0].Err == nil {
		t.Errorf("told %+v, want the first error of route 0 once", told)
	}
}

// TestSwitchIsExact compares many routes on one field, which are looked up, with the answers of each by itself.
func TestSwitchIsExact(t *testing.T) {
	u := newUnit(t)
	var rs []Route
	for i := range 40 {
		when := fmt.Sprintf(`record.s == "v%d"`, i%17)
		if i%5 == 0 {
			when += fmt.Sprintf(` || record.s == "v%d"`, i%13)
		}
		rs = append(rs, Route{Name: fmt.Sprint(i), When: u.when(when), To: []string{fmt.Sprint(i)}, Final: i%11 == 10})
	}
	p := u.pipeline(Options{Routes: rs, Otherwise: Otherwise{To: []string{"rest"}, Given: true}})
	if n := len(p.routes.steps); n != 1 {
		t.Fatalf("%d steps, want one switch", n)
	}
	var lines []string
	for i := range 20 {
		lines = append(lines, fmt.Sprintf(`{"s":"v%d"}`, i), fmt.Sprintf(`{"s":"\u0076%d"}`, i), fmt.Sprintf(`{"s":%d}`, i))
	}
	lines = append(lines, `{"s":null}`, `{}`, `v1`, `{"s":["v1"]}`, `{"s":"v1","s":2}`)
	for i, got := range results(t, p, groupOf(lines...)) {
		x := p.Explain([]byte(lines[i]), nil)
		if want := strings.Join(x.To, " ") + ": " + lines[i]; got != want {
			t.Errorf("%s: %q, one by one %q", lines[i], got, want)
		}
	}
}

func TestPartsOfAGroup(t *testing.T) {
	u := newUnit(t)
	options := Options{
		Transforms: []Transform{
			{Kind: KindDrop, When: u.when(`record.message == "drop"`)},
			{Kind: KindSet, When: u.when(`record.message == "change"`), Set: u.set(`{ x = 1 }`)},
		},
		Routes: []Route{{Name: "b", When: u.when(`record.message == "b"`), To: []string{"b"}, Final: true}, {Name: "a", To: []string{"a"}}},
	}
	const changed = `{\"message\":\"change\",\"x\":1}\n`
	for name, c := range map[string]struct {
		meet  func(a, b string) bool
		lines []string
		want  []string
	}{
		"neighbours are a piece of the group": {
			lines: []string{"1", "2", "b", "b"},
			want:  []string{`1000 [] [1 1] "1\n2\n" the group's`, `1002 [] [1 1] "b\nb\n" the group's`},
		},
		"a dropped record is skipped": {
			lines: []string{"drop", "1", "2", "drop", "drop", "3", "drop"},
			want:  []string{`1001 [0 0 2] [1 1 1] "1\n2\n3\n"`},
		},
		"a changed record joins": {
			lines: []string{"4", "change", "5", "", "drop", "change"},
			want:  []string{`1000 [0 0 0 0 1] [1 26 1 0 26] "4\n` + changed + `5\n\n` + changed + `"`},
		},
		"changed records lie together": {
			lines: []string{"drop", "change", "change"},
			want:  []string{`1001 [] [26 26] "` + changed + changed + `"`},
		},
		"those that meet keep their order": {
			lines: []string{"1", "b", "drop", "b", "2", "b"},
			want:  []string{`1000 [] [1] "1\n" the group's`, `1001 [0 1] [1 1] "b\nb\n"`, `1004 [] [1] "2\n" the group's`, `1005 [] [1] "b\n" the group's`},
		},
		"those that do not meet are two parts": {
			meet:  func(string, string) bool { return false },
			lines: []string{"1", "b", "drop", "b", "change", "2", "b", "3"},
			want:  []string{`1000 [0 3 3 4] [1 26 1 1] "1\n` + changed + `2\n3\n"`, `1001 [0 1 3] [1 1 1] "b\nb\nb\n"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			options.Meet = c.meet
			p, g := u.pipeline(options), groupOf(c.lines...)
			r := p.Runner()
			for range 2 { // nothing is left of the first run
				var got []string
				err := r.Run(g, 0, func(out *Output) error {
					for i := range out.Parts {
						part := &out.Parts[i].Group
						text := fmt.Sprintf("%d %v %v %q", part.Origin.ID, part.Skips, part.Sizes, part.Data)
						for at := range g.Data {
							if &g.Data[at] == &part.Data[0] {
								text += " the group's"
							}
						}
						got = append(got, text)
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("parts (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestPipelineWithoutStepsGivesTheGroup(t *testing.T) {
	p, err := New(Options{Address: "pipeline.x", To: []string{"a", "b", "a"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, p.Targets()); diff != "" {
		t.Error(diff)
	}
	g := groupOf("x", "y")
	r := p.Runner()
	allocs := testing.AllocsPerRun(100, func() {
		if err := r.Run(g, 0, func(out *Output) error {
			if part := &out.Parts[0]; len(out.Parts) != 1 || &part.Group.Data[0] != &g.Data[0] || !part.To.Has(0) || !part.To.Has(1) {
				return fmt.Errorf("unexpected output %+v", out)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations a group, want 0", allocs)
	}
}

func TestNewRefuses(t *testing.T) {
	var many []string
	for i := range MaxTargets + 1 {
		many = append(many, fmt.Sprint(i))
	}
	u := newUnit(t)
	never := Route{Name: "n", When: u.when(`record.a == 1`), To: []string{"a"}}
	tests := map[string]Options{
		"more than 256":         {To: many},
		"no otherwise":          {Unit: u.Unit, Routes: []Route{never}},
		"not both":              {Unit: u.Unit, Routes: []Route{{Name: "x"}}, To: []string{"a"}},
		"otherwise needs":       {Otherwise: Otherwise{Given: true}},
		"to or drop":            {Unit: u.Unit, Routes: []Route{never}, Otherwise: Otherwise{To: []string{"a"}, Drop: true, Given: true}},
		"no unit":               {Routes: []Route{never}, Otherwise: Otherwise{Drop: true, Given: true}},
		"options of its kind":   {Transforms: []Transform{{Kind: KindParse}}},
		"kind 0":                {Transforms: []Transform{{}}},
		"between 0 and 1":       {Transforms: []Transform{{Kind: KindSample, Sample: &Sample{Ratio: 1.5}}}},
		"path is empty":         {Transforms: []Transform{{Kind: KindUnset, Unset: &Unset{Paths: [][]string{{}}}}}},
		"one inside the other":  {Transforms: []Transform{{Kind: KindRename, Rename: &Rename{Fields: []RenameField{{New: []string{"a"}, Old: []string{"x"}}, {New: []string{"a", "b"}, Old: []string{"y"}}}}}}},
		"needs a regex":         {Transforms: []Transform{{Kind: KindParse, Parse: &Parse{Format: Regex}}}},
		"needs field or into":   {Transforms: []Transform{{Kind: KindParse, Parse: &Parse{Format: Timestamp}}}},
		"shows no part":         {Transforms: []Transform{{Kind: KindParse, Parse: &Parse{Format: Timestamp, Field: []string{"a"}, Layout: "x"}}}},
		"needs fields, pattern": {Transforms: []Transform{{Kind: KindRedact, OnError: DropRecord, Redact: &Redact{}}}},
		"can't keep":            {Transforms: []Transform{{Kind: KindRedact, Redact: &Redact{Patterns: []Detector{Card}}}}},
	}
	for want, o := range tests {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New says %v, want something with %q", err, want)
		}
	}
}
