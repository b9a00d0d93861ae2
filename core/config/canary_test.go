package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// canary is the secret of these tests; whatever begins like it must not be shown either.
const (
	canary      = "c4n4ry-7f3a9"
	canaryStart = "c4n4ry"
)

// places are configurations with a mistake at, or beside, a secret. SECRET stands for the canary in a literal; the
// environment, a credential and the file beside the configuration hold it too.
func canaryPlaces() map[string]string {
	const dest = "destination \"http\" \"c\" {\n endpoint = \"https://a.example\"\n"
	cases := map[string]string{
		"sensitive attribute, literal":        dest + " bearer_token = \"SECRET\"\n nope = 1\n}",
		"sensitive attribute, same line":      "destination \"http\" \"c\" { bearer_token = \"SECRET\" }",
		"sensitive attribute, wrong type":     dest + " bearer_token = [\"SECRET\"]\n}",
		"sensitive attribute, template":       dest + " bearer_token = \"SECRET${nope}\"\n}",
		"sensitive attribute, heredoc":        dest + " bearer_token = <<E\nSECRET\n${nope}E\n}",
		"sensitive attribute, seen by plugin": "destination \"http\" \"c\" {\n endpoint = \"http://a.example\"\n bearer_token = \"SECRET\"\n}",
		"sensitive attribute of a block":      dest + " basic_auth {\n  username = 1\n  password = \"SECRET\" + nope\n }\n}",
		"attribute, misspelt":                 dest + " bearer_tokn = \"SECRET\"\n}",
		"attribute, misspelt on a block":      dest + " basic_auth {\n  pasword = \"SECRET\"\n }\n}",
		"attribute, unknown, sounds secret":   dest + " api_key = \"SECRET\"\n}",
		"attribute, top level":                "token = \"SECRET\"",
		"attribute twice":                     dest + " bearer_token = \"SECRET\"\n bearer_token = \"SECRET\"\n}",
		"syntax, unclosed string":             dest + " bearer_token = \"SECRET\n}",
		"syntax, junk behind":                 dest + " bearer_token = \"SECRET\" junk\n}",
		"syntax, no quotes":                   dest + " bearer_token = SECRET junk\n}",
		"headers, literal":                    dest + " headers = { Authorization = \"Bearer SECRET\", Host = nope }\n}",
		"variable, literal default":           "variable \"s\" {\n sensitive = true\n type = number\n default = \"SECRET\"\n}",
		"variable, default of a wrong type":   "variable \"s\" {\n sensitive = true\n type = list(string)\n default = {x = \"SECRET\"}\n}",
		"sensitive(), literal":                "source \"tcp\" \"a\" {\n listen = sensitive(\"SECRET\")\n}",
		"sensitive(), unknown name beside":    "source \"tcp\" \"a\" {\n listen = \"${sensitive(\"SECRET\")}${nope}\"\n}",
	}
	for name, secret := range map[string]string{
		"env": `env("TOKEN")`, "env default": `env("ABSENT", "SECRET")`, "file": `file("secret.txt")`, "credential": `credential("token")`,
		"sensitive": `sensitive("SECRET")`, "variable from env": "var.s", "variable from values": "var.v", "local": "local.s", "derived": `upper(upper(lower(var.s)))`,
	} {
		decl := "variable \"s\" {\n sensitive = true\n}\nvariable \"v\" {\n sensitive = true\n}\nlocals {\n s = \"x${var.s}\"\n}\n"
		for place, text := range canarySteps() {
			cases[name+" in "+place] = decl + strings.ReplaceAll(text, "%", secret)
		}
		for place, text := range map[string]string{
			"listen":        "source \"tcp\" \"a\" {\n listen = %\n}",
			"listen twice":  "source \"tcp\" \"a\" {\n listen = format(\"127.0.0.1:%d\", length(%))\n}\nsource \"tcp\" \"b\" {\n listen = format(\"127.0.0.1:%d\", length(%))\n}",
			"one of":        "source \"tcp\" \"a\" {\n framing = %\n}",
			"duration":      "source \"tcp\" \"a\" {\n idle_timeout = %\n}",
			"size":          "source \"tcp\" \"a\" {\n max_record_bytes = %\n}",
			"number":        "source \"tcp\" \"a\" {\n max_connections = %\n}",
			"bool":          "source \"tcp\" \"a\" {\n allow_plaintext = %\n}",
			"network":       "source \"tcp\" \"a\" {\n allow_from = [%]\n}",
			"list":          "source \"tcp\" \"a\" {\n allow_from = %\n}",
			"path":          "source \"tcp\" \"a\" {\n tls {\n  cert_file = %\n  key_file = %\n }\n}",
			"pattern":       "destination \"file\" \"f\" {\n path = \"x\"\n mode = %\n}",
			"same path":     "destination \"file\" \"f\" {\n path = %\n}\ndestination \"file\" \"g\" {\n path = %\n}",
			"url":           "destination \"http\" \"c\" {\n endpoint = %\n}",
			"map":           dest + " headers = %\n}",
			"map value":     dest + " headers = { a = [%] }\n}",
			"map key":       dest + " headers = { (%) = null }\n}",
			"object":        "destination \"kitchen\" \"k\" {\n shape = %\n}",
			"plugin's word": "destination \"http\" \"c\" {\n endpoint = \"http://a.example\"\n bearer_token = %\n}",
			"plugin":        "plugin \"p\" {\n source = \"./${%}\"\n}",
			"pass_env":      "plugin \"p\" {\n source = \"./p\"\n pass_env = [%]\n}",
			"index":         "locals {\n x = {}[%]\n}",
			"arithmetic":    "locals {\n x = 1 + %\n}",
			"parseint":      "locals {\n x = parseint(substr(%, 0, 7), 10)\n}",
			"jsondecode":    "locals {\n x = jsondecode(%)\n}",
			"formatdate":    "locals {\n x = formatdate(\"YYYY\", %)\n}",
			"timeadd":       "locals {\n x = timeadd(\"2026-11-23T07:00:00Z\", %)\n}",
			"regex":         "locals {\n x = regex(\"(${%}\", \"x\")\n}",
			"lookup":        "locals {\n x = lookup({}, %)\n}",
			"log level":     "router {\n log_level = %\n}",
			"enabled":       "pipeline \"p\" {\n enabled = %\n to = []\n}",
			"address":       "pipeline \"p\" {\n to = [%]\n}",
		} {
			cases[name+" in "+place] = decl + strings.ReplaceAll(text, "%", secret)
			if strings.Contains(text, "%d") {
				cases[name+" in "+place] = decl + strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(text, "%d", "\x00"), "%", secret), "\x00", "%d")
			}
		}
	}
	return cases
}

// canarySteps are steps of a pipeline, and a path, with % where the secret stands.
func canarySteps() map[string]string {
	steps := map[string]string{
		"when":                "transform \"drop\" {\n when = record.key == %\n}",
		"when of a text":      "transform \"drop\" {\n when = %\n}",
		"when of a number":    "transform \"drop\" {\n when = record.n < %\n}",
		"when of a pattern":   "transform \"drop\" {\n when = matches(\"(${%}\", record.msg)\n}",
		"when of a class":     "transform \"drop\" {\n when = matches(\"[${%}\", record.msg)\n}",
		"when of a search":    "transform \"drop\" {\n when = replace(record.msg, \"/(${%}/\", \"\") == 1\n}",
		"when of a network":   "transform \"drop\" {\n when = cidrcontains(%, meta.peer)\n}",
		"when of a format":    "transform \"drop\" {\n when = formatdate(%, record.t) == 1\n}",
		"when of parseint":    "transform \"drop\" {\n when = parseint(substr(%, 0, 7), 10) == record.n\n}",
		"when of jsondecode":  "transform \"drop\" {\n when = jsondecode(upper(%)) == record.n\n}",
		"when of a key":       "transform \"drop\" {\n when = { (%) = 1 }.x == record.n\n}",
		"when of a choice":    "transform \"drop\" {\n when = record.a ? % : [1]\n}",
		"route":               "route \"r\" {\n when = record.key == lower(%)\n to = [destination.stdout.o]\n}\notherwise {\n drop = true\n}",
		"key of a sample":     "transform \"sample\" {\n ratio = 0.5\n key = \"${record.id}${%}\"\n}",
		"ratio":               "transform \"sample\" {\n ratio = %\n}",
		"fields of a set":     "transform \"set\" {\n fields = { a = %, b = upper(%) }\n}",
		"key of a set":        "transform \"set\" {\n fields = { (%) = record.a }\n}",
		"set of a text":       "transform \"set\" {\n fields = %\n}",
		"set of a merge":      "transform \"set\" {\n fields = merge(%, { a = 1 })\n}",
		"field":               "transform \"unset\" {\n fields = [record[%]]\n}",
		"new name":            "transform \"rename\" {\n fields = { (%) = record.a, \"${%}\" = record.b }\n}",
		"regex":               "transform \"parse\" {\n format = \"regex\"\n regex = %\n}",
		"regex, broken":       "transform \"parse\" {\n format = \"regex\"\n regex = \"(${%}\"\n}",
		"regex, broken class": "transform \"parse\" {\n format = \"regex\"\n regex = \"[${%}\"\n}",
		"layout":              "transform \"parse\" {\n format = \"timestamp\"\n field = record.t\n layout = replace(%, \"/[0-9]/\", \"\")\n}",
		"time zone":           "transform \"parse\" {\n format = \"syslog\"\n time_zone = %\n}",
		"columns":             "transform \"parse\" {\n format = \"csv\"\n columns = [%, %]\n}",
		"format":              "transform \"parse\" {\n format = %\n}",
		"pattern of a redact": "transform \"redact\" {\n pattern = \"[${%}\"\n}",
		"patterns":            "transform \"redact\" {\n patterns = [%]\n}",
		"with":                "transform \"redact\" {\n pattern = \"x\"\n with = \"${%}\\n\"\n}",
		"on_error":            "transform \"redact\" {\n pattern = \"x\"\n on_error = %\n}",
	}
	const outer = "source \"tcp\" \"a\" {}\ndestination \"stdout\" \"o\" {}\npipeline \"p\" {\n from = [source.tcp.a]\n"
	for name, text := range steps {
		if !strings.HasPrefix(text, "route") {
			text += "\nto = [destination.stdout.o]"
		}
		steps[name] = outer + text + "\n}"
	}
	const file = "destination \"file\" \"f\" {\n base_dir = \"/x\"\n path = "
	steps["path"] = file + "\"${%}/${record.a}\"\n}"
	steps["absolute path"] = file + "\"/${%}/${record.a}\"\n}"
	steps["path of a call"] = file + "\"${parseint(substr(%, 0, 7), 10)}/${record.a}\"\n}"
	return steps
}

func TestNoSecretIsShown(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "secret.txt"), canary+"\n")
	write(t, filepath.Join(dir, "token"), canary+"\n")
	write(t, filepath.Join(dir, "a.vars.hcl"), "v = \""+canary+"\"\n")
	path := filepath.Join(dir, "main.hcl")
	for name, text := range canaryPlaces() {
		write(t, path, strings.ReplaceAll(text, "SECRET", canary)+"\n")
		for _, need := range []bool{false, true} {
			env := map[string]string{"TOKEN": canary, "CREDENTIALS_DIRECTORY": dir, "SKIDWAY_VAR_s": canary}
			o := LoadOptions{
				Paths: []string{path}, Plugins: testPlugins(), NeedSecrets: need,
				Env: func(n string) (string, bool) { v, ok := env[n]; return v, ok },
			}
			c, files, diags := Load(o)
			var out bytes.Buffer
			if c != nil {
				if err := json.NewEncoder(&out).Encode(GraphOf(c)); err != nil {
					t.Fatal(err)
				}
			}
			for _, address := range []string{"router", "source.tcp.a", "destination.http.c", "destination.kitchen.k", "destination.file.f", "pipeline.p"} {
				if diags.HasErrors() {
					break
				}
				e, _, _ := LoadEffective(o, address)
				if err := json.NewEncoder(&out).Encode(e); err != nil {
					t.Fatal(err)
				}
			}
			if err := WriteText(&out, diags, files, need); err != nil {
				t.Fatal(err)
			}
			if err := WriteJSON(&out, diags, files); err != nil {
				t.Fatal(err)
			}
			// Another printer has the diagnostics alone.
			if err := hcl.NewDiagnosticTextWriter(&out, nil, 0, false).WriteDiagnostics(diags); err != nil {
				t.Fatal(err)
			}
			if shown := strings.ToLower(out.String()); strings.Contains(shown, canaryStart) {
				t.Errorf("%s (need secrets: %v) shows the secret:\n%s\nconfiguration:\n%s", name, need, out.String(), text)
			}
		}
	}
}

func TestPasswordInAURLIsNotShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "main.hcl")
	write(t, path, `destination "http" "c" { endpoint = ["https://user:`+canary+`@a.example/"] }`+"\n")
	_, files, diags := Load(LoadOptions{Paths: []string{path}, Plugins: testPlugins()})
	var out strings.Builder
	if err := WriteText(&out, diags, files, false); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "https://user:"+hiddenText+"@a.example/") {
		t.Errorf("output = %s, want the URL without its password", out.String())
	}
}

func TestSecretsAreListed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "main.hcl")
	write(t, path, `
variable "s" { sensitive = true }
source "tcp" "a" {}
destination "http" "c" {
  endpoint     = "https://a.example"
  bearer_token = "literal-token"
  headers      = { Authorization = "Bearer ${var.s}", Plain = "not secret" }
}
pipeline "p" {
  from = [source.tcp.a]
  to   = [destination.http.c]
}
`)
	c, _, diags := Load(LoadOptions{Paths: []string{path}, Plugins: testPlugins(), Vars: map[string]string{"s": canary}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	want := []string{"Bearer " + canary, "literal-token", canary}
	if strings.Join(c.Secrets, "|") != strings.Join(want, "|") {
		t.Errorf("Secrets = %q, want %q", c.Secrets, want)
	}
	if !bytes.Contains(c.Destinations[0].ConfigJSON, []byte(`"Authorization":"Bearer `+canary+`"`)) {
		t.Errorf("ConfigJSON = %s, want the plain secret", c.Destinations[0].ConfigJSON)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
