package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/admin"
)

func newSpoolReplay() *cobra.Command {
	var flags routerFlags
	var which selectFlags
	var r admin.SpoolReplay
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "replay --to ADDRESS --from TIME [--until TIME] [--like ADDRESS] [--dry-run] [-c PATH]...",
		Short: "send delivered records to a destination again",
		Long: "Send records that the spool still holds to a destination again, in their order, before what waits for it.\n" +
			"They are as they were after the transforms. The destination's session ends and begins anew. How long delivered\n" +
			"records are held is router.spool.retain.",
		Example: "  skidway spool replay --to destination.http.collector --from 1h --dry-run",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := which.selection(time.Now())
			if err != nil {
				return err
			}
			if r.To == "" {
				return usage("for example: "+cmd.Example[2:], "name the destination with --to")
			}
			if s.From.IsZero() && !r.Partial {
				return usage("--from 1h; or --partial for all that is held", "say from when on with --from")
			}
			r.From, r.Until, r.Contains, r.Where = s.From, s.Until, s.Contains, s.Where
			t, done, err := flags.tools(cmd)
			if err != nil {
				return err
			}
			defer done()
			out, err := t.Replay(cmd.Context(), r)
			if err != nil {
				return asked(err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), out)
			}
			writeReplayed(cmd, &r, &out)
			return nil
		},
	}
	flags.add(cmd, true)
	which.addTimes(cmd)
	cmd.Flags().StringVar(&r.To, "to", "", "`ADDRESS` of the destination that gets them")
	cmd.Flags().StringVar(&r.Like, "like", "", "take the records that the destination at `ADDRESS` was routed (default: that of --to)")
	cmd.Flags().StringVar(&which.contains, "contains", "", "only records with this `TEXT` in them")
	cmd.Flags().BoolVar(&r.Partial, "partial", false, "take what is held when some of it is deleted already")
	cmd.Flags().BoolVar(&r.DryRun, "dry-run", false, "only say what would be sent")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func writeReplayed(cmd *cobra.Command, r *admin.SpoolReplay, out *admin.SpoolReplayed) {
	w := cmd.OutOrStdout()
	if out.Records == 0 {
		fmt.Fprintf(w, "nothing to send again to %s\n", r.To)
		return
	}
	verb := "are sent"
	if r.DryRun {
		verb = "would be sent"
	}
	fmt.Fprintf(w, "%s (%s) %s to %s again, positions %d to %d, before %s that %s\n", plural(int(out.Records), "record"), size(out.Bytes),
		verb, r.To, out.First, out.Last, plural(int(out.Waiting), "record"), pluralVerb(out.Waiting, "waits", "wait"))
	if !out.Oldest.IsZero() {
		fmt.Fprintf(w, "all records are held since %s\n", stamp(out.Oldest))
	}
}

func pluralVerb(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
