package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/spf13/cobra"
)

// parserText is what the number parser puts before its reason.
var parserText = regexp.MustCompile(`strconv\.\w+: parsing "[^"]*": `)

// flagError answers a flag that the command does not have, or a value that it can't take.
func flagError(cmd *cobra.Command, err error) error {
	hint := "see " + cmd.CommandPath() + " --help"
	text := parserText.ReplaceAllString(strings.TrimSpace(err.Error()), "")
	if given, ok := strings.CutPrefix(text, "unknown flag: --"); ok {
		if meant := nearestFlag(cmd, given); meant != "" {
			hint = "did you mean --" + meant + "?"
		}
	}
	return usage(hint, "%s", text)
}

var longFlag = regexp.MustCompile(`--([a-z-]+)`)

// nearestFlag returns the flag that was probably meant; empty when there is none.
func nearestFlag(cmd *cobra.Command, given string) string {
	best, bestDistance := "", 3
	for _, m := range longFlag.FindAllStringSubmatch(cmd.Flags().FlagUsages(), -1) {
		if d := levenshtein.Distance(given, m[1], nil); d < bestDistance && d < len(given) {
			best, bestDistance = m[1], d
		}
	}
	return best
}

// oneDash answers a long flag that was typed with one dash. The flag library would take it for a row of one-letter
// flags and answer about the first letter.
func oneDash(root *cobra.Command, args []string) string {
	cmd, rest, err := root.Find(args)
	if err != nil {
		return ""
	}
	for _, a := range rest {
		if a == "--" {
			return ""
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		if !strings.HasPrefix(a, "-") || strings.HasPrefix(a, "--") || len(name) < 2 {
			continue
		}
		if f := cmd.Flags().Lookup(name); f != nil && f.Name == name {
			return fmt.Sprintf("unknown flag %s: long flags have two dashes\n  use --%s", a, strings.TrimPrefix(a, "-"))
		}
	}
	return ""
}

// noArgs refuses arguments. Most of them are the path of a configuration.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see " + cmd.CommandPath() + " --help"
	switch flag := destinationFlag(cmd); {
	case flag != "" && strings.HasPrefix(args[0], "destination."):
		hint = fmt.Sprintf("a destination is named with --%s: %s --%s %s", flag, cmd.CommandPath(), flag, args[0])
	case cmd.Flags().Lookup("config") != nil:
		hint = fmt.Sprintf("a configuration is named with -c: %s -c %s", cmd.CommandPath(), args[0])
	}
	return usage(hint, "unexpected argument %q", args[0])
}

// destinationFlag is the flag with which a command takes a destination; empty: none.
func destinationFlag(cmd *cobra.Command) string {
	for _, name := range []string{"to", "destination"} {
		if cmd.Flags().Lookup(name) != nil {
			return name
		}
	}
	return ""
}
