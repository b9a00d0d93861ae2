package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// checkRules answers combinations of attributes and blocks that the schema forbids.
func (l *loader) checkRules(n *node, what string) {
	for _, r := range n.schema.Rules {
		var given []string
		var at []hcl.Range
		for _, name := range r.Names {
			if where, ok := n.given(name); ok {
				given = append(given, name)
				at = append(at, where)
			}
		}
		names := orList(quoteAll(r.Names))
		switch {
		case r.Kind == ExactlyOneOf && len(given) == 0:
			l.fail(n.at, fmt.Sprintf("%s needs %s.", sentenceStart(what), names), "Give one of them.")
		case (r.Kind == ExactlyOneOf || r.Kind == Conflicts) && len(given) > 1:
			l.fail(at[1], fmt.Sprintf("%q can't stand beside %q.", given[1], given[0]), fmt.Sprintf("Only one of %s may be given.", names))
		case r.Kind == RequiredTogether && len(given) > 0 && len(given) < len(r.Names):
			l.fail(at[0], fmt.Sprintf("%q needs %s beside it.", given[0], andList(quoteAll(without(r.Names, given)))), "Give all of them, or none.")
		}
	}
}

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", n)
	}
	return out
}

func without(names, given []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(given, n) })
}

// andList writes "a, b and c".
func andList(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
