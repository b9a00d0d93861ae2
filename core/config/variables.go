package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// variable is one variable block.
type variable struct {
	name      string
	at        hcl.Range
	ty        cty.Type
	sensitive bool
	// fallback is the default; hasDefault says whether there is one.
	fallback     cty.Value
	fallbackExpr hclsyntax.Expression
	hasDefault   bool
	broken       bool
	// from is where its value comes from.
	from Use
}

// given is a value from outside, with where it comes from.
type given struct {
	value cty.Value
	// text: a value that is not HCL yet.
	text   string
	isText bool
	// at is in a file of values, or the variable's block.
	at     hcl.Range
	origin string
	from   Use
}

// loadVariables reads the variable blocks and gives each its value.
func (l *loader) loadVariables(blocks []*hclsyntax.Block, valueFiles []string) {
	for _, b := range blocks {
		l.vars[b.Labels[0]] = l.declare(b)
	}
	values := map[string]given{}
	for _, path := range slices.Concat(valueFiles, l.opts.VarFiles) {
		l.readValues(path, values)
	}
	object := map[string]cty.Value{}
	names := slices.Sorted(maps.Keys(l.vars))
	for _, name := range names {
		v := l.vars[name]
		if text, ok := l.getenv("SKIDWAY_VAR_" + name); ok {
			values[name] = given{text: text, isText: true, at: v.at, origin: "SKIDWAY_VAR_" + name, from: Use{Origin: OriginEnvironment}}
		}
		if text, ok := l.opts.Vars[name]; ok {
			values[name] = given{text: text, isText: true, at: v.at, origin: "--var " + name, from: Use{Origin: OriginCommandLine}}
		}
		object[name] = l.variableValue(v, values)
	}
	for _, name := range slices.Sorted(maps.Keys(l.opts.Vars)) {
		if l.vars[name] == nil {
			l.diags = append(l.diags, placeless(fmt.Sprintf("There is no variable %s, which --var gives a value.", quoteShort(name)),
				didYouMean(name, names, "Declare it in a variable block, or take it out.")))
		}
	}
	l.scope["var"] = cty.ObjectVal(object)
}

// declare reads a variable block. Its words are those of variableSchema; type is a type and not a value.
func (l *loader) declare(b *hclsyntax.Block) *variable {
	v := &variable{name: b.Labels[0], at: b.DefRange(), ty: cty.DynamicPseudoType}
	what := fmt.Sprintf("variable %q", v.name)
	body := *b.Body
	body.Attributes = maps.Clone(b.Body.Attributes)
	typeAttr, defaultAttr := body.Attributes["type"], body.Attributes["default"]
	delete(body.Attributes, "type")
	delete(body.Attributes, "default")
	for _, name := range []string{"description", "sensitive"} {
		if a := body.Attributes[name]; a != nil && len(a.Expr.Variables()) > 0 {
			l.fail(a.Expr.Range(), fmt.Sprintf("%q of a variable can't be computed.", name), "Write a literal value.")
			delete(body.Attributes, name)
		}
	}
	n := l.decode(&body, b.DefRange(), variableSchema(), what)
	v.sensitive = n.flag("sensitive") || n.get("sensitive").unknown
	if typeAttr != nil {
		ty, diags := typeexpr.TypeConstraint(typeAttr.Expr)
		for _, d := range diags {
			l.diags = append(l.diags, problem(subject(d), "The type of a variable is string, number, bool, any, list(T), set(T), map(T), object({…}) or tuple([…]).", d.Detail))
		}
		if diags.HasErrors() {
			v.broken = true
		} else {
			v.ty = ty
		}
	}
	if defaultAttr == nil {
		return v
	}
	if v.sensitive {
		l.files.maskLiterals(defaultAttr.Expr)
	}
	v.hasDefault = true
	v.fallbackExpr, v.from = defaultAttr.Expr, useAt(OriginDefault, defaultAttr.Expr.Range())
	value, ok := l.eval(defaultAttr.Expr, place{name: "default", alone: "The default of a variable"})
	if !ok {
		v.broken = true
		return v
	}
	if v.fallback, ok = l.conform(v, value, defaultAttr.Expr.Range(), "The default"); !ok {
		v.broken = true
	}
	return v
}

// readValues reads a file of values: `name = literal` and nothing else.
func (l *loader) readValues(path string, values map[string]given) {
	before := len(l.diags)
	f := l.parse(path)
	if f == nil || l.diags[before:].HasErrors() {
		return
	}
	for _, b := range f.body.Blocks {
		l.fail(b.TypeRange, "A file of values holds no blocks.", "Write name = value, one a line.")
	}
	for name, a := range f.body.Attributes {
		v := l.vars[name]
		if v == nil {
			l.fail(a.NameRange, fmt.Sprintf("There is no variable %s.", quoteShort(name)),
				didYouMean(name, slices.Collect(maps.Keys(l.vars)), "Declare it in a variable block, or take it out."))
			l.files.maskLiterals(a.Expr) // it may be meant for a sensitive variable
			continue
		}
		if v.sensitive {
			l.files.maskLiterals(a.Expr)
		}
		value, diags := a.Expr.Value(nil)
		if diags.HasErrors() {
			l.fail(a.Expr.Range(), "A file of values holds literals only.", "Write the value itself, without functions and references.")
			v.broken = true
			continue
		}
		values[name] = given{value: value, at: a.Expr.Range(), origin: path, from: useAt(OriginFile, a.Expr.Range())}
	}
}

// variableValue picks and converts a variable's value.
func (l *loader) variableValue(v *variable, values map[string]given) cty.Value {
	g, ok := values[v.name]
	switch {
	case v.broken:
		return cty.DynamicVal
	case !ok && v.hasDefault:
		return l.finished(v, v.fallback)
	case !ok && v.sensitive && !l.opts.NeedSecrets:
		l.diags = append(l.diags, warning(v.at, CodeNote, fmt.Sprintf("The variable %q has no value here.", v.name),
			"It is taken as unknown; `skidway run` needs it."))
		return cty.UnknownVal(v.ty).Mark(secretMark{})
	case !ok:
		l.fail(v.at, fmt.Sprintf("The variable %q has no value.", v.name),
			fmt.Sprintf("Give it one with --var %s=…, the environment's SKIDWAY_VAR_%s or a *.vars.hcl file, or give it a default.", v.name, v.name))
		return cty.DynamicVal
	}
	v.from = g.from
	value := g.value
	if g.isText {
		if v.sensitive {
			l.addSecret(g.text)
		}
		if value, ok = l.fromText(v, g); !ok {
			return cty.DynamicVal
		}
	}
	out, ok := l.conform(v, value, g.at, "The value from "+g.origin)
	if !ok {
		return cty.DynamicVal
	}
	return l.finished(v, out)
}

// finished marks a sensitive variable's value and remembers it.
func (l *loader) finished(v *variable, value cty.Value) cty.Value {
	if v.sensitive {
		value = value.Mark(secretMark{})
	}
	l.rememberSecrets(value, false)
	return value
}

// fromText reads a value from the environment or the command line: text as it is for a string, HCL for other types.
func (l *loader) fromText(v *variable, g given) (cty.Value, bool) {
	switch v.ty {
	case cty.String, cty.Number, cty.Bool, cty.DynamicPseudoType:
		return cty.StringVal(g.text), true
	}
	if checkLimits([]byte(g.text), g.origin) == nil {
		expr, diags := hclsyntax.ParseExpression([]byte(g.text), g.origin, hcl.InitialPos)
		if !diags.HasErrors() {
			if value, diags := expr.Value(nil); !diags.HasErrors() {
				return value, true
			}
		}
	}
	l.fail(v.at, fmt.Sprintf("The value from %s can't be read.", g.origin),
		fmt.Sprintf("The variable %q is of type %s: write it as in the configuration language, such as '[\"a\", \"b\"]'.", v.name, typeexpr.TypeString(v.ty)))
	return cty.NilVal, false
}

// conform converts a value to the variable's type.
func (l *loader) conform(v *variable, value cty.Value, at hcl.Range, origin string) (cty.Value, bool) {
	out, err := convert.Convert(value, v.ty)
	if err == nil {
		return out, true
	}
	shown := friendly(value)
	l.fail(at, fmt.Sprintf("%s of variable %s must be %s, not %s.", origin, strconv.Quote(v.name), typeName(v.ty), shown),
		"Change the value or the type of the variable.")
	return cty.NilVal, false
}

// typeName is a variable's type in a sentence.
func typeName(ty cty.Type) string {
	switch ty {
	case cty.String, cty.Number:
		return "a " + ty.FriendlyName()
	case cty.Bool:
		return "true or false"
	}
	return "of type " + typeexpr.TypeString(ty)
}
