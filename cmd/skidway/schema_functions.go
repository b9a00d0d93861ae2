package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/skidway/skidway/core/expr"
)

// functionDoc is a function for programs.
type functionDoc struct {
	Name      string            `json:"name"`
	Signature string            `json:"signature"`
	Text      string            `json:"text"`
	Phase     expr.Phase        `json:"phase"`
	Examples  []functionExample `json:"examples,omitempty"`
}

type functionExample struct {
	Expression string `json:"expression"`
	Result     string `json:"result"`
}

// writeFunctions prints the functions of the language: all by name, or those named in full.
func writeFunctions(w io.Writer, names []string, asJSON bool) error {
	var shown []functionDoc
	var known []string
	for _, f := range expr.Documented() {
		known = append(known, f.Name)
		if len(names) > 0 && f.Name != names[0] {
			continue
		}
		d := functionDoc{Name: f.Name, Signature: f.Signature, Text: f.Text, Phase: f.Phase}
		for _, x := range f.Examples {
			d.Examples = append(d.Examples, functionExample(x))
		}
		shown = append(shown, d)
	}
	switch {
	case len(shown) == 0:
		return usage("functions: "+strings.Join(known, ", "), "there is no function %q", names[0])
	case asJSON:
		return writeJSON(w, shown)
	case len(names) == 0:
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, f := range shown {
			fmt.Fprintf(t, "%s\t%s\n", f.Signature, f.Text)
		}
		t.Flush()
		fmt.Fprintln(w, "\nskidway schema functions NAME shows one with examples, for example: skidway schema functions replace")
		return nil
	}
	for _, f := range shown {
		fmt.Fprintf(w, "%s\n  %s\n", f.Signature, f.Text)
		if where := phaseText(f.Phase); where != "" {
			fmt.Fprintf(w, "  %s\n", where)
		}
		for _, x := range f.Examples {
			fmt.Fprintf(w, "  %s = %s\n", x.Expression, x.Result)
		}
	}
	return nil
}

func phaseText(p expr.Phase) string {
	switch p {
	case expr.PhaseLoad:
		return "It is called once, when the configuration is loaded."
	case expr.PhaseRecord:
		return "It is for record expressions."
	case expr.PhaseAny:
	}
	return ""
}
