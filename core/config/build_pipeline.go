package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/skidway/skidway/core/pipeline"
)

func (b *builder) pipelines(blocks []*hclsyntax.Block) {
	for _, block := range blocks {
		p := Pipeline{Address: addressOf(block), Range: block.DefRange()}
		n := b.decode(block.Body, p.Range, pipelineSchema(), fmt.Sprintf("pipeline %q", block.Labels[0]))
		p.Steps = b.steps(p.Address, n)
		b.checkLeads(n, &p, block.Labels[0])
		b.pipelineNodes[p.Address] = n
		if b.enabled(p.Address, n) {
			b.config.Pipelines = append(b.config.Pipelines, p)
		}
		b.order = append(b.order, p.Address)
	}
}

// checkLeads answers a pipeline that leads nowhere, and one with routes whose records may be taken by none of them.
func (b *builder) checkLeads(n *node, p *Pipeline, name string) {
	to, given := n.values["to"]
	routes, otherwise := n.blocks["route"], n.blocks["otherwise"]
	for _, t := range n.blocks["transform"] {
		if len(routes) > 0 && t.at.Start.Byte > routes[0].at.Start.Byte {
			b.diags = append(b.diags, warning(t.at, "", "The transform stands below a route, and runs before it.",
				"All transforms run before the routes: put it above them, or into a pipeline that the route leads to."))
		}
	}
	broken := slices.ContainsFunc(n.body.Blocks, func(x *hclsyntax.Block) bool { return x.Type == "route" }) && len(routes) == 0
	switch {
	case broken, given && len(routes)+len(otherwise) > 0: // was answered
	case given && isEmptyList(to.expr), !given && len(routes) == 0 && len(otherwise) == 0:
		b.fail(n.at, fmt.Sprintf("The pipeline %q leads nowhere.", name),
			"Add to = [destination.TYPE.NAME], with destinations or other pipelines, or routes.")
	case !given && len(routes) == 0:
		b.fail(otherwise[0].at, "There is an otherwise and no route.", "Write to = [...] in the pipeline in its place, or add a route.")
	case !given && len(otherwise) == 0 && !slices.ContainsFunc(p.Steps.Routes, takesAll):
		b.fail(n.at, fmt.Sprintf("The pipeline %q does not say what becomes of records that no route takes.", name),
			"Add otherwise { to = [...] }, or otherwise { drop = true } to drop and count them.")
	}
	b.checkRouteNames(routes)
	for _, r := range routes {
		if v := r.values["to"]; v != nil && isEmptyList(v.expr) {
			b.fail(v.at, fmt.Sprintf("The route %q leads nowhere.", r.label), "Name a destination or a pipeline in it, or take the route out.")
		}
	}
	for _, o := range otherwise {
		v := o.values["to"]
		switch drop := o.flag("drop"); {
		case v != nil && drop:
			b.fail(v.at, `"to" can't stand beside drop = true.`, "Take one of them out.")
		case (v == nil || isEmptyList(v.expr)) && !drop && !o.get("drop").unknown:
			b.fail(o.at, "The otherwise leads nowhere.", "Give it to = [destination.TYPE.NAME], or drop = true.")
		}
	}
}

func isEmptyList(expr hclsyntax.Expression) bool {
	list, ok := unwrap(expr).(*hclsyntax.TupleConsExpr)
	return ok && len(list.Exprs) == 0
}

// checkRouteNames answers two routes of one name, which people and counts could not tell apart.
func (b *builder) checkRouteNames(routes []*node) {
	first := map[string]*node{}
	for _, r := range routes {
		if other := first[r.label]; other != nil {
			b.fail(r.at, fmt.Sprintf("There is a route %q already, at %s.", r.label, placeText(other.at)), "Give it another name, or put both together.")
			continue
		}
		first[r.label] = r
	}
}

// takesAll reports whether a route takes every record. One whose when is wrong was answered.
func takesAll(r pipeline.Route) bool { return r.When == nil || r.When.Always() }

// link follows all addresses. What is disabled is skipped.
func (b *builder) link() {
	enabled := map[string]*Pipeline{}
	for i := range b.config.Pipelines {
		enabled[b.config.Pipelines[i].Address] = &b.config.Pipelines[i]
	}
	for _, address := range b.order {
		p := enabled[address]
		if p == nil {
			p = &Pipeline{} // checked all the same
		}
		b.linkPipeline(b.pipelineNodes[address], p)
	}
	b.linkDeadLetters()
	b.findCircles()
}

func (b *builder) linkPipeline(n *node, p *Pipeline) {
	on := p.Address != ""
	p.From = b.follow(n, "from", on, "source")
	leads := func(n *node) []string {
		to := b.follow(n, "to", on, "destination", "pipeline")
		for _, a := range to {
			if !slices.Contains(p.To, a) {
				p.To = append(p.To, a)
			}
		}
		if v := n.values["to"]; on && v != nil && len(v.refs) > 0 && len(to) == 0 && !b.diags.HasErrors() {
			what := p.Address
			switch {
			case n.label != "":
				what = fmt.Sprintf("the route %q of %s", n.label, p.Address)
			case n.schema.attribute("drop") != nil:
				what = "otherwise of " + p.Address
			}
			b.diags = append(b.diags, warning(v.at, "", fmt.Sprintf("All that %s leads to is disabled: its records are dropped.", what),
				"Disable it too, or enable a destination."))
		}
		return to
	}
	to := leads(n)
	steps := p.Steps
	if steps == nil {
		for _, nested := range slices.Concat(n.blocks["route"], n.blocks["otherwise"]) {
			leads(nested)
		}
		return
	}
	steps.To = to
	for i, r := range n.blocks["route"] {
		steps.Routes[i].To = leads(r)
	}
	for _, o := range n.blocks["otherwise"] {
		steps.Otherwise.To = leads(o)
	}
	if len(p.To) > pipeline.MaxTargets {
		b.fail(n.at, fmt.Sprintf("%s leads to %d destinations and pipelines; it may lead to %d.", p.Address, len(p.To), pipeline.MaxTargets),
			"Spread them over several pipelines.")
	}
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
