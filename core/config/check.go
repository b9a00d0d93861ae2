package config

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/skidway/skidway/core/pipeline"
	"github.com/skidway/skidway/core/spool"
)

// referenceAt is where a pipeline names an address that it leads to.
func (b *builder) referenceAt(pipeline, address string) hcl.Range {
	n := b.pipelineNodes[pipeline]
	for _, of := range slices.Concat([]*node{n}, n.blocks["route"], n.blocks["otherwise"]) {
		if v := of.values["to"]; v != nil {
			for _, r := range v.refs {
				if r.address == address {
					return r.at
				}
			}
		}
	}
	return n.at
}

// soleWriters are attributes of destinations whose value may stand in one block only, by plugin. The protocol has no
// word for it: what a plugin holds alone is known to the plugin.
func soleWriters() map[string]string { return map[string]string{"file": "path"} }

// check looks at what the blocks mean for each other. Warnings are left out while there are errors, which may be their
// cause.
func (b *builder) check() {
	b.checkListeners()
	b.checkSoleWriters()
	if b.diags.HasErrors() {
		return
	}
	b.warnUnused()
	b.warnUnreachable()
	b.warnShared()
	b.config.at.blocking = b.blocking()
	sum := b.backlogsWarning(b.config.at.blocking)
	b.config.at.warned = len(sum) > 0
	b.diags = append(b.diags, sum...)
	b.warnHangs()
}

func (b *builder) checkSoleWriters() {
	seen := map[string]*value{}
	for _, d := range b.config.Destinations {
		name, ok := soleWriters()[d.Plugin.Name]
		if !ok {
			continue
		}
		v := b.destinationNodes[d.Address].get(name)
		text, ok := v.v.(string)
		if !ok || v.unknown {
			continue
		}
		key := d.Plugin.Name + "\x00" + text
		if first := seen[key]; first != nil {
			b.fail(v.at, fmt.Sprintf("Two destinations write to the same %s; the other is at %s.", name, placeText(first.at)),
				"Let both pipelines lead to one destination, or give them different ones.")
			continue
		}
		seen[key] = v
	}
}

func (b *builder) warnUnused() {
	unused := func(address string, at hcl.Range, summary, detail string) {
		if !b.declared[address].used {
			b.diags = append(b.diags, warning(at, CodeUnused, fmt.Sprintf("%s %s.", address, summary), detail))
		}
	}
	for _, s := range b.config.Sources {
		unused(s.Address, s.Range, "is in no pipeline", "Name it in a pipeline's from; until then its records go nowhere.")
	}
	for _, p := range b.config.Pipelines {
		if n := b.pipelineNodes[p.Address]; n.values["from"] == nil {
			unused(p.Address, p.Range, "is fed by nothing", "Give it from, or name it in another pipeline's to.")
		}
	}
	for _, d := range b.config.Destinations {
		unused(d.Address, d.Range, "is in no pipeline", "Name it in a pipeline's to, or take it out.")
	}
	if len(b.config.Pipelines) == 0 && len(b.config.Sources)+len(b.config.Destinations) == 0 {
		d := placeless("The configuration has no pipeline.", "Add a source, a destination and a pipeline that leads from one to the other.")
		d.Severity, d.Extra = hcl.DiagWarning, CodeUnused
		b.diags = append(b.diags, d)
	}
}

// warnUnreachable tells which routes and which otherwise no record comes to, because of the routes before.
func (b *builder) warnUnreachable() {
	for _, p := range b.config.Pipelines {
		if p.Steps == nil {
			continue
		}
		n := b.pipelineNodes[p.Address]
		all, final := "", "" // the first route that takes every record, and the first that is final besides
		for i, r := range p.Steps.Routes {
			if final != "" {
				b.diags = append(b.diags, warning(n.blocks["route"][i].at, CodeUnused,
					fmt.Sprintf("No record comes to the route %q: %q takes all of them and is final.", r.Name, final),
					fmt.Sprintf("Put it before %q, or take it out.", final)))
			}
			if all == "" && takesAll(r) && !slices.ContainsFunc(p.Steps.Routes[:i], mayFail) {
				all = r.Name
			}
			if final == "" && r.Final && takesAll(r) {
				final = r.Name
			}
		}
		if p.Steps.Otherwise.Given && all != "" {
			b.diags = append(b.diags, warning(n.blocks["otherwise"][0].at, CodeUnused,
				fmt.Sprintf("No record comes to otherwise: the route %q takes all of them.", all), "Take it out."))
		}
	}
}

// mayFail reports whether a route's when may have an error for a record, which goes to otherwise then too.
func mayFail(r pipeline.Route) bool { return r.When != nil && !r.When.Constant() }

// warnShared tells which destinations can hold up which others: one that blocks makes the source wait for all.
func (b *builder) warnShared() {
	reach := b.config.reach()
	for _, d := range b.config.Destinations {
		if d.Backlog.WhenFull != spool.Block {
			continue
		}
		var others, sources []string
		for _, s := range b.config.Sources {
			if !slices.Contains(reach[s.Address], d.Address) {
				continue
			}
			for _, o := range reach[s.Address] {
				if o != d.Address {
					others = append(others, o)
					sources = append(sources, s.Address)
				}
			}
		}
		if len(others) == 0 {
			continue
		}
		slices.Sort(others)
		slices.Sort(sources)
		others, sources = slices.Compact(others), slices.Compact(sources)
		b.diags = append(b.diags, warning(d.Range, CodeSharedSource,
			fmt.Sprintf("%s can hold up %s: they share %s.", d.Address, andList(others), andList(sources)),
			"When its backlog is full its sources wait, and with them everything else they feed. Say backlog { when_full = \"drop_oldest\" } if it may lose records instead."))
	}
}
