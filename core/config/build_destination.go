package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/spool"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// backlogShare is the part of the spool that one destination's backlog may take by default.
const backlogShare = 0.8

func (b *builder) destinations(blocks []*hclsyntax.Block) {
	for _, block := range blocks {
		d := Destination{Address: addressOf(block), Range: block.DefRange()}
		n := b.destination(block, &d)
		if n == nil {
			continue
		}
		n.beneath = b.defaults
		b.destinationNodes[d.Address] = n
		b.fill(&d, n)
		if b.enabled(d.Address, n) {
			b.config.Destinations = append(b.config.Destinations, d)
		}
	}
}

// destination decodes a destination; nil: it can't be.
func (b *builder) destination(block *hclsyntax.Block, d *Destination) *node {
	p := b.plugin(block, providesDestination)
	if p == nil {
		return nil
	}
	d.Plugin = p
	if p.Description == nil {
		s := openSchema(destinationSchema().mustPrepare())
		return b.decode(block.Body, d.Range, s, title(block))
	}
	merged, own, err := destinationSchemaOf(p.Description)
	if err != nil {
		b.fail(block.LabelRanges[0], fmt.Sprintf("What the plugin %q says of its destination is not valid: %v.", p.Name, err), "Ask its author.")
		return nil
	}
	n, config := b.pluginBody(p, pluginv1.Role_ROLE_DESTINATION, block, merged, own)
	d.ConfigJSON = config
	d.Resolve = b.resolved(own, n)
	return n
}

// destinationSchemaOf merges the router's part of a destination and the plugin's, and returns the plugin's besides.
// The plugin's batch defaults stand in the merged one.
func destinationSchemaOf(d *pluginv1.DescribeResponse) (merged, own *Schema, err error) {
	core := destinationSchema()
	if own, err = schemaFromProto(d.GetDestination().GetSchema(), core); err != nil {
		return nil, nil, err
	}
	defaults := d.GetDestination().GetBatchDefaults()
	batch := core.block("batch").Schema
	if n := defaults.GetMaxRecords(); n > 0 {
		batch.attribute("max_records").pluginDefault(strconv.FormatUint(uint64(n), 10))
	}
	if ms := defaults.GetMaxAgeMs(); ms > 0 {
		batch.attribute("max_age").pluginDefault(strconv.Quote(formatDuration(time.Duration(ms) * time.Millisecond)))
	}
	most := maxBatchBytes(d)
	if n := defaults.GetMaxBytes(); n > 0 || most < defaultBatchBytes {
		if n == 0 {
			n = uint64(defaultBatchBytes)
		}
		batch.attribute("max_bytes").pluginDefault(strconv.Quote(formatBytes(int64(min(n, uint64(most))))))
	}
	batch.attribute("max_bytes").Max = strconv.Quote(formatBytes(most))
	if n := defaults.GetMaxInFlight(); n > 0 {
		core.attribute("max_in_flight").pluginDefault(strconv.FormatUint(uint64(min(n, 1024)), 10))
	}
	if err := core.prepare(OwnerRouter); err != nil {
		return nil, nil, fmt.Errorf("batch defaults: %w", err)
	}
	return merge(core, own.reserve(d.GetName())), own, nil
}

const (
	protocolBatchBytes = 7 << 19 // 3.5 MiB
	defaultBatchBytes  = 1 << 20
)

// maxBatchBytes is the largest batch that the plugin takes.
func maxBatchBytes(d *pluginv1.DescribeResponse) int64 {
	if n := d.GetDestination().GetCapabilities().GetMaxBatchBytes(); n > 0 && n < protocolBatchBytes {
		return int64(n)
	}
	return protocolBatchBytes
}

// sourceSchemaOf is destinationSchemaOf for sources.
func sourceSchemaOf(d *pluginv1.DescribeResponse) (merged, own *Schema, err error) {
	core := sourceSchema().mustPrepare()
	if own, err = schemaFromProto(d.GetSource().GetSchema(), core); err != nil {
		return nil, nil, err
	}
	return merge(core, own), own, nil
}

// merge returns what a block of a plugin accepts: the plugin's own first.
func merge(core, own *Schema) *Schema {
	return &Schema{
		Description: own.Description,
		Attributes:  slices.Concat(own.Attributes, core.Attributes),
		Blocks:      slices.Concat(own.Blocks, core.Blocks),
		Rules:       own.Rules,
	}
}

// fill sets the router's part of a destination.
func (b *builder) fill(d *Destination, n *node) {
	batch, retry, backlog := n.block("batch"), n.block("retry"), n.block("backlog")
	poison := retry.integer("poison_after")
	d.Delivery = delivery.Options{
		Address:     d.Address,
		MaxRecords:  batch.integer("max_records"),
		MaxAge:      batch.duration("max_age"),
		MaxBytes:    int(b.batchBytes(d, batch)),
		MaxOpen:     batch.integer("max_open"),
		MaxInFlight: n.integer("max_in_flight"),
		RejectLimit: n.number("reject_limit"),
		ExpireAfter: backlog.duration("max_age"),
		Retry: delivery.RetryOptions{
			InitialDelay: retry.duration("initial_delay"),
			MaxDelay:     retry.duration("max_delay"),
			MaxElapsed:   retry.duration("max_elapsed"),
			PoisonAfter:  &poison,
		},
	}
	d.HangTimeout = n.duration("hang_timeout")
	b.checkDelays(n)

	b.backlog(d, backlog)
	b.deadLetters(d, n)
}

func (b *builder) backlog(d *Destination, n *node) {
	d.Backlog = spool.BacklogOptions{
		MaxBytes: backlogDefault(b.spoolBytes),
		MaxAge:   n.duration("max_age"),
	}
	if n.text("when_full") == "drop_oldest" {
		d.Backlog.WhenFull = spool.DropOldest
	}
	if v := n.get("max_bytes"); v.v != nil && !v.unknown {
		d.Backlog.MaxBytes = n.bytes("max_bytes")
		b.config.at.backlogs[d.Address] = v.at
		switch {
		case b.spoolBytes > 0 && d.Backlog.MaxBytes > b.spoolBytes:
			b.diags = append(b.diags, backlogTooLarge(v.at, d.Backlog.MaxBytes, formatBytes(b.spoolBytes)))
		case b.spoolMost > 0 && d.Backlog.MaxBytes > b.spoolMost:
			b.diags = append(b.diags, backlogTooLarge(v.at, d.Backlog.MaxBytes, "at most "+formatBytes(b.spoolMost)))
		}
	}
	n.settle("max_bytes", sizeOrNone(d.Backlog.MaxBytes), "")
}

// backlogDefault is the bound of a backlog in a spool of that many bytes.
func backlogDefault(spoolBytes int64) int64 {
	return int64(math.Floor(float64(spoolBytes) * backlogShare))
}

func backlogTooLarge(at hcl.Range, backlog int64, spoolBytes string) *hcl.Diagnostic {
	return problem(at, fmt.Sprintf("The backlog of %s is larger than the spool, which has %s.", formatBytes(backlog), spoolBytes),
		"Make the backlog smaller or router.spool.max_bytes larger.")
}

// batchBytes is the batch's size. What stands in the router's defaults is cut to what the plugin takes.
func (b *builder) batchBytes(d *Destination, batch *node) int64 {
	n := batch.bytes("max_bytes")
	if d.Plugin.Description == nil {
		return n
	}
	if most := maxBatchBytes(d.Plugin.Description); n > most {
		n = most
		batch.settle("max_bytes", n, "cut to the largest batch that the plugin takes")
	}
	return n
}

// checkDelays answers a first wait that is longer than the longest.
func (b *builder) checkDelays(n *node) {
	retry := n.block("retry")
	first, most := retry.get("initial_delay"), retry.get("max_delay")
	x, ok := first.v.(int64)
	y, ok2 := most.v.(int64)
	if !ok || !ok2 || x <= y || first.unknown || most.unknown {
		return
	}
	at := first.at
	if first.expr == nil {
		at = most.at
	}
	b.fail(at, fmt.Sprintf(`"initial_delay" is longer than "max_delay": %s, not at most %s.`, formatDuration(time.Duration(x)), formatDuration(time.Duration(y))),
		"Swap them, or set both.")
}
