package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newSpoolForget() *cobra.Command {
	var flags routerFlags
	cmd := &cobra.Command{
		Use:   "forget ADDRESS [-c PATH]... [--dir PATH]",
		Short: "give up the place of a destination that is not configured any more",
		Long: "Give up the place of a destination that is not configured any more, and with it what it has not got. Should it\n" +
			"come back, it is a new one, which begins at the end.",
		Example: "skidway spool forget destination.http.old",
		Args:    addresses(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, done, err := flags.tools(cmd)
			if err != nil {
				return err
			}
			defer done()
			if err := t.Forget(cmd.Context(), args[0]); err != nil {
				return asked(err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s has no place in the spool any more\n", args[0])
			return nil
		},
	}
	flags.add(cmd, true)
	return cmd
}

func newSpoolRename() *cobra.Command {
	var flags routerFlags
	cmd := &cobra.Command{
		Use:   "rename OLD NEW [-c PATH]... [--dir PATH]",
		Short: "give a destination's place and records to another address, while the router is stopped",
		Long: "Give a destination's place and records to another address, while the router is stopped. Then change the name in\n" +
			"the configuration and start the router. Dead letters stay under the old address: skidway dead-letter replay OLD\n" +
			"--to NEW sends them.",
		Example: "skidway spool rename destination.http.old destination.http.new",
		Args:    addresses(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, done, err := flags.tools(cmd)
			if err != nil {
				return err
			}
			defer done()
			if err := t.Rename(cmd.Context(), args[0], args[1]); err != nil {
				return asked(err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "what was %s is %s now\n", args[0], args[1])
			return nil
		},
	}
	flags.add(cmd, true)
	return cmd
}

func newSpoolUpgrade() *cobra.Command {
	var flags routerFlags
	cmd := &cobra.Command{
		Use:   "upgrade [-c PATH]... [--dir PATH]",
		Short: "bring the spool's files to the format of this release",
		Long: "Bring the spool's files to the format of this release. Every release reads the formats of those before it, so this\n" +
			"is only for giving up the way back to an older one.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := flags.inspect(cmd) // it fails for a format that is newer than this release's
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "the spool has format %d, which is the only one so far: nothing to do\n", r.Format)
			return nil
		},
	}
	flags.add(cmd, true)
	return cmd
}
