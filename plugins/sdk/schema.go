package sdk

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// body is an options struct, or the struct of a nested block, as its tags describe it.
type body struct {
	typ    reflect.Type
	fields []*option
	rules  []Rule
}

// option is one field of an options struct: an attribute, or a nested block when block is set.
type option struct {
	name  string
	field reflect.StructField
	value valueType
	attr  *pluginv1.Attribute
	// block is what a nested block takes; template gives the defaults of its attributes; min is 1 when it is required.
	block    *body
	template reflect.Value
	min      uint32
}

// parseBody reads the tags of t, a struct. defaults is a value of t. records says whether the schema allows values
// that are computed for every record. It panics on a mistake in the tags.
func parseBody(t reflect.Type, defaults reflect.Value, records bool) *body {
	b := &body{typ: t}
	seen := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		if len(f.Index) != 1 {
			continue
		}
		tag, ok := f.Tag.Lookup("sk")
		if !ok {
			for _, other := range []string{"doc", "example", "oneof", "min", "max", "pattern", "deprecated"} {
				if _, ok := f.Tag.Lookup(other); ok {
					b.fail(f, "the tag %s without the tag sk", other)
				}
			}
			continue
		}
		if !f.IsExported() {
			b.fail(f, "the field is not exported")
		}
		o := b.parseOption(f, tag, defaults.FieldByIndex(f.Index), records)
		if seen[o.name] {
			b.fail(f, "the name %q is used twice", o.name)
		}
		seen[o.name] = true
		b.fields = append(b.fields, o)
	}
	b.parseRules(seen)
	return b
}

// fail panics with a mistake in the tags of f.
func (b *body) fail(f reflect.StructField, format string, args ...any) {
	panic(fmt.Sprintf("sdk: field %s of %s: %s", f.Name, b.typ, fmt.Sprintf(format, args...)))
}

func (b *body) parseOption(f reflect.StructField, tag string, def reflect.Value, records bool) *option {
	words := strings.Split(tag, ",")
	o := &option{name: words[0], field: f}
	if !regexp.MustCompile(`^[a-z_][a-z0-9_]*$`).MatchString(o.name) {
		b.fail(f, "the name %q does not match [a-z_][a-z0-9_]*", o.name)
	}
	words = words[1:]
	for i, w := range words {
		if !slices.Contains([]string{"required", "sensitive", "record", "block"}, w) {
			b.fail(f, "the tag sk says %q; it takes required, sensitive, record, block", w)
		}
		if slices.Contains(words[:i], w) {
			b.fail(f, "the tag sk says %q twice", w)
		}
	}
	has := func(w string) bool { return slices.Contains(words, w) }
	if has("block") {
		if has("sensitive") || has("record") {
			b.fail(f, "a block is neither sensitive nor record")
		}
		if has("required") {
			o.min = 1
		}
		b.parseBlock(o, def)
		return o
	}
	o.value = valueTypeOf(f.Type)
	if o.value.kind == pluginv1.Type_TYPE_UNSPECIFIED {
		b.fail(f, "the type %s is not one that an attribute can have", f.Type)
	}
	o.attr = &pluginv1.Attribute{
		Name:        o.name,
		Type:        o.value.kind,
		ElementType: o.value.element,
		Required:    has("required"),
		Description: f.Tag.Get("doc"),
		Example:     f.Tag.Get("example"),
		Sensitive:   has("sensitive") || o.value.secret,
		Deprecated:  f.Tag.Get("deprecated"),
		Phase:       pluginv1.Phase_PHASE_CONFIG,
	}
	if has("record") {
		text := o.value.kind == pluginv1.Type_TYPE_STRING || o.value.kind == pluginv1.Type_TYPE_PATH
		if !text || !records {
			b.fail(f, "only a string or Path at the top level of a destination can be computed for every record")
		}
		o.attr.Phase = pluginv1.Phase_PHASE_RECORD
	}
	b.parseDefault(o, def)
	b.parseConstraints(o)
	return o
}

// parseDefault fills in the attribute's default, which is none for most zero values.
func (b *body) parseDefault(o *option, def reflect.Value) {
	empty := def.IsZero() || (o.value.multiple() && def.Len() == 0)
	if o.attr.Required || (empty && o.value.kind != pluginv1.Type_TYPE_BOOL) {
		if !empty {
			b.fail(o.field, "a required attribute has a default")
		}
		return
	}
	if o.attr.Sensitive && !empty {
		b.fail(o.field, "the default of a sensitive attribute would be public")
	}
	encoded, err := canonical(def, o.value)
	if err != nil {
		b.fail(o.field, "default: %v", err)
	}
	o.attr.DefaultJson = encoded
}

func (b *body) parseBlock(o *option, def reflect.Value) {
	for _, other := range []string{"example", "oneof", "min", "max", "pattern", "deprecated"} {
		if _, ok := o.field.Tag.Lookup(other); ok {
			b.fail(o.field, "a block takes no tag %s", other)
		}
	}
	t := o.field.Type
	switch t.Kind() {
	case reflect.Struct:
		o.template = def
	case reflect.Pointer, reflect.Slice:
		t = t.Elem()
		o.template = reflect.Zero(t)
		if o.field.Type.Kind() == reflect.Pointer && !def.IsNil() {
			o.template = def.Elem()
		}
		if o.field.Type.Kind() == reflect.Slice && def.Len() > 0 {
			o.template = def.Index(0)
		}
	}
	if t.Kind() != reflect.Struct {
		b.fail(o.field, "a block is a struct, a pointer to one or a slice of them, not %s", o.field.Type)
	}
	if t == b.typ {
		b.fail(o.field, "a block can't hold itself")
	}
	o.block = parseBody(t, o.template, false)
}

func (b *body) parseRules(names map[string]bool) {
	ruled, ok := reflect.TypeAssert[interface{ Rules() []Rule }](reflect.New(b.typ))
	if !ok {
		return
	}
	b.rules = ruled.Rules()
	for _, r := range b.rules {
		if r.kind == pluginv1.Rule_KIND_UNSPECIFIED || len(r.names) < 2 {
			panic(fmt.Sprintf("sdk: Rules of %s: a rule ties two or more names together", b.typ))
		}
		for _, name := range r.names {
			if !names[name] {
				panic(fmt.Sprintf("sdk: Rules of %s: there is no attribute or block %q", b.typ, name))
			}
		}
	}
}

// schema returns the body as the protocol describes it. doc describes it for people.
func (b *body) schema(doc string) *pluginv1.Body {
	s := &pluginv1.Body{Description: doc}
	for _, o := range b.fields {
		if o.block == nil {
			s.Attributes = append(s.Attributes, o.attr)
			continue
		}
		block := &pluginv1.Block{Name: o.name, Min: o.min, Max: 1, Body: o.block.schema(o.field.Tag.Get("doc"))}
		if o.field.Type.Kind() == reflect.Slice {
			block.Max = 0
		}
		s.Blocks = append(s.Blocks, block)
	}
	for _, r := range b.rules {
		s.Rules = append(s.Rules, &pluginv1.Rule{Kind: r.kind, Names: r.names})
	}
	return s
}
