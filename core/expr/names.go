package expr

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// checkNames answers names that lead nowhere and syntax that the language lacks.
func (u *Unit) checkNames(e hclsyntax.Expression) hcl.Diagnostics {
	diags := hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		switch x := n.(type) {
		case *hclsyntax.ForExpr:
			return hcl.Diagnostics{problem(x.Range(), "There are no loops in this language.", "Write the elements out.")}
		case *hclsyntax.FunctionCallExpr:
			return u.checkCall(x)
		case *hclsyntax.LiteralValueExpr:
			if v := x.Val; v.Type() == cty.Number && v.IsKnown() && !v.IsNull() && inRange(v.AsBigFloat()) != nil {
				return hcl.Diagnostics{problem(x.SrcRange, "The number has too many digits.", fmt.Sprintf("Numbers have at most %d digits.", maxDigits))}
			}
		}
		return nil
	})
	for _, t := range e.Variables() {
		diags = append(diags, u.checkReference(t)...)
	}
	return diags
}

// checkCall answers a call of a function that does not exist here.
func (u *Unit) checkCall(x *hclsyntax.FunctionCallExpr) hcl.Diagnostics {
	if x.Name == "now" {
		switch {
		case u.opts.NoNow:
			return hcl.Diagnostics{problem(x.NameRange, "now() can't be used here: the value must be the same whenever it is computed.",
				"Use meta.received_at.")}
		case len(x.Args) > 0:
			return hcl.Diagnostics{problem(x.NameRange, "now() takes no arguments.", "Write now().")}
		}
		return nil
	}
	if _, ok := u.funcs[x.Name]; ok {
		return nil
	}
	if !u.loads(x.Name) {
		return hcl.Diagnostics{problem(x.NameRange, fmt.Sprintf("There is no function %s.", quoted(x.Name)),
			orElse(didYouMean(x.Name, u.functionNames()), "Use one of the language's functions."))}
	}
	if slices.ContainsFunc(x.Args, u.usesRecord) {
		return hcl.Diagnostics{problem(x.Range(), fmt.Sprintf("%s is called once, when the configuration is loaded, so it can't be given anything of a record.", x.Name),
			"Give it literals, var and local only.")}
	}
	return nil
}

// loads reports whether a function exists in the load phase.
func (u *Unit) loads(name string) bool {
	for c := u.load; c != nil; c = c.Parent() {
		if _, ok := c.Functions[name]; ok {
			return true
		}
	}
	return false
}

func (u *Unit) functionNames() []string {
	names := append(slices.Collect(maps.Keys(u.funcs)), "now")
	for c := u.load; c != nil; c = c.Parent() {
		names = slices.AppendSeq(names, maps.Keys(c.Functions))
	}
	return names
}

// checkReference answers a reference that leads nowhere.
func (u *Unit) checkReference(t hcl.Traversal) hcl.Diagnostics {
	at := t.SourceRange()
	switch root := t.RootName(); root {
	case "record":
		return nil
	case "raw":
		if len(t) > 1 {
			return hcl.Diagnostics{problem(at, "raw is a text: it has no fields.", "Fields are record.NAME; raw alone is the record's bytes as text.")}
		}
		return nil
	case "meta":
		return checkMeta(t)
	default:
		return u.checkLoaded(t)
	}
}

func checkMeta(t hcl.Traversal) hcl.Diagnostics {
	if len(t) < 2 {
		return nil
	}
	path, _ := pathOf(t[:2])
	if len(path) == 1 && slices.Contains(metaNames(), path[0]) {
		if len(t) > 2 {
			return hcl.Diagnostics{problem(t.SourceRange(), fmt.Sprintf("meta.%s has no fields.", path[0]), fmt.Sprintf("Write meta.%s.", path[0]))}
		}
		return nil
	}
	list := "meta has " + strings.Join(metaNames(), ", ") + "."
	if len(path) == 0 {
		return hcl.Diagnostics{problem(t.SourceRange(), "meta is no list.", list)}
	}
	return hcl.Diagnostics{problem(t.SourceRange(), fmt.Sprintf("There is no meta.%s.", path[0]),
		strings.TrimSpace(didYouMean(path[0], metaNames())+" "+list))}
}

// checkLoaded answers a reference to something of the load phase that does not exist.
func (u *Unit) checkLoaded(t hcl.Traversal) hcl.Diagnostics {
	at, root := t.SourceRange(), t.RootName()
	for c := u.load; c != nil; c = c.Parent() {
		object, ok := c.Variables[root]
		if !ok {
			continue
		}
		if len(t) > 1 && object.Type().IsObjectType() {
			names := slices.Collect(maps.Keys(object.Type().AttributeTypes()))
			if attr, ok := t[1].(hcl.TraverseAttr); ok && !slices.Contains(names, attr.Name) {
				return hcl.Diagnostics{problem(at, fmt.Sprintf("There is no %s.%s.", root, attr.Name),
					orElse(didYouMean(attr.Name, names), "Declare it, or correct the name."))}
			}
		}
		return nil
	}
	detail := didYouMean(root, []string{"record", "meta", "raw", "var", "local"})
	if _, ok := u.funcs[root]; ok || u.loads(root) {
		detail = fmt.Sprintf("%s is a function: write %s(…).", root, root)
	}
	if detail == "" {
		detail = fmt.Sprintf("A field of the record is record.%s; text is written in quotes: %s.", root, quoted(root))
	}
	return hcl.Diagnostics{problem(at, fmt.Sprintf("There is nothing named %s here.", quoted(root)), detail)}
}

// usesRecord reports whether an expression's value depends on a record.
func (u *Unit) usesRecord(e hclsyntax.Expression) bool {
	for _, t := range e.Variables() {
		switch t.RootName() {
		case "record", "meta", "raw":
			return true
		}
	}
	uses := false
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		if x, ok := n.(*hclsyntax.FunctionCallExpr); ok && x.Name == "now" {
			uses = true
		}
		return nil
	})
	return uses
}

// longestSuggestible bounds the names that are compared, because the time grows with the product of two lengths.
const longestSuggestible = 64

// didYouMean suggests the candidate that given was probably meant to be; empty when there is none.
func didYouMean(given string, candidates []string) string {
	if given == "" || len(given) > longestSuggestible {
		return ""
	}
	best, bestDistance := "", 3
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if c == given || len(c) > longestSuggestible {
			continue
		}
		if d := levenshtein.Distance(given, c, nil); d < bestDistance && d < len(c) && d < len(given) {
			best, bestDistance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return "Did you mean \"" + best + "\"?"
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
