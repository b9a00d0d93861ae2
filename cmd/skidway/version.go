package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/proto"
)

// release is the version of this source tree. A build may set another with -ldflags "-X main.release=…".
//
//nolint:gochecknoglobals // the linker can only set a variable
var release = "0.1.0-dev"

func version() string { return release }

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print version, commit, Go and protocol versions",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprint(cmd.OutOrStdout(), versionText())
			return nil
		},
	}
}

func versionText() string {
	return fmt.Sprintf("skidway %s\ncommit %s\n%s %s/%s\nplugin protocol %d\n",
		version(), commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH, proto.ProtocolVersion)
}

// commit is what the Go tool stamped into the binary.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, modified := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = " (modified)"
		}
	}
	return revision + modified
}
