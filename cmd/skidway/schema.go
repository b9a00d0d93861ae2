package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
)

func newSchema() *cobra.Command {
	var flags configFlags
	var effective string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "schema [--json] [BLOCK [TYPE]] | functions [NAME] | --effective ADDRESS [-c PATH]...",
		Short: "show what blocks accept, or what is in force in one of yours",
		Example: "  skidway schema                    # every block, by name\n" +
			"  skidway schema destination http   # what a destination of type http accepts\n" +
			"  skidway schema functions          # the functions of expressions; with a NAME, its examples\n" +
			"  skidway schema --json             # all of it, for programs\n" +
			"  skidway schema --effective destination.http.collector -c skidway.hcl\n" +
			"                                    # every value in force in that block, and where it comes from",
		RunE: func(cmd *cobra.Command, args []string) error {
			if effective != "" {
				if err := noArgs(cmd, args); err != nil {
					return err
				}
				return runEffective(cmd, &flags, effective, asJSON)
			}
			for _, name := range []string{"effective", "config", "var", "var-file"} {
				if cmd.Flags().Changed(name) {
					return usage("for example: skidway schema --effective destination.stdout.console", "--%s needs --effective ADDRESS", name)
				}
			}
			if len(args) > 0 && len(args) < 3 && (args[0] == "function" || args[0] == "functions") {
				return writeFunctions(cmd.OutOrStdout(), args[1:], asJSON)
			}
			docs, err := config.Documentation(knownPlugins())
			if err != nil {
				return failed("", "%v", err)
			}
			shown, err := selectDocs(docs, args)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if asJSON {
				return writeJSON(out, shown)
			}
			if len(args) == 0 {
				for _, d := range shown {
					fmt.Fprintln(out, d.Header)
				}
				fmt.Fprintln(out, "\nskidway schema BLOCK [TYPE] shows one, for example: skidway schema destination http; skidway schema functions lists the functions")
				return nil
			}
			for i, d := range shown {
				if i > 0 {
					fmt.Fprintln(out)
				}
				writeDoc(out, d)
			}
			return nil
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&effective, "effective", "", "`ADDRESS` of a source, destination or pipeline, or router")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// selectDocs returns the blocks that args name.
func selectDocs(docs []config.BlockDoc, args []string) ([]config.BlockDoc, error) {
	if len(args) > 2 {
		return nil, usage("name a block, and for a source or a destination its type", "unexpected argument %q", args[2])
	}
	if nested := nestedDocs(docs, args); len(nested) > 0 {
		return nested, nil
	}
	var shown []config.BlockDoc
	for _, d := range docs {
		if (len(args) < 1 || d.Block == args[0]) && (len(args) < 2 || d.Type == args[1]) {
			shown = append(shown, d)
		}
	}
	if len(shown) == 0 {
		var known []string
		for _, d := range docs {
			name := strings.TrimSpace(d.Block + " " + d.Type)
			if !slices.Contains(known, name) {
				known = append(known, name)
			}
		}
		return nil, usage(meantBlock(args, known), "there is no block %q", strings.Join(args, " "))
	}
	return shown, nil
}

// nestedDocs returns the blocks of a pipeline that args name: transform [KIND], route, otherwise.
func nestedDocs(docs []config.BlockDoc, args []string) (shown []config.BlockDoc) {
	if len(args) == 0 {
		return nil
	}
	for _, d := range docs {
		if d.Block != "pipeline" {
			continue
		}
		for _, b := range d.Schema.Blocks {
			switch {
			case b.Name != args[0]:
			case len(b.Kinds) == 0 && b.Label == "":
				shown = append(shown, config.BlockDoc{Block: b.Name, Header: b.Name, Schema: b.Schema})
			case len(b.Kinds) == 0:
				shown = append(shown, config.BlockDoc{Block: b.Name, Header: fmt.Sprintf("%s %q", b.Name, b.Label), Schema: b.Schema})
			}
			for _, k := range b.Kinds {
				if b.Name == args[0] && (len(args) == 1 || args[1] == k.Name) {
					shown = append(shown, config.BlockDoc{Block: b.Name, Type: k.Name, Header: fmt.Sprintf("%s %q", b.Name, k.Name), Schema: k.Schema})
				}
			}
		}
	}
	return shown
}

// meantBlock suggests the blocks that were probably meant: one with a name alike, or those of a type that was named
// without its block.
func meantBlock(args, known []string) string {
	given := strings.Join(args, " ")
	var meant []string
	for _, k := range known {
		block, blockType, _ := strings.Cut(k, " ")
		if blockType == given || levenshtein.Distance(given, k, nil) < 3 || len(args) == 1 && levenshtein.Distance(given, block, nil) < 3 {
			meant = append(meant, "skidway schema "+k)
		}
	}
	if len(meant) > 0 {
		return "did you mean: " + strings.Join(meant, ", or ")
	}
	return "known: " + strings.Join(known, ", ")
}

func writeDoc(w io.Writer, d config.BlockDoc) {
	fmt.Fprintf(w, "%s {\n", d.Header)
	writeBody(w, d.Schema, "  ")
	fmt.Fprintln(w, "}")
}

func writeBody(w io.Writer, s *config.Schema, indent string) {
	width := 0
	for _, a := range s.Attributes {
		width = max(width, len(a.Name))
	}
	for _, a := range s.Attributes {
		fmt.Fprintf(w, "%s%-*s = %s\n", indent, width, a.Name, strings.Join(traits(a), "; "))
		if a.Description != "" {
			fmt.Fprintf(w, "%s%s   # %s\n", indent, strings.Repeat(" ", width), a.Description)
		}
	}
	for _, b := range s.Blocks {
		times := ""
		switch {
		case b.Min > 0 && b.Max != 1:
			times = " # required, repeatable"
		case b.Min > 0:
			times = " # required"
		case b.Max != 1:
			times = " # repeatable"
		}
		if b.Label == "" {
			writeBlock(w, b.Name, times, b.Schema, indent)
			continue
		}
		if len(b.Kinds) == 0 {
			writeBlock(w, fmt.Sprintf("%s %q", b.Name, b.Label), times, b.Schema, indent)
		}
		for _, k := range b.Kinds {
			writeBlock(w, fmt.Sprintf("%s %q", b.Name, k.Name), times, k.Schema, indent)
		}
	}
	for _, r := range s.Rules {
		fmt.Fprintf(w, "%s# %s: %s\n", indent, strings.ReplaceAll(string(r.Kind), "_", " "), strings.Join(r.Names, ", "))
	}
}

func writeBlock(w io.Writer, header, times string, s *config.Schema, indent string) {
	fmt.Fprintf(w, "%s%s {%s\n", indent, header, times)
	writeBody(w, s, indent+"  ")
	fmt.Fprintf(w, "%s}\n", indent)
}

// traits are what a line says of an attribute.
func traits(a *config.Attribute) []string {
	t := []string{string(a.Type)}
	if a.Share {
		t[0] += " or percentage"
	}
	if a.Element != "" {
		t[0] += " of " + string(a.Element)
	}
	switch {
	case a.Required:
		t = append(t, "required")
	case a.Default != "":
		t = append(t, "default "+a.Default)
	case a.DefaultNote != "":
		t = append(t, "default: "+a.DefaultNote)
	}
	if len(a.OneOf) > 0 {
		t = append(t, "one of "+strings.Join(a.OneOf, ", "))
	}
	if a.Min != "" {
		t = append(t, "at least "+a.Min)
	}
	if a.Max != "" {
		t = append(t, "at most "+a.Max)
	}
	if a.Sensitive {
		t = append(t, "sensitive")
	}
	if a.Deprecated != "" {
		t = append(t, "deprecated: "+a.Deprecated)
	}
	return t
}
