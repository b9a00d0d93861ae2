package config

import (
	"regexp"
	"slices"
	"strconv"
)

// reservedOf are attributes of the language that a plugin's destination has and this release of the plugin does not
// take. Without them they would be answered as mistakes.
func reservedOf(plugin string) []*Attribute {
	switch plugin {
	case "http":
		const loki = `It belongs to format = "loki", which is not supported yet either: take it out.`
		return []*Attribute{
			{Name: "labels", Type: TypeMap, Element: TypeString, Unsupported: loki},
			{Name: "line", Type: TypeString, Unsupported: loki},
			{Name: "time", Type: TypeString, Unsupported: loki},
		}
	}
	return nil
}

// reservedValues are values of the language that attributes of a plugin's destination do not take in this release.
func reservedValues(plugin string) map[string]later {
	if plugin != "http" {
		return nil
	}
	return map[string]later{"format": {
		values: regexp.MustCompile(`^(loki|elasticsearch|splunk_hec|otlp_json)$`),
		instead: `Many of these services also take "ndjson" or "raw" at another path; ` +
			`otherwise send to a collector that takes lines and speaks the service's API.`,
	}}
}

// later says which values of an attribute belong to the language and not to this release. The zero value: none.
type later struct {
	values  *regexp.Regexp
	instead string
}

// holds says whether text is such a value of a, and not one that the attribute takes already.
func (l later) holds(a *Attribute, text string) bool {
	return l.values != nil && l.values.MatchString(text) && !slices.Contains(a.OneOf, strconv.Quote(text))
}

// reserve adds to a plugin's schema what the language has and the plugin, known by its name, has not. What the plugin
// does have is left alone. The result is for decoding; the plugin itself is never given what was added.
func (s *Schema) reserve(plugin string) *Schema {
	out := *s
	out.Attributes = slices.Clone(s.Attributes)
	for _, a := range reservedOf(plugin) {
		if s.attribute(a.Name) == nil && s.block(a.Name) == nil {
			a.Owner = OwnerPlugin
			out.Attributes = append(out.Attributes, a)
		}
	}
	for name, l := range reservedValues(plugin) {
		if a := s.attribute(name); a != nil {
			a.later = l
		}
	}
	return &out
}
