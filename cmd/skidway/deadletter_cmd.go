package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/admin"
)

func newDeadLetter() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead-letter",
		Short: "look at records that were given up, send them again, or remove them",
		Long: "Look at records that were given up, send them again, or remove them. list, show and purge work on a stopped\n" +
			"router's data_dir too.",
	}
	cmd.AddCommand(newDeadLetterList(), newDeadLetterShow(), newDeadLetterReplay(), newDeadLetterPurge())
	return needsSubcommand(cmd)
}

// letterFlags are the flags that choose dead letters.
type letterFlags struct {
	selectFlags
	code  string
	entry uint64
}

func (f *letterFlags) add(cmd *cobra.Command) {
	f.addTimes(cmd)
	cmd.Flags().StringVar(&f.code, "reason", "", "only those given up with this `CODE`, such as INVALID")
	cmd.Flags().StringVar(&f.contains, "contains", "", "only records with this `TEXT` in them")
	cmd.Flags().Uint64Var(&f.id, "id", 0, "only the record with this `ID`")
	cmd.Flags().Uint64Var(&f.entry, "entry", 0, "only the dead letter with this `NUMBER` at its destination")
}

func (f *letterFlags) selection(args []string) (admin.Selection, error) {
	s, err := f.selectFlags.selection(time.Now())
	s.Code, s.Entry = f.code, f.entry
	if len(args) > 0 {
		s.Destination = args[0]
	}
	return s, err
}

// oneAddress takes the address of a destination, which may be left out.
func oneAddress(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usage("see "+cmd.CommandPath()+" --help", "unexpected argument %q", args[1])
	}
	return nil
}
