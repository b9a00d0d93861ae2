// Command skidway routes log records from sources to destinations by a configuration.
//
// It is the command line and the daemon, and holds the standard plugins, which it serves from processes of their own
// by starting itself again.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/plugins/sdk"
)

// Exit statuses. A command returns an error made by failed or usage to choose one.
const (
	exitDone   = 0
	exitFailed = 1 // failed while running
	exitUsage  = 2 // the user's input is wrong
)

func main() {
	if p, ok := servesPlugin(os.Args); ok {
		sdk.Serve(p)
	}
	os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
}

// execute runs one command line and returns its exit status.
func execute(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if hint := oneDash(root, args); hint != "" {
		fmt.Fprintf(stderr, "skidway: %s\n", hint)
		return exitUsage
	}
	err := root.Execute()
	if err == nil {
		return exitDone
	}
	var ex *exitError
	if !errors.As(err, &ex) { // cobra's own: an unknown command or flag
		fmt.Fprintf(stderr, "skidway: %s\nsee skidway --help\n", strings.TrimSpace(err.Error()))
		return exitUsage
	}
	if ex.message != "" {
		fmt.Fprintf(stderr, "skidway: %s\n", ex.message)
	}
	if ex.hint != "" {
		fmt.Fprintf(stderr, "  %s\n", ex.hint)
	}
	return ex.status
}

// exitError ends the command with a status. An empty message: everything has been said.
type exitError struct {
	status        int
	message, hint string
}

func (e *exitError) Error() string { return e.message }

func failed(hint, format string, args ...any) error {
	return &exitError{status: exitFailed, message: fmt.Sprintf(format, args...), hint: hint}
}

func usage(hint, format string, args ...any) error {
	return &exitError{status: exitUsage, message: fmt.Sprintf(format, args...), hint: hint}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "skidway",
		Short: "route log records from sources to destinations",
		Long: "Skidway takes log records in over TCP and from source plugins, and delivers them in batches\n" +
			"to destination plugins that run in processes of their own.",
		Example: "  skidway run -c skidway.hcl   # run a configuration; without one it shows the smallest\n" +
			"  skidway validate             # find every mistake in it\n" +
			"  skidway schema               # what can be written in it",
		Version:       versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}")
	root.AddCommand(newRun(), newValidate(), newFmt(), newTest(), newExplain(), newGraph(), newSchema(), newSimulate(), newVersion(),
		newStatus(), newFind(), newSpool(), newDeadLetter())
	root.SetFlagErrorFunc(flagError)
	for _, c := range root.Commands() {
		c.DisableFlagsInUseLine = true
	}
	return root
}
