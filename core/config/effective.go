package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Effective is what is in force in one block, and where each value comes from.
type Effective struct {
	Address string `json:"address"`
	// Place is the block's header; without a file when there is no such block, which only the router may lack.
	Place
	// Values are in the order of the schema, nested blocks after the attributes.
	Values []EffectiveValue `json:"values"`
}

// EffectiveValue is one attribute of the block or of a block in it.
type EffectiveValue struct {
	// Name is the way to the attribute from the block, for example "batch.max_age" or "header[1].name".
	Name string `json:"name"`
	Type Type   `json:"type"`
	// Value is written as in the configuration language, null when there is none. It is empty when Sensitive, or when it
	// is not known to this load, which demands no secrets.
	Value     string `json:"value,omitempty"`
	Sensitive bool   `json:"sensitive,omitempty"`
	Unknown   bool   `json:"unknown,omitempty"`
	Origin    Origin `json:"origin"`
	// Place is where the value is written; without a file for a default.
	Place
	// Note says in words what Origin can't.
	Note string `json:"note,omitempty"`
	// Uses are what the value was computed of, each once.
	Uses []Use `json:"uses,omitempty"`
}

// Place is a line of a file of the configuration. The zero value is no place.
type Place struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

func placeOf(r hcl.Range) Place { return Place{File: r.Filename, Line: r.Start.Line} }

// Origin says who gave a value.
type Origin string

// Origins of an attribute's value.
const (
	OriginAttribute Origin = "attribute"            // it stands in the block
	OriginDefaults  Origin = "destination_defaults" // it stands in router.destination_defaults
	OriginPlugin    Origin = "plugin_default"       // the plugin's description says so
	OriginRouter    Origin = "router_default"
	OriginUnset     Origin = "unset" // there is no default
)

// defaultOrigin is the origin of an attribute's default.
func (a *Attribute) defaultOrigin() Origin {
	owner := a.Owner
	if a.fallbackOwner != "" {
		owner = a.fallbackOwner
	}
	switch {
	case a.fallback == nil && a.DefaultNote == "":
		return OriginUnset
	case owner == OwnerPlugin:
		return OriginPlugin
	}
	return OriginRouter
}

// pluginDefault makes a plugin's wish the default of an attribute that the router obeys.
func (a *Attribute) pluginDefault(text string) {
	a.Default, a.fallbackOwner = text, OwnerPlugin
}

// LoadEffective loads a configuration and returns what is in force in the source, destination or pipeline of that
// address, or in "router". It is nil when the configuration has errors or no such block; the diagnostics say so.
func LoadEffective(o LoadOptions, address string) (*Effective, *Files, hcl.Diagnostics) {
	l := newLoader(o)
	b := l.load()
	var e *Effective
	if !l.diags.HasErrors() {
		e = b.effective(address)
	}
	l.finish()
	return e, l.files, l.diags
}

func (b *builder) effective(address string) *Effective {
	nodes := map[string]*node{"router": b.routerNode}
	for _, m := range []map[string]*node{b.sourceNodes, b.destinationNodes, b.pipelineNodes} {
		maps.Copy(nodes, m)
	}
	n := nodes[address]
	if n == nil {
		known := slices.Sorted(maps.Keys(nodes))
		d := placeless(fmt.Sprintf("There is no %s in the configuration.", quoteShort(address)),
			didYouMean(address, known, "Addresses: "+strings.Join(known, ", ")+"."))
		d.Extra = CodeNoAddress
		b.diags = append(b.diags, d)
		return nil
	}
	b.files.secrets = b.sortedSecrets()
	e := &Effective{Address: address}
	if n.body != nil {
		e.Place = placeOf(n.at)
	}
	b.gather(e, n, "")
	e.Values = slices.DeleteFunc(e.Values, func(v EffectiveValue) bool {
		return address == "router" && strings.HasPrefix(v.Name, "destination_defaults.") && v.Origin != OriginAttribute
	})
	return e
}

// gather adds the values of a body and of the blocks in it.
func (b *builder) gather(e *Effective, n *node, prefix string) {
	for _, a := range n.schema.Attributes {
		if a.Unsupported == "" {
			e.Values = append(e.Values, b.effectiveValue(n, a, prefix))
		}
	}
	for _, nested := range n.schema.Blocks {
		name := prefix + nested.Name
		switch found := n.blocks[nested.Name]; {
		case nested.Unsupported != "":
		case nested.Max != 1:
			for i, f := range found {
				b.gather(e, f, fmt.Sprintf("%s[%d].", name, i))
			}
		case len(found) > 0 || nested.holdsWithout():
			b.gather(e, n.block(nested.Name), name+".")
		}
	}
}

// holdsWithout says whether the defaults of a block that is not written are in force: those of a block that something
// must be said in are not, nor a plugin's, which sees that the block is not there.
func (b *NestedBlock) holdsWithout() bool {
	return b.Owner == OwnerRouter && !b.acts && !slices.ContainsFunc(b.Schema.Attributes, func(a *Attribute) bool { return a.Required })
}

func (b *builder) effectiveValue(n *node, a *Attribute, prefix string) EffectiveValue {
	v, origin := n.lookup(a.Name)
	out := EffectiveValue{Name: prefix + a.Name, Type: a.Type, Origin: origin, Sensitive: v.hidden || a.Sensitive && v.v != nil, Unknown: v.unknown}
	switch origin {
	case OriginAttribute, OriginDefaults:
		out.Place = placeOf(v.at)
		out.Uses = b.uses(v.expr)
	case OriginPlugin, OriginRouter, OriginUnset:
		out.Note = a.DefaultNote
	}
	if v.perRecord {
		out.Value = b.files.sourceText(v.at)
		return out
	}
	shown := v.v
	if len(v.refs) > 0 {
		shown = addressesOf(v.refs)
	}
	if s, ok := n.settled[a.Name]; ok {
		shown = s.v
		if s.note != "" {
			out.Note = s.note
		}
	}
	if !out.Sensitive && !out.Unknown {
		out.Value, out.Sensitive = b.showValue(a, shown)
	}
	return out
}

func addressesOf(refs []reference) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.address
	}
	return out
}

// showValue writes a value as in the configuration language; hidden says that it looks as if it held a secret.
func (b *builder) showValue(a *Attribute, v any) (text string, hidden bool) {
	switch {
	case a.Type == TypeAddress || a.Element == TypeAddress:
		list, _ := v.([]string)
		text = strings.Join(list, ", ")
		switch {
		case a.Type == TypeList:
			text = "[" + text + "]"
		case text == "":
			text = "null"
		}
		return text, false
	case v == nil:
		return "null", false
	}
	text, err := textFromJSON(a.Type, a.Element, canonicalJSON(v))
	if err != nil {
		return "", true
	}
	if s, ok := v.(string); ok && a.Type == TypeURL && holdsPassword(s) {
		return "", true
	}
	if b.files.scrub(text) != text || len(secretLooking([]byte(a.Name+" = "+text))) > 0 {
		return "", true
	}
	return text, false
}

func holdsPassword(text string) bool {
	u, err := url.Parse(text)
	return err != nil || u.User != nil
}
