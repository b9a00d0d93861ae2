package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
)

func newGraph() *cobra.Command {
	var flags configFlags
	var format string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "graph [-c PATH]... [--format text|mermaid]",
		Short: "show what leads where, and what each destination promises",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "mermaid" {
				return usage("use text or mermaid", "unknown format %q", format)
			}
			o, err := flags.options(cmd.Context(), false)
			if err != nil {
				return err
			}
			c, err := load(cmd.ErrOrStderr(), o, func(d *hcl.Diagnostic) bool { return config.CodeOf(d) != config.CodeUnchecked })
			if err != nil {
				return err
			}
			g, out := config.GraphOf(c), cmd.OutOrStdout()
			switch {
			case asJSON:
				return writeJSON(out, g)
			case format == "mermaid":
				writeMermaid(out, g)
			default:
				writeGraph(out, g)
			}
			return nil
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "`FORMAT` of the output: text or mermaid")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the graph as JSON")
	return cmd
}

func writeGraph(w io.Writer, g *config.Graph) {
	for _, s := range g.Sources {
		fmt.Fprint(w, s.Address)
		if s.Listen != "" {
			fmt.Fprintf(w, " (%s)", s.Listen)
		}
		fmt.Fprintf(w, "\n  -> %s\n", orNothing(s.Pipelines, "no pipeline: it will not be started"))
	}
	for _, p := range g.Pipelines {
		fmt.Fprintf(w, "%s\n  <- %s\n", p.Address, orNothing(p.From, "other pipelines"))
		writeSteps(w, &p)
	}
	for _, d := range g.Destinations {
		fmt.Fprintf(w, "%s\n  promise: %s; when its backlog is full: %s\n", d.Address, promise(d.Promise), d.WhenFull)
		if d.DeadLetterTo != "" {
			fmt.Fprintf(w, "  dead letters -> %s\n", d.DeadLetterTo)
		}
	}
	fmt.Fprintf(w, "spool: %s\n", spoolText(g))
}

// writeSteps says what a pipeline does with a record, in the order it does it.
func writeSteps(w io.Writer, p *config.GraphPipeline) {
	for _, t := range p.Transforms {
		fmt.Fprintf(w, "  %s%s\n", t.Kind, whenText(t.When))
	}
	for _, r := range p.Routes {
		final := ""
		if r.Final {
			final = " (final)"
		}
		fmt.Fprintf(w, "  route %s%s -> %s%s\n", r.Name, whenText(r.When), orNothing(r.To, "nothing: all of it is disabled"), final)
	}
	switch o := p.Otherwise; {
	case o != nil && o.Drop:
		fmt.Fprintln(w, "  otherwise dropped")
	case o != nil:
		fmt.Fprintf(w, "  otherwise -> %s\n", orNothing(o.To, "nothing: all of it is disabled"))
	}
	if len(p.Routes) == 0 {
		fmt.Fprintf(w, "  -> %s\n", orNothing(p.To, "nothing: all of it is disabled"))
	}
}

func whenText(when string) string {
	if when == "" {
		return ""
	}
	return " when " + when
}

// spoolText says in words where records are held, and until when a crash loses them.
func spoolText(g *config.Graph) string {
	switch {
	case g.Spool != "disk":
		return "memory (a crash loses what is not delivered)"
	case g.Sync == "interval":
		return "disk, sync = interval (every " + g.SyncInterval + "; a power cut loses what came since)"
	}
	return "disk, sync = batch (before a record counts as accepted)"
}

func orNothing(list []string, nothing string) string {
	if len(list) == 0 {
		return nothing
	}
	return strings.Join(list, ", ")
}

// promise says in words what a destination promises of the records it accepts.
func promise(p config.Promise) string {
	order := "unordered unless max_in_flight = 1"
	if p.Ordered {
		order = "ordered"
	}
	times := "at least once"
	if p.ExactlyOnce {
		times = "exactly once"
	}
	return p.Durability + ", " + order + ", " + times
}

// mermaidText makes text fit for a label in quotes.
func mermaidText(s string) string {
	return strings.NewReplacer(`"`, "#quot;", "<", "#lt;", ">", "#gt;", "#", "#35;", "|", "#124;").Replace(s)
}

// mermaidIDs returns what gives each address an id of its own.
func mermaidIDs() func(address string) string {
	ids, taken := map[string]string{}, map[string]bool{}
	return func(address string) string {
		id, ok := ids[address]
		if !ok {
			base := strings.NewReplacer(".", "_", "-", "_").Replace(address)
			id = base
			for n := 2; taken[id]; n++ {
				id = fmt.Sprintf("%s_%d", base, n)
			}
			ids[address], taken[id] = id, true
		}
		return id
	}
}

func writeMermaid(w io.Writer, g *config.Graph) {
	id := mermaidIDs()
	fmt.Fprintln(w, "flowchart LR")
	for _, s := range g.Sources {
		label := s.Address
		if s.Listen != "" {
			label += "<br/>" + s.Listen
		}
		fmt.Fprintf(w, "  %s([\"%s\"])\n", id(s.Address), label)
	}
	for _, p := range g.Pipelines {
		fmt.Fprintf(w, "  %s[\"%s", id(p.Address), p.Address)
		for _, t := range p.Transforms {
			fmt.Fprintf(w, "<br/>%s%s", t.Kind, mermaidText(whenText(t.When)))
		}
		fmt.Fprintln(w, "\"]")
	}
	for _, d := range g.Destinations {
		fmt.Fprintf(w, "  %s[(\"%s<br/>%s\")]\n", id(d.Address), d.Address, promise(d.Promise))
	}
	fmt.Fprintf(w, "  spool[/\"spool: %s\"/]\n", spoolText(g))
	for _, p := range g.Pipelines {
		for _, from := range p.From {
			fmt.Fprintf(w, "  %s --> %s\n", id(from), id(p.Address))
		}
		edge := func(label string, to []string) {
			for _, to := range to {
				fmt.Fprintf(w, "  %s -->%s %s\n", id(p.Address), label, id(to))
			}
		}
		for _, r := range p.Routes {
			edge(fmt.Sprintf("|\"%s%s\"|", r.Name, mermaidText(whenText(r.When))), r.To)
		}
		if o := p.Otherwise; o != nil && o.Drop {
			nowhere := id(p.Address + ".dropped")
			fmt.Fprintf(w, "  %s([\"dropped\"])\n  %s -->|otherwise| %s\n", nowhere, id(p.Address), nowhere)
		} else if o != nil {
			edge("|otherwise|", o.To)
		}
		if len(p.Routes) == 0 {
			edge("", p.To)
		}
	}
	for _, d := range g.Destinations {
		if d.DeadLetterTo != "" {
			fmt.Fprintf(w, "  %s -. dead letters .-> %s\n", id(d.Address), id(d.DeadLetterTo))
		}
	}
}
