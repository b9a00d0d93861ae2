package main

import "github.com/spf13/cobra"

func newSpool() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "spool",
		Short: "look at the spool on disk, and change what destinations get of it",
		Long: "Look at the spool on disk, and change what destinations get of it. status, verify and export work on a\n" +
			"stopped router's data_dir too, and write nothing.",
	}
	cmd.AddCommand(newSpoolStatus(), newSpoolVerify(), newSpoolExport(), newSpoolReplay(), newSpoolForget(), newSpoolRename(), newSpoolUpgrade())
	return needsSubcommand(cmd)
}

// needsSubcommand answers a command that only holds others.
func needsSubcommand(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return usage("see "+cmd.CommandPath()+" --help", "unknown command %q", args[0])
	}
	for _, c := range cmd.Commands() {
		c.DisableFlagsInUseLine = true
	}
	return cmd
}

// addresses takes n addresses of destinations as arguments.
func addresses(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return usage("for example: "+cmd.Example, "%s takes %s, and %d were given", cmd.CommandPath(), plural(n, "address"), len(args))
	}
}
