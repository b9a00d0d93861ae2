package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

func (b *builder) pipelines(blocks []*hclsyntax.Block) {
	for _, block := range blocks {
		p := Pipeline{Address: addressOf(block), Range: block.DefRange()}
		body := *block.Body
		s := pipelineSchema()
		// A pipeline without to is answered here, with the routes in mind that it may have.
		s.attribute("to").Required = false
		n := b.decode(&body, p.Range, s, fmt.Sprintf("pipeline %q", block.Labels[0]))
		routed := slices.ContainsFunc(body.Blocks, func(x *hclsyntax.Block) bool { return x.Type == "route" || x.Type == "otherwise" })
		to, given := body.Attributes["to"]
		empty := false
		if given {
			list, ok := to.Expr.(*hclsyntax.TupleConsExpr)
			empty = ok && len(list.Exprs) == 0
		}
		if !given && !routed || empty {
			b.fail(p.Range, fmt.Sprintf("The pipeline %q leads nowhere.", block.Labels[0]),
				"Add to = [destination.TYPE.NAME], with destinations or other pipelines.")
		}
		b.pipelineNodes[p.Address] = n
		if b.enabled(p.Address, n) {
			b.config.Pipelines = append(b.config.Pipelines, p)
		}
		b.order = append(b.order, p.Address)
	}
}

// link follows all addresses. What is disabled is skipped.
func (b *builder) link() {
	enabled := map[string]*Pipeline{}
	for i := range b.config.Pipelines {
		enabled[b.config.Pipelines[i].Address] = &b.config.Pipelines[i]
	}
	for _, address := range b.order {
		n := b.pipelineNodes[address]
		p := enabled[address]
		if p == nil {
			p = &Pipeline{} // checked all the same
		}
		p.From = b.follow(n, "from", p.Address != "", "source")
		p.To = b.follow(n, "to", p.Address != "", "destination", "pipeline")
		if to := n.values["to"]; p.Address != "" && to != nil && len(to.refs) > 0 && len(p.To) == 0 && !b.diags.HasErrors() {
			b.diags = append(b.diags, warning(to.at, "", fmt.Sprintf("All that %s leads to is disabled: its records are dropped.", p.Address),
				"Disable the pipeline too, or enable a destination."))
		}
	}
	b.linkDeadLetters()
	b.findCircles()
}

// follow resolves one attribute of a pipeline; by says whether the pipeline is enabled, so that it uses what it names.
func (b *builder) follow(n *node, name string, by bool, kinds ...string) []string {
	v := n.values[name]
	if v == nil {
		return nil
	}
	var out, skipped []string
	for _, r := range v.refs {
		used := b.declared[r.address] != nil && b.declared[r.address].used
		d := b.resolve(r, name, kinds...)
		if d == nil {
			continue
		}
		d.used = used || by
		if !d.enabled {
			skipped = append(skipped, r.address)
			continue
		}
		out = append(out, r.address)
	}
	if len(skipped) > 0 {
		n.settle(name, out, "without what is disabled: "+strings.Join(skipped, ", "))
	}
	return out
}

func (b *builder) linkDeadLetters() {
	for i := range b.config.Destinations {
		d := &b.config.Destinations[i]
		b.linkDeadLetter(d)
		b.checkForwarded(d)
	}
	// The defaults' own address is answered once, whether or not a destination falls back on it.
	if v := deadLetterOf(b.defaults); v != nil {
		b.resolve(v.refs[0], "to", "destination")
	}
	to := map[string]string{}
	for _, d := range b.config.Destinations {
		to[d.Address] = d.DeadLetterTo
	}
	reported := map[string]bool{}
	for _, d := range b.config.Destinations {
		path := []string{d.Address}
		for next := d.DeadLetterTo; next != "" && !reported[d.Address]; next = to[next] {
			if i := slices.Index(path, next); i >= 0 {
				circle := append(path[i:], next)
				if !slices.ContainsFunc(circle, func(a string) bool { return reported[a] }) {
					b.failCircle(circle)
				}
				for _, a := range circle {
					reported[a] = true
				}
				break
			}
			path = append(path, next)
		}
	}
}

func (b *builder) failCircle(circle []string) {
	at := b.destinationNodes[circle[0]].at
	for _, a := range circle {
		if v := deadLetterOf(b.destinationNodes[a]); v != nil {
			at = v.at
			break
		}
	}
	if len(circle) == 2 {
		b.fail(at, fmt.Sprintf("The dead letters of %s would go to itself.", circle[0]), "Name another destination, or take the attribute out.")
		return
	}
	b.fail(at, "Dead letters would go in a circle: "+strings.Join(circle, " → ")+".", "Let one of them go without dead_letter.to.")
}

// deadLetterOf is the dead_letter.to that is written in a body; nil: none.
func deadLetterOf(n *node) *value {
	if n == nil || len(n.blocks["dead_letter"]) == 0 {
		return nil
	}
	v := n.blocks["dead_letter"][0].values["to"]
	if v == nil || len(v.refs) == 0 {
		return nil
	}
	return v
}

func (b *builder) linkDeadLetter(d *Destination) {
	v := deadLetterOf(b.destinationNodes[d.Address])
	if v == nil {
		// A default that names this destination itself does not hold for it.
		if v = deadLetterOf(b.defaults); v == nil {
			return
		}
		if v.refs[0].address == d.Address {
			b.destinationNodes[d.Address].block("dead_letter").settle("to", nil, "the default is this destination itself: its own go to "+b.store())
			return
		}
	}
	target := b.resolve(v.refs[0], "to", "destination")
	switch {
	case target == nil:
	case !target.enabled:
		b.destinationNodes[d.Address].block("dead_letter").settle("to", nil, target.address+" is disabled: dead letters go to "+b.store())
		b.diags = append(b.diags, warning(v.at, "", fmt.Sprintf("%s is disabled: dead letters go to %s.", target.address, b.store()),
			"Enable it, or name another destination."))
	default:
		d.DeadLetterTo = target.address
	}
}

// findCircles answers pipelines that feed each other, each circle once.
func (b *builder) findCircles() {
	to := map[string][]string{}
	for _, p := range b.config.Pipelines {
		to[p.Address] = p.To
	}
	done := map[string]bool{}
	var visit func(address string, path []string)
	visit = func(address string, path []string) {
		if i := slices.Index(path, address); i >= 0 {
			circle := append(slices.Clone(path[i:]), address)
			b.fail(b.referenceAt(path[len(path)-1], address), "These pipelines feed each other: "+strings.Join(circle, " → ")+".",
				"Take one of the addresses out of its to.")
			return
		}
		if done[address] {
			return
		}
		for _, next := range to[address] {
			if strings.HasPrefix(next, "pipeline.") {
				visit(next, append(path, address))
			}
		}
		done[address] = true
	}
	for _, p := range b.config.Pipelines {
		visit(p.Address, nil)
	}
}
