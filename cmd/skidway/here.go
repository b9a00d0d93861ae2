package main

import (
	"context"
	"encoding/json"
	"net"

	"github.com/hashicorp/hcl/v2"

	"github.com/skidway/skidway/core/config"
)

// checkHere tries what a run would do on this machine and what nothing but trying can tell: whether ports are free,
// files can be written, the data_dir does, and sockets can be made.
func checkHere(ctx context.Context, c *config.Config) hcl.Diagnostics {
	var diags hcl.Diagnostics
	if _, err := runtimeDir(); err != nil {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: sentence(err.Error()), Detail: runtimeDirHint})
	}
	diags = append(diags, checkDataDir(c)...)
	diags = append(diags, checkAdminSocket(c)...)
	for _, s := range c.Sources {
		if s.TCP == nil {
			continue
		}
		var lc net.ListenConfig
		ln, err := lc.Listen(ctx, "tcp", s.TCP.Listen)
		if err != nil {
			diags = append(diags, listenDiagnostic(s, err))
			continue
		}
		ln.Close()
	}
	for _, d := range c.Destinations {
		if d.Plugin.Name != "file" || d.Plugin.Path != "" {
			continue
		}
		var options struct{ Path string }
		if err := json.Unmarshal(d.ConfigJSON, &options); err != nil || options.Path == "" {
			continue // the plugin says so itself
		}
		if cause, hint := checkWritable(options.Path); cause != "" {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Subject: d.Range.Ptr(), Summary: d.Address + " can't write here: " + cause + ".", Detail: hint,
			})
		}
	}
	return diags
}
