package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/admin"
)

func newDeadLetterList() *cobra.Command {
	var flags routerFlags
	var which letterFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [ADDRESS] [--reason CODE] [--from TIME] [-c PATH]... [--dir PATH]",
		Short: "count dead letters by destination and reason",
		Args:  oneAddress,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := which.selection(args)
			if err != nil {
				return err
			}
			t, done, err := flags.tools(cmd)
			if err != nil {
				return err
			}
			defer done()
			all, err := t.List(cmd.Context(), s)
			if err != nil {
				return asked(err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), all)
			}
			writeLetters(cmd.OutOrStdout(), all)
			return nil
		},
	}
	flags.add(cmd, true)
	which.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func writeLetters(w io.Writer, all []admin.LetterSummary) {
	if len(all) == 0 {
		fmt.Fprintln(w, "no dead letters")
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "DESTINATION\tLETTERS\tBYTES\tOLDEST\tNEWEST\tCODE\tREASON")
	for _, s := range all {
		for _, g := range s.Groups {
			fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", s.Destination, g.Count, size(g.Bytes), stamp(g.Oldest), stamp(g.Newest),
				orDash(g.Code), orDash(plainText(g.Reason)))
		}
	}
	t.Flush()
	for _, s := range all {
		if s.InMemory {
			fmt.Fprintf(w, "those of %s are in memory and end with the router: set router.data_dir\n", s.Destination)
		}
		if s.Damaged > 0 {
			fmt.Fprintf(w, "%s of %s can't be read: skidway dead-letter purge --damaged removes them\n", plural(int(s.Damaged), "line"), s.Destination)
		}
	}
}

func newDeadLetterShow() *cobra.Command {
	var flags routerFlags
	var which letterFlags
	cmd := &cobra.Command{
		Use:   "show [ADDRESS] [--reason CODE] [--from TIME] [--limit N] [-c PATH]... [--dir PATH]",
		Short: "print dead letters, each as a line of JSON with its record, origin and reason",
		Args:  oneAddress,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := which.selection(args)
			if err != nil {
				return err
			}
			t, done, err := flags.tools(cmd)
			if err != nil {
				return err
			}
			defer done()
			end, err := t.Show(cmd.Context(), s, func(line json.RawMessage) error { return writeRaw(cmd.OutOrStdout(), line) })
			if err != nil {
				return asked(err)
			}
			writeSearched(cmd.ErrOrStderr(), &end, s, "match")
			return nil
		},
	}
	flags.add(cmd, true)
	which.add(cmd)
	cmd.Flags().IntVar(&which.limit, "limit", 100, "show at most `N`; 0: all")
	return cmd
}
