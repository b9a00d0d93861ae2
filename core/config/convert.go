package config

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// converter turns an evaluated, unmarked value into the canonical form of a type: string, bool, json.Number, int64
// (nanoseconds or bytes), []any, map[string]any. Every mistake is answered at the part of the expression it stands in.
type converter struct {
	attr *Attribute
	// dir is what relative paths are relative to; keepPaths leaves them alone.
	dir       string
	keepPaths bool
	// hidden: the value is sensitive and must not be shown.
	hidden bool
	// unknown is set when a part of the value was unknown; a placeholder stands for it.
	unknown bool
	diags   hcl.Diagnostics
}

func (c *converter) fail(expr hclsyntax.Expression, summary, detail string) any {
	c.diags = append(c.diags, problem(expr.Range(), summary, detail))
	return nil
}

// convert returns the canonical form; nil when it has none, and then diags say why.
func (c *converter) convert(t Type, v cty.Value, expr hclsyntax.Expression) any {
	switch t {
	case TypeList:
		return c.list(v, expr)
	case TypeMap:
		return c.mapping(v, expr)
	case TypeObject:
		if ty := v.Type(); v.IsKnown() && !ty.IsObjectType() && !ty.IsMapType() {
			return c.fail(expr, c.quoted()+" must be an object, not "+friendly(v)+".",
				"Write it in braces, such as { name = \"value\" }.")
		}
		return c.plain(v)
	case TypeAny:
		return c.plain(v)
	}
	if !v.IsKnown() {
		c.unknown = true
		return placeholder(t)
	}
	if v.IsNull() {
		return c.fail(expr, c.quoted()+" must not hold null.", "Give a value, or leave the element out.")
	}
	out := c.scalar(t, v, expr)
	if out != nil && !c.allowed(out, t, expr) {
		return nil
	}
	return out
}

func (c *converter) scalar(t Type, v cty.Value, expr hclsyntax.Expression) any {
	switch t {
	case TypeNumber:
		n, err := convert.Convert(v, cty.Number)
		if err != nil {
			return c.fail(expr, c.quoted()+" must be a number"+c.not(v)+".", "Write it without quotes or a unit, such as 10.")
		}
		return c.number(n, expr)
	case TypeBool:
		b, err := convert.Convert(v, cty.Bool)
		if err != nil {
			return c.fail(expr, c.quoted()+" must be true or false"+c.not(v)+".", "Write true or false, without quotes.")
		}
		return b.True()
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil {
		return c.fail(expr, c.quoted()+" must be "+articled(t)+", not "+friendly(v)+".", "Write it in quotes.")
	}
	text := s.AsString()
	if !c.hidden && c.attr.later.holds(c.attr, text) {
		return c.fail(expr, c.quoted()+" = "+quoteShort(text)+" is not supported yet.", c.attr.later.instead)
	}
	switch t {
	case TypeDuration:
		d, err := parseDuration(text)
		if err != nil {
			return c.fail(expr, c.quoted()+" must be a duration"+c.not(v)+unitReason(err)+".", c.advice(err, durationAdvice, text, durationHint))
		}
		return int64(d)
	case TypeBytes:
		if c.attr.Share {
			return c.share(v, text, expr)
		}
		n, err := parseBytes(text)
		if err != nil {
			return c.fail(expr, c.quoted()+" must be a size"+c.not(v)+unitReason(err)+".", c.advice(err, bytesAdvice, text, bytesHint))
		}
		return n
	case TypeURL:
		u, err := url.Parse(text)
		if err != nil || u.Scheme == "" || u.Host == "" {
			return c.fail(expr, c.quoted()+" must be a URL"+c.not(v)+".",
				"Write it with scheme and host, such as \"https://logs.example.com/push\".")
		}
	case TypePath:
		return c.path(text, expr)
	}
	return text
}

func (c *converter) share(v cty.Value, text string, expr hclsyntax.Expression) any {
	out, err := sizeOrShare(text)
	switch {
	case errors.Is(err, errShareRange):
		return c.fail(expr, c.quoted()+" must be more than 0% and less than 100%"+c.not(v)+".", "Write a share in between, such as \"20%\", or a size.")
	case err != nil:
		return c.fail(expr, c.quoted()+" must be a size or a share of the filesystem"+c.not(v)+unitReason(err)+".",
			c.advice(err, shareAdvice, text, shareHint))
	}
	return out
}

// advice is what to write instead of a quantity, as far as the value may be shown.
func (c *converter) advice(err error, of func(string) string, text, otherwise string) string {
	if c.hidden || errors.Is(err, errTooLarge) {
		return otherwise
	}
	return of(text)
}

func unitReason(err error) string {
	if errors.Is(err, errTooLarge) {
		return ", which is too large"
	}
	return ""
}

func (c *converter) path(text string, expr hclsyntax.Expression) any {
	switch {
	case text == "":
		return c.fail(expr, c.quoted()+" must not be empty.", "Write the path of a file, relative to the folder of this one or absolute.")
	case strings.ContainsRune(text, 0):
		return c.fail(expr, c.quoted()+" holds a NUL character, which no path can.", "Take it out.")
	case c.keepPaths:
		return text
	case filepath.IsAbs(text):
		return filepath.Clean(text)
	}
	return filepath.Join(c.dir, text)
}

func (c *converter) number(v cty.Value, expr hclsyntax.Expression) any {
	f := v.AsBigFloat()
	if f.IsInf() || f.MantExp(nil) > 1024 {
		return c.fail(expr, c.quoted()+" is too large a number.", "Numbers go up to about 1e308.")
	}
	if f.IsInt() {
		if n, acc := f.Int64(); acc == big.Exact {
			return json.Number(strconv.FormatInt(n, 10))
		}
	}
	if c.attr.Whole && !f.IsInt() {
		return c.fail(expr, c.quoted()+" must be a whole number"+c.not(v)+".", "Write it without a fraction.")
	}
	x, _ := f.Float64()
	return json.Number(strconv.FormatFloat(x, 'g', -1, 64))
}

func (c *converter) list(v cty.Value, expr hclsyntax.Expression) any {
	if !v.IsKnown() {
		c.unknown = true
		return []any{}
	}
	if ty := v.Type(); !ty.IsTupleType() && !ty.IsListType() && !ty.IsSetType() {
		return c.fail(expr, c.quoted()+" must be a list, not "+friendly(v)+".", "Write it in brackets, such as [...].")
	}
	out := make([]any, 0, v.LengthInt())
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, e := it.Element()
		out = append(out, c.convert(c.attr.Element, e, elementExpr(expr, i)))
	}
	return out
}

func (c *converter) mapping(v cty.Value, expr hclsyntax.Expression) any {
	if !v.IsKnown() {
		c.unknown = true
		return map[string]any{}
	}
	if ty := v.Type(); !ty.IsObjectType() && !ty.IsMapType() {
		return c.fail(expr, c.quoted()+" must be a map, not "+friendly(v)+".", "Write it in braces, such as { name = \"value\" }.")
	}
	out := map[string]any{}
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		out[k.AsString()] = c.convert(c.attr.Element, e, keyExpr(expr, k.AsString()))
	}
	return out
}

// plain is the canonical form of a value of any shape.
func (c *converter) plain(v cty.Value) any {
	switch {
	case !v.IsKnown():
		c.unknown = true
		return placeholder(TypeString)
	case v.IsNull():
		return nil
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		return v.AsString()
	case ty == cty.Bool:
		return v.True()
	case ty == cty.Number:
		f := v.AsBigFloat()
		if n, acc := f.Int64(); acc == big.Exact {
			return json.Number(strconv.FormatInt(n, 10))
		}
		x, _ := f.Float64()
		return x
	case ty.IsObjectType(), ty.IsMapType():
		out := map[string]any{}
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			out[k.AsString()] = c.plain(e)
		}
		return out
	case ty.IsTupleType(), ty.IsListType(), ty.IsSetType():
		out := []any{}
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			out = append(out, c.plain(e))
		}
		return out
	}
	return nil
}

// placeholder stands for an unknown value where one must be shown to a plugin's Validate.
func placeholder(t Type) any {
	switch t {
	case TypeNumber:
		return json.Number("1")
	case TypeBool:
		return true
	case TypeDuration, TypeBytes:
		return int64(1)
	case TypeURL:
		return "https://unknown.invalid/"
	case TypePath:
		return "/unknown"
	default:
		return "unknown"
	}
}

func (c *converter) quoted() string { return strconv.Quote(c.attr.Name) }

// not returns ", not VALUE", as far as the value may be shown.
func (c *converter) not(v cty.Value) string {
	if c.hidden {
		return ""
	}
	switch v.Type() {
	case cty.String:
		return ", not " + quoteShort(v.AsString())
	case cty.Number:
		return ", not " + v.AsBigFloat().Text('g', 12)
	case cty.Bool:
		return ", not " + strconv.FormatBool(v.True())
	}
	return ", not " + friendly(v)
}

// quoteShort quotes a text for a message, cut to a length that a line can bear.
func quoteShort(s string) string {
	const most = 60
	if len(s) <= most {
		return strconv.Quote(s)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut] + "…")
}

// friendly names a value's type for people.
func friendly(v cty.Value) string {
	switch ty := v.Type(); {
	case ty.IsTupleType(), ty.IsListType(), ty.IsSetType():
		return "a list"
	case ty.IsObjectType():
		return "an object"
	case ty.IsMapType():
		return "a map"
	case ty == cty.Bool:
		return "true or false"
	default:
		return "a " + ty.FriendlyName()
	}
}

func articled(t Type) string {
	switch t {
	case TypeURL:
		return "a URL"
	case TypeBytes:
		return "a size"
	default:
		return "a " + string(t)
	}
}

// elementExpr is the expression of a list's element, as far as it can be told apart.
func elementExpr(expr hclsyntax.Expression, i int) hclsyntax.Expression {
	if t, ok := unwrap(expr).(*hclsyntax.TupleConsExpr); ok && i < len(t.Exprs) {
		return t.Exprs[i]
	}
	return expr
}

// keyExpr is the expression of a map's element, as far as it can be told apart.
func keyExpr(expr hclsyntax.Expression, key string) hclsyntax.Expression {
	o, ok := unwrap(expr).(*hclsyntax.ObjectConsExpr)
	if !ok {
		return expr
	}
	for _, item := range o.Items {
		if k, ok := literalKey(item.KeyExpr); ok && k == key {
			return item.ValueExpr
		}
	}
	return expr
}

// literalKey returns a key that stands in the source as it is.
func literalKey(expr hclsyntax.Expression) (string, bool) {
	if k := hcl.ExprAsKeyword(expr); k != "" {
		return k, true
	}
	v, diags := expr.Value(nil)
	if diags.HasErrors() || v.IsMarked() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

func unwrap(expr hclsyntax.Expression) hclsyntax.Expression {
	for {
		p, ok := expr.(*hclsyntax.ParenthesesExpr)
		if !ok {
			return expr
		}
		expr = p.Expression
	}
}
