package sdk

import (
	"reflect"
	"strconv"
	"strings"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Validate checks a configuration that the router has already held to the schema: whether it fits the options struct,
// and what the struct's own Validate says.
func (p Plugin) Validate(req *pluginv1.ValidateRequest) *pluginv1.ValidateResponse {
	var o *options
	switch {
	case req.GetRole() == pluginv1.Role_ROLE_DESTINATION && p.Destination != nil:
		o = p.Destination.options
	case req.GetRole() == pluginv1.Role_ROLE_SOURCE && p.Source != nil:
		o = p.Source.options
	default:
		return &pluginv1.ValidateResponse{Diagnostics: []*pluginv1.Diagnostic{{
			Severity: pluginv1.Severity_SEVERITY_ERROR,
			Summary:  "The plugin " + p.Name + " does not provide what this block asks for.",
			Detail:   "A plugin provides a destination, a source, or both; its description says which.",
		}}}
	}
	value, diagnostics := o.decode(req.GetConfigJson(), false)
	if len(diagnostics) > 0 {
		return &pluginv1.ValidateResponse{Diagnostics: diagnostics}
	}
	if v, ok := reflect.TypeAssert[Validator](value); ok {
		for _, d := range v.Validate() {
			diagnostics = append(diagnostics, d.message())
		}
	}
	return &pluginv1.ValidateResponse{Diagnostics: diagnostics}
}

func (d Diagnostic) message() *pluginv1.Diagnostic {
	m := &pluginv1.Diagnostic{
		Severity: pluginv1.Severity_SEVERITY_ERROR,
		Summary:  cut(d.Summary),
		Detail:   cut(d.Detail),
		Path:     pathSteps(d.Path),
	}
	if d.Warning {
		m.Severity = pluginv1.Severity_SEVERITY_WARNING
	}
	return m
}

// pathSteps reads a path like `tls.cert_file`, `rotate[0].keep` or `headers["X-A.b"]`. What can't be read is left out,
// so that the diagnostic lands at the innermost place that can.
func pathSteps(path string) []*pluginv1.PathStep {
	var steps []*pluginv1.PathStep
	for path != "" {
		if rest, ok := strings.CutPrefix(path, "["); ok {
			if quoted, err := strconv.QuotedPrefix(rest); err == nil {
				name, _ := strconv.Unquote(quoted)
				if path, ok = strings.CutPrefix(rest[len(quoted):], "]"); !ok {
					return steps
				}
				steps = nameStep(steps, name)
			} else {
				digits, after, found := strings.Cut(rest, "]")
				i, err := strconv.ParseUint(digits, 10, 31)
				if !found || err != nil {
					return steps
				}
				steps, path = indexStep(steps, int(i)), after
			}
		} else {
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			if end == 0 {
				return steps
			}
			steps, path = nameStep(steps, path[:end]), path[end:]
		}
		path = strings.TrimPrefix(path, ".")
	}
	return steps
}

// pathText is the reverse of pathSteps.
func pathText(steps []*pluginv1.PathStep) string {
	var out strings.Builder
	for _, s := range steps {
		switch step := s.GetStep().(type) {
		case *pluginv1.PathStep_Index:
			out.WriteString("[" + strconv.FormatUint(uint64(step.Index), 10) + "]")
		case *pluginv1.PathStep_Name:
			if strings.ContainsAny(step.Name, ".[]\"") {
				out.WriteString("[" + strconv.Quote(step.Name) + "]")
				continue
			}
			if out.Len() > 0 {
				out.WriteByte('.')
			}
			out.WriteString(step.Name)
		}
	}
	return out.String()
}
