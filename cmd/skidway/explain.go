package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/pipeline"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/router"
)

// maxExplainedLine bounds a line that is read to be explained: the longest record.
const maxExplainedLine = 3584 << 10

func newExplain() *cobra.Command {
	var flags configFlags
	var o record.Origin
	cmd := &cobra.Command{
		Use:   "explain [-c PATH]... [--source ADDRESS] [LINE]",
		Short: "show how one record goes: each transform's effect, which routes take it and why, and where it comes",
		Long: "Show how one record goes through the pipelines: what each transform does to it, which routes take it, and which\n" +
			"destinations get what. Without a LINE, lines are read from standard input. Nothing is started or sent.",
		Example: "  skidway explain -c skidway.hcl '{\"level\":\"error\",\"status\":503}'\n" +
			"  tail -n 3 app.log | skidway explain -c skidway.hcl --source source.tcp.app",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("put it in quotes", "a line is one argument, and there are %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := flags.options(cmd.Context(), false)
			if err != nil {
				return err
			}
			c, err := load(cmd.ErrOrStderr(), options, func(*hcl.Diagnostic) bool { return true })
			if err != nil {
				return err
			}
			if o.Source, err = sourceOf(c, o.Source); err != nil {
				return err
			}
			hostname, _ := os.Hostname()
			now := time.Now()
			o.ReceivedUnixNano, o.ID = now.UnixNano(), 1
			one := func(line []byte) error {
				all, err := router.Explain(c, o, hostname, now.UnixNano(), line)
				if err != nil {
					return failed("", "%v", err)
				}
				var text bytes.Buffer
				writeExplained(&text, line, all)
				_, err = io.WriteString(cmd.OutOrStdout(), c.Scrub(text.String()))
				return err
			}
			if len(args) == 1 {
				return one([]byte(args[0]))
			}
			lines := bufio.NewScanner(cmd.InOrStdin())
			lines.Buffer(nil, maxExplainedLine)
			for lines.Scan() {
				if len(lines.Bytes()) == 0 {
					continue
				}
				if err := one(lines.Bytes()); err != nil {
					return err
				}
			}
			if errors.Is(lines.Err(), bufio.ErrTooLong) {
				return failed("a record has at most 3.5MiB", "a line is too long")
			}
			return lines.Err()
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&o.Source, "source", "", "`ADDRESS` of the source that it comes in at (default: the only one)")
	cmd.Flags().StringVar(&o.Peer, "peer", "", "the sender's `ADDRESS`, as meta.peer shows it")
	cmd.Flags().StringVar(&o.ClientName, "client-name", "", "the verified `NAME` of the sender's certificate, as meta.client_name shows it")
	return cmd
}

// sourceOf returns the source that is meant.
func sourceOf(c *config.Config, address string) (string, error) {
	var all []string
	for _, s := range c.Sources {
		all = append(all, s.Address)
	}
	switch {
	case slices.Contains(all, address):
		return address, nil
	case address != "":
		return "", usage("sources: "+strings.Join(all, ", "), "there is no %s", address)
	case len(all) == 1:
		return all[0], nil
	case len(all) == 0:
		return "", usage("add a source", "the configuration has no source")
	}
	return "", usage("sources: "+strings.Join(all, ", "), "name the source with --source")
}

func writeExplained(w io.Writer, line []byte, all []router.Explained) {
	fmt.Fprintf(w, "record %s\n", plainText(string(line)))
	if len(all) == 0 {
		fmt.Fprintln(w, "  no pipeline takes records of this source")
	}
	for _, x := range all {
		indent := strings.Repeat("  ", x.Depth+1)
		fmt.Fprintf(w, "%s%s\n", indent, x.Pipeline)
		if x.Steps != nil {
			writeExplainedSteps(w, indent+"  ", &x)
		}
		for _, d := range x.To {
			fmt.Fprintf(w, "%s  -> %s%s\n", indent, d.Address, resolvedText(d))
			if d.Record != nil && !bytes.Equal(d.Record, line) {
				fmt.Fprintf(w, "%s     gets %s\n", indent, plainText(string(d.Record)))
			}
		}
	}
}

func resolvedText(d router.ExplainedDestination) string {
	if d.Problem != "" {
		return ": a dead letter, because " + plainText(d.Problem)
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(d.Values)) {
		parts = append(parts, fmt.Sprintf("%s = %q", name, d.Values[name]))
	}
	if d.Values != nil && len(parts) == 0 {
		return " (no value)"
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func writeExplainedSteps(w io.Writer, indent string, of *router.Explained) {
	x := of.Steps
	for i, s := range x.Steps {
		fmt.Fprintf(w, "%s%s%s: %s\n", indent, s.Name, ifText(of.Options.Transforms[i].When), effectText(&s))
		for _, err := range s.Errors {
			fmt.Fprintf(w, "%s  error: %s\n", indent, plainText(err.Error()))
		}
		if s.Record != nil {
			fmt.Fprintf(w, "%s  now %s\n", indent, plainText(string(s.Record)))
		}
	}
	for i, r := range x.Routes {
		text := "does not take it"
		switch r.When {
		case expr.Match:
			text = "takes it"
		case expr.Null:
			text = "does not take it: it compares what the record does not have"
		case expr.Failed:
			text = fmt.Sprintf("does not take it: its when failed: %v", r.Err)
		case expr.NoMatch:
		}
		if r.Final {
			text += ", and is final"
		}
		fmt.Fprintf(w, "%sroute %q%s: %s\n", indent, r.Name, ifText(of.Options.Routes[i].When), plainText(text))
	}
	switch {
	case x.Fate == pipeline.DroppedByOtherwise:
		fmt.Fprintf(w, "%sotherwise drops it\n", indent)
	case x.Otherwise:
		fmt.Fprintf(w, "%sotherwise takes it\n", indent)
	}
	if x.Fate == pipeline.DroppedWithoutPlace {
		fmt.Fprintf(w, "%sdropped: all that it would go to is disabled\n", indent)
	}
}

// ifText shows a when.
func ifText(when *expr.Predicate) string {
	if when == nil {
		return ""
	}
	return ", when " + when.Source()
}

func effectText(s *pipeline.StepExplanation) string {
	switch s.Effect {
	case pipeline.Unchanged:
		return "changes nothing"
	case pipeline.ChangedRecord:
		return "changes it"
	case pipeline.DroppedRecord:
		return "drops it"
	case pipeline.DeadLettered:
		return "makes it a dead letter"
	case pipeline.Skipped:
	}
	switch s.When {
	case expr.Null:
		return "is not for it: its when compares what the record does not have"
	case expr.Failed:
		return "is not for it: its when failed"
	case expr.Match, expr.NoMatch:
	}
	return "is not for it"
}
