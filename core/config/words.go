package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/skidway/skidway/core/expr"
)

// sayNoMore stands for what a message would say of a value that must not be shown.
const sayNoMore = "The expression uses a sensitive value, so nothing more is said about it."

// inOurWords says in two sentences what hcl's evaluator has to say: what is wrong, and what to do. Values of the
// configuration come into the second one only. What is no message of the evaluator stays as it is.
func inOurWords(d *hcl.Diagnostic) (summary, detail string) {
	if extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d); ok {
		if plain, ok := errors.AsType[plainError](extra.FunctionCallError()); ok {
			return extra.CalledFunctionName() + " can't be computed.", sentence("The reason: " + plain.Error())
		}
		return callInOurWords(d, extra.CalledFunctionName())
	}
	switch d.Summary {
	case "Invalid operand":
		what, needs, ok := strings.Cut(strings.TrimPrefix(d.Detail, "Unsuitable value for "), ": ")
		if !ok {
			break
		}
		what = strings.TrimPrefix(what, "unary ")
		switch {
		case strings.HasPrefix(needs, "a number is required"):
			return fmt.Sprintf("The %s is no number.", what), "Texts are compared with == and != only; tonumber(…) makes a number of one."
		case strings.HasPrefix(needs, "a bool is required"):
			return fmt.Sprintf("The %s is neither true nor false.", what), `Write a comparison, such as record.level == "error".`
		}
	case "Inconsistent conditional result types":
		return "The two results of the condition are of different types.", sentence(d.Detail) + " Make both of one type, for example with tostring(…)."
	case "Invalid template interpolation value":
		return "The value can't stand in a text.", sentence(d.Detail) + " Write jsonencode(…) around a list or an object."
	case "Unsupported attribute", "Invalid index", "Missing map element":
		return "There is no such element.", sentence(d.Detail) + " try(…, null) gives null in its place."
	}
	return d.Summary, d.Detail
}

func callInOurWords(d *hcl.Diagnostic, name string) (summary, detail string) {
	written := ""
	for _, f := range expr.Documented() {
		if f.Name == name {
			written = " It is written " + f.Signature + "."
		}
	}
	switch d.Summary {
	case "Not enough function arguments":
		return fmt.Sprintf("%s has too few arguments.", name), orElse(written, sentence(d.Detail))
	case "Too many function arguments":
		return fmt.Sprintf("%s has too many arguments.", name), orElse(written, sentence(d.Detail))
	case "Invalid function argument":
		_, reason, ok := strings.Cut(d.Detail, `" parameter: `)
		if !ok {
			return fmt.Sprintf("An argument of %s can't be used.", name), d.Detail
		}
		return fmt.Sprintf("An argument of %s can't be used.", name), sentence("The reason: "+reason) + written
	case "Error in function call":
		reason, ok := strings.CutPrefix(d.Detail, fmt.Sprintf("Call to function %q failed: ", name))
		if !ok {
			return name + " can't be computed.", d.Detail
		}
		return name + " can't be computed.", sentence("The reason: "+reason) + written
	}
	return d.Summary, d.Detail
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return strings.TrimSpace(s)
}

// sentence ends a text with one full stop.
func sentence(s string) string { return strings.TrimRight(s, ". ") + "." }
