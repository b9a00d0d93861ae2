package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// eachAttribute visits every attribute of the tables.
func eachAttribute(s *Schema, path string, f func(path string, a *Attribute)) {
	for _, a := range s.Attributes {
		f(path+"."+a.Name, a)
	}
	for _, b := range s.Blocks {
		if b.Schema != nil {
			eachAttribute(b.Schema, path+"."+b.Name, f)
		}
		for _, k := range b.Kinds {
			eachAttribute(k.Schema, path+"."+b.Name+"."+k.Name, f)
		}
	}
}

func coreTables() map[string]*Schema {
	return map[string]*Schema{
		"router": routerSchema(), "plugin": pluginSchema(), "variable": variableSchema(), "pipeline": pipelineSchema(), "test": testSchema(),
		"source.tcp": tcpSourceSchema(), "destination": destinationSchema().mustPrepare(),
	}
}

func TestTablesAreComplete(t *testing.T) {
	for name, s := range coreTables() {
		eachAttribute(s, name, func(path string, a *Attribute) {
			if a.Unsupported != "" {
				if !strings.HasSuffix(a.Unsupported, ".") {
					t.Errorf("%s: what to do instead is no sentence: %q", path, a.Unsupported)
				}
				return
			}
			if !strings.HasSuffix(a.Description, ".") {
				t.Errorf("%s: the description is no sentence: %q", path, a.Description)
			}
			if a.Default != "" && a.fallback == nil {
				t.Errorf("%s: the default %s is not read", path, a.Default)
			}
			c := converter{attr: a}
			if a.fallback != nil && a.Type != TypeList && !c.allowed(a.fallback, a.Type, nil) {
				t.Errorf("%s: the default %s is outside the limits", path, a.Default)
			}
		})
	}
}

func TestSchemaOfPluginIsRefused(t *testing.T) {
	deep := &pluginv1.Body{}
	for range maxSchemaDepth + 2 {
		deep = &pluginv1.Body{Blocks: []*pluginv1.Block{{Name: "b", Body: deep}}}
	}
	wide := &pluginv1.Body{}
	for range maxSchemaNames + 1 {
		wide.Blocks = append(wide.Blocks, &pluginv1.Block{Name: fmt.Sprintf("b%d", len(wide.Blocks))})
	}
	body := func(attributes ...*pluginv1.Attribute) *pluginv1.Body { return &pluginv1.Body{Attributes: attributes} }
	for want, b := range map[string]*pluginv1.Body{
		"nested more than":               deep,
		"more than 1000 names":           wide,
		"is not a name":                  body(attr("a b", tString)),
		"stands twice":                   body(attr("a", tString), attr("a", tString)),
		"the name is the router's":       body(attr("enabled", tString)),
		"does not know its type":         body(attr("a", 99)),
		"elements must have a scalar":    body(attr("a", tList, of(tMap))),
		"only strings at the top level":  body(attr("a", tNumber, perRecord)),
		"default: read":                  body(attr("a", tNumber, fallback("{"))),
		`"a" must be a number`:           body(attr("a", tNumber, fallback(`"x"`))),
		"pattern: ":                      body(attr("a", tString, matching("("))),
		"a rule has no kind":             {Rules: []*pluginv1.Rule{{Names: []string{"a", "b"}}}},
		"fewer than two":                 {Rules: []*pluginv1.Rule{{Kind: pluginv1.Rule_KIND_CONFLICTS}}},
		"which is not in its body":       {Rules: []*pluginv1.Rule{{Kind: pluginv1.Rule_KIND_CONFLICTS, Names: []string{"a", "b"}}}},
		"does not know a rule's kind":    {Rules: []*pluginv1.Rule{{Kind: 99, Names: []string{"a", "b"}}}},
		"block batch: the name is the r": {Blocks: []*pluginv1.Block{{Name: "batch"}}},
	} {
		if _, err := schemaFromProto(b, destinationSchema()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("schema: %v, want an error with %q", err, want)
		}
	}
	if _, err := schemaFromProto(kitchenSchema(), destinationSchema()); err != nil {
		t.Errorf("schema of kitchen: %v", err)
	}
}

func TestDocumentation(t *testing.T) {
	docs, err := Documentation(testPlugins())
	if err != nil {
		t.Fatal(err)
	}
	var headers []string
	for _, d := range docs {
		headers = append(headers, d.Header)
		eachAttribute(d.Schema, d.Header, func(path string, a *Attribute) {
			if a.Unsupported != "" {
				t.Errorf("%s is documented and not supported", path)
			}
		})
	}
	want := []string{
		"router", `plugin "NAME"`, `variable "NAME"`, "locals", `source "tcp" "NAME"`, `source "simulator" "NAME"`,
		`destination "file" "NAME"`, `destination "http" "NAME"`, `destination "kitchen" "NAME"`, `destination "stdout" "NAME"`, `destination "tcp" "NAME"`,
		`pipeline "NAME"`, `test "NAME"`,
	}
	if diff := cmp.Diff(want, headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	b, err := json.MarshalIndent(docs, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/documentation.json", append(b, '\n'))
}

func TestDocumentationRefusesBrokenPlugin(t *testing.T) {
	broken := &pluginv1.DescribeResponse{Name: "x", Source: &pluginv1.SourceDescription{Schema: &pluginv1.Body{Attributes: []*pluginv1.Attribute{attr("!", tString)}}}}
	p := Plugins{
		Bundled:      func(string) (*pluginv1.DescribeResponse, bool) { return broken, true },
		BundledNames: func() []string { return []string{"x"} },
	}
	if _, err := Documentation(p); err == nil || !strings.Contains(err.Error(), "plugin x") {
		t.Errorf("Documentation: %v, want an error that names the plugin", err)
	}
}
