package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Bounds of a description, which comes from an executable that nobody vouches for.
const (
	maxSchemaDepth = 8
	maxSchemaNames = 1000
)

var schemaNamePattern = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,63}$`)

// schemaFromProto checks a plugin's schema and turns it into ours. taken are names that the router keeps for itself.
func schemaFromProto(b *pluginv1.Body, taken *Schema) (*Schema, error) {
	r := schemaReader{left: maxSchemaNames}
	s, err := r.body(b, 0)
	if err != nil {
		return nil, err
	}
	for _, a := range s.Attributes {
		if taken.attribute(a.Name) != nil || taken.block(a.Name) != nil {
			return nil, fmt.Errorf("attribute %s: the name is the router's", a.Name)
		}
	}
	for _, n := range s.Blocks {
		if taken.attribute(n.Name) != nil || taken.block(n.Name) != nil {
			return nil, fmt.Errorf("block %s: the name is the router's", n.Name)
		}
	}
	if err := s.prepare(OwnerPlugin); err != nil {
		return nil, err
	}
	return s, nil
}

type schemaReader struct{ left int }

func (r *schemaReader) body(b *pluginv1.Body, depth int) (*Schema, error) {
	if depth > maxSchemaDepth {
		return nil, fmt.Errorf("blocks are nested more than %d deep", maxSchemaDepth)
	}
	s := &Schema{Description: b.GetDescription()}
	seen := map[string]bool{}
	name := func(n string) error {
		r.left--
		switch {
		case r.left < 0:
			return fmt.Errorf("it has more than %d names", maxSchemaNames)
		case !schemaNamePattern.MatchString(n):
			return fmt.Errorf("%q is not a name", n)
		case seen[n]:
			return fmt.Errorf("the name %s stands twice in one body", n)
		}
		seen[n] = true
		return nil
	}
	for _, pa := range b.GetAttributes() {
		if err := name(pa.GetName()); err != nil {
			return nil, err
		}
		a, err := attributeFromProto(pa)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", pa.GetName(), err)
		}
		if a.Record && (depth > 0 || a.Type != TypeString && a.Type != TypePath) {
			return nil, fmt.Errorf("attribute %s: only strings at the top level may have phase RECORD", a.Name)
		}
		s.Attributes = append(s.Attributes, a)
	}
	for _, pb := range b.GetBlocks() {
		if err := name(pb.GetName()); err != nil {
			return nil, err
		}
		nested, err := r.body(pb.GetBody(), depth+1)
		if err != nil {
			return nil, fmt.Errorf("block %s: %w", pb.GetName(), err)
		}
		s.Blocks = append(s.Blocks, &NestedBlock{
			Name: pb.GetName(), Min: int(pb.GetMin()), Max: int(pb.GetMax()), Schema: nested,
		})
	}
	for _, pr := range b.GetRules() {
		rule, err := ruleFromProto(pr, seen)
		if err != nil {
			return nil, err
		}
		s.Rules = append(s.Rules, rule)
	}
	return s, nil
}

func attributeFromProto(p *pluginv1.Attribute) (*Attribute, error) {
	a := &Attribute{
		Name:        p.GetName(),
		Required:    p.GetRequired(),
		Description: p.GetDescription(),
		Example:     p.GetExample(),
		Sensitive:   p.GetSensitive(),
		Deprecated:  p.GetDeprecated(),
		Pattern:     p.GetConstraints().GetPattern(),
		Record:      p.GetPhase() == pluginv1.Phase_PHASE_RECORD,
	}
	var ok bool
	if a.Type, ok = typeFromProto(p.GetType()); !ok {
		return nil, fmt.Errorf("this release does not know its type (%d)", p.GetType())
	}
	scalar := a.Type
	if a.Type == TypeList || a.Type == TypeMap {
		if a.Element, ok = typeFromProto(p.GetElementType()); !ok ||
			a.Element == TypeList || a.Element == TypeMap || a.Element == TypeObject {
			return nil, errors.New("its elements must have a scalar type")
		}
		scalar = a.Element
	}
	var err error
	if a.Default, err = textFromJSON(a.Type, a.Element, p.GetDefaultJson()); err != nil {
		return nil, fmt.Errorf("default: %w", err)
	}
	for _, v := range p.GetConstraints().GetOneOf() {
		text, err := textFromJSON(scalar, "", v)
		if err != nil {
			return nil, fmt.Errorf("one of: %w", err)
		}
		a.OneOf = append(a.OneOf, text)
	}
	if c := p.GetConstraints(); c != nil {
		if c.Min != nil {
			a.Min = textFromFloat(scalar, c.GetMin())
		}
		if c.Max != nil {
			a.Max = textFromFloat(scalar, c.GetMax())
		}
	}
	return a, nil
}

func typeFromProto(t pluginv1.Type) (Type, bool) {
	switch t {
	case pluginv1.Type_TYPE_STRING:
		return TypeString, true
	case pluginv1.Type_TYPE_NUMBER:
		return TypeNumber, true
	case pluginv1.Type_TYPE_BOOL:
		return TypeBool, true
	case pluginv1.Type_TYPE_DURATION:
		return TypeDuration, true
	case pluginv1.Type_TYPE_BYTES:
		return TypeBytes, true
	case pluginv1.Type_TYPE_URL:
		return TypeURL, true
	case pluginv1.Type_TYPE_PATH:
		return TypePath, true
	case pluginv1.Type_TYPE_LIST:
		return TypeList, true
	case pluginv1.Type_TYPE_MAP:
		return TypeMap, true
	case pluginv1.Type_TYPE_OBJECT:
		return TypeObject, true
	case pluginv1.Type_TYPE_UNSPECIFIED:
	}
	return "", false
}

func ruleFromProto(p *pluginv1.Rule, known map[string]bool) (Rule, error) {
	rule := Rule{Names: p.GetNames()}
	switch p.GetKind() {
	case pluginv1.Rule_KIND_EXACTLY_ONE_OF:
		rule.Kind = ExactlyOneOf
	case pluginv1.Rule_KIND_CONFLICTS:
		rule.Kind = Conflicts
	case pluginv1.Rule_KIND_REQUIRED_TOGETHER:
		rule.Kind = RequiredTogether
	case pluginv1.Rule_KIND_UNSPECIFIED:
		return Rule{}, errors.New("a rule has no kind")
	default:
		return Rule{}, fmt.Errorf("this release does not know a rule's kind (%d)", p.GetKind())
	}
	if len(rule.Names) < 2 {
		return Rule{}, errors.New("a rule names fewer than two names")
	}
	for _, n := range rule.Names {
		if !known[n] {
			return Rule{}, fmt.Errorf("a rule names %q, which is not in its body", n)
		}
	}
	return rule, nil
}

// textFromJSON writes a value in canonical JSON as it would stand in a configuration. Empty and null are empty.
func textFromJSON(t, element Type, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", fmt.Errorf("read %q: %w", text, err)
	}
	if v == nil {
		return "", nil
	}
	out, err := textFromValue(t, element, v)
	if err != nil {
		return "", err
	}
	return out, nil
}

func textFromValue(t, element Type, v any) (string, error) {
	switch x := v.(type) {
	case json.Number:
		f, err := x.Float64()
		if err != nil {
			return "", fmt.Errorf("read number: %w", err)
		}
		if n, err := x.Int64(); err == nil && (t == TypeDuration || t == TypeBytes) {
			return textFromInt(t, n), nil
		}
		return textFromFloat(t, f), nil
	case []any:
		parts := make([]string, len(x))
		for i, e := range x {
			var err error
			if parts[i], err = textFromValue(element, "", e); err != nil {
				return "", err
			}
		}
		return "[" + strings.Join(parts, ", ") + "]", nil
	case map[string]any:
		if t == TypeMap && len(x) > 0 && (element == TypeDuration || element == TypeBytes) {
			for k, e := range x {
				n, ok := e.(json.Number)
				if !ok {
					return "", fmt.Errorf("the value of %q is not a number", k)
				}
				i, err := n.Int64()
				if err != nil {
					return "", fmt.Errorf("read number: %w", err)
				}
				x[k] = strings.Trim(textFromInt(element, i), `"`)
			}
		}
	}
	return templateText(v)
}

// templateText writes a value in JSON with the starts of templates escaped, which makes it an HCL expression.
func templateText(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", fmt.Errorf("write value: %w", err)
	}
	text := strings.TrimSpace(b.String())
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text), nil
}

// textFromFloat writes a number in the unit of the type's canonical form.
func textFromFloat(t Type, f float64) string {
	if t == TypeDuration || t == TypeBytes {
		return textFromInt(t, int64(f))
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func textFromInt(t Type, n int64) string {
	if t == TypeDuration {
		return strconv.Quote(formatDuration(time.Duration(n)))
	}
	return strconv.Quote(formatBytes(n))
}
