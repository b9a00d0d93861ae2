package config

import (
	"bytes"
	"fmt"
	"regexp"

	"github.com/hashicorp/hcl/v2"
)

// foreignForm is a language that configurations of other programs are written in, known by its first line that is
// neither empty nor a comment.
type foreignForm struct {
	name  string
	first *regexp.Regexp
}

func foreignForms() []foreignForm {
	return []foreignForm{
		{"JSON", regexp.MustCompile(`^\s*[{\[]\s*("|$)`)},
		{"TOML or INI", regexp.MustCompile(`^\s*\[+[A-Za-z0-9_."' -]+\]+\s*(#.*)?$`)},
		{"XML, or Fluentd's form", regexp.MustCompile(`^\s*<`)},
		{"rsyslog's form", regexp.MustCompile(`^\s*(\$[A-Za-z]|(module|input|action|global|template|ruleset)\s*\(|` +
			`(\*|kern|user|mail|daemon|auth|authpriv|syslog|cron|local[0-7])\.(\*|[a-z]+)\s)`)},
		{"syslog-ng's form", regexp.MustCompile(`^\s*@[a-z]+`)},
		{"YAML", regexp.MustCompile(`^\s*(---|- |[A-Za-z0-9_."-]+:(\s|$))`)},
	}
}

// foreignWords are blocks of other programs with what they are called here.
func foreignWords() map[string]string {
	return map[string]string{
		"input": "source", "inputs": "source", "sources": "source", "receiver": "source", "receivers": "source", "listener": "source",
		"output": "destination", "outputs": "destination", "sink": "destination", "sinks": "destination", "exporter": "destination",
		"exporters": "destination", "target": "destination", "destinations": "destination",
		"route": "pipeline", "routes": "pipeline", "flow": "pipeline", "log": "pipeline", "service": "pipeline", "pipelines": "pipeline",
		"global": "router", "settings": "router", "variables": "variable", "vars": "variable", "local": "locals",
	}
}

// foreign answers a file that is written in the language of another program, which would otherwise be answered line by
// line; nil: it may be HCL with mistakes.
func foreign(name string, src []byte) *hcl.Diagnostic {
	at := hcl.Pos{Line: 1, Column: 1}
	for line := range bytes.Lines(src) {
		text := bytes.TrimSpace(line)
		if len(text) > 0 && text[0] != '#' && !bytes.HasPrefix(text, []byte("//")) {
			end := hcl.Pos{Line: at.Line, Column: at.Column + len(text), Byte: at.Byte + len(text)}
			return foreignLine(text, hcl.Range{Filename: name, Start: at, End: end})
		}
		at.Line++
		at.Byte += len(line)
	}
	return nil
}

func foreignLine(text []byte, at hcl.Range) *hcl.Diagnostic {
	for _, f := range foreignForms() {
		if f.first.Match(text) {
			return problem(at, fmt.Sprintf("This is not HCL: it looks like %s.", f.name),
				`A configuration consists of blocks such as source "tcp" "app" { … }, destination and pipeline; skidway schema lists them all.`)
		}
	}
	return nil
}
