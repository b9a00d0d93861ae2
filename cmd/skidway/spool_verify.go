package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/spool"
)

func newSpoolVerify() *cobra.Command {
	var flags routerFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [-c PATH]... [--dir PATH]",
		Short: "read every record on the disk and check its checksum",
		Long:  "Read every record on the disk and check its checksum. Exit status: 0 all is as it was written, 1 something is not.",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, done, err := flags.tools(cmd)
			if err != nil {
				return err
			}
			defer done()
			raw, err := t.Verify(cmd.Context())
			if err != nil {
				return asked(err)
			}
			var v spool.Verification
			if err := json.Unmarshal(raw, &v); err != nil {
				return failed("the router may be of another version", "read the answer: %v", err)
			}
			if asJSON {
				if err := writeJSON(cmd.OutOrStdout(), v); err != nil {
					return err
				}
			} else {
				writeVerification(cmd, &v)
			}
			if n := len(v.Damages); n > 0 {
				return &exitError{
					status: exitFailed, message: quietIf(asJSON, "the spool is damaged: "+plural(n, "piece")),
					hint: quietIf(asJSON, "The router goes on without them: it keeps copies in quarantine, and delivers the rest."),
				}
			}
			return nil
		},
	}
	flags.add(cmd, true)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func writeVerification(cmd *cobra.Command, v *spool.Verification) {
	w := cmd.OutOrStdout()
	for _, d := range v.Damages {
		where := "between the segments"
		if d.File != "" {
			where = fmt.Sprintf("%s, %s at %d", d.File, plural(int(d.Bytes), "byte"), d.Offset)
		}
		lost := "no position is known to be lost"
		if d.Last > 0 {
			lost = fmt.Sprintf("positions %d to %d can't be read", d.First, d.Last)
		}
		fmt.Fprintf(w, "damaged: %s: %s\n", where, lost)
	}
	for _, n := range v.Warnings {
		fmt.Fprintf(w, "warning: %s\n", plainText(n))
	}
	if v.Unfinished > 0 {
		fmt.Fprintf(w, "%s of a write that was cut short: nothing that was accepted is missing\n", plural(v.Unfinished, "piece"))
	}
	fmt.Fprintf(w, "read %s: %s, %s\n", plural(v.Segments, "segment"), plural(int(v.Records), "record"), size(v.Bytes))
}
