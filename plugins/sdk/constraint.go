package sdk

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// parseConstraints reads the tags oneof, min, max and pattern of an attribute.
func (b *body) parseConstraints(o *option) {
	c := &pluginv1.Constraints{}
	c.Min, c.Max = bounds(o.field.Type)
	used := c.Min != nil || c.Max != nil
	if tag, ok := o.field.Tag.Lookup("oneof"); ok {
		used = true
		for word := range strings.SplitSeq(tag, "|") {
			value, err := constant(word, o.value)
			if err != nil {
				b.fail(o.field, "tag oneof: %v", err)
			}
			c.OneOf = append(c.OneOf, value)
		}
	}
	for _, end := range []struct {
		tag  string
		into **float64
	}{{"min", &c.Min}, {"max", &c.Max}} {
		if tag, ok := o.field.Tag.Lookup(end.tag); ok {
			used = true
			f, err := limit(tag, o.value)
			if err != nil {
				b.fail(o.field, "tag %s: %v", end.tag, err)
			}
			*end.into = &f
		}
	}
	if c.Min != nil && c.Max != nil && *c.Min > *c.Max {
		b.fail(o.field, "min is above max")
	}
	if tag, ok := o.field.Tag.Lookup("pattern"); ok {
		used = true
		if o.field.Type.Kind() != reflect.String {
			b.fail(o.field, "only strings take the tag pattern")
		}
		if _, err := regexp.Compile(tag); err != nil {
			b.fail(o.field, "tag pattern: %v", err)
		}
		c.Pattern = tag
	}
	if used {
		b.checkDefault(o, c)
		o.attr.Constraints = c
	}
}

// checkDefault holds the default to the constraints, as a router holds the user's value.
func (b *body) checkDefault(o *option, c *pluginv1.Constraints) {
	def := o.attr.DefaultJson
	if def == "" {
		return
	}
	if len(c.OneOf) > 0 && !slices.Contains(c.OneOf, def) {
		b.fail(o.field, "the default %s is not in the tag oneof", def)
	}
	if f, err := strconv.ParseFloat(def, 64); err == nil {
		if c.Min != nil && f < *c.Min || c.Max != nil && f > *c.Max {
			b.fail(o.field, "the default %s is not between min and max", def)
		}
	}
	if s, err := strconv.Unquote(def); err == nil && c.Pattern != "" {
		if !regexp.MustCompile(`^(?:` + c.Pattern + `)$`).MatchString(s) {
			b.fail(o.field, "the default %s does not match the tag pattern", def)
		}
	}
}

// constant returns a word of a oneof tag in the canonical JSON form.
func constant(word string, t valueType) (string, error) {
	switch t.kind {
	case pluginv1.Type_TYPE_STRING, pluginv1.Type_TYPE_URL, pluginv1.Type_TYPE_PATH:
		return canonical(reflect.ValueOf(word), valueType{kind: pluginv1.Type_TYPE_STRING})
	default:
		f, err := limit(word, t)
		if err != nil {
			return "", err
		}
		return strconv.FormatFloat(f, 'f', -1, 64), nil
	}
}

// limit returns the number that a min or max tag means in the unit of the type's canonical form.
func limit(word string, t valueType) (float64, error) {
	switch t.kind {
	case pluginv1.Type_TYPE_NUMBER:
		f, err := strconv.ParseFloat(word, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return 0, fmt.Errorf("%q is not a number", word)
		}
		return f, nil
	case pluginv1.Type_TYPE_DURATION:
		return duration(word)
	case pluginv1.Type_TYPE_BYTES:
		return size(word)
	default:
		return 0, errors.New("only numbers, durations and sizes take it")
	}
}

// duration returns nanoseconds.
func duration(word string) (float64, error) {
	if days, ok := strings.CutSuffix(word, "d"); ok {
		if f, err := strconv.ParseFloat(days, 64); err == nil {
			return f * float64(24*time.Hour), nil
		}
	}
	d, err := time.ParseDuration(word)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration like \"10s\"", word)
	}
	return float64(d), nil
}

// size returns bytes.
func size(word string) (float64, error) {
	units := []struct {
		name  string
		bytes float64
	}{
		{"KiB", 1 << 10},
		{"MiB", 1 << 20},
		{"GiB", 1 << 30},
		{"TiB", 1 << 40},
		{"KB", 1e3},
		{"MB", 1e6},
		{"GB", 1e9},
		{"TB", 1e12},
		{"B", 1},
	}
	for _, u := range units {
		if number, ok := strings.CutSuffix(word, u.name); ok {
			if f, err := strconv.ParseFloat(strings.TrimSpace(number), 64); err == nil && f >= 0 {
				return f * u.bytes, nil
			}
			break
		}
	}
	return 0, fmt.Errorf("%q is not a size like \"64MiB\"", word)
}
