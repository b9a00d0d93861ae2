package config

import (
	"slices"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
)

// Code names the kind of a diagnostic that callers treat apart. Most have none.
type Code string

// Codes of diagnostics.
const (
	// CodeNote marks what is worth knowing and no reason to refuse anything; its severity is a warning, and strict
	// checking leaves it alone.
	CodeNote Code = "note"
	// CodeSharedSource: a destination that blocks can hold up another one. A run says so once, briefly.
	CodeSharedSource Code = "shared_source"
	// CodeBacklogs: blocking destinations may together hold more than the spool does.
	CodeBacklogs Code = "backlogs"
	// CodeHangTimeout: a hang_timeout that is shorter than what its plugin may take.
	CodeHangTimeout Code = "hang_timeout"
	// CodeUnused: a block that nothing uses.
	CodeUnused Code = "unused"
	// CodeUnchecked: a block could not be checked without starting its plugin.
	CodeUnchecked Code = "unchecked"
	// CodeNoConfig: no path was given and there is no configuration where one is looked for.
	CodeNoConfig Code = "no_config"
	// CodeNoAddress: LoadEffective was asked for a block that is not there.
	CodeNoAddress Code = "no_address"
)

// CodeOf returns a diagnostic's code; empty when it has none.
func CodeOf(d *hcl.Diagnostic) Code {
	c, _ := d.Extra.(Code)
	return c
}

// severityName returns the word that people and programs see.
func severityName(d *hcl.Diagnostic) string {
	switch {
	case d.Severity == hcl.DiagError:
		return "error"
	case CodeOf(d) == CodeNote:
		return "note"
	default:
		return "warning"
	}
}

// problem returns an error: summary says what is wrong, detail what to do, a sentence each.
func problem(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: at.Ptr()}
}

// placeless returns an error that stands in no file.
func placeless(summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail}
}

// warning returns a warning; see problem.
func warning(at hcl.Range, code Code, summary, detail string) *hcl.Diagnostic {
	d := problem(at, summary, detail)
	d.Severity, d.Extra = hcl.DiagWarning, code
	return d
}

// longestSuggestible bounds the names that are compared, because the time grows with the product of two lengths.
const longestSuggestible = 64

// nearest returns the candidate that given was probably meant to be; empty when there is none.
func nearest(given string, candidates []string) string {
	if given == "" || len(given) > longestSuggestible {
		return ""
	}
	sorted := slices.Sorted(slices.Values(candidates))
	best, bestDistance := "", 3
	for _, c := range sorted {
		if c == given || len(c) > longestSuggestible {
			continue
		}
		if d := levenshtein.Distance(given, c, nil); d < bestDistance && d < len(c) && d < len(given) {
			best, bestDistance = c, d
		}
	}
	return best
}

// didYouMean returns a sentence that suggests a candidate, or the sentence otherwise.
func didYouMean(given string, candidates []string, otherwise string) string {
	if n := nearest(given, candidates); n != "" {
		return "Did you mean \"" + n + "\"?"
	}
	return otherwise
}
