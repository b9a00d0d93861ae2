package config

import (
	"testing"

	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/pipeline"
)

// printableSteps is what steps are, for a golden file; nil: there are none.
func printableSteps(o *pipeline.Options) any {
	if o == nil {
		return nil
	}
	type route struct {
		Name, When string
		To         []string
		Final      bool `json:",omitempty"`
	}
	out := struct {
		Transforms []map[string]any
		Routes     []route
		To         []string `json:",omitempty"`
		Otherwise  pipeline.Otherwise
	}{To: o.To, Otherwise: o.Otherwise}
	for _, t := range o.Transforms {
		out.Transforms = append(out.Transforms, printableTransform(&t))
	}
	for _, r := range o.Routes {
		out.Routes = append(out.Routes, route{r.Name, whenOf(r.When), r.To, r.Final})
	}
	return out
}

func whenOf(p *expr.Predicate) string {
	if p == nil {
		return ""
	}
	return p.Source()
}

func sourceOf(v *expr.Value) any {
	if v == nil {
		return nil
	}
	return v.Source()
}

func printableTransform(t *pipeline.Transform) map[string]any {
	out := map[string]any{"Name": t.Name, "Kind": t.Kind.String(), "When": whenOf(t.When), "OnError": []string{"keep", "drop", "dead_letter"}[t.OnError]}
	switch {
	case t.Sample != nil:
		out["Sample"] = map[string]any{"Ratio": t.Sample.Ratio, "Key": sourceOf(t.Sample.Key)}
	case t.Set != nil:
		fields := map[string]any{}
		for _, f := range t.Set.Fields {
			fields[f.Name] = sourceOf(f.Value)
		}
		out["Set"] = map[string]any{"Fields": fields, "Object": sourceOf(t.Set.Object), "At": t.Set.At}
	case t.Unset != nil:
		out["Unset"] = t.Unset
	case t.Rename != nil:
		out["Rename"] = t.Rename
	case t.Parse != nil:
		p := t.Parse
		parse := map[string]any{
			"Field": p.Field, "Format": p.Format.String(), "Columns": p.Columns, "Layout": p.Layout, "TimeZone": p.TimeZone.String(), "Into": p.Into,
			"Overwrite": p.Overwrite, "RemoveSource": p.RemoveSource,
		}
		if p.Regex != nil {
			parse["Regex"] = p.Regex.String()
		}
		out["Parse"] = parse
	case t.Redact != nil:
		r := t.Redact
		redact := map[string]any{"Fields": r.Fields, "With": r.With}
		if r.Pattern != nil {
			redact["Pattern"] = r.Pattern.String()
		}
		var patterns []string
		for _, d := range r.Patterns {
			patterns = append(patterns, d.String())
		}
		redact["Patterns"] = patterns
		out["Redact"] = redact
	}
	return out
}

// printableResolve is what a destination computes for every record.
func printableResolve(r *Resolve) any {
	if r == nil {
		return nil
	}
	out := map[string]any{}
	for _, a := range r.Attributes {
		out[a.Name] = map[string]any{"Value": a.Value.Source(), "Path": a.Path}
	}
	return out
}

// checkAssembles checks that a configuration without mistakes has no pipeline that can't be made.
func checkAssembles(t *testing.T, c *Config) {
	t.Helper()
	for _, p := range c.Pipelines {
		if p.Steps == nil {
			continue
		}
		made, err := pipeline.New(*p.Steps)
		if err != nil {
			t.Errorf("%s can't be made: %v", p.Address, err)
			continue
		}
		made.Runner()
	}
}
