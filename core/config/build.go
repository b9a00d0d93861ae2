package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// builder makes a Config of decoded blocks.
type builder struct {
	*loader
	config   *Config
	declared map[string]*declaration

	// spoolAt is where the spool's size stands; ok when it is written somewhere.
	spoolAt  hcl.Range
	spoolSet bool
	intake   *value
	// defaults is router.destination_defaults; nil: none.
	defaults *node

	routerNode       *node
	sourceNodes      map[string]*node
	destinationNodes map[string]*node
	pipelineNodes    map[string]*node
	// order holds the pipelines' addresses in the order of the files.
	order []string
}

const defaultSegmentBytes = 4 << 20

// router fills in the router block; b is nil when there is none.
func (b *builder) router(block *hclsyntax.Block) {
	b.sourceNodes, b.destinationNodes, b.pipelineNodes = map[string]*node{}, map[string]*node{}, map[string]*node{}
	s := routerSchema()
	n := &node{schema: s}
	if block != nil {
		n = b.decode(block.Body, block.DefRange(), s, "the router block")
	}
	if len(n.blocks["destination_defaults"]) > 0 {
		b.defaults = n.blocks["destination_defaults"][0]
		b.checkDelays(b.defaults)
	}
	r := &b.config.Router
	r.DrainTimeout = n.duration("drain_timeout")
	r.LogLevel = n.text("log_level")
	r.LogFormat = n.text("log_format")
	b.intake = n.get("intake_max_bytes")
	r.IntakeMaxBytes = n.bytes("intake_max_bytes")
	b.routerNode = n
	b.spool(n.block("spool"))
}

func (b *builder) spool(n *node) {
	if storage := n.get("storage"); storage.v == "disk" {
		b.fail(storage.at, "A spool on disk is not supported yet.",
			"This release holds records in memory only; what is undelivered when the process dies is lost. Take the attribute out.")
	}
	o := &b.config.Router.Spool
	size := n.get("max_bytes")
	o.MaxBytes = n.bytes("max_bytes")
	b.spoolAt, b.spoolSet = size.at, n.body != nil
	o.SegmentBytes = min(defaultSegmentBytes, o.MaxBytes/4)
	segment := n.get("segment_bytes")
	if own, ok := segment.v.(int64); ok {
		if own > o.MaxBytes/4 && o.MaxBytes > 0 {
			b.fail(segment.at, fmt.Sprintf(`"segment_bytes" must be at most a quarter of "max_bytes", which is %s.`, aboutBytes(o.MaxBytes/4)),
				"Make segments smaller or the spool larger.")
		}
		o.SegmentBytes = own
	}
	n.settle("segment_bytes", o.SegmentBytes, "")
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
