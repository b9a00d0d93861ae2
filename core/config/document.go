package config

import (
	"fmt"
	"slices"
)

// BlockDoc is what one kind of top-level block accepts.
type BlockDoc struct {
	// Block is the block's type, for example "destination".
	Block string `json:"block"`
	// Type is its first label for sources and destinations, for example "http"; empty otherwise.
	Type string `json:"type,omitempty"`
	// Header is how the block begins, for example `destination "http" "NAME"`.
	Header string  `json:"header"`
	Schema *Schema `json:"schema"`
}

// Documentation returns what every block accepts: the router's own and those of the bundled plugins. What this release
// does not support is left out. An error is about a bundled plugin's description.
func Documentation(p Plugins) ([]BlockDoc, error) {
	docs := []BlockDoc{
		{Block: "router", Header: "router", Schema: routerSchema()},
		{Block: "plugin", Header: `plugin "NAME"`, Schema: pluginSchema()},
		{Block: "variable", Header: `variable "NAME"`, Schema: variableSchema()},
		{Block: "locals", Header: "locals", Schema: &Schema{Description: "Named values: any name = any value; used as local.NAME."}},
		{Block: "source", Type: "tcp", Header: `source "tcp" "NAME"`, Schema: tcpSourceSchema()},
	}
	names := slices.Sorted(slices.Values(p.bundledNames()))
	for _, name := range names {
		d, ok := p.bundled(name)
		if !ok || d.GetSource() == nil || name == "tcp" {
			continue
		}
		s, _, err := sourceSchemaOf(d)
		if err != nil {
			return nil, fmt.Errorf("read source schema of plugin %s: %w", name, err)
		}
		docs = append(docs, BlockDoc{Block: "source", Type: name, Header: fmt.Sprintf(`source %q "NAME"`, name), Schema: s})
	}
	for _, name := range names {
		d, ok := p.bundled(name)
		if !ok || d.GetDestination() == nil {
			continue
		}
		s, _, err := destinationSchemaOf(d)
		if err != nil {
			return nil, fmt.Errorf("read destination schema of plugin %s: %w", name, err)
		}
		docs = append(docs, BlockDoc{Block: "destination", Type: name, Header: fmt.Sprintf(`destination %q "NAME"`, name), Schema: s})
	}
	docs = append(docs,
		BlockDoc{Block: "pipeline", Header: `pipeline "NAME"`, Schema: pipelineSchema()},
		BlockDoc{Block: "test", Header: `test "NAME"`, Schema: testSchema()},
	)
	for i := range docs {
		docs[i].Schema = docs[i].Schema.supported()
	}
	return docs, nil
}

// supported returns the schema without what this release does not support.
func (s *Schema) supported() *Schema {
	out := &Schema{Description: s.Description, Rules: s.Rules}
	for _, a := range s.Attributes {
		if a.Unsupported == "" {
			out.Attributes = append(out.Attributes, a)
		}
	}
	for _, b := range s.Blocks {
		if b.Unsupported == "" {
			c := *b
			if b.Schema != nil {
				c.Schema = b.Schema.supported()
			}
			out.Blocks = append(out.Blocks, &c)
		}
	}
	return out
}
