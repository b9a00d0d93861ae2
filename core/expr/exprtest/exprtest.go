// Package exprtest compiles expressions from their text, for tests of packages that know no HCL.
package exprtest

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/skidway/skidway/core/expr"
)

// Predicate compiles a when. It fails the test when there is a mistake in it.
func Predicate(t testing.TB, u *expr.Unit, text string) *expr.Predicate {
	t.Helper()
	p, diags := u.Predicate(parse(t, text))
	check(t, text, diags)
	return p
}

// Value compiles a value. It fails the test when there is a mistake in it.
func Value(t testing.TB, u *expr.Unit, text string) *expr.Value {
	t.Helper()
	v, diags := u.Value(parse(t, text))
	check(t, text, diags)
	return v
}

// Object compiles the fields of a set. It fails the test when there is a mistake in them.
func Object(t testing.TB, u *expr.Unit, text string) ([]expr.Field, *expr.Value) {
	t.Helper()
	fields, object, diags := u.Object(parse(t, text))
	check(t, text, diags)
	return fields, object
}

func parse(t testing.TB, text string) hcl.Expression {
	t.Helper()
	e, diags := hclsyntax.ParseExpression([]byte(text), "test.hcl", hcl.InitialPos)
	check(t, text, diags)
	return e
}

func check(t testing.TB, text string, diags hcl.Diagnostics) {
	t.Helper()
	if diags.HasErrors() {
		t.Fatalf("compile %s: %v", text, diags)
	}
}
