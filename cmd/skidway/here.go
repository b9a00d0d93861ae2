package main

import (
	"context"
	"net"

	"github.com/hashicorp/hcl/v2"

	"github.com/skidway/skidway/core/config"
)

// checkHere tries what a run would do on this machine and what nothing but trying can tell: whether ports are free.
func checkHere(ctx context.Context, c *config.Config) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, s := range c.Sources {
		if s.TCP == nil {
			continue
		}
		listen := s.TCP.Listen
		var lc net.ListenConfig
		ln, err := lc.Listen(ctx, "tcp", listen)
		if err != nil {
			at := s.Range
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Subject: &at,
				Summary: "The listen address can't be used here: " + err.Error() + ".",
				Detail:  "End what listens there, or change listen.",
			})
			continue
		}
		ln.Close()
	}
	return diags
}
