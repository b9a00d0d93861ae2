package config

import (
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// testDestination is the address of a destination that records may come to; empty: it was answered.
func (b *builder) testDestination(r reference, attribute string) string {
	d := b.resolve(r, attribute, "destination")
	if d == nil {
		return ""
	}
	if !d.enabled {
		b.fail(r.at, fmt.Sprintf("%s is disabled: nothing comes to it.", d.address), "Enable it, or take it out.")
		return ""
	}
	return d.address
}

// testLines reads the records of line or lines as newline framing does: what ends a line, as a heredoc's last one, is no part
// of it, and an empty one is no record.
func (b *builder) testLines(n *node, name string) (records [][]byte) {
	v := n.get(name)
	texts := []string{n.text(name)}
	if name == "lines" {
		texts = n.texts(name)
	}
	for _, text := range texts {
		if line, ended := strings.CutSuffix(text, "\n"); ended {
			text = strings.TrimSuffix(line, "\r")
		}
		if text != "" {
			records = append(records, []byte(text))
		}
	}
	switch {
	case len(records) > 0 || v.unknown || v.v == nil:
	case name == "line":
		b.fail(v.at, `"line" is empty, and an empty line is no record.`, "Write what a line holds, or take the input out.")
	default:
		b.fail(v.at, `"lines" is empty.`, "Write a line in it that is not empty, or take the input out.")
	}
	return records
}

// testPlaces reads where an expect looks.
func (b *builder) testPlaces(n *node) (at []string) {
	v := n.values["at"]
	if v == nil {
		return nil
	}
	_, batches := n.given("batches")
	for _, r := range v.refs {
		place := r.address == TestDropped || r.address == TestDeadLetter
		switch {
		case place && batches:
			b.fail(r.at, fmt.Sprintf("%s has no batches.", r.address), "Name destinations in an expect with batches.")
		case place:
			at = append(at, r.address)
		case !strings.Contains(r.address, "."):
			b.fail(r.at, fmt.Sprintf("There is no place %s.", quoteShort(r.address)),
				didYouMean(r.address, []string{TestDropped, TestDeadLetter}, "Places are destination.TYPE.NAME, dropped and dead_letter."))
		default:
			if a := b.testDestination(r, "at"); a != "" {
				at = append(at, a)
			}
		}
	}
	if isEmptyList(v.expr) {
		b.fail(v.at, "The expect names no place.", "Name a destination, dropped or dead_letter.")
	}
	return at
}

// over is what the condition sees of an output.
func (a *TestAssert) over(output cty.Value) *hcl.EvalContext {
	ctx := &hcl.EvalContext{Functions: a.context.Functions, Variables: maps.Clone(a.context.Variables)}
	ctx.Variables["output"] = output
	return ctx
}

// checkCondition answers what is wrong with a condition whatever comes out.
func (b *builder) checkCondition(a *TestAssert) {
	got, diags := a.condition.Value(a.over(cty.DynamicVal))
	if diags.HasErrors() {
		b.addEvalDiags(a.condition, diags)
		return
	}
	if ty := got.Type(); ty != cty.Bool && ty != cty.DynamicPseudoType {
		b.fail(a.condition.Range(), fmt.Sprintf("The condition is %s, not true or false.", friendly(got)), `Write a comparison, such as output[0].env == "prod".`)
	}
}
