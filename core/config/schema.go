package config

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Schema is what the body of a block accepts. Decoding obeys it and documentation is printed from it. The router's own
// come from the schema_*.go tables, a plugin's from its description.
type Schema struct {
	Description string         `json:"description,omitempty"`
	Attributes  []*Attribute   `json:"attributes,omitempty"`
	Blocks      []*NestedBlock `json:"blocks,omitempty"`
	Rules       []Rule         `json:"rules,omitempty"`

	// open: names that the schema does not know are somebody else's and not answered.
	open bool
}

// Type of an attribute's value, as users know it.
type Type string

// Types of values. The first ten are the plugin protocol's; see its Type for what each looks like in JSON.
const (
	TypeString   Type = "string"
	TypeNumber   Type = "number"
	TypeBool     Type = "bool"
	TypeDuration Type = "duration"
	TypeBytes    Type = "bytes"
	TypeURL      Type = "url"
	TypePath     Type = "path"
	TypeList     Type = "list"
	TypeMap      Type = "map"
	TypeObject   Type = "object"
	// TypeAddress is the address of a block, written without quotes. It is never a value.
	TypeAddress Type = "address"
	// TypeAny is any value; only what has no schema of its own, a variable's default, takes it.
	TypeAny Type = "any"
	// TypeExpression is a record expression, computed for every record. It is never a value.
	TypeExpression Type = "expression"
	// TypeField is a field of the record, written as record.NAME. It is never a value.
	TypeField Type = "field"
)

// Attribute is one `name = value` of a body. Default, Example, Min, Max and OneOf are written as in the configuration
// language.
type Attribute struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
	// Element is the type of the elements of a list or a map.
	Element     Type   `json:"element_type,omitempty"`
	Required    bool   `json:"required,omitempty"`
	Description string `json:"description,omitempty"`
	// Default: empty, none or one that DefaultNote tells.
	Default     string `json:"default,omitempty"`
	DefaultNote string `json:"default_note,omitempty"`
	Example     string `json:"example,omitempty"`
	Sensitive   bool   `json:"sensitive,omitempty"`
	// Deprecated is the warning that using the attribute is answered with; empty: it is not deprecated.
	Deprecated string   `json:"deprecated,omitempty"`
	OneOf      []string `json:"one_of,omitempty"`
	Min        string   `json:"min,omitempty"`
	Max        string   `json:"max,omitempty"`
	// Pattern is an RE2 expression that the whole string must match.
	Pattern string `json:"pattern,omitempty"`
	// Share: besides a size, a percentage of the filesystem is taken, such as "20%". Limits hold for sizes.
	Share bool `json:"share,omitempty"`
	// Whole: only whole numbers.
	Whole bool `json:"whole,omitempty"`
	// Record: the value may use record values; it is computed for every record then.
	Record bool `json:"record,omitempty"`
	// Owner is "router" or "plugin".
	Owner Owner `json:"owner,omitempty"`
	// Unsupported: given, the attribute belongs to the language and not to this release; it says what to do instead.
	Unsupported string `json:"-"`

	// later are values that this release does not take yet.
	later later

	fallback any // Default in canonical form; nil: none
	// fallbackOwner says whose the default is; empty: Owner's.
	fallbackOwner Owner
	min, max      any
	oneOf         []any
	pattern       *regexp.Regexp
}

// Owner says who obeys an attribute or block.
type Owner string

// Owners.
const (
	OwnerRouter Owner = "router"
	OwnerPlugin Owner = "plugin"
)

// NestedBlock is one kind of nested block of a body.
type NestedBlock struct {
	Name string `json:"name"`
	// Min and Max are how many there may be; Max 0: any number.
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
	// Label is what the block is labelled with, in capitals: NAME is any name, KIND one of Kinds. Empty: nothing.
	Label string `json:"label,omitempty"`
	// Kinds are what a block labelled KIND may be, by name. Its own Schema is nil.
	Kinds  []*NestedBlock `json:"kinds,omitempty"`
	Schema *Schema        `json:"schema,omitempty"`
	Owner  Owner          `json:"owner,omitempty"`
	// Unsupported: as in Attribute.
	Unsupported string `json:"-"`

	// acts: the block does something by being there, so that its defaults say nothing when it is not.
	acts bool
}

// Rule ties several attributes or blocks of one body together.
type Rule struct {
	Kind  RuleKind `json:"kind"`
	Names []string `json:"names"`
}

// RuleKind says what must hold.
type RuleKind string

// Kinds of rules.
const (
	ExactlyOneOf     RuleKind = "exactly_one_of"
	Conflicts        RuleKind = "conflicts"
	RequiredTogether RuleKind = "required_together"
)

// attribute returns the attribute of that name, or nil.
func (s *Schema) attribute(name string) *Attribute {
	for _, a := range s.Attributes {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// block returns the nested block of that name, or nil.
func (s *Schema) block(name string) *NestedBlock {
	for _, b := range s.Blocks {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// kind returns the kind of that name of a block labelled KIND, or nil.
func (b *NestedBlock) kind(name string) *NestedBlock {
	for _, k := range b.Kinds {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// names are what may be written in the body.
func (s *Schema) names() (attributes, blocks []string) {
	for _, a := range s.Attributes {
		if a.Unsupported == "" {
			attributes = append(attributes, a.Name)
		}
	}
	for _, b := range s.Blocks {
		if b.Unsupported == "" {
			blocks = append(blocks, b.Name)
		}
	}
	return attributes, blocks
}

// prepare reads the texts of a schema (defaults, limits) into the form that values are compared in.
func (s *Schema) prepare(owner Owner) error {
	for _, a := range s.Attributes {
		a.Owner = owner
		if err := a.prepare(); err != nil {
			return fmt.Errorf("attribute %s: %w", a.Name, err)
		}
	}
	for _, b := range s.Blocks {
		b.Owner = owner
		for _, of := range append(b.Kinds, b) {
			if of.Schema == nil {
				continue
			}
			if err := of.Schema.prepare(owner); err != nil {
				return fmt.Errorf("block %s: %w", of.Name, err)
			}
		}
	}
	return nil
}

// mustPrepare is prepare for the router's own tables, which a test holds to be right.
func (s *Schema) mustPrepare() *Schema {
	if err := s.prepare(OwnerRouter); err != nil {
		panic("schema table: " + err.Error())
	}
	return s
}

func (a *Attribute) prepare() error {
	scalar := a.Type
	if a.Type == TypeList || a.Type == TypeMap {
		scalar = a.Element
	}
	var err error
	if a.fallback, err = a.constant(a.Default, a.Type); err != nil {
		return fmt.Errorf("default: %w", err)
	}
	if a.min, err = a.constant(a.Min, scalar); err != nil {
		return fmt.Errorf("min: %w", err)
	}
	if a.max, err = a.constant(a.Max, scalar); err != nil {
		return fmt.Errorf("max: %w", err)
	}
	a.oneOf = nil
	for _, text := range a.OneOf {
		v, err := a.constant(text, scalar)
		if err != nil {
			return fmt.Errorf("one of: %w", err)
		}
		a.oneOf = append(a.oneOf, v)
	}
	if a.Pattern != "" {
		if a.pattern, err = regexp.Compile(`\A(?:` + a.Pattern + `)\z`); err != nil {
			return fmt.Errorf("pattern: %w", err)
		}
	}
	return nil
}

// constant reads a value as it stands in a configuration. Empty text is nil.
func (a *Attribute) constant(text string, t Type) (any, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no text, no value
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), a.Name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	v, diags := expr.Value(nil)
	if diags.HasErrors() {
		return nil, diags
	}
	c := converter{attr: &Attribute{Name: a.Name, Type: t, Element: a.Element, Share: a.Share}, keepPaths: true}
	out := c.convert(t, v, expr)
	if c.diags.HasErrors() {
		return nil, c.diags
	}
	return out, nil
}

// canonicalJSON returns the form in which two values are equal when they are.
func canonicalJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
