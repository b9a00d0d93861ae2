package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/pluginhost"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// configFlags are the flags of every command that reads a configuration.
type configFlags struct {
	paths    []string
	vars     []string
	varFiles []string
}

func (f *configFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.paths, "config", "c", nil,
		"configuration file or folder at `PATH`, repeatable (default ./skidway.hcl, else /etc/skidway/)")
	cmd.Flags().StringArrayVar(&f.vars, "var", nil, "value of a variable, as `NAME=VALUE`, repeatable")
	cmd.Flags().StringArrayVar(&f.varFiles, "var-file", nil, "file of values of variables at `PATH`, repeatable")
}

// options returns what to load. start says whether local plugins may be started to ask them.
func (f *configFlags) options(ctx context.Context, start bool) (config.LoadOptions, error) {
	o := config.LoadOptions{
		Paths: f.paths, VarFiles: f.varFiles, Vars: map[string]string{}, Version: version(), Plugins: knownPlugins(),
	}
	for _, v := range f.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return o, usage("write --var name=value", "--var %q has no value", v)
		}
		o.Vars[name] = value
	}
	if start {
		o.Plugins.Describe = func(path string) (*pluginv1.DescribeResponse, error) {
			if err := pluginhost.CheckFile(path); err != nil {
				return nil, err
			}
			return pluginhost.Describe(ctx, path)
		}
		o.Plugins.DeepValidate = func(path string, req *pluginv1.ValidateRequest) (*pluginv1.ValidateResponse, error) {
			return validateLocal(ctx, path, req)
		}
	}
	return o, nil
}

// knownPlugins are the standard plugins, which answer in process.
func knownPlugins() config.Plugins {
	return config.Plugins{
		Bundled: func(name string) (*pluginv1.DescribeResponse, bool) {
			plugin, ok := bundled()[name]
			if !ok {
				return nil, false
			}
			return plugin(version()).Describe(), true
		},
		BundledNames: bundledNames,
		Validate: func(name string, req *pluginv1.ValidateRequest) *pluginv1.ValidateResponse {
			return bundled()[name](version()).Validate(req)
		},
	}
}

// validateLocal starts a local executable to check a configuration.
func validateLocal(ctx context.Context, path string, req *pluginv1.ValidateRequest) (*pluginv1.ValidateResponse, error) {
	description, err := pluginhost.Describe(ctx, path)
	if err != nil {
		return nil, err
	}
	dir, err := runtimeDir()
	if err != nil {
		return nil, fmt.Errorf("%w; %s", err, runtimeDirHint)
	}
	diags, err := pluginhost.ValidateConfig(ctx, pluginhost.Options{
		Address: req.GetAddress(), Executable: pluginhost.Executable{Name: description.GetName(), Path: path},
		Description: description, ConfigJSON: req.GetConfigJson(), RuntimeDir: dir, RouterVersion: version(),
	}, req.GetRole())
	if err != nil {
		return nil, err
	}
	return &pluginv1.ValidateResponse{Diagnostics: diags}, nil
}

// load loads the configuration and prints what is wrong with it to w. The error is nil when it can be used.
func load(w io.Writer, o config.LoadOptions, quiet func(*hcl.Diagnostic) bool) (*config.Config, error) {
	c, files, diags := config.Load(o)
	return c, report(w, files, diags, quiet)
}

// report prints diagnostics to w, except warnings that are to be quiet. The error says that there are mistakes.
func report(w io.Writer, files *config.Files, diags hcl.Diagnostics, quiet func(*hcl.Diagnostic) bool) error {
	shown := diags[:0:0]
	for _, d := range diags {
		if d.Severity == hcl.DiagError || !quiet(d) {
			shown = append(shown, d)
		}
	}
	if err := writeDiagnostics(w, shown, files); err != nil {
		return err
	}
	if diags.HasErrors() {
		return &exitError{status: exitUsage, message: summary(diags)}
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return failed("", "print: %v", err)
	}
	return nil
}

func summary(diags hcl.Diagnostics) string {
	errors, warnings := count(diags)
	return "the configuration can't be used: " + plural(errors, "error") + ", " + plural(warnings, "warning")
}

// count counts errors and warnings; a note is neither.
func count(diags hcl.Diagnostics) (errors, warnings int) {
	for _, d := range diags {
		switch {
		case d.Severity == hcl.DiagError:
			errors++
		case config.CodeOf(d) != config.CodeNote:
			warnings++
		}
	}
	return errors, warnings
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
