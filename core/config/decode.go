package config

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// node is a decoded body. One of a block that is not there has no body; what it is asked for are the defaults.
type node struct {
	schema *Schema
	body   *hclsyntax.Body
	// at is the block's header, where what is missing is answered, and label its label; empty: none.
	at     hcl.Range
	label  string
	values map[string]*value
	blocks map[string][]*node
	// implied are the blocks that were asked for and are not there.
	implied map[string]*node
	// settled are the values in force of attributes whose value depends on more than what stands in the body.
	settled map[string]settlement
	// beneath is asked for what is not given here.
	beneath *node
}

// value is what an attribute was given.
type value struct {
	v    any // canonical form; nil: null
	at   hcl.Range
	expr hclsyntax.Expression
	// unknown: a placeholder stands for what could not be read. hidden: not to be shown.
	unknown, hidden bool
	// refs are addresses; see TypeAddress.
	refs []reference
	// perRecord: expr is computed for every record, and v says nothing.
	perRecord bool
}

// decode reads a body by its schema and answers everything in it that is wrong. what names the block in messages.
func (l *loader) decode(body *hclsyntax.Body, at hcl.Range, s *Schema, what string) *node {
	n := &node{schema: s, body: body, at: at, values: map[string]*value{}, blocks: map[string][]*node{}}
	for name, a := range body.Attributes {
		l.decodeAttribute(n, name, a, what)
	}
	for _, b := range body.Blocks {
		l.decodeBlock(n, b, what)
	}
	for _, a := range s.Attributes {
		_, given := body.Attributes[a.Name]
		given = given || slices.ContainsFunc(body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == a.Name }) // was answered
		if a.Required && !given {
			detail := fmt.Sprintf("Add %s = ….", a.Name)
			if a.Example != "" {
				detail = fmt.Sprintf("Add, for example, %s = %s.", a.Name, a.Example)
			}
			l.fail(at, fmt.Sprintf("%s needs the attribute %q.", sentenceStart(what), a.Name), detail)
		}
	}
	for _, b := range s.Blocks {
		l.checkCount(n, b, what)
	}
	l.checkRules(n, what)
	return n
}

func (l *loader) decodeAttribute(n *node, name string, a *hclsyntax.Attribute, what string) {
	s := n.schema
	spec := s.attribute(name)
	switch {
	case spec == nil && s.block(name) != nil && s.block(name).Unsupported == "":
		l.fail(a.NameRange, fmt.Sprintf("%q is a block in %s.", name, what), fmt.Sprintf("Write %s { … }, without an equals sign.", name))
	case spec == nil && s.block(name) != nil:
		l.fail(a.NameRange, fmt.Sprintf("%q is not supported yet.", name), s.block(name).Unsupported)
		l.hideUnread(a, s)
	case spec == nil && s.open:
	case spec == nil:
		attributes, blocks := s.names()
		l.fail(a.NameRange, fmt.Sprintf("There is no attribute %q in %s.", name, what),
			didYouMean(name, append(attributes, blocks...), l.acceptedText(attributes)))
		l.hideUnread(a, s)
	case spec.Unsupported != "":
		l.fail(a.NameRange, fmt.Sprintf("%q is not supported yet.", name), spec.Unsupported)
		l.hideUnread(a, s)
	default:
		if spec.Deprecated != "" {
			l.diags = append(l.diags, warning(a.NameRange, "", fmt.Sprintf("%q is deprecated.", name), spec.Deprecated))
		}
		n.values[name] = l.value(spec, a.Expr)
	}
}

func (l *loader) acceptedText(names []string) string {
	if len(names) == 0 {
		return "It takes no attributes."
	}
	return "Attributes: " + strings.Join(names, ", ") + "."
}

// value evaluates and converts; never nil.
func (l *loader) value(spec *Attribute, expr hclsyntax.Expression) *value {
	out := &value{at: expr.Range(), expr: expr, hidden: spec.Sensitive}
	if spec.Type == TypeAddress || spec.Element == TypeAddress {
		out.refs = l.references(spec, expr)
		return out
	}
	if spec.Type == TypeExpression || spec.Type == TypeField || spec.Element == TypeExpression || spec.Element == TypeField ||
		spec.Record && usesRecord(expr) {
		out.perRecord = true
		out.unknown = spec.Type != TypeField && spec.Element != TypeField && !l.checkNames(expr, place{name: spec.Name, record: spec.Name != "condition", output: spec.Name == "condition"})
		return out
	}
	if spec.Sensitive {
		l.files.maskLiterals(expr)
	}
	v, ok := l.eval(expr, place{name: spec.Name, record: spec.Record})
	if !ok {
		out.unknown = true
		return out
	}
	out.hidden = out.hidden || v.ContainsMarked()
	l.rememberSecrets(v, spec.Sensitive)
	plain, _ := v.UnmarkDeep()
	if plain.IsKnown() && plain.IsNull() {
		if spec.Required {
			l.fail(expr.Range(), fmt.Sprintf("%q must not be null.", spec.Name), "Give it a value.")
		}
		return out
	}
	c := converter{attr: spec, dir: l.absoluteDir(expr.Range().Filename), hidden: out.hidden}
	out.v = c.convert(spec.Type, plain, expr)
	out.unknown = c.unknown || c.diags.HasErrors()
	l.diags = append(l.diags, c.diags...)
	return out
}

// absoluteDir is the folder of a file, which relative paths in it are relative to.
func (l *loader) absoluteDir(filename string) string {
	dir, err := filepath.Abs(filepath.Dir(filename))
	if err != nil {
		return filepath.Dir(filename)
	}
	return dir
}

func (l *loader) decodeBlock(n *node, b *hclsyntax.Block, what string) {
	s := n.schema
	spec := s.block(b.Type)
	switch {
	case spec == nil && s.attribute(b.Type) != nil && s.attribute(b.Type).Unsupported == "":
		l.fail(b.TypeRange, fmt.Sprintf("%q is an attribute in %s.", b.Type, what), fmt.Sprintf("Write %s = …, with an equals sign.", b.Type))
	case spec == nil && s.attribute(b.Type) != nil:
		l.fail(b.TypeRange, fmt.Sprintf("%q is not supported yet.", b.Type), s.attribute(b.Type).Unsupported)
	case spec == nil && s.open:
	case spec == nil:
		attributes, blocks := s.names()
		otherwise := "It takes no blocks."
		if len(blocks) > 0 {
			otherwise = "Blocks: " + strings.Join(blocks, ", ") + "."
		}
		l.fail(b.TypeRange, fmt.Sprintf("There is no block %q in %s.", b.Type, what),
			didYouMean(b.Type, append(blocks, attributes...), otherwise))
	case spec.Unsupported != "":
		l.fail(b.TypeRange, fmt.Sprintf("%q blocks are not supported yet.", b.Type), spec.Unsupported)
	case spec.Label == "" && len(b.Labels) > 0:
		l.fail(b.LabelRanges[0], fmt.Sprintf("The block %q takes no labels.", b.Type), fmt.Sprintf("Write %s { … }.", b.Type))
	case spec.Label != "":
		l.decodeLabelled(n, b, spec)
	default:
		n.blocks[b.Type] = append(n.blocks[b.Type], l.decode(b.Body, b.DefRange(), spec.Schema, fmt.Sprintf("block %q", b.Type)))
	}
}

// decodeLabelled decodes a nested block that has a label.
func (l *loader) decodeLabelled(n *node, b *hclsyntax.Block, spec *NestedBlock) {
	var kinds []string
	for _, k := range spec.Kinds {
		kinds = append(kinds, k.Name)
	}
	if len(b.Labels) != 1 {
		detail := fmt.Sprintf("Write it as %s.", headerText(b.Type, []string{spec.Label}))
		if len(kinds) > 0 {
			detail = fmt.Sprintf("Write it as %s, with one of %s.", headerText(b.Type, []string{spec.Label}), strings.Join(kinds, ", "))
		}
		l.fail(b.DefRange(), fmt.Sprintf("A %s block takes one label.", b.Type), detail)
		return
	}
	schema, what := spec.Schema, fmt.Sprintf("%s %q", b.Type, b.Labels[0])
	switch kind := spec.kind(b.Labels[0]); {
	case len(spec.Kinds) > 0 && kind == nil:
		l.fail(b.LabelRanges[0], fmt.Sprintf("There is no %s %s.", b.Type, quoteShort(b.Labels[0])),
			didYouMean(b.Labels[0], kinds, fmt.Sprintf("There are %s.", strings.Join(kinds, ", "))))
		return
	case kind != nil:
		schema = kind.Schema
	case !labelPattern.MatchString(b.Labels[0]):
		l.fail(b.LabelRanges[0], fmt.Sprintf("%s is not a name.", quoteShort(b.Labels[0])),
			"Names start with a letter or an underscore and go on with letters, digits, - and _.")
		return
	}
	nested := l.decode(b.Body, b.DefRange(), schema, what)
	nested.label = b.Labels[0]
	n.blocks[b.Type] = append(n.blocks[b.Type], nested)
}

func (l *loader) checkCount(n *node, spec *NestedBlock, what string) {
	if spec.Unsupported != "" {
		return
	}
	found := n.blocks[spec.Name]
	if len(found) < spec.Min {
		l.fail(n.at, fmt.Sprintf("%s needs %s.", sentenceStart(what), atLeast(spec.Min, spec.Name)), fmt.Sprintf("Add %s { … }.", spec.Name))
	}
	if spec.Max > 0 && len(found) > spec.Max {
		extra := found[spec.Max]
		l.fail(extra.at, fmt.Sprintf("There is a block %q already, at %s.", spec.Name, placeText(found[0].at)),
			fmt.Sprintf("%s takes at most %d: put them together.", sentenceStart(what), spec.Max))
	}
}

func atLeast(n int, name string) string {
	if n == 1 {
		return fmt.Sprintf("a block %q", name)
	}
	return fmt.Sprintf("at least %d blocks %q", n, name)
}

func sentenceStart(what string) string {
	if what == "" {
		return what
	}
	return strings.ToUpper(what[:1]) + what[1:]
}

// isGiven says whether the value is more than null.
func (v *value) isGiven() bool { return v.v != nil || v.unknown || v.perRecord || len(v.refs) > 0 }

// given says whether an attribute or a block was written here, and where.
func (n *node) given(name string) (hcl.Range, bool) {
	if v, ok := n.values[name]; ok && v.isGiven() {
		return v.at, true
	}
	if bs := n.blocks[name]; len(bs) > 0 {
		return bs[0].at, true
	}
	return hcl.Range{}, false
}

// get returns what an attribute has: given here, or beneath, or its default.
func (n *node) get(name string) *value {
	v, _ := n.lookup(name)
	return v
}

// lookup is get with where the value comes from.
func (n *node) lookup(name string) (*value, Origin) {
	for at := n; at != nil; at = at.beneath {
		if v, ok := at.values[name]; ok && v.isGiven() {
			if at != n {
				return v, OriginDefaults
			}
			return v, OriginAttribute
		}
	}
	out := &value{at: n.at}
	a := n.schema.attribute(name)
	if a == nil {
		return out, OriginUnset
	}
	out.v = a.fallback
	return out, a.defaultOrigin()
}

// settlement is an attribute's value in force where it may be another than get returns; note says why it is.
type settlement struct {
	v    any
	note string
}

func (n *node) settle(name string, v any, note string) {
	if n.settled == nil {
		n.settled = map[string]settlement{}
	}
	n.settled[name] = settlement{v: v, note: note}
}

// block returns the nested block of that name; one without a body when there is none.
func (n *node) block(name string) *node {
	var beneath *node
	if n.beneath != nil {
		beneath = n.beneath.block(name)
	}
	if bs := n.blocks[name]; len(bs) > 0 {
		bs[0].beneath = beneath
		return bs[0]
	}
	if n.implied[name] == nil {
		s := &Schema{}
		if b := n.schema.block(name); b != nil {
			s = b.Schema
		}
		if n.implied == nil {
			n.implied = map[string]*node{}
		}
		n.implied[name] = &node{schema: s, at: n.at}
	}
	n.implied[name].beneath = beneath
	return n.implied[name]
}

func (n *node) text(name string) string {
	s, _ := n.get(name).v.(string)
	return s
}

func (n *node) flag(name string) bool {
	b, _ := n.get(name).v.(bool)
	return b
}

// bytes is the value of a size; 0 when there is none.
func (n *node) bytes(name string) int64 {
	i, _ := n.get(name).v.(int64)
	return i
}

func (n *node) duration(name string) time.Duration { return time.Duration(n.bytes(name)) }

func (n *node) number(name string) float64 { return toFloat(n.get(name).v) }

func (n *node) integer(name string) int {
	num, _ := n.get(name).v.(json.Number)
	i, err := num.Int64()
	if err != nil {
		return 0
	}
	return int(i)
}

func (n *node) texts(name string) []string {
	list, _ := n.get(name).v.([]any)
	var out []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// element is the place of one element of a list.
func (n *node) element(name string, i int) hcl.Range {
	v := n.get(name)
	if v.expr == nil {
		return v.at
	}
	return elementExpr(v.expr, i).Range()
}
