package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
)

func newValidate() *cobra.Command {
	var flags configFlags
	var deep, here, strict, asJSON bool
	cmd := &cobra.Command{
		Use:   "validate [-c PATH]...",
		Short: "find every mistake in a configuration",
		Long: "Find every mistake in a configuration. No network, no secret and no plugin process is needed.\n" +
			"Exit status: 0 it can be used, 2 it can't.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := flags.options(cmd.Context(), deep || here)
			if err != nil {
				return err
			}
			o.NeedSecrets = here
			c, files, diags := config.Load(o)
			if here && c != nil {
				diags = append(diags, checkHere(cmd.Context(), c)...)
			}
			errors, warnings := count(diags)
			out := cmd.OutOrStdout()
			switch {
			case asJSON:
				if err = config.WriteJSON(out, diags, files); err != nil {
					err = failed("", "print diagnostics: %v", err)
				}
			default:
				err = writeDiagnostics(out, diags, files)
			}
			if err != nil {
				return err
			}
			if errors > 0 {
				return &exitError{status: exitUsage, message: quietIf(asJSON, summary(diags))}
			}
			if strict && warnings > 0 {
				return &exitError{status: exitUsage, message: quietIf(asJSON, plural(warnings, "warning")+", and --strict was given")}
			}
			if !asJSON {
				if len(diags) > 0 {
					fmt.Fprintln(out)
				}
				fmt.Fprintf(out, "valid: %s, %s, %s, %s\n", plural(len(c.Sources), "source"),
					plural(len(c.Pipelines), "pipeline"), plural(len(c.Destinations), "destination"), plural(warnings, "warning"))
			}
			return nil
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&deep, "deep", false, "start local plugins to ask them for their description and for their own checks")
	cmd.Flags().BoolVar(&here, "here", false, "demand what a run on this machine needs: secrets, readable and writable files, a data_dir with room, free ports; includes --deep")
	cmd.Flags().BoolVar(&strict, "strict", false, "take warnings for errors")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print diagnostics as JSON")
	return cmd
}

func quietIf(quiet bool, s string) string {
	if quiet {
		return ""
	}
	return s
}
