package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
)

// runEffective prints what is in force in one block of a configuration.
func runEffective(cmd *cobra.Command, flags *configFlags, address string, asJSON bool) error {
	o, err := flags.options(cmd.Context(), false)
	if err != nil {
		return err
	}
	e, files, diags := config.LoadEffective(o, address)
	for _, d := range diags {
		if config.CodeOf(d) == config.CodeNoAddress {
			return usage(strings.TrimSuffix(d.Detail, "."), "%s", lowerFirst(strings.TrimSuffix(d.Summary, ".")))
		}
	}
	if err := report(cmd.ErrOrStderr(), files, diags, func(d *hcl.Diagnostic) bool { return config.CodeOf(d) != config.CodeUnchecked }); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(cmd.OutOrStdout(), e)
	}
	writeEffective(cmd.OutOrStdout(), e)
	return nil
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// widestValue is how wide the column of values gets; wider ones move what is behind them.
const widestValue = 40

func writeEffective(w io.Writer, e *config.Effective) {
	fmt.Fprintf(w, "%s (%s)\n", e.Address, cmp.Or(placeText(e.Place), "no such block: every default is in force"))
	nameWidth, valueWidth := 0, 0
	for _, v := range e.Values {
		nameWidth = max(nameWidth, len(v.Name))
		if n := utf8.RuneCountInString(valueText(v)); n <= widestValue {
			valueWidth = max(valueWidth, n)
		}
	}
	for _, v := range e.Values {
		fmt.Fprintf(w, "  %-*s = %-*s  # %s\n", nameWidth, v.Name, valueWidth, valueText(v), originText(v))
	}
}

func valueText(v config.EffectiveValue) string {
	switch {
	case v.Sensitive:
		return "(sensitive)"
	case v.Unknown:
		return "(not known here)"
	}
	return config.OneLine(v.Value)
}

// originText says where a value comes from.
func originText(v config.EffectiveValue) string {
	parts := []string{originName(v)}
	if v.Note != "" {
		parts = append(parts, v.Note)
	}
	if v.Sensitive && v.Unknown {
		parts = append(parts, "not known here")
	}
	for _, u := range v.Uses {
		parts = append(parts, useText(u))
	}
	return strings.Join(parts, "; ")
}

func originName(v config.EffectiveValue) string {
	switch v.Origin {
	case config.OriginAttribute:
		return placeText(v.Place)
	case config.OriginDefaults:
		return "router.destination_defaults, " + placeText(v.Place)
	case config.OriginPlugin:
		return "the plugin's default"
	case config.OriginRouter:
		return "the router's default"
	case config.OriginUnset:
		return "not given"
	}
	return string(v.Origin)
}

func useText(u config.Use) string {
	place := placeText(u.Place)
	name := config.OneLine(u.Name)
	switch u.Origin {
	case config.OriginCommandLine:
		return name + " from --var"
	case config.OriginEnvironment:
		return name + " from the environment"
	case config.OriginFile:
		return name + " from " + place
	case config.OriginDefault:
		return name + " from its default, " + place
	}
	return strings.TrimRight(name+" "+place, " ")
}

// placeText is "file:line"; empty for no place.
func placeText(p config.Place) string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", config.OneLine(p.File), p.Line)
}
