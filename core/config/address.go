package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

var addressPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*){1,2}$`)

// reference is an address where another block names it.
type reference struct {
	address string
	at      hcl.Range
}

// references reads one address, or a list of them. Addresses are static: they are never computed.
func (l *loader) references(spec *Attribute, expr hclsyntax.Expression) []reference {
	if spec.Type == TypeAddress {
		if r, ok := l.reference(spec, expr); ok {
			return []reference{r}
		}
		return nil
	}
	exprs, diags := hcl.ExprList(expr)
	if diags.HasErrors() {
		l.fail(expr.Range(), fmt.Sprintf("%q must be a list of addresses.", spec.Name), fmt.Sprintf("Write it in brackets, such as %s.", spec.Example))
		return nil
	}
	var out []reference
	for _, e := range exprs {
		x, ok := e.(hclsyntax.Expression)
		if !ok {
			continue
		}
		r, ok := l.reference(spec, x)
		if !ok {
			continue
		}
		if i := slices.IndexFunc(out, func(o reference) bool { return o.address == r.address }); i >= 0 {
			l.diags = append(l.diags, warning(r.at, "", fmt.Sprintf("%s stands twice in %q.", r.address, spec.Name), "Take one out; it counts once."))
			continue
		}
		out = append(out, r)
	}
	return out
}

func (l *loader) reference(spec *Attribute, expr hclsyntax.Expression) (reference, bool) {
	at := expr.Range()
	t, diags := hcl.AbsTraversalForExpr(expr)
	if diags.HasErrors() {
		detail := fmt.Sprintf("Write an address such as %s.", strings.Trim(spec.Example, "[]"))
		if v, diags := expr.Value(nil); !diags.HasErrors() && v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
			detail = "Addresses are written without quotes."
			if text := v.AsString(); addressPattern.MatchString(text) {
				detail = fmt.Sprintf("Addresses are written without quotes: %s.", text)
			}
		}
		l.fail(at, fmt.Sprintf("%q takes addresses, not expressions.", spec.Name), detail)
		return reference{}, false
	}
	parts := []string{t.RootName()}
	for _, step := range t[1:] {
		attr, ok := step.(hcl.TraverseAttr)
		if !ok {
			l.fail(at, "An address is made of names and dots.", fmt.Sprintf("Write an address such as %s.", strings.Trim(spec.Example, "[]")))
			return reference{}, false
		}
		parts = append(parts, attr.Name)
	}
	return reference{address: strings.Join(parts, "."), at: at}, true
}

// resolve finds the block that a reference names; nil: diagnostics say why there is none. kinds are what is allowed.
func (b *builder) resolve(r reference, attribute string, kinds ...string) *declaration {
	kind, _, _ := strings.Cut(r.address, ".")
	if !slices.Contains(kinds, kind) {
		if kind == "source" || kind == "destination" || kind == "pipeline" {
			b.fail(r.at, fmt.Sprintf("%q can't name a %s.", attribute, kind), kindHint(attribute, kind))
			return nil
		}
		b.fail(r.at, fmt.Sprintf("%s is not an address.", quoteShort(r.address)),
			didYouMean(r.address, b.addresses(kinds), fmt.Sprintf("Addresses in %q begin with %s.", attribute, orList(kinds))))
		return nil
	}
	d := b.declared[r.address]
	if d == nil {
		candidates := b.addresses(kinds)
		otherwise := "Add the block, or name another."
		if len(candidates) > 0 && len(candidates) <= 8 {
			otherwise = "Declared: " + strings.Join(candidates, ", ") + "."
		}
		b.fail(r.at, fmt.Sprintf("There is no %s.", strconv.Quote(r.address)), didYouMean(r.address, candidates, otherwise))
		return nil
	}
	d.used = true
	return d
}

// addresses are the declared addresses of some kinds, sorted.
func (b *builder) addresses(kinds []string) []string {
	var out []string
	for _, a := range slices.Sorted(maps.Keys(b.declared)) {
		if kind, _, _ := strings.Cut(a, "."); slices.Contains(kinds, kind) {
			out = append(out, a)
		}
	}
	return out
}

func kindHint(attribute, kind string) string {
	switch {
	case attribute == "from" && kind == "pipeline":
		return "A pipeline feeds another by naming it in its own to."
	case attribute == "from":
		return "Records come from sources; destinations stand in to."
	case attribute == "pipeline":
		return "Name a pipeline."
	case kind == "source" && attribute == "to":
		return "Sources stand in from."
	default:
		return "Name a destination."
	}
}
