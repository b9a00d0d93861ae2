package config

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// allowed checks a scalar in canonical form against the attribute's limits.
func (c *converter) allowed(v any, t Type, expr hclsyntax.Expression) bool {
	a := c.attr
	if _, ok := v.(share); ok {
		return true // limits are sizes
	}
	if len(a.oneOf) > 0 {
		text := canonicalJSON(v)
		if !slices.ContainsFunc(a.oneOf, func(o any) bool { return canonicalJSON(o) == text }) {
			c.refuse(v, t, expr)
			return false
		}
	}
	if a.min != nil && toFloat(v) < toFloat(a.min) {
		c.fail(expr, c.quoted()+" must be at least "+limitText(t, a.min)+c.butIs(v, t)+".", "Write a larger value.")
		return false
	}
	if a.max != nil && toFloat(v) > toFloat(a.max) {
		c.fail(expr, c.quoted()+" must be at most "+limitText(t, a.max)+c.butIs(v, t)+".", "Write a smaller value.")
		return false
	}
	if s, ok := v.(string); ok && a.pattern != nil && !a.pattern.MatchString(s) {
		detail := "It must match " + a.Pattern + "."
		if a.Example != "" {
			detail = "It must match " + a.Pattern + ", such as " + a.Example + "."
		}
		c.fail(expr, c.quoted()+" does not have the right form"+c.butIs(v, t)+".", detail)
		return false
	}
	return true
}

// refuse answers a value that is none of the allowed ones.
func (c *converter) refuse(v any, t Type, expr hclsyntax.Expression) {
	texts := make([]string, len(c.attr.oneOf))
	var words []string
	for i, o := range c.attr.oneOf {
		texts[i] = limitText(t, o)
		if s, ok := o.(string); ok {
			words = append(words, s)
		}
	}
	detail := "Write one of them."
	if s, ok := v.(string); ok && !c.hidden {
		detail = didYouMean(s, words, detail)
	}
	c.fail(expr, c.quoted()+" must be "+orList(texts)+c.butIs(v, t)+".", detail)
}

func (c *converter) butIs(v any, t Type) string {
	if c.hidden {
		return ""
	}
	return ", not " + limitText(t, v)
}

// limitText writes a scalar in canonical form as people write it.
func limitText(t Type, v any) string {
	switch x := v.(type) {
	case int64:
		if t == TypeDuration {
			return formatDuration(time.Duration(x))
		}
		return formatBytes(x)
	case string:
		return quoteShort(x)
	}
	return canonicalJSON(v)
}

func toFloat(v any) float64 {
	switch x := v.(type) {
	case int64:
		return float64(x)
	case json.Number:
		f, err := x.Float64()
		if err == nil {
			return f
		}
	}
	return 0
}

// orList writes "a, b or c".
func orList(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " or " + parts[len(parts)-1]
}
