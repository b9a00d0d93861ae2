package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

const smallest = `
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
`

func TestDefaultPaths(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := os.Stat(defaultDir); err == nil {
		t.Skip("this machine has a configuration")
	}
	c, _, diags := Load(LoadOptions{Plugins: testPlugins()})
	if c != nil || !diags.HasErrors() || !strings.Contains(diags[0].Summary, "neither ./skidway.hcl nor /etc/skidway/ exists") {
		t.Errorf("Load of nothing: %v", diags)
	}
	write(t, "skidway.hcl", smallest)
	c, files, diags := Load(LoadOptions{Plugins: testPlugins()})
	if c == nil {
		t.Fatal(diags)
	}
	if diff := cmp.Diff([]string{"skidway.hcl"}, files.Names()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestFilesAreReadOnceAndInOrder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "b.hcl"), smallest)
	write(t, filepath.Join(dir, "a.hcl"), "locals {\n  a = 1\n}\n")
	for _, name := range []string{"skidway.lock.hcl", "x.test.hcl", ".hidden.hcl", "note.txt", "old.hcl~"} {
		write(t, filepath.Join(dir, name), "nonsense")
	}
	if err := os.Mkdir(filepath.Join(dir, "sub.hcl"), 0o755); err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join(dir, "b.hcl"), dir, dir + "/"}
	c, files, diags := Load(LoadOptions{Paths: paths, Plugins: testPlugins()})
	if c == nil || len(diags) > 0 {
		t.Fatal(diags)
	}
	want := []string{filepath.Join(dir, "b.hcl"), filepath.Join(dir, "a.hcl")}
	if diff := cmp.Diff(want, files.Names()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestUnreadablePaths(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "huge.hcl"), strings.Repeat("#", maxFileBytes+1))
	write(t, filepath.Join(dir, "a.vars.hcl"), "")
	write(t, filepath.Join(dir, "a.test.hcl"), "")
	write(t, filepath.Join(dir, "skidway.lock.hcl"), "")
	write(t, filepath.Join(dir, "binary.hcl"), "\x00\xff\xfe")
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"absent.hcl":       "can't be read: there is no such file.",
		"huge.hcl":         "can't be read: it is larger than 4MiB.",
		"a.vars.hcl":       "holds values of variables",
		"a.test.hcl":       "holds tests",
		"skidway.lock.hcl": "is the lock file",
		"empty":            "has no configuration",
		"binary.hcl":       "Invalid character",
		"binary.hcl/x":     "can't be read",
	} {
		c, _, diags := Load(LoadOptions{Paths: []string{filepath.Join(dir, name)}, Plugins: testPlugins()})
		if c != nil || !diags.HasErrors() || !slices.ContainsFunc(found(diags), func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("%s: %v, want %q", name, found(diags), want)
		}
	}
	_, _, diags := Load(LoadOptions{Paths: []string{"testdata/valid/smallest.hcl"}, VarFiles: []string{"absent"}, Plugins: testPlugins()})
	if !diags.HasErrors() {
		t.Error("an absent file of values is ignored")
	}
}

func TestVersions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.hcl")
	write(t, path, "router {\n  required_version = \"~> 0.3\"\n}\n"+smallest)
	for v, want := range map[string]bool{
		"0.3.0": true, "v0.3.9": true, "0.4.0-dev": true, "": true, "devel": true, "0.2.9": false, "1.0.0": false, "1.0.0-rc1": false,
	} {
		c, _, diags := Load(LoadOptions{Paths: []string{path}, Version: v, Plugins: testPlugins()})
		if (c != nil) != want {
			t.Errorf("version %q: %v, want accepted %v", v, found(diags), want)
		}
	}
}

// local returns plugins of which one is an executable.
func localPlugin(t *testing.T) (path string, d *pluginv1.DescribeResponse) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, "main.hcl")
	write(t, path, `
plugin "acme" {
  source   = "./bin/../acme"
  pass_env = ["AWS_REGION"]
}
source "tcp" "app" {}
destination "acme" "a" {
  target = "https://a.example"
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.acme.a]
}
`)
	return path, &pluginv1.DescribeResponse{Name: "acme", Destination: &pluginv1.DestinationDescription{Schema: &pluginv1.Body{
		Attributes: []*pluginv1.Attribute{attr("target", tURL, required)},
	}}}
}

func TestLocalPluginIsDescribed(t *testing.T) {
	path, d := localPlugin(t)
	p := testPlugins()
	var asked []string
	p.Describe = func(path string) (*pluginv1.DescribeResponse, error) {
		asked = append(asked, path)
		return d, nil
	}
	p.DeepValidate = func(string, *pluginv1.ValidateRequest) (*pluginv1.ValidateResponse, error) {
		return &pluginv1.ValidateResponse{Diagnostics: []*pluginv1.Diagnostic{{
			Severity: pluginv1.Severity_SEVERITY_WARNING, Summary: "That host is far away.", Detail: "Think again.", Path: namePath("target"),
		}}}, nil
	}
	c, _, diags := Load(LoadOptions{Paths: []string{path}, NeedSecrets: true, Plugins: p})
	if c == nil {
		t.Fatal(diags)
	}
	exe := filepath.Join(filepath.Dir(path), "acme")
	got := c.Destinations[0].Plugin
	if got.Path != exe || !slices.Equal(got.PassEnv, []string{"AWS_REGION"}) || got.Description != d || !slices.Equal(asked, []string{exe}) {
		t.Errorf("plugin %+v, asked %q", got, asked)
	}
	if want := []string{path + ":8: WARN: That host is far away."}; !slices.Equal(found(diags), want) {
		t.Errorf("diagnostics %q, want %q", found(diags), want)
	}

	p.Describe = func(string) (*pluginv1.DescribeResponse, error) { return nil, errors.New("exit status 3") }
	if c, _, diags := Load(LoadOptions{Paths: []string{path}, Plugins: p}); c != nil || !strings.Contains(found(diags)[0], "exit status 3") {
		t.Errorf("a plugin that can't be described: %v", found(diags))
	}
}

func TestStoredDescription(t *testing.T) {
	path, d := localPlugin(t)
	c, _, diags := Load(LoadOptions{Paths: []string{path}, Plugins: testPlugins()})
	if c == nil || len(diags) != 1 || CodeOf(diags[0]) != CodeUnchecked {
		t.Errorf("without a description: %v", found(diags))
	}
	if c, _, diags := Load(LoadOptions{Paths: []string{path}, NeedSecrets: true, Plugins: testPlugins()}); c != nil {
		t.Errorf("a run without a description: %v", found(diags))
	}
	text, err := protojson.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(filepath.Dir(path), "acme.json"), string(text))
	c, _, diags = Load(LoadOptions{Paths: []string{path}, Plugins: testPlugins()})
	if c == nil || len(diags) > 0 {
		t.Fatalf("with a description: %v", found(diags))
	}
	if want := `{"target":"https://a.example"}`; string(c.Destinations[0].ConfigJSON) != want {
		t.Errorf("ConfigJSON = %s, want %s", c.Destinations[0].ConfigJSON, want)
	}
}

// An unknown secret must not make a plugin complain of the placeholder that stands for it.
func TestUnknownSecretIsNotJudged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.hcl")
	write(t, path, `
source "tcp" "app" {
  allow_plaintext = tobool(env("PLAIN"))
  listen          = "0.0.0.0:1"
}
destination "kitchen" "k" {
  topic  = "t"
  delays = [env("DELAY")]
  flag   = tobool(env("FLAG"))
  shape  = { a = env("A") }
  cert   = env("CERT")
  key    = env("KEY")
  target {
    url     = env("URL")
    weights = [tonumber(env("WEIGHT"))]
  }
}
pipeline "main" {
  from    = [source.tcp.app]
  to      = [destination.kitchen.k]
  enabled = tobool(env("ON"))
}
`)
	p := testPlugins()
	p.Validate = func(string, *pluginv1.ValidateRequest) *pluginv1.ValidateResponse {
		return &pluginv1.ValidateResponse{Diagnostics: []*pluginv1.Diagnostic{{Summary: "Bad.", Path: namePath("target", 0, "url")}}}
	}
	c, _, diags := Load(LoadOptions{Paths: []string{path}, Plugins: p, Env: func(string) (string, bool) { return "", false }})
	if c == nil {
		t.Fatal(found(diags))
	}
	for _, d := range diags {
		if CodeOf(d) != CodeNote {
			t.Errorf("%s, want notes only", d.Summary)
		}
	}
	if len(c.Pipelines) != 1 {
		t.Error("a pipeline that may be enabled is left out")
	}
}

func TestSyntax(t *testing.T) {
	if _, diags := Syntax("-", []byte("anything \"goes\" {\n  as = long(\"as\").it\n}\n")); len(diags) > 0 {
		t.Errorf("Syntax of a well-formed file: %v", diags)
	}
	files, diags := Syntax("-", []byte("a = sensitive(\"c4n4ry\") junk\n"))
	var b strings.Builder
	if err := WriteText(&b, diags, files, false); err != nil {
		t.Fatal(err)
	}
	if len(diags) == 0 || strings.Contains(b.String(), "c4n4ry") || !strings.Contains(b.String(), "-:1:") {
		t.Errorf("Syntax of a broken file: %s", b.String())
	}
	if _, diags := Syntax("-", []byte(strings.Repeat("[", 1000))); !diags.HasErrors() {
		t.Error("Syntax takes what is nested without end")
	}
}

func TestNothingKnownOfPlugins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.hcl")
	write(t, path, smallest)
	c, _, diags := Load(LoadOptions{Paths: []string{path}})
	if c != nil || !strings.Contains(found(diags)[0], `No plugin provides the destination type "stdout"`) {
		t.Errorf("Load: %v", found(diags))
	}
}
