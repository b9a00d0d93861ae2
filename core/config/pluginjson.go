package config

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// pluginJSON is the configuration that a plugin gets: what the schema knows, defaults filled in, secrets plain. A
// RECORD attribute's constant is among it; what is computed for every record is null.
func (n *node) pluginJSON(s *Schema) ([]byte, error) {
	b, err := json.Marshal(n.canonical(s))
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return b, nil
}

func (n *node) canonical(s *Schema) map[string]any {
	out := make(map[string]any, len(s.Attributes)+len(s.Blocks))
	for _, a := range s.Attributes {
		out[a.Name] = n.get(a.Name).v
	}
	for _, b := range s.Blocks {
		found := n.blocks[b.Name]
		if b.Max == 1 {
			out[b.Name] = nil
			if len(found) > 0 {
				out[b.Name] = found[0].canonical(b.Schema)
			}
			continue
		}
		list := make([]any, len(found))
		for i, f := range found {
			list[i] = f.canonical(b.Schema)
		}
		out[b.Name] = list
	}
	return out
}

// find turns a path into the configuration that a plugin got into a place in the user's file. unknown says that the
// value there is a placeholder, hidden that it is sensitive.
func (n *node) find(path []*pluginv1.PathStep) (at hcl.Range, unknown, hidden bool) {
	if len(path) == 0 {
		return n.at, false, false
	}
	name := path[0].GetName()
	if v, ok := n.values[name]; ok && v.expr != nil {
		return findIn(v.expr, path[1:]).Range(), v.unknown, v.hidden
	}
	blocks := n.blocks[name]
	if len(blocks) == 0 {
		return n.at, false, false
	}
	rest := path[1:]
	i := 0
	if len(rest) > 0 {
		if step, ok := rest[0].GetStep().(*pluginv1.PathStep_Index); ok {
			i = int(min(step.Index, uint32(len(blocks)-1)))
			rest = rest[1:]
		}
	}
	return blocks[i].find(rest)
}

// findIn goes into an expression as far as it is written out.
func findIn(expr hclsyntax.Expression, path []*pluginv1.PathStep) hclsyntax.Expression {
	for _, p := range path {
		switch step := p.GetStep().(type) {
		case *pluginv1.PathStep_Name:
			expr = keyExpr(expr, step.Name)
		case *pluginv1.PathStep_Index:
			expr = elementExpr(expr, int(step.Index))
		}
	}
	return expr
}
