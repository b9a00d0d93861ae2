package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// builder makes a Config of decoded blocks.
type builder struct {
	*loader
	config   *Config
	declared map[string]*declaration

	// durable: there is a data_dir.
	durable bool
	// spoolBytes is the spool's bound; 0: it depends on the filesystem, and is at most spoolMost when that is not 0.
	spoolBytes, spoolMost int64
	intake                *value
	// defaults is router.destination_defaults; nil: none.
	defaults *node

	routerNode       *node
	sourceNodes      map[string]*node
	destinationNodes map[string]*node
	pipelineNodes    map[string]*node
	// order holds the pipelines' addresses in the order of the files.
	order []string
}

// enabled says whether a block is; an unknown one is taken as enabled.
func (b *builder) enabled(address string, n *node) bool {
	on := n.flag("enabled") || n.get("enabled").unknown
	if d := b.declared[address]; d != nil {
		d.enabled = on
	}
	return on
}

// openSchema returns a schema that takes any attribute besides the router's own, for a plugin nobody could ask.
func openSchema(s *Schema) *Schema {
	s.open = true
	return s
}

// title is how a block is called in messages: `source "tcp"`.
func title(block *hclsyntax.Block) string {
	return block.Type + ` "` + strings.Join(block.Labels[:1], "") + `"`
}
