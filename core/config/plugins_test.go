package config

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// The plugins that the tests know. Their schemas have every feature a schema can have.

func attr(name string, t pluginv1.Type, change ...func(*pluginv1.Attribute)) *pluginv1.Attribute {
	a := &pluginv1.Attribute{Name: name, Type: t}
	for _, c := range change {
		c(a)
	}
	return a
}

func required(a *pluginv1.Attribute)  { a.Required = true }
func sensitive(a *pluginv1.Attribute) { a.Sensitive = true }
func perRecord(a *pluginv1.Attribute) { a.Phase = pluginv1.Phase_PHASE_RECORD }

func fallback(json string) func(*pluginv1.Attribute) {
	return func(a *pluginv1.Attribute) { a.DefaultJson = json }
}

func of(t pluginv1.Type) func(*pluginv1.Attribute) {
	return func(a *pluginv1.Attribute) { a.ElementType = t }
}

func oneOf(values ...string) func(*pluginv1.Attribute) {
	return func(a *pluginv1.Attribute) {
		a.Constraints = &pluginv1.Constraints{}
		for _, v := range values {
			a.Constraints.OneOf = append(a.Constraints.OneOf, `"`+v+`"`)
		}
	}
}

func between(low, high float64) func(*pluginv1.Attribute) {
	return func(a *pluginv1.Attribute) { a.Constraints = &pluginv1.Constraints{Min: &low, Max: &high} }
}

func matching(pattern string) func(*pluginv1.Attribute) {
	return func(a *pluginv1.Attribute) { a.Constraints = &pluginv1.Constraints{Pattern: pattern} }
}

const (
	tString   = pluginv1.Type_TYPE_STRING
	tNumber   = pluginv1.Type_TYPE_NUMBER
	tBool     = pluginv1.Type_TYPE_BOOL
	tDuration = pluginv1.Type_TYPE_DURATION
	tBytes    = pluginv1.Type_TYPE_BYTES
	tURL      = pluginv1.Type_TYPE_URL
	tPath     = pluginv1.Type_TYPE_PATH
	tList     = pluginv1.Type_TYPE_LIST
	tMap      = pluginv1.Type_TYPE_MAP
	tObject   = pluginv1.Type_TYPE_OBJECT
)

func testDescriptions() map[string]*pluginv1.DescribeResponse {
	all := []*pluginv1.DescribeResponse{
		{Name: "stdout", Destination: &pluginv1.DestinationDescription{
			Schema: &pluginv1.Body{Attributes: []*pluginv1.Attribute{
				attr("format", tString, fallback(`"raw"`), oneOf("raw", "envelope")),
			}},
			Capabilities: &pluginv1.Capabilities{Ordered: true, WantsStdout: true, Durability: pluginv1.Durability_DURABILITY_SENT},
		}},
		{Name: "file", Destination: &pluginv1.DestinationDescription{
			Schema: &pluginv1.Body{
				Description: "Writes lines to files.",
				Attributes: []*pluginv1.Attribute{
					attr("path", tPath, required, perRecord, func(a *pluginv1.Attribute) { a.Example = `"/var/log/app.log"` }),
					attr("base_dir", tPath),
					attr("fallback_path", tString),
					attr("max_open_files", tNumber, fallback("512"), between(16, 65536)),
					attr("tag", tString, perRecord),
					attr("mode", tString, fallback(`"0640"`), matching("0[0-7]{3}")),
				},
				Blocks: []*pluginv1.Block{{Name: "rotate", Max: 1, Body: &pluginv1.Body{Attributes: []*pluginv1.Attribute{
					attr("max_bytes", tBytes), attr("keep", tNumber, fallback("5"), between(1, 1000)),
				}}}},
			},
			Capabilities: &pluginv1.Capabilities{Ordered: true, Resume: true, Durability: pluginv1.Durability_DURABILITY_FSYNC},
		}},
		{Name: "http", Destination: &pluginv1.DestinationDescription{
			Schema:        httpSchema(),
			Capabilities:  &pluginv1.Capabilities{StableBatches: true, Concurrency: 8, Durability: pluginv1.Durability_DURABILITY_REMOTE, MaxBatchBytes: 2 << 20},
			BatchDefaults: &pluginv1.BatchDefaults{MaxRecords: 1000, MaxAgeMs: 1000, MaxInFlight: 8},
		}},
		{Name: "tcp", Destination: &pluginv1.DestinationDescription{
			Schema:       &pluginv1.Body{Attributes: []*pluginv1.Attribute{attr("address", tString, required)}},
			Capabilities: &pluginv1.Capabilities{Ordered: true, Durability: pluginv1.Durability_DURABILITY_SENT},
		}},
		{Name: "simulator", Source: &pluginv1.SourceDescription{Schema: &pluginv1.Body{Attributes: []*pluginv1.Attribute{
			attr("rate", tNumber, fallback("10"), between(0, 1e9)), attr("count", tNumber, fallback("0")),
		}}}},
		{Name: "kitchen", Destination: &pluginv1.DestinationDescription{Schema: kitchenSchema()}},
	}
	out := map[string]*pluginv1.DescribeResponse{}
	for _, d := range all {
		out[d.Name] = d
	}
	return out
}

func httpSchema() *pluginv1.Body {
	return &pluginv1.Body{
		Attributes: []*pluginv1.Attribute{
			attr("endpoint", tURL, required),
			attr("headers", tMap, of(tString), fallback("{}")),
			attr("format", tString, fallback(`"ndjson"`), oneOf("ndjson", "json_array", "loki")),
			attr("timeout", tDuration, fallback("10000000000"), between(1e6, 3600e9)),
			attr("bearer_token", tString, sensitive),
		},
		Blocks: []*pluginv1.Block{{Name: "basic_auth", Max: 1, Body: &pluginv1.Body{Attributes: []*pluginv1.Attribute{
			attr("username", tString, required), attr("password", tString, required, sensitive),
		}}}},
		Rules: []*pluginv1.Rule{{Kind: pluginv1.Rule_KIND_CONFLICTS, Names: []string{"bearer_token", "basic_auth"}}},
	}
}

func kitchenSchema() *pluginv1.Body {
	return &pluginv1.Body{
		Attributes: []*pluginv1.Attribute{
			attr("delays", tList, of(tDuration), fallback("[1000000000,60000000000]"), between(1e6, 60e9)),
			attr("sizes", tMap, of(tBytes), fallback(`{"a":1048576}`)),
			attr("flag", tBool, fallback("true")),
			attr("shape", tObject),
			attr("old", tString, func(a *pluginv1.Attribute) { a.Deprecated = "Use flag instead." }),
			attr("cert", tPath),
			attr("key", tPath),
			attr("topic", tString),
			attr("queue", tString),
			attr("template", tString, fallback(`"a ${b} %{c} \"d\""`)),
		},
		Blocks: []*pluginv1.Block{
			{Name: "target", Min: 1, Max: 3, Body: &pluginv1.Body{Attributes: []*pluginv1.Attribute{
				attr("url", tURL, required), attr("weights", tList, of(tNumber)),
			}}},
		},
		Rules: []*pluginv1.Rule{
			{Kind: pluginv1.Rule_KIND_EXACTLY_ONE_OF, Names: []string{"topic", "queue"}},
			{Kind: pluginv1.Rule_KIND_REQUIRED_TOGETHER, Names: []string{"cert", "key"}},
		},
	}
}

func testPlugins() Plugins {
	all := testDescriptions()
	return Plugins{
		Bundled: func(name string) (*pluginv1.DescribeResponse, bool) {
			d, ok := all[name]
			return d, ok
		},
		BundledNames: func() []string { return slices.Collect(maps.Keys(all)) },
		Validate:     testValidate,
	}
}

func namePath(steps ...any) []*pluginv1.PathStep {
	var out []*pluginv1.PathStep
	for _, s := range steps {
		switch x := s.(type) {
		case string:
			out = append(out, &pluginv1.PathStep{Step: &pluginv1.PathStep_Name{Name: x}})
		case int:
			out = append(out, &pluginv1.PathStep{Step: &pluginv1.PathStep_Index{Index: uint32(x)}})
		}
	}
	return out
}

// testValidate finds what no schema can say: it stands for the plugins' own checks.
func testValidate(name string, req *pluginv1.ValidateRequest) *pluginv1.ValidateResponse {
	res := &pluginv1.ValidateResponse{}
	say := func(severity pluginv1.Severity, summary string, steps ...any) {
		res.Diagnostics = append(res.Diagnostics, &pluginv1.Diagnostic{
			Severity: severity, Summary: summary, Detail: "Change it.", Path: namePath(steps...),
		})
	}
	var config struct {
		Endpoint string
		Format   string
		Headers  map[string]string
		Target   []struct {
			URL     string
			Weights []float64
		}
		BearerToken string `json:"bearer_token"`
		Path        *string
		BaseDir     *string `json:"base_dir"`
	}
	if err := json.Unmarshal(req.GetConfigJson(), &config); err != nil {
		say(pluginv1.Severity_SEVERITY_ERROR, "unreadable: "+err.Error())
		return res
	}
	if name == "file" {
		switch {
		case config.Path == nil && config.BaseDir == nil:
			say(pluginv1.Severity_SEVERITY_ERROR, "A path that uses record values needs base_dir.", "path")
		case config.Path != nil && config.BaseDir != nil:
			say(pluginv1.Severity_SEVERITY_ERROR, "The path uses no record values, so base_dir means nothing.", "base_dir")
		}
	}
	if name == "http" {
		if strings.HasSuffix(config.Endpoint, "/loki/api/v1/push") && config.Format != "loki" {
			say(pluginv1.Severity_SEVERITY_ERROR, "The endpoint is Loki's and the format is not.", "format")
		}
		if _, ok := config.Headers["Host"]; ok {
			say(pluginv1.Severity_SEVERITY_ERROR, "The Host header can't be set.", "headers", "Host")
		}
		if config.BearerToken != "" && strings.HasPrefix(config.Endpoint, "http://") {
			say(pluginv1.Severity_SEVERITY_UNSPECIFIED, `The token "`+config.BearerToken+`" would travel in the clear.`, "bearer_token")
		}
	}
	if name == "kitchen" {
		for i, target := range config.Target {
			for j, w := range target.Weights {
				if w < 0 {
					say(pluginv1.Severity_SEVERITY_ERROR, "A weight is negative.", "target", i, "weights", j)
				}
			}
			if strings.HasPrefix(target.URL, "http://") {
				say(pluginv1.Severity_SEVERITY_WARNING, "The target is not encrypted.", "target", i, "url")
			}
		}
	}
	return res
}
