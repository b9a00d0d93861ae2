package expr

import (
	"errors"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// checkConstants answers patterns, networks and layouts that can't be read.
func (u *Unit) checkConstants(e hclsyntax.Expression) hcl.Diagnostics {
	return hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		x, ok := n.(*hclsyntax.FunctionCallExpr)
		if !ok || x.ExpandFinal || len(x.Args) < 2 {
			return nil
		}
		at, check, hint := 0, func(string) error { return nil }, ""
		switch x.Name {
		case "matches", "regex", "regexall":
			check = func(s string) error { _, err := compilePattern(s); return err }
			hint = "Correct the regular expression; its syntax is RE2's."
		case "replace":
			at = 1
			check = func(s string) error { _, err := newReplacer(s, ""); return err }
			hint = "Correct the regular expression between the slashes; its syntax is RE2's."
		case "cidrcontains":
			check = func(s string) error { _, err := parseNetwork(s); return err }
			hint = "Write a network such as 10.0.0.0/8."
		case "parsetime":
			check = func(s string) error { _, err := newLayout(s); return err }
			hint = "Write the name of a layout or Go's reference time."
		case "formatdate":
			check = func(s string) error {
				if !strings.ContainsAny(s, "YMDEhHmsZA") {
					return errors.New("the format has no part of a time in it")
				}
				_, err := newDateFormat(s)
				return err
			}
			hint = "Write for example \"YYYY-MM-DD\"; other letters stand in single quotes."
		}
		text, ok := literalText(x.Args[at])
		if !ok {
			return nil
		}
		if err := check(text); err != nil {
			return hcl.Diagnostics{problem(x.Args[at].Range(), "Invalid argument of "+x.Name+": "+err.Error()+".", hint)}
		}
		return nil
	})
}
