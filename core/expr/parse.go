package expr

import (
	"errors"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxPredicateText bounds an expression that is given outside of a configuration.
const maxPredicateText = 16 << 10

// ParsePredicate compiles an expression that decides about records and is given outside of a configuration, so that it
// knows record, meta, raw and the functions, and neither var nor local. The error is a sentence without a place.
func ParsePredicate(text string) (*Unit, *Predicate, error) {
	if len(text) > maxPredicateText {
		return nil, nil, errors.New("the expression is too long")
	}
	e, diags := hclsyntax.ParseExpression([]byte(text), "expression", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, nil, sentence(diags)
	}
	u := NewUnit(&hcl.EvalContext{}, Options{Source: func(string) []byte { return []byte(text) }})
	p, diags := u.Predicate(e)
	if diags.HasErrors() {
		return nil, nil, sentence(diags)
	}
	return u, p, nil
}

// sentence makes an error of the first diagnostic that is one.
func sentence(diags hcl.Diagnostics) error {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			return errors.New(strings.TrimSpace(strings.TrimSuffix(d.Summary, ".") + ". " + d.Detail))
		}
	}
	return errors.New("the expression can't be read")
}
