package pipeline

import "testing"

// TestSteadyStateAllocatesNothing is for the steps that most pipelines have.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	u := newUnit(t)
	pipelines := map[string]*Pipeline{"drop, set and three routes": budgetPipeline(t)}
	for name, tr := range map[string]Transform{
		"unset":  {Kind: KindUnset, Unset: &Unset{Paths: [][]string{{"pad"}}}},
		"rename": {Kind: KindRename, Rename: &Rename{Fields: []RenameField{{New: []string{"message"}, Old: []string{"msg"}}}}},
		"sample": {Kind: KindSample, Sample: &Sample{Ratio: 0.5, Key: u.value("record.trace")}},
		"redact": {Kind: KindRedact, OnError: DropRecord, Redact: &Redact{Patterns: []Detector{Email, Card, IBAN, IPv4, JWT}}},
		"fields": {Kind: KindRedact, OnError: DropRecord, Redact: &Redact{Fields: [][]string{{"pad"}}}},
	} {
		pipelines[name] = u.pipeline(Options{Transforms: []Transform{tr}})
	}
	g := benchLines()
	emit := func(*Output) error { return nil }
	for name, p := range pipelines {
		r := p.Runner()
		allocs := testing.AllocsPerRun(20, func() {
			if err := r.Run(g, 0, emit); err != nil {
				t.Fatal(err)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations for 100 records, want 0", name, allocs)
		}
	}
}
