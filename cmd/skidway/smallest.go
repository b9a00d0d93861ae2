package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/skidway/skidway/core/config"
)

// smallest is the least configuration that does something.
const smallest = `source "tcp" "app" {} # 127.0.0.1:8080

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
`

// writeDiagnostics prints diagnostics for people. Who has no configuration yet is shown one.
func writeDiagnostics(w io.Writer, diags hcl.Diagnostics, files *config.Files) error {
	if err := config.WriteText(w, diags, files, colored(w)); err != nil {
		return failed("", "print diagnostics: %v", err)
	}
	if slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return config.CodeOf(d) == config.CodeNoConfig }) {
		fmt.Fprintf(w, "\nThe smallest one, as skidway.hcl:\n\n%s\n", smallest)
	}
	return nil
}
