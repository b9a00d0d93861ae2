package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/admin"
)

func newDeadLetterReplay() *cobra.Command {
	var flags routerFlags
	var which letterFlags
	var to string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "replay ADDRESS [--to ADDRESS] [--reason CODE] [--dry-run] [-c PATH]...",
		Short: "send dead letters of a destination again, as new records for it alone, or for another one",
		Long: "Send dead letters of a destination again, as new records for it alone, or for another one. Each is removed once\n" +
			"its record is accepted; after a crash in between it may be sent twice, and is never lost.",
		Example: "skidway dead-letter replay destination.http.collector --reason INVALID",
		Args:    addresses(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := which.selection(args)
			if err != nil {
				return err
			}
			client, err := flags.running(cmd.Context())
			if err != nil {
				return err
			}
			defer client.Close()
			out, err := client.ReplayLetters(cmd.Context(), admin.LetterReplay{Selection: s, To: to, DryRun: dryRun})
			if err != nil {
				return asked(err)
			}
			verb := "sent again"
			if dryRun {
				verb = "would be sent again"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", plural(int(out.Letters), "dead letter"), verb)
			return nil
		},
	}
	flags.add(cmd, false)
	which.add(cmd)
	cmd.Flags().StringVar(&to, "to", "", "`ADDRESS` of the destination that gets them (default: the one that they are of)")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only count them")
	return cmd
}

func newDeadLetterPurge() *cobra.Command {
	var flags routerFlags
	var which letterFlags
	var all, damaged bool
	cmd := &cobra.Command{
		Use:     "purge ADDRESS (--all | [--reason CODE] [--from TIME] [--until TIME] [--contains TEXT]) [-c PATH]... [--dir PATH]",
		Short:   "remove dead letters of a destination for good",
		Example: "skidway dead-letter purge destination.http.collector --until 30d",
		Args:    addresses(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := which.selection(args)
			if err != nil {
				return err
			}
			s.Damaged = damaged
			chosen := !s.From.IsZero() || !s.Until.IsZero() || s.Code != "" || s.Contains != "" || s.Where != "" || s.ID != 0 || s.Entry != 0
			switch {
			case all && chosen:
				return usage("leave it out, or the others", "--all is all of them")
			case !all && !chosen && !damaged:
				return usage("--all for all of them; or choose with --reason, --from, --until, --contains, --id", "say which dead letters are to be removed")
			case !all && !chosen:
				return usage("for example --all --damaged, or --entry N --damaged", "--damaged removes what can't be read besides what is chosen")
			}
			t, done, err := flags.tools(cmd)
			if err != nil {
				return err
			}
			defer done()
			out, err := t.Purge(cmd.Context(), s)
			if err != nil {
				return asked(err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s removed\n", plural(int(out.Letters), "dead letter"))
			if out.Damaged > 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "%s that could not be read removed\n", plural(int(out.Damaged), "line"))
			}
			return nil
		},
	}
	flags.add(cmd, true)
	which.add(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "remove all of them")
	cmd.Flags().BoolVar(&damaged, "damaged", false, "remove besides what can't be read")
	return cmd
}
